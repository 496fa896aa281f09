"""What kind of address an address is, before anybody is asked where it lies; pure (IANA special-purpose registries)."""

from bisect import bisect_right
from ipaddress import IPv4Address
from typing import NamedTuple

from auditor.ipdata.special import FORMS, SPECIAL, Special
from auditor.model.address import Address, parse
from auditor.model.text import Text

CLASSES = {
    "public": Text("public; has a place unless it is special", "公网地址；特殊用途者除外，均有位置"),
    "private": Text("private: of a local network, no place of its own", "私有地址：属本地网络，自身没有位置"),
    "link_local": Text("link-local: of one link, no place of its own", "链路本地地址：属单一链路，自身没有位置"),
    "cgnat": Text("behind carrier-grade NAT, no place of its own", "运营商级NAT地址，自身没有位置"),
    "ula": Text("IPv6 unique local: of a local network, no place of its own", "IPv6唯一本地地址：自身没有位置"),
    "anycast": Text("anycast: answers from many places, no place of its own", "任播地址：由多地应答，自身没有位置"),
    "unresolved": Text("a name that no address is known for", "未能解析的名称"),
}
_SIX_TO_FOUR = 0x2002  # RFC 3056: 2002::/16
_TEREDO = 0x2001_0000  # RFC 4380: 2001::/32
_NAT64 = 0x0064_FF9B << 64  # RFC 6052: 64:ff9b::/96
_MAPPED = 0xFFFF  # RFC 4291: ::ffff:0:0/96
_LOW_32 = 0xFFFFFFFF


class Kind(NamedTuple):
    """An address in words: the one that it stands for and how (None: for itself), what is special, and by whom.

    `server` is the relay that a Teredo client is registered with; packets do not go there.
    """

    carried: str | None
    what: Text | None
    source: str | None
    server: str | None = None


class _Range(NamedTuple):
    """One special network by first and last address; `around` is the index of the one that it lies in, -1: none."""

    first: int
    last: int
    special: Special
    around: int


def _ranges(version: int) -> tuple[_Range, ...]:
    """Return the special networks of one IP version in the order of their first addresses, larger ones first."""
    networks = [(int(s.prefix.network_address), int(s.prefix.broadcast_address), s) for s in SPECIAL]
    ordered = sorted((n for n in networks if n[2].prefix.version == version), key=lambda n: (n[0], -n[1]))
    found: list[_Range] = []
    for first, last, special in ordered:
        around = len(found) - 1
        while around >= 0 and found[around].last < last:
            around = found[around].around
        found.append(_Range(first, last, special, around))
    return tuple(found)


_RANGES = {version: _ranges(version) for version in (4, 6)}
_STARTS = {version: [each.first for each in ranges] for version, ranges in _RANGES.items()}
_LASTS = {version: [each.last for each in ranges] for version, ranges in _RANGES.items()}


def special(address: Address) -> Special | None:
    """Return the smallest special network that `address` is in, None for none; it is not looked inside of."""
    version, number = address.version, int(address)
    at, lasts = bisect_right(_STARTS[version], number) - 1, _LASTS[version]
    while at >= 0:
        if number <= lasts[at]:
            return _RANGES[version][at].special
        at = _RANGES[version][at].around
    return None


def address_class(address: str | None) -> str:
    """Return the fact `remote_address_class` of `address`; documentation prefixes count as public."""
    if address is None:
        return "unresolved"
    found = special(carried(parse(address)))
    return "public" if found is None else found.class_


def address_kind(address: str) -> Kind:
    """Return what kind of address `address` is, in words."""
    parsed = parse(address)
    inner, form = _carried(parsed)
    found = special(inner)
    if form is None:
        return Kind(None, found.what if found else None, found.source if found else None)
    what, source = FORMS[form]
    server = str(IPv4Address(int(parsed) >> 64 & _LOW_32)) if form == "teredo" else None
    if found is not None:
        what = Text(f"{what.en}; {found.what.en}", f"{what.zh}；{found.what.zh}")
        source = f"{source}, {found.source}"
    return Kind(str(inner), what, source, server)


def carried(address: Address) -> Address:
    """Return the IPv4 address inside an IPv6 one that only stands for it; any other address is returned as it is.

    These are 6to4, the client of Teredo, NAT64 of the well-known prefix, mapped and compatible addresses: packets
    go to that address, so that is where the far end is. An ISATAP address is not one: its prefix is its site's, and
    what it carries is often private. Nor is NAT64 of a local prefix: where the address begins is the site's choice.
    """
    return address if isinstance(address, IPv4Address) else _carried(address)[0]


def has_a_place(address: Address) -> bool:
    """Return whether data on the public Internet can say where `address` is."""
    return special(carried(address)) is None


def _carried(address: Address) -> tuple[Address, str | None]:
    """Return the address that `address` stands for and in which of `FORMS`, None for itself."""
    if isinstance(address, IPv4Address):
        return address, None
    number = int(address)
    if number >> 112 == _SIX_TO_FOUR:
        return IPv4Address(number >> 80 & _LOW_32), "6to4"
    if number >> 96 == _TEREDO:
        return IPv4Address(number & _LOW_32 ^ _LOW_32), "teredo"
    upper = number >> 32
    if upper == _NAT64:
        return IPv4Address(number & _LOW_32), "nat64"
    if upper == _MAPPED:
        return IPv4Address(number & _LOW_32), "mapped"
    if upper == 0 and number > 1:
        return IPv4Address(number), "compatible"
    return address, None
