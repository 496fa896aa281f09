"""Far ends that the forwarding tables of VXLAN devices name (RTM_GETNEIGH of PF_BRIDGE).

An entry for the address 00:00:00:00:00:00 is a default far end, any other one was learnt or set for
one host behind the tunnel; both name a far end. Entries that refer to a nexthop object name all of
its gateways.

Cannot see: far ends that have sent nothing lately on a learning device without defaults, far ends
set per packet on devices in external mode, far ends of multicast entries alone (bridge mdb).
"""

from collections.abc import Iterable, Iterator, Mapping

from auditor.errors import SourceError
from auditor.model.rows import FdbRemote
from auditor.model.sightings import Sighting
from auditor.netlink import tables, wire
from auditor.netlink.decoder import Decoder, Field
from auditor.netlink.nexthops import Nexthop, read_nexthops
from auditor.probe import Probe, View

_FIXED = "xxxxI4x"  # struct ndmsg: index
_COLUMNS = ("destination", "port", "nexthop")
_WANTED = {1: Field("destination"), 6: Field("port"), 13: Field("nexthop", "I")}
_UNSPECIFIED = (bytes(4), bytes(16))


def parse_fdb(chunks: Iterable[bytes | bytearray], nexthops: Mapping[int, tuple[Nexthop, ...]]) -> Iterator[FdbRemote]:
    """Yield the far ends in datagrams of RTM_NEWNEIGH messages, each entry's once however many hosts use it.

    `nexthops` are the ways of the nexthop objects. Raises ParseError at the first malformed message.
    """
    decoder = Decoder(wire.RTM_NEWNEIGH, _FIXED, _COLUMNS, _WANTED)
    seen: set[tuple[object, ...]] = set()
    for chunk in chunks:
        for row in decoder.rows(chunk):
            if row in seen:
                continue
            seen.add(row)
            index, destination, port, nexthop = row
            port_number = None if port is None else wire.be16(port) or None
            for address in _addresses(destination, nexthop, nexthops):
                yield FdbRemote(index, address, port_number)


def _addresses(
    destination: bytes | None, nexthop: int | None, nexthops: Mapping[int, tuple[Nexthop, ...]]
) -> Iterator[str]:
    """Yield the far ends that one entry names: none for entries of plain bridges."""
    if destination is not None and destination not in _UNSPECIFIED:
        yield wire.address(destination)
    if nexthop is not None:
        yield from (way.gateway for way in nexthops.get(nexthop, ()) if way.gateway)


def run(view: View) -> Iterator[Sighting]:
    """Yield the far ends in the forwarding tables of the namespace."""
    try:
        with view.host.netlink(wire.NETLINK_ROUTE) as netlink:
            dump = netlink.dump(*tables.forwarding())
            nexthops = read_nexthops(netlink)
        yield from parse_fdb(dump.chunks, nexthops)
    except SourceError as error:
        yield PROBE.blind(view, "rtnetlink forwarding tables", error)


PROBE = Probe(
    name="fdb",
    summary="Far ends in the forwarding tables of VXLAN devices",
    reads=("rtnetlink RTM_GETNEIGH (bridge)", "rtnetlink RTM_GETNEXTHOP"),
    needs=(),
    covers=("vxlan",),
    run=run,
)
