"""Ways onward: nexthop objects, to which routes and forwarding entries refer by number (linux/nexthop.h), and the
several ways that a route itself can have (linux/rtnetlink.h)."""

import struct
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from auditor.errors import ParseError, SourceAbsent
from auditor.model.rows import RouteOuter
from auditor.netlink import lwtunnel, tables, wire
from auditor.netlink.decoder import Decoder, Field
from auditor.netlink.socket import Netlink

_FIXED = "xxxxI"  # struct nhmsg: flags
_COLUMNS = ("number", "group", "blackhole", "index", "gateway", "encapsulation", "outer")
_WANTED = {
    1: Field("number", "I"),
    2: Field("group"),
    4: Field("blackhole"),
    5: Field("index", "I"),
    6: Field("gateway"),
    7: Field("encapsulation", "H"),
    8: Field("outer"),
}
_GROUP_MEMBER = struct.Struct("=IBBH")  # struct nexthop_grp: id, weight, weight_high, reserved

_WAY = struct.Struct("=HBBi")  # struct rtnexthop: length, flags, weight, index


class Nexthop(NamedTuple):
    """One way onward; `encapsulation` is the LWTUNNEL_ENCAP_* number, 0 none, `outer` what it writes."""

    ifindex: int | None = None
    gateway: str | None = None
    encapsulation: int = 0
    outer: RouteOuter | None = None


def read_nexthops(netlink: Netlink) -> dict[int, tuple[Nexthop, ...]]:
    """Return the ways of every nexthop object, groups resolved; raises SourceError.

    A kernel older than 5.3 has no such objects, so none is hidden there.
    """
    try:
        dump = netlink.dump(*tables.nexthops())
    except SourceAbsent:
        return {}
    return parse_nexthops(dump.chunks)


def parse_nexthops(chunks: Iterable[bytes | bytearray]) -> dict[int, tuple[Nexthop, ...]]:
    """Return the ways of every nexthop object by its number; a blackhole has none.

    Raises ParseError when a message is malformed. A member that is not in the dump gives no way.
    """
    single: dict[int, tuple[Nexthop, ...]] = {}
    groups: dict[int, tuple[int, ...]] = {}
    decoder = Decoder(wire.RTM_NEWNEXTHOP, _FIXED, _COLUMNS, _WANTED)
    for chunk in chunks:
        for _, number, group, blackhole, index, gateway, encapsulation, outer in decoder.rows(chunk):
            if number is None:
                raise ParseError("nexthop object without a number")
            if group is not None:
                groups[number] = _members(group)
            elif blackhole is not None:
                single[number] = ()
            else:
                text = None if gateway is None else wire.address(gateway)
                single[number] = (Nexthop(index, text, encapsulation or 0, lwtunnel.outer(encapsulation or 0, outer)),)
    return single | _resolved(groups, single)


def multipath(value: wire.Octets) -> Iterator[tuple[int, dict[int, memoryview]]]:
    """Yield device and attributes of each way in RTA_MULTIPATH; raises ParseError at a length that cannot be."""
    offset = 0
    while offset < len(value):
        if len(value) - offset < _WAY.size:
            raise ParseError("route next hop cut short")
        length, _, _, index = _WAY.unpack_from(value, offset)
        if not _WAY.size <= length <= len(value) - offset:
            raise ParseError("route next hop length out of bounds")
        yield index, wire.attributes(value[offset : offset + length], _WAY.size)
        offset += wire.align(length)


def _members(group: bytes) -> tuple[int, ...]:
    """Return the numbers in NHA_GROUP; raises ParseError unless it is a whole array."""
    if len(group) % _GROUP_MEMBER.size:
        raise ParseError("nexthop group cut short")
    return tuple(member[0] for member in _GROUP_MEMBER.iter_unpack(group))


def _resolved(
    groups: Mapping[int, tuple[int, ...]], single: Mapping[int, tuple[Nexthop, ...]]
) -> dict[int, tuple[Nexthop, ...]]:
    """Return the ways of each group; the kernel allows no group within a group."""
    return {
        number: tuple(way for member in members for way in single.get(member, ())) for number, members in groups.items()
    }
