"""Far ends of GTP devices, the tunnels of mobile cores (generic netlink gtp; linux/gtp.h, drivers/net/gtp.c).

A context is one subscriber. Of it only the far end's address is kept, once for all its subscribers: their
own addresses and tunnel identifiers are walked over. Nothing is asked unless the family is there already.

Cannot see: contexts of a device that is in another namespace than its outer sockets, and which UDP port
a program has bound them to when that is not the standard one.
"""

from collections.abc import Iterator

from auditor.errors import ParseError, SourceAbsent, SourceError
from auditor.model.rows import FarEnd
from auditor.model.sightings import Sighting
from auditor.netlink.generic import GENERIC_HEADER_BYTES, dump_generic, family_id
from auditor.netlink.wire import NETLINK_GENERIC, Message, address, attribute_list, u32
from auditor.probe import Probe, View

_FAMILY, _VERSION, _GETPDP = "gtp", 0, 2
_SOURCE = "generic netlink gtp: GTP_CMD_GETPDP"
_LINK, _GTP_VERSION, _PEER, _PEER6 = 1, 2, 4, 11
_PORTS = {0: 3386, 1: 2152}  # 3GPP TS 29.060: GTPv0, GTP-U
_WANTED = frozenset((_LINK, _GTP_VERSION, _PEER, _PEER6))


def parse_context(message: Message) -> FarEnd | None:
    """Return the far end of one context, None where the kernel names no device or far end; raises ParseError."""
    found = {k: v for k, v in attribute_list(message.payload, GENERIC_HEADER_BYTES) if k in _WANTED}
    if _GTP_VERSION not in found:
        raise ParseError("GTP context without a version")
    far_end = found.get(_PEER, found.get(_PEER6))
    if far_end is None or _LINK not in found:
        return None
    return FarEnd(u32(found[_LINK]), address(far_end), "gtp", _PORTS.get(u32(found[_GTP_VERSION])))


def run(view: View) -> Iterator[Sighting]:
    """Yield each far end of each device once; nothing when the kernel has no GTP."""
    try:
        with view.host.netlink(NETLINK_GENERIC) as netlink:
            dump = dump_generic(netlink, family_id(netlink, _FAMILY), _GETPDP, _VERSION)
        seen = dict.fromkeys(map(parse_context, dump.messages()))
        yield from (end for end in seen if end is not None)
    except SourceAbsent:
        return
    except SourceError as error:
        yield PROBE.blind(view, _SOURCE, error)


PROBE = Probe(
    name="gtp",
    summary="Far ends of GTP devices, without their subscribers",
    reads=(_SOURCE,),
    needs=("CAP_NET_ADMIN",),
    covers=("gtp",),
    run=run,
)
