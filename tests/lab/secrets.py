"""The lab's planted secrets, every spelling in which one could leak, and the search for them."""

import base64
import html
import re
import secrets
import urllib.parse
from dataclasses import dataclass, field

_SHORTEST = 12


def variants(secret: bytes) -> frozenset[bytes]:
    """Return the spellings of `secret` that a program could print: none is shorter than 12 bytes.

    As it is, hexadecimal (both cases, separated by colons or spaces, digits of each byte swapped),
    base64 and base64url at each of the three alignments, URL-encoded, HTML-escaped, JSON-escaped,
    as a Python or C literal, and backwards.
    """
    hexadecimal = secret.hex()
    pairs = [hexadecimal[i : i + 2] for i in range(0, len(hexadecimal), 2)]
    swapped = "".join(pair[::-1] for pair in pairs)
    spellings: set[bytes] = {secret, secret[::-1], urllib.parse.quote_from_bytes(secret, safe="").encode()}
    for text in (hexadecimal, swapped, ":".join(pairs), " ".join(pairs), "\\x" + "\\x".join(pairs)):
        spellings |= {text.encode(), text.upper().encode()}
    for alignment in range(3):
        # NOTE: a secret inside a longer encoded text keeps its own characters except at both edges.
        encoded = base64.b64encode(b"\0" * alignment + secret).rstrip(b"=")
        inner = encoded[(0, 2, 3)[alignment] : -1 if (len(secret) + alignment) % 3 else None]
        spellings |= {inner, inner.replace(b"+", b"-").replace(b"/", b"_")}
    try:
        text = secret.decode("ascii")
    except UnicodeDecodeError:
        spellings.add(repr(secret)[2:-1].encode())
    else:
        spellings |= {html.escape(text).encode(), text.replace("/", "\\/").encode()}
    return frozenset(spelling for spelling in spellings if len(spelling) >= _SHORTEST)


@dataclass(slots=True)
class Secrets:
    """Everything that the lab's daemons keep to themselves, each under a name for messages."""

    known: dict[str, bytes] = field(default_factory=dict)

    def password(self, name: str) -> str:
        """Return a new password that HTML, URLs, JSON and shells all spell differently."""
        value = "pw<&'" + secrets.token_urlsafe(18) + "%+/=>"
        return self.keep(name, value.encode()).decode()

    def token(self, name: str) -> str:
        """Return a new password of letters, digits, `-` and `_` only."""
        return self.keep(name, secrets.token_urlsafe(24).encode()).decode()

    def key(self, name: str, length_bytes: int = 32) -> bytes:
        """Return new random bytes."""
        return self.keep(name, secrets.token_bytes(length_bytes))

    def keep(self, name: str, value: bytes) -> bytes:
        """Remember `value` as secret and return it."""
        if len(value) < _SHORTEST:
            raise ValueError(f"{name}: too short to be recognised")
        self.known[name] = value
        return value

    def keep_pem(self, name: str, text: str, *, public_lines: int = 1) -> str:
        """Remember the body of a PEM file line by line and return the file.

        The first `public_lines` lines of the body are left out: they hold the format's own constants.
        """
        body = [line for line in text.splitlines() if re.fullmatch(r"[A-Za-z0-9+/=]+", line)]
        for number, line in enumerate(body[public_lines:]):
            if len(line) >= _SHORTEST:
                self.keep(f"{name} line {number}", line.encode())
                if re.fullmatch(r"(?:[0-9a-f]{2})+", line):
                    self.keep(f"{name} line {number} decoded", bytes.fromhex(line))
                elif len(line) == 64:
                    self.keep(f"{name} line {number} decoded", base64.b64decode(line))
        return text

    def values(self) -> list[bytes]:
        """Return every secret as it is."""
        return list(self.known.values())

    def found_in(self, data: bytes) -> list[str]:
        """Return the names of the secrets that occur in `data` in any spelling."""
        return sorted(name for name, value in self.known.items() if any(one in data for one in variants(value)))
