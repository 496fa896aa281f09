"""Hosts and ports as configurations write them: HOST:PORT, URLs, what is this host itself; pure.

What has not the form of one is None, and so not repeated: a password in the wrong place is no host name. The
functions `end_of` and `port_of` are for places where nothing else may stand: they raise.
"""

from ipaddress import ip_address
from urllib.parse import unquote

from auditor.errors import ParseError
from auditor.formats.events import Scalar
from auditor.model.rows import NamedEnd

_HOST_CHARACTERS = 253  # RFC 1035, 2.3.4
_NEAR_NAMES = ("localhost", "localhost.localdomain", "ip6-localhost")
_TRANSPORTS = {
    **dict.fromkeys(("tcp", "tls", "ws", "wss", "socks", "sockstls", "http", "https", "faketcp"), "tcp"),
    **dict.fromkeys(("udp", "quic", "wg"), "udp"),
}


def port(value: Scalar) -> int | None:
    """Return `value` as a port number, None if it is none (0, a service's name, nonsense)."""
    if isinstance(value, bool):
        return None
    text = str(value).strip()
    fits = text.isascii() and text.isdigit() and len(text) <= 5 and 0 < int(text) < 65536
    return int(text) if fits else None


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


def cut(text: str) -> tuple[str, str | None]:
    """Return the host and the port, both as written, of "HOST:PORT", "[IPv6]:PORT", "HOST" or a bare IPv6 address.

    The port is None where none is named, and "" where one should stand and something else does.
    """
    text = text.strip()
    if text.startswith("[") and "]" in text:
        name, _, rest = text[1:].partition("]")
        return name, (rest[1:] if rest.startswith(":") else "") if rest else None
    if text.count(":") != 1:
        return text, None
    name, _, number = text.partition(":")
    return name, number


def split(text: str) -> tuple[str | None, int | None]:
    """Return host and port of "HOST:PORT", "[ADDRESS]:PORT", ":PORT", "HOST" or "PORT"."""
    if number := port(text):
        return None, number
    name, written = cut(text)
    return host(name), port(written)


def end_of(value: str, *, port: int | None, transport: str | None) -> NamedEnd:
    """Return "HOST", "HOST:PORT" or "[IPv6]:PORT" as an end, with `port` where it names none; raises ParseError."""
    name, number = cut(value)
    if not name or len(name) > _HOST_CHARACTERS or any(character.isspace() for character in name):
        raise ParseError("no host name or address where one belongs")
    return NamedEnd(name, port if number is None else port_of(number), transport)


def port_of(value: str) -> int:
    """Return `value` as a port; raises ParseError for anything else."""
    number = port(value)
    if number is None:
        raise ParseError("a port is not a number from 1 to 65535")
    return number


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


def far_host(text: str) -> str | None:
    """Return a host as rows spell it, None for one that is no far end: none, this host itself, a group of hosts."""
    found = host(text)
    number = address(found)
    is_group = number is not None and ip_address(number).is_multicast
    return None if is_near(found) or is_group else found


def far_end(name: str, number: str | int | None, transport: str | None) -> NamedEnd | None:
    """Return a far end, None if `name` is none; a port that cannot be one is not known."""
    found = far_host(name)
    return NamedEnd(found, port(number), transport) if found else None


def far_end_of(text: str, transport: str | None, default: int | None = None) -> NamedEnd | None:
    """Return the far end of "HOST:PORT", "[V6]:PORT" or "HOST", None if that is none."""
    name, number = cut(text)
    return far_end(name, port(number) or default, transport)


def far_end_of_url(text: str) -> NamedEnd | None:
    """Return the far end of a URL with its transport, None if it names none; user, password and query stay behind.

    Of "socks://PROXY/HOST:PORT" that is what lies behind the proxy. NOTE: passwords of these stand in the query.
    """
    scheme, separator, rest = text.partition("://")
    scheme = scheme.lower()
    if not separator or scheme not in _TRANSPORTS:
        return None
    authority, _, path = rest.partition("?")[0].partition("#")[0].partition("/")
    behind = path.partition("/")[0] if scheme in ("socks", "sockstls") else ""
    return far_end_of(unquote(behind or authority.rpartition("@")[2]), _TRANSPORTS[scheme])
