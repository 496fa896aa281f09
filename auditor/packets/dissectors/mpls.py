"""MPLS in IP (RFC 4023) and in UDP (RFC 7510): a label stack that ends, then what a label can carry."""

from auditor.model.certainty import Certainty
from auditor.packets.dissector import Dissector
from auditor.packets.flows import Flow, Seen
from auditor.packets.ip import inner_packet
from auditor.packets.link import ethernet_payload
from auditor.packets.packet import MPLS, Alike, Packet

_PORT = 6635
_MOST_LABELS = 12
_LABEL = ((0, 3),)  # the first
_ALIKE = {"inner_packet": Alike(_LABEL, least=24), "inner_frame": Alike(_LABEL, least=18, sure=Certainty.MEDIUM)}
_IP = {0x0800: 4, 0x86DD: 6}
_TYPES = frozenset((0x0806, 0x8847, 0x8863, 0x8864, 0x888E, 0x88CC, 0x8902, 0x9000))


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
    sound = True
    if inner_packet(data, at, room, exact=True):
        sign = "inner_packet"
    else:
        sign, behind_word = "inner_frame", data[at : at + 1] < b"\x10"  # a control word (RFC 4385)
        found = _frame(data, at, room) or (_frame(data, at + 4, room - 4) if behind_word else None)
        if found is None:
            return None
        sound = found in _IP
    seen = flow.of(protocol)
    seen.sign(sign)
    if sound:
        seen.memory["sound"] = True
    packet.alike += (_ALIKE[sign],)
    return protocol


def _frame(data: bytes, at: int, room: int) -> int | None:
    """Return the type of the frame at `at` if it has a sound IP packet, or a type or length that goes with labels."""
    inside = ethernet_payload(data, at)
    if inside is None:
        return None
    kind, below = inside
    if kind in _IP:
        return kind if inner_packet(data, below, room - (below - at)) == _IP[kind] else None
    return kind if kind in _TYPES or kind == room - (below - at) else None


def _conclude(protocol: str, seen: Seen, _flow: Flow) -> Certainty | None:
    """Return high where a packet is inside; in UDP a single frame without one may be any datagram (one in 10,000)."""
    if seen.has("inner_packet"):
        return Certainty.HIGH
    return Certainty.MEDIUM if seen.packets > 1 or "sound" in seen.memory or protocol == "mpls-in-ip" else None


DISSECTOR = Dissector(
    name="mpls",
    protocols=("mpls-in-ip", "mpls-in-udp"),
    ip={MPLS: _look_ip},
    udp=_look_udp,
    udp_ports=(_PORT,),
    spread=(_PORT,),
    conclude=_conclude,
)
