"""GTP-U (3GPP TS 29.281): version 1, lengths that fit, a tunnel endpoint, and a user's packet inside."""

from auditor.model.certainty import Certainty
from auditor.packets.dissector import Dissector
from auditor.packets.flows import Flow, Seen
from auditor.packets.ip import inner_packet
from auditor.packets.packet import Alike, Packet

_PORT = 2152
_FIXED, _EXTRA, _MOST_EXTENSIONS = 8, 4, 8
_ECHO, _ECHO_ANSWER, _ERROR, _HEADERS, _END, _USER = 1, 2, 26, 31, 254, 255
_ALIKE = Alike(((0, 2), (4, 8)), least=8)  # the type and the endpoint's number
_ALIKE_OTHER = _ALIKE._replace(sure=Certainty.MEDIUM)
_NAMES = {_ECHO: "path", _ECHO_ANSWER: "path", _ERROR: "error", _HEADERS: "path", _END: "end_marker"}


def _look(packet: Packet, flow: Flow) -> str | None:
    """Note a GTP-U message."""
    data = packet.data
    if len(data) < _FIXED or data[0] >> 4 != 3 or data[0] & 0x08:  # version 1, protocol type 1, spare bit 0
        return None
    kind, claimed, endpoint = data[1], data[2] << 8 | data[3], int.from_bytes(data[4:8])
    if claimed + _FIXED > packet.size and packet.fragment is None:
        return None
    if kind in _NAMES:
        if claimed + _FIXED != packet.size or (kind != _END and not data[0] & 0x02 and kind != _ERROR):
            return None
        flow.of("gtp-u").sign(_NAMES[kind])
        return "gtp-u"
    at = _behind(data) if kind == _USER else None
    if at is None:
        return None
    version = inner_packet(data, at, claimed + _FIXED - at)
    seen = flow.of("gtp-u")
    if version:
        seen.sign("inner_packet")
        packet.alike += (_ALIKE,)
    elif endpoint and claimed + _FIXED == packet.size:
        seen.sign("user_data")
        packet.alike += (_ALIKE_OTHER,)
    else:
        return "gtp-u" if seen.packets else None
    return "gtp-u"


def _behind(data: bytes) -> int | None:
    """Return where the user's packet begins, behind optional fields and extension headers (5.2.1), None if none fit."""
    if not data[0] & 0x07:
        return _FIXED
    at, following = _FIXED + _EXTRA, data[11] if len(data) > 11 and data[0] & 0x04 else 0
    for _ in range(_MOST_EXTENSIONS):
        if not following:
            return at
        step = data[at] * 4 if at < len(data) else 0
        if not step or at + step > len(data):
            return None
        following, at = data[at + step - 1], at + step
    return None


def _conclude(_protocol: str, seen: Seen, _flow: Flow) -> Certainty | None:
    """Return high where users' packets are inside; management of the path alone is not yet a tunnel."""
    if seen.has("inner_packet"):
        return Certainty.HIGH
    if seen.signs.get("user_data", 0) > 2 or seen.has("end_marker") or seen.has("error"):
        return Certainty.MEDIUM
    return Certainty.LOW if seen.has("user_data") or seen.signs.get("path", 0) > 1 else None


DISSECTOR = Dissector(
    name="gtp", protocols=("gtp-u",), udp=_look, udp_ports=(_PORT,), spread=(_PORT,), conclude=_conclude
)
