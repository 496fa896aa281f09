"""Throw-away keys for the lab's daemons, made by the tools that companies make them with."""

import base64
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.lab.node import LabError
from tests.lab.secrets import Secrets


def tool(*argv: str, stdin: bytes = b"") -> bytes:
    """Return what a key tool of the machine writes; raises LabError when it fails."""
    done = subprocess.run(argv, input=stdin, capture_output=True, check=False)
    if done.returncode != 0:
        raise LabError(f"{argv[:2]} returned {done.returncode}: {done.stderr.decode(errors='replace')[-500:]}")
    return done.stdout


@dataclass(frozen=True, slots=True)
class WireGuardKey:
    """A WireGuard key pair in base64, as `wg` spells it."""

    private: str
    public: str


def wireguard_key(secrets: Secrets, name: str) -> WireGuardKey:
    """Return a new key pair; the private key is a secret as text and as its 32 bytes."""
    private = tool("wg", "genkey").decode().strip()
    secrets.keep(f"{name} (base64)", private.encode())
    secrets.keep(f"{name} (bytes)", base64.b64decode(private))
    return WireGuardKey(private, tool("wg", "pubkey", stdin=private.encode()).decode().strip())


def wireguard_preshared(secrets: Secrets, name: str) -> str:
    """Return a new preshared key in base64; a secret as text and as its 32 bytes."""
    shared = tool("wg", "genpsk").decode().strip()
    secrets.keep(f"{name} (base64)", shared.encode())
    secrets.keep(f"{name} (bytes)", base64.b64decode(shared))
    return shared


def openvpn_static(secrets: Secrets, name: str, kind: str = "secret") -> str:
    """Return a new OpenVPN static key file of `kind` ("secret": 16 lines of hex)."""
    return secrets.keep_pem(name, tool("openvpn", "--genkey", kind).decode(), public_lines=0)


def ssh_key(secrets: Secrets, name: str, work: Path) -> tuple[str, str]:
    """Return a new Ed25519 pair (private file, public line) without a passphrase."""
    path = work / f"ssh-{len(secrets.known)}"
    tool("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", str(path))
    private, public = path.read_text(), path.with_suffix(".pub").read_text().strip()
    path.unlink()
    # NOTE: the first line and part of the second hold the format's constants and the public key.
    return secrets.keep_pem(name, private, public_lines=2), public


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate and its private key, PEM."""

    certificate: str
    key: str


class Authority:
    """A certificate authority of one lab."""

    def __init__(self, secrets: Secrets, work: Path) -> None:
        """Make the authority's own key and certificate in a new directory below `work`."""
        self._secrets = secrets
        self._work = work / "authority"
        self._work.mkdir(mode=0o700)
        self._key = self._work / "ca.key"
        self._certificate = self._work / "ca.crt"
        self._key.write_text(self._new_key("authority key"))
        tool(
            *("openssl", "req", "-x509", "-new", "-key", str(self._key), "-subj", "/CN=Lab Authority"),
            *("-days", "3650", "-out", str(self._certificate)),
        )

    @property
    def certificate(self) -> str:
        """Return the authority's certificate, PEM."""
        return self._certificate.read_text()

    def _new_key(self, name: str) -> str:
        made = tool("openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256").decode()
        # NOTE: an EC key's first line is mostly the curve's name; the scalar fills its end and the next line.
        return self._secrets.keep_pem(name, made, public_lines=0)

    def issue(self, common_name: str, usage: str, *, passphrase: str | None = None) -> Certificate:
        """Return a certificate for `usage` ("serverAuth" or "clientAuth"), the key encrypted by `passphrase`."""
        key = self._work / f"{common_name}.key"
        key.write_text(self._new_key(f"key of {common_name}"))
        extension = self._work / f"{common_name}.ext"
        extension.write_text(f"extendedKeyUsage={usage}\nkeyUsage=digitalSignature\n")
        request = tool("openssl", "req", "-new", "-key", str(key), "-subj", f"/CN={common_name}")
        certificate = tool(
            *("openssl", "x509", "-req", "-CA", str(self._certificate), "-CAkey", str(self._key), "-days", "3650"),
            *("-CAcreateserial", "-extfile", str(extension)),
            stdin=request,
        ).decode()
        if passphrase is None:
            return Certificate(certificate, key.read_text())
        encrypted = tool(
            *("openssl", "pkcs8", "-topk8", "-v2", "aes-256-cbc", "-iter", "2048"),
            *("-in", str(key), "-passout", f"pass:{passphrase}"),
        ).decode()
        return Certificate(certificate, self._secrets.keep_pem(f"encrypted key of {common_name}", encrypted))
