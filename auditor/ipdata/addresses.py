"""What kind of address an address is, before anybody is asked where it lies; pure (IANA special-purpose registries)."""

from bisect import bisect_right
from ipaddress import IPv4Address, ip_network

from auditor.model.address import Address, parse

_CLASSES = tuple(
    (name, ip_network(prefix))
    for name, prefix in (
        ("private", "10.0.0.0/8"),  # RFC 1918
        ("private", "172.16.0.0/12"),
        ("private", "192.168.0.0/16"),
        ("private", "127.0.0.0/8"),
        ("private", "::1/128"),
        ("link_local", "169.254.0.0/16"),  # RFC 3927
        ("link_local", "fe80::/10"),  # RFC 4291
        ("cgnat", "100.64.0.0/10"),  # RFC 6598
        ("ula", "fc00::/7"),  # RFC 4193
        ("anycast", "192.88.99.0/24"),  # RFC 7526: relays of 6to4
    )
)
_UNPLACED = tuple(
    ip_network(prefix)
    for prefix in (
        "0.0.0.0/8",  # RFC 791: this network
        "192.0.2.0/24",  # RFC 5737: documentation
        "198.51.100.0/24",
        "203.0.113.0/24",
        "198.18.0.0/15",  # RFC 2544: benchmarks, and fake addresses of proxies
        "224.0.0.0/3",  # multicast and reserved
        "::/128",
        "2001:db8::/32",  # RFC 3849: documentation
        "3fff::/20",  # RFC 9637
        "ff00::/8",  # multicast
    )
)
_SIX_TO_FOUR = 0x2002  # RFC 3056: 2002::/16
_TEREDO = 0x2001_0000  # RFC 4380: 2001::/32
_NAT64 = 0x0064_FF9B << 64  # RFC 6052: 64:ff9b::/96
_MAPPED = 0xFFFF  # RFC 4291: ::ffff:0:0/96

# What is special by IP version: first addresses in order, then for each the last one, its class and whether it has a
# place. No two of these networks overlap.
_PUBLIC = ("public", True)
_SPECIAL = {
    version: sorted(
        (int(net.network_address), int(net.broadcast_address), (name, False))
        for name, net in (*_CLASSES, *(("public", net) for net in _UNPLACED))
        if net.version == version
    )
    for version in (4, 6)
}
_STARTS = {version: [first for first, _, _ in ranges] for version, ranges in _SPECIAL.items()}


def _kind(address: Address) -> tuple[str, bool]:
    """Return the class of `address`, and whether data on the public Internet can say where it is."""
    version, number = address.version, int(address)
    at = bisect_right(_STARTS[version], number) - 1
    if at < 0:
        return _PUBLIC
    _, last, kind = _SPECIAL[version][at]
    return kind if number <= last else _PUBLIC


def address_class(address: str | None) -> str:
    """Return the fact `remote_address_class` of `address`; documentation prefixes count as public."""
    return "unresolved" if address is None else _kind(carried(parse(address)))[0]


def carried(address: Address) -> Address:
    """Return the IPv4 address inside an IPv6 one that only stands for it (6to4, Teredo client, NAT64, mapped).

    Packets go to that address, so that is where the far end is; any other address is returned as it is.
    """
    if isinstance(address, IPv4Address):
        return address
    number = int(address)
    if number >> 112 == _SIX_TO_FOUR:
        return IPv4Address(number >> 80 & 0xFFFFFFFF)
    if number >> 96 == _TEREDO:
        return IPv4Address(number & 0xFFFFFFFF ^ 0xFFFFFFFF)
    if number >> 32 in (_NAT64, _MAPPED):
        return IPv4Address(number & 0xFFFFFFFF)
    return address


def has_a_place(address: Address) -> bool:
    """Return whether data on the public Internet can say where `address` is."""
    return _kind(carried(address))[1]
