"""L2TP version 2 (RFC 2661) and 3 (RFC 3931): control messages with their attributes, and sessions."""

from auditor.model.certainty import Certainty
from auditor.packets.dissector import Dissector
from auditor.packets.flows import Flow, Seen
from auditor.packets.packet import L2TP, Alike, Packet

_PORT = 1701
_TYPE, _LENGTH, _SEQUENCE, _OFFSET = 0x80, 0x40, 0x08, 0x02
_CONTROL = _TYPE | _LENGTH | _SEQUENCE
_LAST_MESSAGE = 28
_PPP = frozenset(
    (0x0021, 0x0057, 0x00FD, 0x003D, 0x8021, 0x8057, 0x80FD, 0xC021, 0xC023, 0xC025, 0xC223, 0xC227, 0x8053)
)
_NAMES = {2: "l2tp", 3: "l2tpv3"}
_DATA_2 = Alike(((0, 6),), least=8, sure=Certainty.MEDIUM)  # flags, tunnel and session
_DATA_2_LENGTH = Alike(((0, 2), (4, 8)), least=10, sure=Certainty.MEDIUM)  # the same around a length
_DATA_3 = Alike(((0, 4),), least=8, sure=Certainty.MEDIUM)
_DATA_3_UDP = Alike(((0, 8),), least=12, sure=Certainty.LOW)
_BEGINNING = frozenset((1, 2, 7, 8, 10, 11))  # SCCRQ, SCCRP, OCRQ, OCRP, ICRQ, ICRP


def _look_udp(packet: Packet, flow: Flow) -> str | None:
    """Note a control message on any port, a session's packet on L2TP's own."""
    data = packet.data
    if len(data) < 6:
        return None
    version = data[1] & 0x0F
    if version not in _NAMES:
        return None
    if data[0] & _TYPE:
        return _control(packet, flow, 0, version)
    if data[1] & 0xF0 or not (packet.has_port(_PORT) or _NAMES[version] in flow.seen):
        return None
    return _session_2(packet, flow) if version == 2 else _session_3(packet, flow)


def _control(packet: Packet, flow: Flow, at: int, version: int) -> str | None:
    """Note a control message: its length, then a first attribute that is its type (RFC 2661 4.4.1, RFC 3931 5.4.1)."""
    data = packet.data
    if len(data) < at + 12 or data[at] != _CONTROL or data[at + 1] & 0xF0:
        return None
    claimed = data[at + 2] << 8 | data[at + 3]
    if claimed != packet.size - at:
        return None
    name = _NAMES[version]
    if claimed == 12:
        if flow.peek(name) is None:
            return None
        flow.of(name).sign("acknowledgement")
        return name
    attribute = data[at + 12 : at + 20]
    kind = int.from_bytes(attribute[6:8])
    if (
        len(attribute) < 8
        or attribute[0] & 0x7C
        or attribute[1] != 8
        or any(attribute[2:6])
        or not 0 < kind <= _LAST_MESSAGE
    ):
        return None
    flow.of(name).sign("control_forward" if packet.src == flow.src else "control_backward")
    return name


def _session_2(packet: Packet, flow: Flow) -> str | None:
    """Note a session's packet of version 2: optional fields that fit, then PPP."""
    data = packet.data
    if data[0] & 0x34:
        return None
    at = 2
    if data[0] & _LENGTH:
        if data[2] << 8 | data[3] != packet.size:
            return None
        at += 2
    tunnel = data[at : at + 4]
    at += 4 + (4 if data[0] & _SEQUENCE else 0)
    if data[0] & _OFFSET:
        at += 2 + int.from_bytes(data[at : at + 2])
    if data[at : at + 2] == b"\xff\x03":
        at += 2
    if tunnel[:2] == b"\0\0" or int.from_bytes(data[at : at + 2]) not in _PPP:
        return None
    seen = flow.of("l2tp")
    seen.sign("ppp")
    packet.alike += (_DATA_2_LENGTH if data[0] & _LENGTH else _DATA_2,)
    return "l2tp"


def _session_3(packet: Packet, flow: Flow) -> str | None:
    """Note a session's packet of version 3 in UDP: reserved bits zero, then a session's number."""
    data = packet.data
    if data[:4] != b"\0\3\0\0" or len(data) < 12 or data[4:8] == bytes(4):
        return None
    return _numbered(flow, packet, data[4:8])


def _look_ip(packet: Packet, flow: Flow) -> str | None:
    """Note version 3 straight behind IP: session 0 is control (RFC 3931 4.1.1)."""
    data = packet.data
    if len(data) < 8:
        return None
    if data[:4] == bytes(4):
        return _control(packet, flow, 4, 3) if data[5] & 0x0F == 3 else None
    return _numbered(flow, packet, data[:4])


def _numbered(flow: Flow, packet: Packet, session: bytes) -> str:
    """Note a session's packet; a number seen before is a sign."""
    seen = flow.of("l2tpv3")
    if seen.memory.get(("session", packet.src, session)):
        seen.sign("session_kept")
    seen.remember(("session", packet.src, session), True, most=64)
    seen.sign("session")
    packet.alike += (_DATA_3 if packet.protocol == L2TP else _DATA_3_UDP,)
    return "l2tpv3"


def _negotiates(packet: Packet, _seen: Seen) -> tuple[str, bytes] | None:
    """Return a control message that begins a tunnel or a session: it names the maker and gives numbers."""
    data = packet.data[4:] if packet.protocol == L2TP else packet.data
    if len(data) < 20 or data[0] != _CONTROL or data[18] << 8 | data[19] not in _BEGINNING:
        return None
    name = _NAMES.get(data[1] & 0x0F)
    return None if name is None else (name, data)


def _conclude(protocol: str, seen: Seen, flow: Flow) -> Certainty | None:
    """Return high for control from both ends; sessions alone are less sure in UDP."""
    if seen.has("control_forward", "control_backward"):
        return Certainty.HIGH
    if seen.has("control_forward") or seen.has("control_backward"):
        return Certainty.HIGH if seen.has("ppp") or seen.has("session") else Certainty.MEDIUM
    if protocol == "l2tp":
        return Certainty.MEDIUM if seen.signs.get("ppp", 0) > 1 else Certainty.LOW if seen.has("ppp") else None
    if flow.protocol == L2TP:
        return Certainty.MEDIUM if seen.has("session_kept") else Certainty.LOW
    return Certainty.LOW if seen.signs.get("session_kept", 0) > 1 else None


DISSECTOR = Dissector(
    name="l2tp",
    protocols=("l2tp", "l2tpv3"),
    ip={L2TP: _look_ip},
    udp=_look_udp,
    udp_ports=(_PORT,),
    udp_first=(_CONTROL,),
    conclude=_conclude,
    details={"l2tp": _negotiates, "l2tpv3": _negotiates},
)
