"""Hosts and ports as configurations write them: HOST:PORT, URLs, what is this host itself; pure."""

from ipaddress import ip_address

from auditor.formats.events import Scalar
from auditor.model.rows import NamedEnd

_HOST_CHARACTERS = 253  # RFC 1035
_NEAR_NAMES = ("localhost", "localhost.localdomain", "ip6-localhost")


def port(value: Scalar) -> int | None:
    """Return `value` as a port number, None if it is none (0, a service's name, nonsense)."""
    if isinstance(value, bool):
        return None
    text = str(value).strip()
    if text.isascii() and text.isdigit() and len(text) <= 5 and 0 < int(text) < 65536:
        return int(text)
    return None


def address(value: Scalar) -> str | None:
    """Return `value` as an address in its canonical form, None if it is none (a name, "*", "")."""
    try:
        return str(ip_address(str(value).strip("[] ").partition("%")[0]))
    except ValueError:
        return None


def host(value: Scalar) -> str | None:
    """Return `value` as a host: a canonical address, else a name as written; None for nothing and for nonsense."""
    text = str(value).strip() if isinstance(value, str) else ""
    if found := address(text):
        return found
    plain = text.rstrip(".")
    if not plain or len(plain) > _HOST_CHARACTERS or not all(c.isalnum() or c in "-._" for c in plain):
        return None
    return plain


def split(text: str) -> tuple[str | None, int | None]:
    """Return host and port of "HOST:PORT", "[ADDRESS]:PORT", ":PORT", "HOST" or "PORT"."""
    text = text.strip()
    if number := port(text):
        return None, number
    if address(text):
        return address(text), None
    name, colon, number_text = text.rpartition(":")
    if not colon:
        return host(text), None
    return host(name.strip("[]")), port(number_text)


def of_url(text: str) -> NamedEnd | None:
    """Return the end that "SCHEME://USER:PASSWORD@HOST:PORT/..." names, None if there is none; the user is dropped."""
    rest = (text.partition("://")[2] or text).rpartition("@")[2]  # NOTE: passwords can have every other mark in them
    for mark in "/?#":
        rest = rest.partition(mark)[0]
    name, number = split(rest)
    return NamedEnd(name, number) if name else None


def is_near(name: str | None) -> bool:
    """Return whether `name` is this host itself: loopback, unspecified, or called localhost."""
    if name is None:
        return True
    found = address(name)
    if found is None:
        return name.lower() in _NEAR_NAMES
    number = ip_address(found)
    mapped = getattr(number, "ipv4_mapped", None) or number
    return mapped.is_loopback or mapped.is_unspecified
