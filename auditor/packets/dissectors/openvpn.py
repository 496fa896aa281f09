"""OpenVPN over UDP and TCP (ssl_pkt.h of the program; draft-openvpn-wire-protocol): resets, session ids, packet ids.

With tls-auth and tls-crypt little of a control packet can be read, but opcode and session id stand in front and both
ends keep to them. With a static key there is no header at all: that cannot be seen.
"""

from auditor.model.certainty import Certainty
from auditor.packets.dissector import Dissector
from auditor.packets.flows import Flow, Seen, rising
from auditor.packets.packet import TCP, UDP, Alike, Packet

_CLIENT_RESETS, _SERVER_RESETS = (1, 7, 10), (2, 8)
_SOFT_RESET, _CONTROL, _ACK, _DATA_V1, _DATA_V2, _CONTROL_WKC = 3, 4, 5, 6, 9, 11
_KEYED_CLIENT_RESET = 10
_OPCODES = frozenset((*_CLIENT_RESETS, *_SERVER_RESETS, _SOFT_RESET, _CONTROL, _ACK, _DATA_V1, _DATA_V2, _CONTROL_WKC))
_DIGESTS = (16, 20, 28, 32, 48, 64)  # of tls-auth; tls-crypt has one of 32 behind its packet id
_FIRST, _ANSWERING, _NEGOTIATING = 5, 17, 6  # bytes of a reset's own: no acknowledgement, one, and what 2.6 may add
_EARLY_IDS = (0x0A, 0x0F)  # how packet ids begin of those who answer without keeping state (ssl_pkt.h)
_MOST_ACKS = 8
_EARLY = 1 << 24
_ENOUGH_RISES = 5
_SETTLED_PACKETS = 16
_ALIKE = Alike(((0, 1),), least=9)  # opcode and key
_DATA_ALIKE = {_DATA_V1: _ALIKE._replace(sure=Certainty.LOW), _DATA_V2: _ALIKE._replace(sure=Certainty.MEDIUM)}
_TLS_TYPES = (0x14, 0x15, 0x16, 0x17)


def _look_udp(packet: Packet, flow: Flow) -> str | None:
    """Note one datagram."""
    noted = _message(packet.data, packet.size, flow, forward=flow.forward(packet))
    if noted is not None:
        packet.alike += (_DATA_ALIKE.get(packet.data[0] >> 3, _ALIKE),)
    return noted


def _look_tcp(packet: Packet, flow: Flow) -> str | None:
    """Note the messages of one segment, each behind its length; a segment that begins within one says nothing."""
    data, at, noted = packet.data, 0, None
    if not _chained(data, packet.size):
        return None
    while at + 3 <= len(data):
        size = data[at] << 8 | data[at + 1]
        noted = _message(data[at + 2 : at + 2 + size], size, flow, forward=flow.forward(packet)) or noted
        at += 2 + size
    return noted


def _chained(data: bytes, size: int) -> bool:
    """Return whether a segment is nothing but messages with their lengths; the last may go on in the next segment."""
    at = messages = 0
    while at + 3 <= len(data):
        length = data[at] << 8 | data[at + 1]
        if length < 9 or length > 10_000 or data[at + 2] >> 3 not in _OPCODES:
            return False
        at += 2 + length
        messages += 1
    return messages > 0 and (at == size or (at > len(data) and (messages > 1 or len(data) < size)))


def _message(data: bytes, size: int, flow: Flow, *, forward: bool) -> str | None:
    """Note one message: opcode and key id in the first byte, then the sender's session id, or a peer's number."""
    if len(data) < 9:
        return None
    opcode, key_id, known = data[0] >> 3, data[0] & 7, flow.peek("openvpn")
    if opcode in (_DATA_V1, _DATA_V2):
        return _data(data, size, flow, known, opcode, forward=forward)
    if opcode in _CLIENT_RESETS or opcode in _SERVER_RESETS:
        return None if key_id else _reset(data, size, flow, opcode, forward=forward)
    if opcode in (_CONTROL, _ACK, _SOFT_RESET, _CONTROL_WKC):
        return _control(data, size, flow, known, opcode, forward=forward)
    return None


def _reset(data: bytes, size: int, flow: Flow, opcode: int, *, forward: bool) -> str | None:
    """Note the packet with which either end begins."""
    session, client = data[1:9], opcode in _CLIENT_RESETS
    if session in (bytes(8), b"\xff" * 8):
        return None
    plain = size == 9 + _FIRST or (not client and size == 9 + _ANSWERING)
    if plain:
        if data[9:14] != bytes(5) and (client or data[9:10] != b"\1"):
            return None
    elif not _keyed(data, size, opcode):
        return None
    seen = flow.of("openvpn")
    if seen.memory.get(("session", forward)) == session:
        seen.sign("repeated")
    seen.memory["session", forward] = session
    seen.sign("client_reset" if client else "server_reset")
    seen.sign("plain" if plain else "keyed")
    other = seen.memory.get(("session", not forward))
    if not client and len(data) == size and other is not None and data[-12:-4] == other:
        seen.sign("echo")
    return "openvpn"


