"""Label routes of MPLS: what is done with packets that arrive with a label (RTM_GETROUTE of AF_MPLS).

Labels that this host pushes on packets without one are in the ordinary routes. A kernel without the module
answers a dump of label routes with all its IP routes (rtnl_dump_all), so the MPLS settings of the loopback
device, which every namespace has, are asked for first: such a kernel refuses a question for one thing.

Cannot see: who sends packets with these labels, or the far end of a path beyond its next hop.
"""

import struct
from collections.abc import Iterable, Iterator

from auditor.errors import ParseError, SourceAbsent, SourceError
from auditor.model.rows import LabelRoute
from auditor.model.sightings import Sighting
from auditor.netlink import lwtunnel, tables, wire
from auditor.netlink.nexthops import multipath
from auditor.probe import Probe, View

_AF_MPLS = 28
_RTM_GETNETCONF = 82
_LOOPBACK_SETTINGS = struct.pack("=Bxxx", _AF_MPLS) + wire.pack_attribute(1, struct.pack("=i", 1))  # NETCONFA_IFINDEX
_FIXED = struct.Struct("=BBBBBBBBI")  # struct rtmsg
_RTA_DST, _RTA_OIF, _RTA_MULTIPATH, _RTA_VIA, _RTA_NEWDST = 1, 4, 9, 18, 19
_SOURCE = "rtnetlink label routes"


def parse_labels(messages: Iterable[wire.Message]) -> Iterator[LabelRoute]:
    """Yield a row for each way of each label route; raises ParseError at the first malformed message."""
    for message in messages:
        if message.type != wire.RTM_NEWROUTE or len(message.payload) < _FIXED.size:
            raise ParseError("label route of unknown form")
        if message.payload[0] != _AF_MPLS:
            continue
        found = wire.attributes(message.payload, _FIXED.size)
        if _RTA_DST not in found:
            raise ParseError("label route without a label")
        label = lwtunnel.labels(found[_RTA_DST])[0]
        only = (wire.u32(found[_RTA_OIF]) if _RTA_OIF in found else None, found)
        ways = multipath(found[_RTA_MULTIPATH]) if _RTA_MULTIPATH in found else (only,)
        for index, way in ways:
            labels = lwtunnel.labels(way[_RTA_NEWDST]) if _RTA_NEWDST in way else ()
            yield LabelRoute(label, labels, index, _via(way.get(_RTA_VIA)))


def _via(value: memoryview | None) -> str | None:
    """Return the next hop in struct rtvia, None where it is a hardware address; raises ParseError."""
    if value is None:
        return None
    if len(value) < 2:
        raise ParseError("label route next hop cut short")
    return wire.address(value[2:]) if wire.u16(value[:2]) in (tables.AF_INET, tables.AF_INET6) else None


def run(view: View) -> Iterator[Sighting]:
    """Yield the label routes of the namespace; nothing when the kernel has no MPLS."""
    try:
        with view.host.netlink(wire.NETLINK_ROUTE) as netlink:
            netlink.request(_RTM_GETNETCONF, _LOOPBACK_SETTINGS)
            dump = netlink.dump(*tables.routes(_AF_MPLS))
        yield from parse_labels(dump.messages())
    except SourceAbsent:
        return
    except SourceError as error:
        yield PROBE.blind(view, _SOURCE, error)


PROBE = Probe(
    name="mpls",
    summary="Label routes of MPLS",
    reads=("rtnetlink RTM_GETNETCONF (MPLS)", "rtnetlink RTM_GETROUTE (MPLS)"),
    needs=(),
    covers=("mpls",),
    run=run,
)
