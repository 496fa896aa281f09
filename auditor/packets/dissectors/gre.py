"""GRE (RFC 2784, 2890, 1701; NVGRE 7637), PPTP's version 1 (RFC 2637), ERSPAN, GRE in UDP (RFC 8086), EtherIP."""

from auditor.model.certainty import Certainty
from auditor.packets.dissector import Dissector
from auditor.packets.flows import Flow, Seen
from auditor.packets.ip import inner_packet
from auditor.packets.link import ethernet_payload
from auditor.packets.packet import ETHERIP, GRE, Alike, Packet

_CHECKSUM, _ROUTING, _KEY, _SEQUENCE, _RESERVED, _VERSION = 0x8000, 0x4000, 0x2000, 0x1000, 0x00F8, 0x0007
_IPV4, _IPV6, _FRAME, _PPP, _ERSPAN, _ERSPAN_III = 0x0800, 0x86DD, 0x6558, 0x880B, 0x88BE, 0x22EB
_OTHERS = {0x2001, 0x883E, 0x8847, 0x8848, 0x00FE, 0x0806, 0x880B, 0x8870, 0x9000}  # NHRP, WCCP, MPLS, IS-IS, ARP, ...
_UDP_PORT = 4754
_PLAIN, _KEYED = Alike(((0, 4),), least=4), Alike(((0, 8),), least=8)  # flags and protocol, then perhaps a key
_CHECKED = Alike(((0, 4), (8, 12)), least=12)
_ETHERIP = Alike(((0, 2),), least=16)
_FIRST_VSID = 0x1000  # lower ones are reserved (RFC 7637 3.2)


def _look(packet: Packet, flow: Flow) -> str | None:
    """Note a GRE packet."""
    data = packet.data
    if len(data) < 4:
        return None
    flags, kind = data[0] << 8 | data[1], data[2] << 8 | data[3]
    if flags & _VERSION == 1:
        return _point_to_point(packet, flow, flags, kind)
    if flags & (_VERSION | _RESERVED):
        return None
    at = 4 + 4 * (bool(flags & (_CHECKSUM | _ROUTING)) + bool(flags & _KEY) + bool(flags & _SEQUENCE))
    if at > packet.size:
        return None
    if kind in (_ERSPAN, _ERSPAN_III):
        return _mirrored(packet, flow, flags, kind, at)
    fits = _inside(packet, flags, kind, at)
    if fits is None:
        return None
    seen = flow.of("gre")
    seen.sign(fits)
    if (
        fits == "inner_frame"
        and flags & (_CHECKSUM | _SEQUENCE | _KEY) == _KEY
        and int.from_bytes(data[4:7]) >= _FIRST_VSID
    ):
        seen.sign("virtual_network")
    if flags & _KEY:
        seen.sign("key")
    if flags & _ROUTING:
        seen.sign("routing")
    packet.alike += (_alike(flags),)
    return "gre"


def _alike(flags: int) -> Alike:
    """Return what packets with the same header have in common: another key is another tunnel."""
    if not flags & _KEY:
        return _PLAIN
    return _CHECKED if flags & (_CHECKSUM | _ROUTING) else _KEYED


def _inside(packet: Packet, flags: int, kind: int, at: int) -> str | None:
    """Return the sign that what is inside amounts to, None for a type that is none."""
    data, room = packet.data, packet.size - at
    short = packet.cut and len(data) < at + 40
    if flags & _ROUTING:
        return "known"
    if kind == _FRAME:
        return "inner_frame" if ethernet_payload(data, at) is not None or short else "unknown_inside"
    if kind in (_IPV4, _IPV6):
        wanted = 4 if kind == _IPV4 else 6
        fits = inner_packet(data, at, room) == wanted or (
            short and data[at : at + 1] != b"" and data[at] >> 4 == wanted
        )
        return "inner_packet" if fits else "unknown_inside"
    if kind in _OTHERS or (not kind and room <= 4):  # the latter is a keep-alive
        return "known"
    return "unknown_inside" if kind >= 0x0600 else None


