"""CAPWAP (RFC 5415): its preamble, then a transport header whose lengths fit and control messages, or DTLS."""

from auditor.model.tunnel import Certainty
from auditor.packets.dissector import Dissector
from auditor.packets.flows import Flow, Seen
from auditor.packets.packet import Packet

_CONTROL_PORT, _DATA_PORT = 5246, 5247
_DTLS_TYPES = range(20, 26)
_DTLS_MAJOR = 0xFE
_LAST_MESSAGE = 26


def _look(packet: Packet, flow: Flow) -> str | None:
    """Note a message of either channel."""
    data = packet.data
    if len(data) < 8 or data[0] not in (0, 1):
        return None
    if data[0] == 1:
        sign = (
            "dtls"
            if len(data) > 5 and not any(data[1:4]) and data[4] in _DTLS_TYPES and data[5] == _DTLS_MAJOR
            else None
        )
    elif packet.has_port(_CONTROL_PORT):
        sign = _control(packet)
    else:
        sign = _data(packet)
    if sign is None:
        return None
    flow.of("capwap").sign(sign)
    return "capwap"


def _header(data: bytes) -> int | None:
    """Return the length of the transport header (4.3), None if its fields do not fit."""
    length = (data[1] >> 3) * 4
    return length if 8 <= length <= 64 and not data[3] & 0x07 else None


def _control(packet: Packet) -> str | None:
    """Return the sign of a control message: a known type whose elements fit."""
    data, at = packet.data, _header(packet.data)
    if at is None or len(data) < at + 8:
        return None
    kind, elements = int.from_bytes(data[at : at + 4]), data[at + 5] << 8 | data[at + 6]
    return "control" if 0 < kind <= _LAST_MESSAGE and 3 <= elements <= packet.size - at - 3 + 8 else None


def _data(packet: Packet) -> str | None:
    """Return the sign of the data channel: a keep-alive, or a station's frame."""
    at = _header(packet.data)
    if at is None or packet.size <= at:
        return None
    return "keepalive" if packet.data[3] & 0x08 else "frame"


def _conclude(_protocol: str, seen: Seen, _flow: Flow) -> Certainty | None:
    """Return high for control messages and DTLS behind the preamble."""
    if seen.has("control") or seen.signs.get("dtls", 0) > 1:
        return Certainty.HIGH if seen.packets > 1 else Certainty.MEDIUM
    if seen.has("dtls") or seen.has("keepalive"):
        return Certainty.MEDIUM
    return Certainty.LOW if seen.packets > 4 else None


DISSECTOR = Dissector(
    name="capwap", protocols=("capwap",), udp=_look, udp_ports=(_CONTROL_PORT, _DATA_PORT), conclude=_conclude
)
