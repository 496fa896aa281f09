"""Addresses as text and as objects: rows carry text, comparisons need objects, each is parsed once."""

from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address

Address = IPv4Address | IPv6Address


@lru_cache(maxsize=1 << 17)
def parse(text: str) -> Address:
    """Return the address that `text` is; raises ValueError if it is none."""
    return ip_address(text)


def is_address(text: str) -> bool:
    """Return whether `text` is an IP address and not a name."""
    try:
        parse(text)
    except ValueError:
        return False
    return True
