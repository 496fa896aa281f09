"""Signatures over the journal, made and checked by `ssh-keygen -Y` (OpenSSH 8.2 and later).

What is signed is the journal's newest line: through the chain it speaks for every scan before it. Anybody can check a
signature without this program: ``ssh-keygen -Y verify -f allowed_signers -I IDENTITY -n auditor -s FILE.sig < FILE``.
"""

import subprocess
from dataclasses import dataclass
from pathlib import Path

from auditor.errors import AuditorError

NAMESPACE = "auditor"
_TIME_LIMIT_S = 20


class SigningError(AuditorError):
    """A signature could not be made, or the tool for it is not there."""


@dataclass(frozen=True, slots=True)
class Signer:
    """A private key that needs no passphrase, or a public key whose private part an agent holds."""

    key: Path

    def sign(self, data: bytes) -> bytes:
        """Return the armoured signature of `data`; raises SigningError, which never quotes the key."""
        done = _ssh_keygen(["-Y", "sign", "-n", NAMESPACE, "-f", str(self.key)], data)
        if done.returncode != 0 or not done.stdout.startswith(b"-----BEGIN SSH SIGNATURE-----"):
            raise SigningError(f"{self.key}: ssh-keygen could not sign with this key")
        return done.stdout


def verified(data: bytes, signature: Path, allowed_signers: Path, identity: str) -> bool:
    """Return whether `signature` is one over `data` by a key that `allowed_signers` lists for `identity`.

    Raises SigningError when ssh-keygen is not there.
    """
    options = ["-n", NAMESPACE, "-f", str(allowed_signers), "-I", identity, "-s", str(signature)]
    return _ssh_keygen(["-Y", "verify", *options], data).returncode == 0


def _ssh_keygen(arguments: list[str], data: bytes) -> "subprocess.CompletedProcess[bytes]":
    """Run ssh-keygen with `data` as its input; raises SigningError when it cannot run or takes too long."""
    try:
        return subprocess.run(
            ["ssh-keygen", *arguments],
            input=data,
            capture_output=True,
            timeout=_TIME_LIMIT_S,
            check=False,
            env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C"},
        )
    except FileNotFoundError:
        raise SigningError("ssh-keygen is not installed (Debian package openssh-client)") from None
    except (OSError, subprocess.TimeoutExpired) as error:
        raise SigningError(f"ssh-keygen could not run: {type(error).__name__}") from None
