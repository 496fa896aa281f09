"""Foo over UDP and Generic UDP Encapsulation of Linux (draft-ietf-intarea-gue): an IP packet or GRE behind UDP."""

from auditor.model.certainty import Certainty
from auditor.packets.dissector import Dissector
from auditor.packets.flows import Flow, Seen
from auditor.packets.ip import inner_packet
from auditor.packets.packet import GRE, IPIP, IPV6, Alike, Packet

_GUE_PORT = 6080
_TEREDO = b"\x20\x01\0\0"
_ALIKE, _ALIKE_HEADED = Alike(((0, 1),), least=20), Alike(((0, 4),), least=24)
_TYPES = {0x0800: 4, 0x86DD: 6}


def _look(packet: Packet, flow: Flow) -> str | None:
    """Note a sound packet inside; no port says anything here, so length, checksum and next header all have to fit."""
    data = packet.data
    if len(data) < 20:
        return None
    name, at = "fou", 0
    if packet.has_port(_GUE_PORT) and not data[0] >> 5 and data[1] in (IPIP, IPV6, GRE):
        name, at = "gue", 4 + (data[0] & 0x1F) * 4
    if _fits(data, at, packet.size - at):
        sign = "inner_packet"
    else:
        below = _behind_gre(data, at)
        if below is None or not _fits(data, below, packet.size - below):
            return None
        sign = "inner_gre"
    flow.of(name).sign(sign)
    packet.alike += (_ALIKE if name == "fou" and sign == "inner_packet" else _ALIKE_HEADED,)
    return name


def _fits(data: bytes, at: int, room: int) -> bool:
    """Return whether a packet begins at `at` and ends with the datagram; Teredo's addresses are Teredo's."""
    version = inner_packet(data, at, room, proven=True)
    return bool(version) and not (version == 6 and _TEREDO in (data[at + 8 : at + 12], data[at + 24 : at + 28]))


def _behind_gre(data: bytes, at: int) -> int | None:
    """Return where the packet behind a plain GRE header begins, None if there is no such header."""
    if len(data) < at + 4 or data[at] & 0x4F or data[at + 1]:
        return None
    if (data[at + 2] << 8 | data[at + 3]) not in _TYPES:
        return None
    return at + 4 + 4 * (bool(data[at] & 0x80) + bool(data[at] & 0x20) + bool(data[at] & 0x10))


def _conclude(_protocol: str, seen: Seen, _flow: Flow) -> Certainty | None:
    """Return more the more packets fit; a single one may be a coincidence or a packet quoted in an error."""
    if seen.packets < 2:
        return None
    return Certainty.MEDIUM if seen.packets < 5 else Certainty.HIGH


DISSECTOR = Dissector(
    name="fou",
    protocols=("fou", "gue"),
    udp=_look,
    udp_ports=(_GUE_PORT,),
    udp_first=(0x00, 0x10, 0x20, 0x30, *range(0x45, 0x50), *range(0x60, 0x70), 0x80, 0x90, 0xA0, 0xB0),
    conclude=_conclude,
)
