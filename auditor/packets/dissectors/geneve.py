"""GENEVE (RFC 8926): version 0, options whose lengths fit, reserved bits zero, inside it the protocol that it names."""

from auditor.model.certainty import Certainty
from auditor.packets.dissector import Dissector
from auditor.packets.flows import Flow, Seen
from auditor.packets.ip import inner_packet
from auditor.packets.link import ethernet_payload
from auditor.packets.packet import Alike, Packet

_PORT = 6081
_FRAME, _IPV4, _IPV6, _MPLS = 0x6558, 0x0800, 0x86DD, 0x8847
_ALIKE = Alike(((0, 8),), least=8)  # what is inside, and the network's number
_ALIKE_ELSEWHERE = _ALIKE._replace(sure=Certainty.MEDIUM)
_IP = {_IPV4: 4, _IPV6: 6}


def _look(packet: Packet, flow: Flow) -> str | None:
    """Note a GENEVE header with the named protocol behind it; on other ports a frame with a sound IP packet in it."""
    data = packet.data
    if len(data) < 8 or data[0] >> 6 or data[1] & 0x3F or data[7]:
        return None
    kind, options = data[2] << 8 | data[3], (data[0] & 0x3F) * 4
    at, usual = 8 + options, packet.has_port(_PORT)
    if at > packet.size or not _options_fit(data, options):
        return None
    sign = _inside(packet, kind, at, usual=usual)
    if sign is None:
        return None
    seen = flow.of("geneve")
    seen.sign(sign)
    if options:
        seen.sign("options")
    if not usual:
        seen.sign("other_port")
    packet.alike += (_ALIKE if usual else _ALIKE_ELSEWHERE,)
    return "geneve"


def _options_fit(data: bytes, options: int) -> bool:
    """Return whether the options end where the header says (RFC 8926 3.5)."""
    at, end = 8, 8 + options
    while at < end:
        if at + 4 > len(data):
            return len(data) < end
        at += 4 + (data[at + 3] & 0x1F) * 4
    return at == end


def _inside(packet: Packet, kind: int, at: int, *, usual: bool) -> str | None:
    """Return the sign that the inside amounts to, None if it is not what the header says."""
    data, room = packet.data, packet.size - at
    if kind == _FRAME:
        inside = ethernet_payload(data, at)
        if inside is None:
            return "inner_cut" if usual and packet.cut and len(data) < at + 14 else None
        inner, below = inside
        if inner in _IP:
            fits = inner_packet(data, below, packet.size - below) == _IP[inner]
            return "inner_packet" if fits else "inner_cut" if usual and packet.cut else None
        return "inner_frame" if usual else None
    if kind in _IP:
        fits = inner_packet(data, at, room) == _IP[kind]
        return "inner_packet" if fits and usual else None
    if not room and usual:
        return "control"
    return "inner_frame" if usual and kind == _MPLS else None


def _conclude(_protocol: str, seen: Seen, _flow: Flow) -> Certainty | None:
    """Return high on its port; elsewhere one packet is a coincidence."""
    if seen.has("other_port"):
        return Certainty.LOW if seen.packets < 3 else Certainty.MEDIUM
    if seen.has("inner_packet") or seen.packets > 2:
        return Certainty.HIGH
    return Certainty.LOW if seen.signs.get("inner_cut") == seen.packets else Certainty.MEDIUM


DISSECTOR = Dissector(
    name="geneve",
    protocols=("geneve",),
    udp=_look,
    udp_ports=(_PORT,),
    udp_first=range(0x40),
    spread=(_PORT,),
    conclude=_conclude,
)
