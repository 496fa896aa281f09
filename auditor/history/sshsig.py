"""SSH signatures and allowed_signers as files: their form alone. Whether one is true, `ssh-keygen` says.

A signature is text between two lines (PROTOCOL.sshsig of OpenSSH). Only the very bytes that `ssh-keygen` writes are
taken, since a lenient reader would let a byte be changed unseen. Lines of allowed_signers: ssh-keygen(1).
"""

import binascii
import re
import struct
from base64 import b64decode, b64encode
from dataclasses import dataclass
from hashlib import sha256

from auditor.errors import AuditorError

MAX_BYTES = 1 << 16
_BEGIN, _END = b"-----BEGIN SSH SIGNATURE-----\n", b"-----END SSH SIGNATURE-----\n"
_LINE_CHARACTERS = 70
_MAGIC = b"SSHSIG\x00\x00\x00\x01"
_TYPE = r"(?:ssh|ecdsa|sk-ssh|sk-ecdsa)-[A-Za-z0-9@.-]+"
_SIGNER = re.compile(rf'[^\s#]\S*\s+(?:(?:[^\s"]|"[^"]*")+\s+)?(?P<type>{_TYPE})\s+(?P<key>[A-Za-z0-9+/]+=*)(?:\s.*)?')


class FormError(AuditorError):
    """Bytes that are no signature, or no list of signers; they are never quoted."""


@dataclass(frozen=True, slots=True)
class Signature:
    """What a signature says of itself: the fingerprint of the key that made it, and what it was made for."""

    fingerprint: str
    namespace: str


def parsed(data: bytes) -> Signature:
    """Return what the signature file `data` says. Raises FormError unless it is exactly as `ssh-keygen` writes one."""
    body = data.removeprefix(_BEGIN).removesuffix(_END)
    if len(data) > MAX_BYTES or len(data) != len(_BEGIN) + len(body) + len(_END):
        raise FormError("no SSH signature")
    try:
        blob = b64decode(body.replace(b"\n", b""), validate=True)
    except binascii.Error:
        raise FormError("no SSH signature") from None
    if _armoured(blob) != body:
        raise FormError("no SSH signature")
    fields = _strings(blob.removeprefix(_MAGIC))
    if not blob.startswith(_MAGIC) or len(fields) != 5:
        raise FormError("no SSH signature of version 1")
    return Signature(fingerprint(fields[0]), fields[1].decode("ascii", "backslashreplace"))


def fingerprint(key: bytes) -> str:
    """Return the name of a public key (its bytes as in RFC 4253 section 6.6), as `ssh-keygen -l` shows it."""
    return "SHA256:" + b64encode(sha256(key).digest()).decode("ascii").rstrip("=")


def _armoured(blob: bytes) -> bytes:
    """Return bytes as lines of base64."""
    text = b64encode(blob)
    return b"".join(text[at : at + _LINE_CHARACTERS] + b"\n" for at in range(0, len(text), _LINE_CHARACTERS))


def _strings(data: bytes) -> list[bytes]:
    """Return a row of strings, each behind its length (RFC 4251 section 5); raises FormError."""
    found = []
    while data:
        if len(data) < 4 or len(data) - 4 < (length := struct.unpack_from(">I", data)[0]):
            raise FormError("no SSH signature: cut short")
        found.append(data[4 : 4 + length])
        data = data[4 + length :]
    return found


def signers(data: bytes) -> dict[int, str]:
    """Return the fingerprint of the key of each line of allowed_signers, by the line's number.

    Raises FormError naming the first line that has another form: a private key in this place must not travel on.
    """
    found = {}
    for number, line in enumerate(data.decode("utf-8", "replace").splitlines(), 1):
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        match = _SIGNER.fullmatch(text)
        if match is None or (key := _key(match["key"], match["type"])) is None:
            raise FormError(f"{number}: not of the form: NAME [OPTIONS] TYPE KEY (ssh-keygen(1), allowed signers)")
        found[number] = fingerprint(key)
    return found


def _key(text: str, kind: str) -> bytes | None:
    """Return the public key in `text` if it is one of that kind."""
    try:
        key = b64decode(text, validate=True)
        return key if _strings(key)[:1] == [kind.encode("ascii")] else None
    except (binascii.Error, FormError):
        return None
