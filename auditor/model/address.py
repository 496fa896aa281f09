"""Addresses as text and as objects: rows carry text, comparisons need objects, each is parsed once."""

from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address

Address = IPv4Address | IPv6Address


@lru_cache(maxsize=1 << 17)
def parse(text: str) -> Address:
    """Return the address that `text` is; raises ValueError if it is none."""
    return ip_address(text)


def host_name(text: str) -> str:
    """Return a host name as it is compared: lower case, without the dot of the root (RFC 4343, RFC 1034)."""
    return text.rstrip(".").lower()


def is_address(text: str) -> bool:
    """Return whether `text` is an IP address and not a name."""
    try:
        parse(text)
    except ValueError:
        return False
    return True


def embedded_ipv4(text: str | None) -> str | None:
    """Return the IPv4 address that IPv6 next hop `text` stands for on an automatic tunnel, None for none.

    As an IPv4-compatible (RFC 4291 2.5.5.1), 6to4 (RFC 3056) or ISATAP address (RFC 5214 6.1).
    """
    address = parse(text) if text and is_address(text) else None
    if not isinstance(address, IPv6Address):
        return None
    packed = address.packed
    if address.sixtofour:
        return str(address.sixtofour)
    if packed[8:12] in _ISATAP or (not any(packed[:12]) and int(address) > 1):
        return str(IPv4Address(packed[12:]))
    return None


_ISATAP = (b"\0\0\x5e\xfe", b"\2\0\x5e\xfe")
