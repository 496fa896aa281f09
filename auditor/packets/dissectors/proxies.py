"""SOCKS 4 and 5 (RFC 1928, 1929) and HTTP CONNECT (RFC 9110 9.3.6): only that a proxy is used, never what for."""

import re

from auditor.model.certainty import Certainty
from auditor.packets.dissector import Dissector
from auditor.packets.flows import Flow, Seen
from auditor.packets.packet import Packet

_CONNECT = re.compile(rb"CONNECT [^\s/]{1,255}:[0-9]{1,5} HTTP/1\.[01]\r?\n")
_ANSWER = re.compile(rb"HTTP/1\.[01] ([1-5])([0-9]{2})[ \r\n]")
_ADDRESS_SIZES = {1: 4, 4: 16}
_NAME = 3
_REFUSED = 0xFF


def _look(packet: Packet, flow: Flow) -> str | None:
    """Note a step of a proxy's handshake."""
    data = packet.data
    if data[0] == 5:
        return _socks_5(packet, flow)
    if data[0] in (0, 4):
        return _socks_4(packet, flow)
    if data[0] == ord("C") and _CONNECT.match(data):
        asked = flow.of("http-connect")
        asked.sign("request")
        asked.memory.setdefault("client", flow.forward(packet))
        return "http-connect"
    return _answer(packet, flow)


def _answer(packet: Packet, flow: Flow) -> str | None:
    """Note a proxy's answer to CONNECT."""
    seen = flow.peek("http-connect")
    answer = _ANSWER.match(packet.data) if seen is not None else None
    if seen is None or answer is None or seen.memory["client"] == flow.forward(packet):
        return None
    seen.sign({b"2": "accepted", b"4": "refused", b"5": "refused"}.get(answer[1], "answered"))
    return "http-connect"


def _socks_5(packet: Packet, flow: Flow) -> str | None:
    """Note a greeting, the server's choice, a request or its answer, in that order and from the right end."""
    data, size, forward = packet.data, packet.size, flow.forward(packet)
    seen = flow.peek("socks")
    if len(data) < 2:
        return None
    if seen is None or not seen.has("greeting"):
        if _greets(data, size):
            seen = flow.of("socks")
            seen.sign("greeting")
            seen.memory["client"] = forward
            return "socks"
        return None
    client = seen.memory["client"] == forward
    if size == 2 and not client:
        seen.sign("refused" if data[1] == _REFUSED else "choice")
    elif _addressed(data, size):
        seen.sign("request" if client else "answer")
    elif not client or not _greets(data, size):
        return None  # what goes through the proxy
    return "socks"


def _greets(data: bytes, size: int) -> bool:
    """Return whether this is a greeting of SOCKS 5: how many methods, then each of them once (RFC 1928 3)."""
    return 0 < data[1] < 16 and size == 2 + data[1] == len(data) == 2 + len(set(data[2:]))


def _addressed(data: bytes, size: int) -> bool:
    """Return whether a request or answer of SOCKS 5 fits its address type (RFC 1928 4)."""
    if len(data) < 7 or data[1] > 8 or data[2]:
        return False
    room = 1 + data[4] if data[3] == _NAME else _ADDRESS_SIZES.get(data[3])
    return room is not None and size >= 4 + room + 2


def _socks_4(packet: Packet, flow: Flow) -> str | None:
    """Note a request of SOCKS 4 and its answer."""
    data, size = packet.data, packet.size
    if data[0] == 4:
        if not 9 <= size <= 600 or len(data) < size or data[1] not in (1, 2) or data[-1] or data[2:4] == b"\0\0":
            return None
        seen = flow.of("socks")
        seen.sign("request_4")
        seen.memory["client_4"] = flow.forward(packet)
        return "socks"
    known = flow.peek("socks")
    if known is None or size < 8 or not known.has("request_4") or len(data) < 2 or not 0x5A <= data[1] <= 0x5D:
        return None
    if known.memory["client_4"] == flow.forward(packet) or known.has("answer_4"):
        return None  # what goes through
    known.sign("answer_4")
    return "socks"


def _conclude(protocol: str, seen: Seen, _flow: Flow) -> Certainty | None:
    """Return high where a request was accepted; one that was refused made no tunnel."""
    if protocol == "http-connect":
        if seen.has("accepted"):
            return Certainty.HIGH
        return None if seen.has("refused") else Certainty.MEDIUM
    if seen.has("answer_4") or seen.has("greeting", "choice", "request"):
        return Certainty.HIGH
    return Certainty.MEDIUM if seen.has("greeting", "choice") else None


DISSECTOR = Dissector(
    name="proxies",
    protocols=("socks", "http-connect"),
    tcp=_look,
    tcp_first=(0, 4, 5, ord("C"), ord("H")),
    conclude=_conclude,
)