def _keyed(data: bytes, size: int, opcode: int) -> bool:
    """Return whether a reset has the form of tls-auth, or of tls-crypt, with the client's own key or without."""
    if opcode == _KEYED_CLIENT_RESET:  # the wrapped key ends with its own length (tls-crypt-v2.txt)
        wrapped = int.from_bytes(data[-2:]) if len(data) == size else size - 54
        return _numbered(data, 9) and 54 <= size - wrapped <= 54 + _NEGOTIATING and wrapped > 64
    for own in (_FIRST, _ANSWERING, _FIRST + _NEGOTIATING, _ANSWERING + _NEGOTIATING):
        digest = size - 9 - 8 - own
        if digest in _DIGESTS and _numbered(data, 9 + digest):
            return True
        if digest == 32 and _numbered(data, 9):
            return True
    return False


def _numbered(data: bytes, at: int) -> bool:
    """Return whether a long packet id stands at offset `at`: a small number, then when the sender began (not zero)."""
    number = int.from_bytes(data[at : at + 4])
    return (0 < number < 1 << 12 or number >> 24 in _EARLY_IDS) and data[at + 4 : at + 8] != bytes(4)


def _control(data: bytes, size: int, flow: Flow, known: Seen | None, opcode: int, *, forward: bool) -> str | None:
    """Note a control packet or acknowledgement: the session id as before, the other end's where it is acknowledged."""
    if known is None and not _readable(data, size, opcode):
        return None
    seen, session = known or flow.of("openvpn"), data[1:9]
    before = seen.memory.setdefault(("session", forward), session)
    if before != session:
        seen.sign("not_kept")
        seen.memory["session", forward] = session
        return "openvpn"
    seen.sign("control")
    if seen.signs["control"] > 1 or seen.has("client_reset") or seen.has("server_reset"):
        seen.sign("session_kept")
    acks = data[9] if len(data) > 9 else 0
    other, at = seen.memory.get(("session", not forward)), 10 + 4 * acks
    if other is not None and 0 < acks <= _MOST_ACKS and data[at : at + 8] == other:
        seen.sign("echo")
    elif known is None or seen.has("readable"):
        seen.sign("readable")
    return "openvpn"


def _readable(data: bytes, size: int, opcode: int) -> bool:
    """Return whether a control packet without tls-auth or tls-crypt is sound: a list of acknowledgements, then TLS."""
    if len(data) < 14 or data[9] > _MOST_ACKS:
        return False
    at = 10 + (4 * data[9] + 8 if data[9] else 0)
    if opcode == _ACK:
        return data[9] > 0 and size == at
    if opcode != _CONTROL or len(data) < at + 7:
        return False
    return data[at : at + 3] == b"\0\0\0" and data[at + 4] in _TLS_TYPES and data[at + 5] == 3


def _data(data: bytes, size: int, flow: Flow, known: Seen | None, opcode: int, *, forward: bool) -> str | None:
    """Note a data packet; without a handshake before it, it has to count packets under a peer id that stays."""
    at = 1 if opcode == _DATA_V1 else 4
    counter = int.from_bytes(data[at : at + 4])
    if known is None and (size < 40 or not 0 < counter < _EARLY):
        return None
    seen = known or flow.of("openvpn")
    seen.sign("data")
    if rising(seen, ("counter", forward, data[:at]), counter, step=64, most=32) == _ENOUGH_RISES:
        seen.sign("counting" if opcode == _DATA_V2 else "counting_bare")
    if flow.protocol == TCP and seen.packets >= _SETTLED_PACKETS and _conclude("openvpn", seen, flow) is Certainty.HIGH:
        flow.settle("openvpn")
    return "openvpn"


def _conclude(_protocol: str, seen: Seen, _flow: Flow) -> Certainty | None:
    """Return high where both ends keep to the handshake."""
    kept, both = seen.signs.get("session_kept", 0), seen.has("client_reset", "server_reset")
    if seen.signs.get("not_kept", 0) > kept:
        return None
    if (both and (kept > 1 or seen.has("echo"))) or seen.signs.get("echo", 0) > 1:
        return Certainty.HIGH
    if both or (seen.has("plain") and seen.has("repeated")):
        return Certainty.MEDIUM
    if kept > 1 and (seen.has("client_reset") or seen.has("server_reset") or seen.has("readable")):
        return Certainty.MEDIUM
    if seen.signs.get("counting", 0) > 1:
        return Certainty.MEDIUM
    if seen.has("client_reset", "plain") or seen.has("counting") or seen.signs.get("counting_bare", 0) > 1:
        return Certainty.LOW
    return None


DISSECTOR = Dissector(
    name="openvpn",
    protocols=("openvpn",),
    udp=_look_udp,
    udp_first=[opcode << 3 | key for opcode in _OPCODES for key in range(8)],
    tcp=_look_tcp,
    tcp_first=range(0x28),
    streams={"openvpn": (UDP, TCP)},
    conclude=_conclude,
)
