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
