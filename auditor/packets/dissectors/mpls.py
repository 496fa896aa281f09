"""MPLS in IP (RFC 4023) and in UDP (RFC 7510): a label stack that ends, then what a label can carry."""

from auditor.model.tunnel import Certainty
from auditor.packets.dissector import Dissector
from auditor.packets.flows import Flow, Seen
from auditor.packets.ip import inner_packet
from auditor.packets.link import ethernet_payload
from auditor.packets.packet import MPLS, Packet

_PORT = 6635
_MOST_LABELS = 12


def _look_udp(packet: Packet, flow: Flow) -> str | None:
    """Note labels behind the UDP port of MPLS."""
    return _stack(packet, flow, "mpls-in-udp")


def _look_ip(packet: Packet, flow: Flow) -> str | None:
    """Note labels straight behind IP."""
    return _stack(packet, flow, "mpls-in-ip")


def _stack(packet: Packet, flow: Flow, protocol: str) -> str | None:
    """Note a label stack whose last entry is marked, none with a time to live of 0."""
    data, at = packet.data, 0
    for _ in range(_MOST_LABELS):
        if at + 4 > len(data) or not data[at + 3]:
            return None
        last, at = data[at + 2] & 1, at + 4
        if last:
            break
    else:
        return None
    room = packet.size - at
    if inner_packet(data, at, room):
        sign = "inner_packet"
    elif _frame(data, at):
        sign = "inner_frame"
    else:
        return None
    flow.of(protocol).sign(sign)
    return protocol


def _frame(data: bytes, at: int) -> bool:
    """Return whether a frame follows the labels, behind a control word (RFC 4385) or not."""
    controlled = at < len(data) and data[at] >> 4 == 0 and ethernet_payload(data, at + 4) is not None
    return controlled or ethernet_payload(data, at) is not None


def _conclude(_protocol: str, seen: Seen, _flow: Flow) -> Certainty:
    """Return high where a packet is inside."""
    return Certainty.HIGH if seen.has("inner_packet") else Certainty.MEDIUM


DISSECTOR = Dissector(
    name="mpls",
    protocols=("mpls-in-ip", "mpls-in-udp"),
    ip={MPLS: _look_ip},
    udp=_look_udp,
    udp_ports=(_PORT,),
    spread=(_PORT,),
    conclude=_conclude,
)