def _point_to_point(packet: Packet, flow: Flow, flags: int, kind: int) -> str | None:
    """Note PPTP's packets: a payload length and a call id in the place of the key (RFC 2637 4.1)."""
    data = packet.data
    acknowledged = bool(flags & 0x0080)
    if kind != _PPP or flags & 0xCF78 or not flags & _KEY or len(data) < 8:
        return None
    claimed = data[4] << 8 | data[5]
    header = 8 + 4 * bool(flags & _SEQUENCE) + 4 * acknowledged
    if claimed + header > packet.size or (not claimed and not acknowledged):
        return None
    flow.of("pptp-gre").sign("ppp" if claimed else "acknowledgement")
    packet.alike += (_PLAIN,)
    return "pptp-gre"


def _mirrored(packet: Packet, flow: Flow, flags: int, kind: int, at: int) -> str | None:
    """Note mirrored frames: type I has no header of its own, II and III have versions 1 and 2 in theirs."""
    data = packet.data
    if kind == _ERSPAN and not flags & _SEQUENCE:
        if ethernet_payload(data, at) is None:
            return None
        flow.of("erspan").sign("type_1")
        packet.alike += (_PLAIN,)
        return "erspan"
    version = data[at] >> 4 if len(data) > at else 0
    if version != (1 if kind == _ERSPAN else 2):
        return None
    flow.of("erspan").sign("type_2" if version == 1 else "type_3")
    packet.alike += (_alike(flags),)
    return "erspan"


def _look_udp(packet: Packet, flow: Flow) -> str | None:
    """Note GRE behind a UDP header whose receiver is GRE's own port (RFC 8086 3)."""
    data = packet.data
    if packet.dport != _UDP_PORT or len(data) < 8:
        return None
    flags, kind = data[0] << 8 | data[1], data[2] << 8 | data[3]
    if flags & (_VERSION | _RESERVED | _ROUTING | 0x0F00):
        return None
    at = 4 + 4 * (bool(flags & _CHECKSUM) + bool(flags & _KEY) + bool(flags & _SEQUENCE))
    fits = _inside(packet, flags, kind, at)
    if fits not in ("inner_packet", "inner_frame", "known"):
        return None
    flow.of("gre-in-udp").sign(fits)
    packet.alike += (_alike(flags),)
    return "gre-in-udp"


def _look_etherip(packet: Packet, flow: Flow) -> str | None:
    """Note a frame behind EtherIP's version 3 (RFC 3378)."""
    if packet.data[:2] != b"\x30\0" or ethernet_payload(packet.data, 2) is None:
        return None
    flow.of("etherip").sign("inner_frame")
    packet.alike += (_ETHERIP,)
    return "etherip"


def _keyed(packet: Packet, seen: Seen) -> tuple[str, bytes] | None:
    """Return the header of the first packet with a key; not what is inside."""
    data = packet.data
    if not data[0] & _KEY >> 8:
        return None
    at = 8 if data[0] & (_CHECKSUM | _ROUTING) >> 8 else 4
    key = data[at : at + 4]
    if len(key) < 4 or ("key", key) in seen.memory or seen.remember(("key", key), True) is None:
        return None
    return "gre", data[: at + 4 + 4 * bool(data[0] & _SEQUENCE >> 8)]


def _conclude(protocol: str, seen: Seen, _flow: Flow) -> Certainty:
    """Return high where what is inside fits, low where only the header does."""
    if protocol == "gre-in-udp" and seen.has("known") and len(seen.signs) == 1:
        return Certainty.LOW
    return Certainty.LOW if set(seen.signs) <= {"unknown_inside", "key"} else Certainty.HIGH


DISSECTOR = Dissector(
    name="gre",
    protocols=("gre", "pptp-gre", "erspan", "gre-in-udp", "etherip"),
    ip={GRE: _look, ETHERIP: _look_etherip},
    udp=_look_udp,
    udp_ports=(_UDP_PORT,),
    spread=(_UDP_PORT,),
    conclude=_conclude,
    details={"gre": _keyed, "gre-in-udp": _keyed},
)
