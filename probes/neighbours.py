"""Far ends of multipoint GRE devices: the outer addresses in their neighbour tables (RTM_GETNEIGH).

A GRE device without a fixed far end (DMVPN, NHRP) sends to the "link-layer address" of the next hop, which
is the outer address, 4 or 16 bytes long. Entries of every other length belong to real links and people's
devices on them; they are dropped where they are decoded.

Cannot see: far ends that were not asked for lately and have left the table, or that a daemon would look up
only for the next packet.
"""

from collections.abc import Iterable, Iterator

from auditor.errors import SourceError
from auditor.model.rows import FarEnd
from auditor.model.sightings import Sighting
from auditor.netlink import tables, wire
from auditor.netlink.decoder import Decoder, Field
from auditor.probe import Probe, View

_FIXED = "xxxxIHxx"  # struct ndmsg: index, state
_NUD_NOARP = 0x40  # made by the kernel for a fixed far end or a multicast group
_OUTER_BYTES = (4, 16)


def parse_neighbours(chunks: Iterable[bytes | bytearray]) -> Iterator[FarEnd]:
    """Yield each far end of each device once; raises ParseError at the first malformed message."""
    decoder = Decoder(wire.RTM_NEWNEIGH, _FIXED, ("link_address",), {2: Field("link_address")})
    seen: set[FarEnd] = set()
    for chunk in chunks:
        for index, state, value in decoder.rows(chunk):
            if value is None or state & _NUD_NOARP or len(value) not in _OUTER_BYTES or not any(value):
                continue
            end = FarEnd(index, wire.address(value), "neighbours")
            if end not in seen:
                seen.add(end)
                yield end


def run(view: View) -> Iterator[Sighting]:
    """Yield the far ends in the neighbour tables of the namespace."""
    try:
        with view.host.netlink(wire.NETLINK_ROUTE) as netlink:
            for family in (tables.AF_INET, tables.AF_INET6):
                yield from parse_neighbours(netlink.dump(*tables.neighbours(family)).chunks)
    except SourceError as error:
        yield PROBE.blind(view, "rtnetlink neighbours", error)


PROBE = Probe(
    name="neighbours",
    summary="Far ends in the neighbour tables of multipoint GRE devices",
    reads=("rtnetlink RTM_GETNEIGH",),
    needs=(),
    covers=("gre", "ip6gre"),
    run=run,
)
