"""VXLAN (RFC 7348; group policy: draft-smith-vxlan-group-policy) and VXLAN-GPE (draft-ietf-nvo3-vxlan-gpe)."""

from auditor.model.certainty import Certainty
from auditor.packets.dissector import Dissector
from auditor.packets.flows import Flow, Seen
from auditor.packets.ip import inner_packet
from auditor.packets.link import ethernet_payload
from auditor.packets.packet import Alike, Packet

_GPE_PORT = 4790
_PORTS = (4789, 8472, _GPE_PORT)  # IANA's, the one Linux and OTV used before, and that of the extension
_NETWORK, _NEXT, _GROUP = 0x08, 0x04, 0x80
_IPV4, _IPV6 = 0x0800, 0x86DD
_ALIKE = Alike(((0, 8),), least=22)  # flags and the network's number


def _look(packet: Packet, flow: Flow) -> str | None:
    """Note a VXLAN header with a frame behind it.

    Every reserved bit is zero, or the port is VXLAN's own and a sound packet is in the frame.
    """
    data = packet.data
    if len(data) < 8 or packet.size < 8 + 14:
        return None
    if data[0] & _NEXT and packet.has_port(_GPE_PORT):
        return _generic(packet, flow)
    if not data[0] & _NETWORK:
        return None
    usual = packet.has_port(*_PORTS)
    exact = not data[7] and data[0] & ~_GROUP == _NETWORK and (bool(data[0] & _GROUP) or not any(data[1:4]))
    sign = _frame(packet, usual=usual)
    if sign is None or (not exact and (not usual or sign != "inner_packet")):  # receivers ignore reserved bits
        return None
    seen = flow.of("vxlan")
    seen.sign(sign)
    if not usual:
        seen.sign("other_port")
    packet.alike += (_ALIKE,)
    return "vxlan"


def _frame(packet: Packet, *, usual: bool) -> str | None:
    """Return the sign that the frame inside amounts to; on other ports it has to carry a sound IP packet."""
    data = packet.data
    inside = ethernet_payload(data, 8)
    if inside is None:
        return "inner_cut" if usual and packet.cut and len(data) < 22 else None
    kind, at = inside
    if kind in (_IPV4, _IPV6):
        version = inner_packet(data, at, packet.size - at)
        if version == (4 if kind == _IPV4 else 6):
            return "inner_packet"
        return "inner_cut" if usual and packet.cut else "unknown_inside" if usual else None
    return "inner_frame" if usual else None


def _generic(packet: Packet, flow: Flow) -> str | None:
    """Note the generic protocol extension: a version, the next protocol, and that protocol inside."""
    data = packet.data
    if data[0] & 0xF0 & ~0x30 or not data[0] & _NETWORK or data[1] or data[2] or data[7]:
        return None
    fits = {
        1: inner_packet(data, 8, packet.size - 8) == 4,
        2: inner_packet(data, 8, packet.size - 8) == 6,
        3: ethernet_payload(data, 8) is not None,
        4: data[8] >> 6 == 0 and (data[9] & 0x3F) >= 2,
        5: len(data) > 11 and bool(data[11]),
    }
    if not fits.get(data[3]):
        return None
    flow.of("vxlan-gpe").sign("inner_generic")
    packet.alike += (_ALIKE,)
    return "vxlan-gpe"


def _conclude(_protocol: str, seen: Seen, _flow: Flow) -> Certainty | None:
    """Return high on the usual ports; elsewhere one packet is a coincidence, several are not."""
    if seen.has("other_port"):
        if seen.packets < 3:
            return Certainty.LOW
        return Certainty.HIGH if seen.packets > 8 else Certainty.MEDIUM
    if seen.has("inner_packet") or seen.has("inner_generic") or seen.signs.get("inner_frame", 0) > 2:
        return Certainty.HIGH
    if seen.has("unknown_inside"):
        return Certainty.LOW if seen.packets > 2 else None
    return Certainty.LOW if seen.signs.get("inner_cut") == seen.packets else Certainty.MEDIUM


DISSECTOR = Dissector(
    name="vxlan",
    protocols=("vxlan", "vxlan-gpe"),
    udp=_look,
    udp_ports=_PORTS,
    udp_first=(0x08,),
    spread=_PORTS,
    conclude=_conclude,
)
