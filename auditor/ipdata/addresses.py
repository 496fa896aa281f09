"""What kind of address an address is, before anybody is asked where it lies; pure (IANA special-purpose registries)."""

from ipaddress import IPv4Address, IPv6Address, ip_network

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
_SIX_TO_FOUR = ip_network("2002::/16")  # RFC 3056
_TEREDO = ip_network("2001::/32")  # RFC 4380
_NAT64 = ip_network("64:ff9b::/96")  # RFC 6052


def address_class(address: str | None) -> str:
    """Return the fact `remote_address_class` of `address`; documentation prefixes count as public."""
    if address is None:
        return "unresolved"
    parsed = carried(parse(address))
    return next((name for name, net in _CLASSES if net.version == parsed.version and parsed in net), "public")


def carried(address: Address) -> Address:
    """Return the IPv4 address inside an IPv6 one that only stands for it (6to4, Teredo client, NAT64, mapped).

    Packets go to that address, so that is where the far end is; any other address is returned as it is.
    """
    if isinstance(address, IPv4Address):
        return address
    number = int(address)
    if address in _SIX_TO_FOUR:
        return IPv4Address(number >> 80 & 0xFFFFFFFF)
    if address in _TEREDO:
        return IPv4Address(number & 0xFFFFFFFF ^ 0xFFFFFFFF)
    if address in _NAT64:
        return IPv4Address(number & 0xFFFFFFFF)
    return _mapped(address)


def _mapped(address: IPv6Address) -> Address:
    """Return the IPv4 address that an IPv4-mapped one (RFC 4291) is, else the address itself."""
    return address.ipv4_mapped or address


def has_a_place(address: Address) -> bool:
    """Return whether data on the public Internet can say where `address` is."""
    here = (net for net in _UNPLACED if net.version == address.version)
    return address_class(str(address)) == "public" and not any(address in net for net in here)
