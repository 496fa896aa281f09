"""Teredo (RFC 4380) and AYIYA (draft-massar-v6ops-ayiya): IPv6 in UDP with addresses or an epoch that say so."""

from auditor.model.certainty import Certainty
from auditor.packets.dissector import Dissector
from auditor.packets.flows import Flow, Seen
from auditor.packets.ip import inner_packet
from auditor.packets.packet import Alike, Packet

_PORT, _AYIYA_PORT = 3544, 5072
_PREFIX = b"\x20\x01\0\0"
_ALIKE = Alike(((0, 1), (8, 12), (24, 28)), least=40)  # the version, and which address is Teredo's
_AYIYA_ALIKE = Alike(((0, 4),), least=49)
_LINK_LOCAL = b"\xfe\x80"
_IPV6, _NO_NEXT = 41, 59


def _look(packet: Packet, flow: Flow) -> str | None:
    """Note an IPv6 packet straight behind UDP, or behind authentication and origin indications (5.1.1)."""
    if packet.has_port(_AYIYA_PORT):
        found = _ayiya(packet, flow)
        if found is not None:
            return found
    data, at = packet.data, 0
    if data[:2] == b"\0\1" and len(data) > 4:
        at = 4 + data[2] + data[3] + 9
    authenticated = at > 0
    origin = data[at : at + 2] == b"\0\0"
    at += 8 if origin else 0
    if inner_packet(data, at, packet.size - at) != 6 or not _ends(packet, at + 40 + (data[at + 4] << 8 | data[at + 5])):
        return None
    source, destination = data[at + 8 : at + 24], data[at + 24 : at + 40]
    teredo = source.startswith(_PREFIX) or destination.startswith(_PREFIX)
    local = source.startswith(_LINK_LOCAL) and packet.has_port(_PORT)
    if not teredo and not local:
        return None
    seen = flow.of("teredo")
    seen.sign("address" if teredo else "router_discovery")
    if authenticated or origin:
        seen.sign("indication")
    else:
        packet.alike += (_ALIKE,)
    return "teredo"


def _ends(packet: Packet, at: int) -> bool:
    """Return whether the datagram ends at offset `at`, or with trailers behind it that fit (RFC 6081 4)."""
    data = packet.data
    while at + 2 <= len(data):
        at += 2 + data[at + 1]
    return at == packet.size or (packet.cut and at > len(data))


def _ayiya(packet: Packet, flow: Flow) -> str | None:
    """Note an AYIYA header: identity and signature lengths, a next header, and IPv6 behind it."""
    data = packet.data
    if len(data) < 8:
        return None
    identity, signature = 1 << (data[0] >> 4), (data[1] >> 4) * 4
    at = 8 + identity + signature
    if data[3] == _IPV6 and inner_packet(data, at, packet.size - at) == 6:
        flow.of("ayiya").sign("inner_packet")
        packet.alike += (_AYIYA_ALIKE,)
        return "ayiya"
    if data[3] == _NO_NEXT and at == packet.size and flow.peek("ayiya") is not None:
        flow.of("ayiya").sign("heartbeat")
        return "ayiya"
    return None


def _conclude(protocol: str, seen: Seen, _flow: Flow) -> Certainty | None:
    """Return high for a Teredo address of a sound packet inside."""
    if protocol == "ayiya":
        return Certainty.HIGH if seen.packets > 1 else Certainty.MEDIUM
    if seen.has("address"):
        return Certainty.HIGH
    return Certainty.MEDIUM if seen.packets > 1 or seen.has("indication") else Certainty.LOW


DISSECTOR = Dissector(
    name="teredo",
    protocols=("teredo", "ayiya"),
    udp=_look,
    udp_ports=(_PORT, _AYIYA_PORT),
    udp_first=(0x00, *range(0x60, 0x70)),
    conclude=_conclude,
)
