"""Far ends as configurations write them: host, port and transport; pure."""

from ipaddress import ip_address
from urllib.parse import unquote

from auditor.model.rows import NamedEnd

_HOST_CHARACTERS = 253  # RFC 1035, 2.3.4
_TRANSPORTS = {
    **dict.fromkeys(("tcp", "tls", "ws", "wss", "socks", "sockstls", "http", "https", "faketcp"), "tcp"),
    **dict.fromkeys(("udp", "quic", "wg"), "udp"),
}


def port_of(text: str) -> int | None:
    """Return the port that `text` is, None if it is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 5 and 0 < int(text) < 1 << 16 else None


def host_of(text: str) -> str | None:
    """Return a host as rows spell it (an address canonical, without zone), None for one that is no far end.

    That is nothing, this host's loopback, no address in particular, and a group of hosts.
    """
    text = text.strip("[]")
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return text[:_HOST_CHARACTERS] if text and text.isprintable() and text.lower() != "localhost" else None
    return None if address.is_loopback or address.is_unspecified or address.is_multicast else str(address)


def end(host: str, port: str | int | None, transport: str | None) -> NamedEnd | None:
    """Return a far end, None if `host` is none; a port that cannot be one is not known."""
    known = host_of(host)
    number = port_of(port) if isinstance(port, str) else port
    return NamedEnd(known, number, transport) if known else None


def of_address(text: str, transport: str | None, default: int | None = None) -> NamedEnd | None:
    """Return the far end of "HOST:PORT", "[V6]:PORT" or "HOST", None if that is none."""
    if text.startswith("["):
        host, _, rest = text[1:].partition("]")
        port = rest.removeprefix(":")
    elif text.count(":") == 1:
        host, _, port = text.partition(":")
    else:
        host, port = text, ""
    return end(host, port_of(port) or default, transport)


def of_url(text: str) -> NamedEnd | None:
    """Return the far end of a URL, None if it names none; user, password and query stay behind.

    Of "socks://PROXY/HOST:PORT" that is what lies behind the proxy.
    """
    scheme, separator, rest = text.partition("://")
    scheme = scheme.lower()
    if not separator or scheme not in _TRANSPORTS:
        return None
    authority, _, path = rest.partition("?")[0].partition("#")[0].partition("/")
    behind = path.partition("/")[0] if scheme in ("socks", "sockstls") else ""
    return of_address(unquote(behind or authority.rpartition("@")[2]), _TRANSPORTS[scheme])
