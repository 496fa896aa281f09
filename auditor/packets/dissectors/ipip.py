"""IP in IP: 4 in 4 (RFC 2003), 6 in 4 (RFC 4213), 6to4 (RFC 3056), 4 and 6 in 6 (RFC 2473), SRv6 (RFC 8754, 8986)."""

from auditor.model.certainty import Certainty
from auditor.packets.dissector import Dissector
from auditor.packets.flows import Flow, Seen
from auditor.packets.ip import inner_packet
from auditor.packets.link import ethernet_payload
from auditor.packets.packet import ETHERNET, IPIP, IPV6, ROUTING, Alike, Packet

_SIX_TO_FOUR = b"\x20\x02"
_ALIKE_4, _ALIKE_6 = Alike(((0, 1),), least=20), Alike(((0, 1),), least=40)  # the version inside
_ISATAP = (b"\0\0\x5e\xfe", b"\2\0\x5e\xfe")


def _look_ipv4(packet: Packet, flow: Flow) -> str | None:
    """Note an IPv4 packet inside."""
    if inner_packet(packet.data, 0, packet.size) != 4:
        return None
    if packet.routed:
        return _noted(flow, "srv6")
    packet.alike += (_ALIKE_4,)
    return _noted(flow, "ipip" if len(packet.src) == 4 else "4in6")


def _look_ipv6(packet: Packet, flow: Flow) -> str | None:
    """Note an IPv6 packet inside."""
    data = packet.data
    if inner_packet(data, 0, packet.size) != 6:
        return None
    if packet.routed:
        return _noted(flow, "srv6")
    packet.alike += (_ALIKE_6,)
    if len(packet.src) == 16:
        return _noted(flow, "6in6")
    name = _noted(flow, "6in4")
    if data[8:14] == _SIX_TO_FOUR + packet.src or data[24:30] == _SIX_TO_FOUR + packet.dst:
        flow.of(name).sign("six_to_four")
    if data[16:20] in _ISATAP:
        flow.of(name).sign("isatap")
    return name


def _look_ethernet(packet: Packet, flow: Flow) -> str | None:
    """Note a frame behind a segment routing header (RFC 8986 4.9)."""
    return _noted(flow, "srv6") if packet.routed and ethernet_payload(packet.data, 0) is not None else None


def _look_routed(packet: Packet, flow: Flow) -> str | None:
    """Note a packet whose own header got a list of segments (RFC 8754): nothing is inside, but it goes another way."""
    if not packet.routed:
        return None
    flow.of("srv6").sign("inline")
    return "srv6"


def _noted(flow: Flow, protocol: str) -> str:
    """Note one packet with a sound one inside."""
    flow.of(protocol).sign("inner")
    return protocol


def _conclude(_protocol: str, seen: Seen, _flow: Flow) -> Certainty:
    """Return high: the IP protocol number says so, and what is inside bears it out; one list of segments is less."""
    return Certainty.HIGH if seen.has("inner") or seen.packets > 1 else Certainty.MEDIUM


DISSECTOR = Dissector(
    name="ipip",
    protocols=("ipip", "6in4", "4in6", "6in6", "srv6"),
    ip={IPIP: _look_ipv4, IPV6: _look_ipv6, ETHERNET: _look_ethernet, ROUTING: _look_routed},
    conclude=_conclude,
)
