"""Routes that lead into tunnels, default routes, and routes that encapsulate, of every table (RTM_GETROUTE).

The kernel can filter a dump by device but not by destination or encapsulation, and a look-up finds
only the one default route that wins. So the tables are read whole and filtered here. Routes by
nexthop object are resolved. Entries of table `local` are the host's own addresses and left out.

Cannot see: traffic that IPsec policies or packet filters divert whatever the routes say, what is done
with labelled packets (probe mpls), what a BPF program of a route does, routes of source addresses
within one IPv6 route, exceptions learnt per destination.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from auditor.errors import ParseError, SourceError
from auditor.model.rows import Route
from auditor.model.sightings import Sighting
from auditor.netlink import lwtunnel, tables, wire
from auditor.netlink.decoder import Decoder, Field, Run
from auditor.netlink.nexthops import Nexthop, multipath, read_nexthops
from auditor.probe import Phase, Probe, View

_FIXED = "BB2xB2xBI"  # struct rtmsg: family, destination length, table, type, flags
_COLUMNS = (
    *("destination", "ifindex", "gateway", "metric", "multipath", "table"),
    *("via", "encapsulation", "outer", "nexthop"),
)
_RTA_GATEWAY, _RTA_VIA, _RTA_ENCAP_TYPE, _RTA_ENCAP = 5, 18, 21, 22
_WANTED = {
    1: Field("destination"),
    4: Field("ifindex", "I"),
    _RTA_GATEWAY: Field("gateway"),
    6: Field("metric", "I"),
    9: Field("multipath"),
    15: Field("table", "I"),
    _RTA_VIA: Field("via"),
    _RTA_ENCAP_TYPE: Field("encapsulation", "H"),
    _RTA_ENCAP: Field("outer"),
    30: Field("nexthop", "I"),
}
_CLONED = 0x200  # RTM_F_CLONED: an exception for one destination, not a route
_LOCAL_TABLE = 255
_ANY = {tables.AF_INET: "0.0.0.0/0", tables.AF_INET6: "::/0"}
_KINDS = {
    0: "unspec",
    1: "unicast",
    2: "local",
    3: "broadcast",
    4: "anycast",
    5: "multicast",
    6: "blackhole",
    7: "unreachable",
    8: "prohibit",
    9: "throw",
    10: "nat",
}

Nexthops = Mapping[int, tuple[Nexthop, ...]]


class _Entry(NamedTuple):
    """One decoded route message: the fixed part, then `_COLUMNS`."""

    family: int
    prefix_len: int
    short_table: int
    kind: int
    flags: int
    destination: bytes | None
    ifindex: int | None
    gateway: bytes | None
    metric: int | None
    multipath: bytes | None
    table: int | None
    via: bytes | None
    encapsulation: int | None
    outer: bytes | None
    nexthop: int | None


def parse_routes(
    chunks: Iterable[bytes | bytearray], family: int, *, devices: frozenset[int], nexthops: Nexthops
) -> Iterator[Route]:
    """Yield the routes of `family` through `devices`, the default routes and the encapsulating ones.

    `chunks` are datagrams of RTM_NEWROUTE messages, `nexthops` the ways of the nexthop objects. A
    route of several ways gives one row for each that is wanted. Raises ParseError at the first
    malformed message or reference to an object that is not there.
    """
    decoder = Decoder(wire.RTM_NEWROUTE, _FIXED, _COLUMNS, _WANTED)
    for chunk in chunks:
        for run in decoder.runs(chunk):
            for row in _worth_a_look(run, devices):
                entry = _Entry._make(row)
                # A kernel without IPv6 answers a question for IPv6 routes with those of IPv4.
                if entry.family == family and not entry.flags & _CLONED:
                    yield from _wanted_rows(entry, devices, nexthops)


_PREFIX_LEN = _Entry._fields.index("prefix_len")
_ELSEWHERE = {"encapsulation", "multipath", "nexthop"}  # columns that can name further ways


def _worth_a_look(run: Run, devices: frozenset[int]) -> Iterable[tuple[Any, ...]]:
    """Return the rows of `run`, without those that are a plain prefix by one device that nobody asked for.

    NOTE: those are nearly all of a large table, and they go before a row is made of them.
    """
    places = run.places
    if places is None or "ifindex" not in places or not _ELSEWHERE.isdisjoint(places):
        return map(run.pick, run.values)
    at = places["ifindex"]
    return [run.pick(values) for values in run.values if values[at] in devices or not values[_PREFIX_LEN]]


def _wanted_rows(entry: _Entry, devices: frozenset[int], nexthops: Nexthops) -> Iterator[Route]:
    """Yield a row for each way of one route that is wanted."""
    table = entry.short_table if entry.table is None else entry.table
    if entry.destination is None:
        destination = _ANY[entry.family]
    else:
        destination = f"{wire.address(entry.destination)}/{entry.prefix_len}"
    for way in _ways(entry, nexthops):
        wanted = way.ifindex in devices or not entry.prefix_len
        if way.encapsulation or (wanted and table != _LOCAL_TABLE):
            yield Route(
                destination=destination,
                table=table,
                ifindex=way.ifindex,
                gateway=way.gateway,
                kind=_KINDS.get(entry.kind, str(entry.kind)),
                metric=entry.metric,
                encapsulation=lwtunnel.NAMES.get(way.encapsulation, str(way.encapsulation))
                if way.encapsulation
                else None,
                outer=way.outer,
            )


def _ways(entry: _Entry, nexthops: Nexthops) -> tuple[Nexthop, ...]:
    """Return the ways of one route; a route of a kind that drops packets has one without a device."""
    if entry.nexthop is not None:
        if entry.nexthop not in nexthops:
            raise ParseError("route by a nexthop object that is not in the table")
        return nexthops[entry.nexthop] or (Nexthop(),)
    if entry.multipath is not None:
        return tuple(_multipath(entry.multipath))
    encapsulation = entry.encapsulation or 0
    outer = lwtunnel.outer(encapsulation, entry.outer)
    return (Nexthop(entry.ifindex, _gateway(entry.gateway, entry.via), encapsulation, outer),)


def _multipath(value: bytes) -> Iterator[Nexthop]:
    """Yield the ways in RTA_MULTIPATH; raises ParseError at the first that is malformed."""
    for index, found in multipath(value):
        encapsulation = wire.u16(found[_RTA_ENCAP_TYPE]) if _RTA_ENCAP_TYPE in found else 0
        outer = lwtunnel.outer(encapsulation, found.get(_RTA_ENCAP))
        yield Nexthop(index, _gateway(found.get(_RTA_GATEWAY), found.get(_RTA_VIA)), encapsulation, outer)


def _gateway(gateway: wire.Octets | None, via: wire.Octets | None) -> str | None:
    """Return the gateway as text; RTA_VIA holds one of another family behind 2 bytes that name it."""
    if gateway is not None:
        return wire.address(gateway)
    return None if via is None else wire.address(via[2:])


def run(view: View) -> Iterator[Sighting]:
    """Yield the wanted routes of the namespace, of both address families."""
    devices = frozenset(view.targets.tunnel_indexes)
    try:
        with view.host.netlink(wire.NETLINK_ROUTE) as netlink:
            nexthops = read_nexthops(netlink)
            for family in _ANY:
                dump = netlink.dump(*tables.routes(family))
                yield from parse_routes(dump.chunks, family, devices=devices, nexthops=nexthops)
    except SourceError as error:
        yield PROBE.blind(view, "rtnetlink routes", error)


PROBE = Probe(
    name="routes",
    summary="Routes into tunnels, default routes and encapsulating routes of every table",
    reads=("rtnetlink RTM_GETROUTE", "rtnetlink RTM_GETNEXTHOP"),
    needs=(),
    covers=("mpls", "srv6"),
    run=run,
    phase=Phase.PATHS,
)
