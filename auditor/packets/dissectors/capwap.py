"""CAPWAP (RFC 5415): its preamble, then a transport header whose lengths fit and control messages, or DTLS."""

from auditor.model.certainty import Certainty
from auditor.packets.dissector import Dissector
from auditor.packets.flows import Flow, Seen
from auditor.packets.link import ethernet_payload
from auditor.packets.packet import Alike, Packet

_CONTROL_PORT, _DATA_PORT = 5246, 5247
_DTLS_TYPES = range(20, 26)
_DTLS_MAJOR = 0xFE
_LAST_MESSAGE = 26
_ALIKE, _ALIKE_SEALED = Alike(((0, 4),), least=10, sure=Certainty.MEDIUM), Alike(((0, 7),), least=17)
_APPLICATION = 23  # the type of DTLS records that carry something (RFC 6347)
_WIRELESS = 1  # the binding to IEEE 802.11


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
    if sign == "frame":
        packet.alike += (_ALIKE,)
    elif sign == "dtls" and data[4] == _APPLICATION:
        packet.alike += (_ALIKE_SEALED,)
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
    """Return the sign of the data channel: a keep-alive, or a frame of the kind that the header names (4.3, 4.4)."""
    data, at = packet.data, _header(packet.data)
    if at is None or packet.size <= at or len(data) < at + 2:
        return None
    if data[3] & 0x08:  # then a length and a session's number
        elements = data[at] << 8 | data[at + 1]
        return "keepalive" if elements in (packet.size - at, packet.size - at - 2) else None
    binding, native = data[2] >> 1 & 0x1F, bool(data[2] & 1)
    if binding != _WIRELESS or (data[3] & 0x10 and data[8] not in (6, 8)):
        return None
    if data[3] & 0x80 and data[6] << 8 | data[7] & 0xF8:
        return "fragment" if packet.size > at else None
    fits = not data[at] & 0x03 if native else ethernet_payload(data, at) is not None
    return "frame" if fits else None


def _conclude(_protocol: str, seen: Seen, _flow: Flow) -> Certainty | None:
    """Return high for control messages and DTLS behind the preamble."""
    if seen.has("control") or seen.signs.get("dtls", 0) > 1:
        return Certainty.HIGH if seen.packets > 1 else Certainty.MEDIUM
    if seen.has("dtls") or seen.has("keepalive"):
        return Certainty.MEDIUM
    if seen.has("frame"):
        return Certainty.MEDIUM if seen.signs["frame"] > 1 else Certainty.LOW
    return None


DISSECTOR = Dissector(
    name="capwap", protocols=("capwap",), udp=_look, udp_ports=(_CONTROL_PORT, _DATA_PORT), conclude=_conclude
)
