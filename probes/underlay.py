"""By which device, next hop and source address packets to each far end would leave now (RTM_GETROUTE look-up).

The look-up asks the kernel's routing tables and sends no packet: not to the far end, and not to find
the next hop's link address either.

Cannot see: what the user or the source address of the real sender would choose, or a firewall mark that
packet filters set (only marks that the tunnel itself states are looked up), and what IPsec policies or
packet filters do with the packet afterwards.
"""

import errno
from collections.abc import Iterable, Iterator
from ipaddress import ip_address

from auditor.errors import ParseError, SourceError
from auditor.model.rows import Underlay
from auditor.model.sightings import Sighting
from auditor.netlink import tables, wire
from auditor.netlink.decoder import Decoder, Field
from auditor.netlink.socket import Netlink
from auditor.probe import Phase, Probe, View

_FIXED = "4xB2xB4x"  # struct rtmsg: table, type
_COLUMNS = ("index", "gateway", "source", "table", "via")
_WANTED = {4: Field("index", "I"), 5: Field("gateway"), 7: Field("source"), 15: Field("table", "I"), 18: Field("via")}
_RTA_DST = 1
_NO_WAY_KINDS = (6, 7, 8, 9)  # RTN_BLACKHOLE, RTN_UNREACHABLE, RTN_PROHIBIT, RTN_THROW
# With these the kernel answers when a route says to drop, refuse or none is there, or it lacks the address family.
_NO_WAY = (
    errno.ENETUNREACH,
    errno.EHOSTUNREACH,
    errno.EACCES,
    errno.EINVAL,
    errno.EAFNOSUPPORT,
    errno.EOPNOTSUPP,
)


def answers_decoder() -> Decoder:
    """Return a decoder of answers to look-ups that has learnt none yet."""
    return Decoder(wire.RTM_NEWROUTE, _FIXED, _COLUMNS, _WANTED)


def parse_underlay(
    destination: str, chunks: Iterable[bytes | bytearray], mark: int | None = None, *, decoder: Decoder | None = None
) -> Underlay:
    """Return the way to `destination` from the answer to its look-up; raises ParseError unless it is one route.

    `decoder` is one of `answers_decoder` that has learnt from other answers: nearly all are alike.
    """
    decoder = decoder or answers_decoder()
    rows = [row for chunk in chunks for row in decoder.rows(chunk)]
    if len(rows) != 1:
        raise ParseError("a route look-up is to have one answer")
    short_table, kind, index, gateway, source, table, via = rows[0]
    if kind in _NO_WAY_KINDS:
        return Underlay(destination, None, mark=mark)
    next_hop = gateway if via is None else via[2:]
    return Underlay(
        destination=destination,
        ifindex=index,
        next_hop=None if next_hop is None else wire.address(next_hop),
        source=None if source is None else wire.address(source),
        table=short_table if table is None else table,
        mark=mark,
    )


def run(view: View) -> Iterator[Sighting]:
    """Yield the way to each destination of the targets; `ifindex` is None when there is none."""
    plain = ((destination, None) for destination in view.targets.destinations)
    decoder = answers_decoder()
    try:
        with view.host.netlink(wire.NETLINK_ROUTE) as netlink:
            for destination, mark in dict.fromkeys((*plain, *view.targets.marked)):
                yield _look_up(view, netlink, decoder, destination, mark)
    except SourceError as error:
        yield PROBE.blind(view, "rtnetlink route look-up", error)


def _look_up(view: View, netlink: Netlink, decoder: Decoder, destination: str, mark: int | None) -> Sighting:
    """Return the way to one destination, or the gap that a failure leaves."""
    try:
        dump = netlink.request(*tables.look_up(_packed(destination), mark))
        return parse_underlay(destination, dump.chunks, mark, decoder=decoder)
    except SourceError as error:
        if error.errno in _NO_WAY:
            return Underlay(destination, None, mark=mark)
        marked = "" if mark is None else f" with firewall mark {mark}"
        return PROBE.blind(view, f"route to {destination}{marked}", error)


def _packed(destination: str) -> bytes:
    """Return an address as 4 or 16 bytes; raises ParseError when it is none."""
    try:
        return ip_address(destination).packed
    except ValueError:
        raise ParseError("the destination is not an address") from None


PROBE = Probe(
    name="underlay",
    summary="Device, next hop and source address by which packets to each far end leave",
    reads=("rtnetlink RTM_GETROUTE look-up",),
    needs=(),
    covers=(),
    run=run,
    phase=Phase.WAYS,
)
