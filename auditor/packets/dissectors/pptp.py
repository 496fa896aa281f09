"""PPTP's control connection (RFC 2637 2): a magic cookie, a length that fits and a known message in each."""

from auditor.model.certainty import Certainty
from auditor.packets.dissector import Dissector
from auditor.packets.flows import Flow, Seen
from auditor.packets.packet import Packet

_COOKIE = b"\x1a\x2b\x3c\x4d"
_LAST_MESSAGE = 15
_BEGINNING = frozenset((1, 2, 7, 8, 9, 10, 11))  # connection, outgoing and incoming calls


def _look(packet: Packet, flow: Flow) -> str | None:
    """Note a control message."""
    data = packet.data
    if len(data) < 12 or data[4:8] != _COOKIE:
        return None
    claimed, kind, message = data[0] << 8 | data[1], data[2] << 8 | data[3], data[8] << 8 | data[9]
    if kind not in (1, 2) or not 12 <= claimed <= 512 or not 0 < message <= _LAST_MESSAGE or any(data[10:12]):
        return None
    flow.of("pptp").sign("control_forward" if flow.forward(packet) else "control_backward")
    return "pptp"


def _negotiates(packet: Packet, _seen: Seen) -> tuple[str, bytes] | None:
    """Return a message that begins the connection or a call: it names the maker and gives the call's number."""
    data = packet.data
    if len(data) < 12 or data[4:8] != _COOKIE or data[8] << 8 | data[9] not in _BEGINNING:
        return None
    return "pptp", data[: data[0] << 8 | data[1]]


def _conclude(_protocol: str, seen: Seen, _flow: Flow) -> Certainty:
    """Return high if both ends speak it."""
    return Certainty.HIGH if seen.has("control_forward", "control_backward") else Certainty.MEDIUM


DISSECTOR = Dissector(
    name="pptp",
    protocols=("pptp",),
    tcp=_look,
    tcp_first=(0, 1),
    conclude=_conclude,
    details={"pptp": _negotiates},
)
