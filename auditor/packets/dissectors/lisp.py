"""LISP (RFC 9300 data, RFC 9301 control): flags and an inner packet, or control messages whose parts fit."""

from auditor.model.certainty import Certainty
from auditor.packets.dissector import Dissector
from auditor.packets.flows import Flow, Seen
from auditor.packets.ip import inner_packet
from auditor.packets.packet import Alike, Packet

_DATA_PORT, _CONTROL_PORT = 4341, 4342
_REQUEST, _REPLY, _REGISTER, _NOTIFY, _NOTIFY_ACK, _REFERRAL, _ENCAPSULATED = 1, 2, 3, 4, 5, 6, 8
_AUTHENTICATED = (_REGISTER, _NOTIFY, _NOTIFY_ACK)
_DIGESTS = (0, 12, 16, 20, 32)
_CANONICAL = 16387  # RFC 8060
_ALIKE = Alike(((0, 1), (4, 9)), least=28)  # flags, the instance, and the version inside; between them is a nonce
_FAMILIES = {0: 0, 1: 4, 2: 16, _CANONICAL: 0}


def _look(packet: Packet, flow: Flow) -> str | None:
    """Note data or control."""
    if packet.has_port(_DATA_PORT) and inner_packet(packet.data, 8, packet.size - 8, exact=True):
        flow.of("lisp").sign("inner_packet")
        packet.alike += (_ALIKE,)
        return "lisp"
    sign = _control(packet.data, packet.size) if packet.has_port(_CONTROL_PORT) else None
    if sign is None:
        return None
    flow.of("lisp").sign(sign)
    return "lisp"


def _control(data: bytes, size: int) -> str | None:
    """Return the sign of a control message, None for what is none."""
    if len(data) < 20:
        return None
    kind, records = data[0] >> 4, data[3]
    if kind in _AUTHENTICATED:
        digest = data[14] << 8 | data[15]
        fits = digest in _DIGESTS and 16 + digest + 12 * records <= size and records
        return ("register" if kind == _REGISTER else "notify") if fits else None
    if kind == _ENCAPSULATED:
        at = 4 if not data[0] & 0x08 else 8 + (data[6] << 8 | data[7])
        return "encapsulated" if inner_packet(data, at, size - at) else None
    if kind == _REQUEST:
        return "request" if 0 < records < 32 and _asks(data) else None
    if kind in (_REPLY, _REFERRAL):
        return "reply" if 12 + 12 * records <= size and records < 32 and not data[1] & 0x7F and not data[2] else None
    return None


def _asks(data: bytes) -> bool:
    """Return whether a request's address families are some: who asks, and where the answer is to go (RFC 9301 5.2)."""
    family = int.from_bytes(data[12:14])
    if family not in _FAMILIES:
        return False
    after = 14 + _FAMILIES[family] if family != _CANONICAL else 20 + int.from_bytes(data[18:20])
    answer = int.from_bytes(data[after : after + 2])
    return answer in _FAMILIES and answer != 0


def _conclude(_protocol: str, seen: Seen, _flow: Flow) -> Certainty | None:
    """Return high for packets inside or several registrations."""
    if seen.has("inner_packet") or seen.has("encapsulated"):
        return Certainty.HIGH
    if seen.has("register") or seen.has("notify"):
        return Certainty.HIGH if seen.packets > 1 else Certainty.MEDIUM
    return Certainty.LOW if seen.packets < 2 else Certainty.MEDIUM


DISSECTOR = Dissector(
    name="lisp",
    protocols=("lisp",),
    udp=_look,
    udp_ports=(_DATA_PORT, _CONTROL_PORT),
    spread=(_DATA_PORT,),
    conclude=_conclude,
)
