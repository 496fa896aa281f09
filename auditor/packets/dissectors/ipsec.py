"""IKEv1 (RFC 2408), IKEv2 (RFC 7296), ESP (RFC 4303), AH (RFC 4302), and both in UDP (RFC 3948) and TCP (RFC 9329)."""

from auditor.model.certainty import Certainty
from auditor.packets.dissector import Dissector
from auditor.packets.flows import Flow, Seen, rising
from auditor.packets.packet import AH, ESP, TCP, Alike, Packet

_IKE_PORT, _NAT_PORT = 500, 4500
_HEADER, _TOLD = 28, 20  # of which so many say what the message is; old captures keep 26
_FIRST_SPI = 256  # lower ones are reserved (RFC 4303 2.1)
_V1, _V2 = 0x10, 0x20
_EXCHANGES = {_V1: frozenset((0, 1, 2, 3, 4, 5, 6, 32, 33)), _V2: frozenset((*range(34, 40), 43, 44))}
_PAYLOADS = {
    _V1: frozenset((*range(22), 128, 130, 131, 132)),
    _V2: frozenset((0, *range(33, 56), *range(128, 256))),
}
_FLAGS = {_V1: 0x07, _V2: 0x38}
_MARKER = bytes(4)
_NAMES = {_V1: "ikev1", _V2: "ikev2"}
_ENCRYPTED_V1 = 0x01
_SEALED = (46, 53)  # everything behind is encrypted (RFC 7296 3.14, RFC 7383)
_STREAM_PREFIX = b"IKETCP"
_SMALL_SEQUENCE = 1 << 16
_ESP_ALIKE, _AH_ALIKE = Alike(((0, 4),), least=16), Alike(((0, 8),), least=12)  # up to the association's number
_SETTLED_PACKETS = 16
_NEGOTIATING = {_V1: (2, 4, 5), _V2: (34,)}  # main and aggressive mode, open notifications; IKE_SA_INIT


def _look_udp(packet: Packet, flow: Flow) -> str | None:
    """Note a message of IKE on any port, and on UDP 4500 ESP and keep-alives."""
    data, sport, dport = packet.data, packet.sport, packet.dport
    nat = _NAT_PORT in (sport, dport)
    usual = nat or _IKE_PORT in (sport, dport)
    if not usual and (len(data) < _HEADER or (data[17] not in _NAMES and data[:4] != _MARKER)):
        return None  # every datagram comes by here
    marked = data[:4] == _MARKER
    found = _ike(packet, flow, 4 if marked else 0, usual=usual)
    if found is not None or not nat:
        return found
    if data == b"\xff" and packet.size == 1:
        seen = flow.peek("esp-udp")
        if seen is not None:
            seen.sign("keepalive")
        return None if seen is None else "esp-udp"
    return None if marked else _esp(packet, flow, "esp-udp")


def _ike(packet: Packet, flow: Flow, at: int, *, usual: bool) -> str | None:
    """Note an IKE header at offset `at`; on a port that is not IKE's own every field has to fit."""
    data = packet.data
    whole = len(data) >= at + _HEADER
    if not whole and not (usual and packet.cut and len(data) >= at + _TOLD <= packet.size - (_HEADER - _TOLD)):
        return None
    version = data[at + 17]
    if version not in _NAMES or data[at : at + 8] == bytes(8):
        return None
    payload, exchange, flags = data[at + 16], data[at + 18], data[at + 19]
    claimed = int.from_bytes(data[at + 24 : at + 28]) if whole else packet.size - at
    if exchange not in _EXCHANGES[version] or payload not in _PAYLOADS[version] or flags & ~_FLAGS[version]:
        return None
    if not _HEADER <= claimed <= packet.size - at and not (packet.fragment is not None and usual):
        return None
    chained = whole and _chained(data, at, claimed, version)
    if not usual and (claimed != packet.size - at or not chained):
        return None
    seen = flow.of(_NAMES[version])
    seen.sign("forward" if flow.forward(packet) else "backward")
    if chained:
        seen.sign("payloads")
    if not usual:
        seen.sign("other_port")
    before = seen.memory.setdefault("initiator", data[at : at + 8])
    if before == data[at : at + 8] and seen.packets:
        seen.sign("same_exchange")
    return _NAMES[version]


def _open(packet: Packet, _seen: Seen) -> tuple[str, bytes] | None:
    """Return a message that negotiates and is not encrypted: it says algorithms and vendors."""
    data = packet.data
    if packet.protocol == TCP:
        data = data[2 : data[0] << 8 | data[1]] if len(data) > 1 else data
    data = data[4:] if data[:4] == _MARKER else data
    if len(data) < _HEADER or data[18] not in _NEGOTIATING.get(data[17], ()):
        return None
    if data[17] == _V1 and data[19] & _ENCRYPTED_V1:
        return None
    claimed = int.from_bytes(data[24:28])
    return ("ike", data[:claimed]) if claimed <= len(data) or packet.cut else None


def _chained(data: bytes, at: int, claimed: int, version: int) -> bool:
    """Return whether the payloads of a message follow one another to its end, as far as they are not encrypted."""
    kind, end = data[at + 16], at + claimed
    if version == _V1 and data[at + 19] & _ENCRYPTED_V1:
        return claimed % 4 == 0 and kind != 0
    at += _HEADER
    while kind and at + 4 <= min(len(data), end):
        step = data[at + 2] << 8 | data[at + 3]
        if step < 4 or at + step > end or data[at] not in _PAYLOADS[version] or data[at + 1] & 0x7F:
            return False
        if kind in _SEALED:
            return version == _V2 and at + step == end
        kind, at = data[at], at + step
    return (not kind and at == end) or at > len(data)


def _look_esp(packet: Packet, flow: Flow) -> str | None:
    """Note an ESP packet of its own IP protocol."""
    return _esp(packet, flow, "esp")


def _esp(packet: Packet, flow: Flow, protocol: str) -> str | None:
    """Note an ESP header: an association's number, and a counter that goes up."""
    data = packet.data
    spi, sequence = int.from_bytes(data[:4]), int.from_bytes(data[4:8])
    if len(data) < 8 or packet.size < 16 or spi < _FIRST_SPI or not sequence:
        return None
    seen = flow.of(protocol)
    if sequence < _SMALL_SEQUENCE and packet.size % 4 == 0:
        seen.sign("early")
    if rising(seen, ("spi", packet.src, spi), sequence, step=1 << 12, most=64):
        seen.sign("counting")
    packet.alike += (_ESP_ALIKE,)
    return protocol


def _look_ah(packet: Packet, flow: Flow) -> str | None:
    """Note an authentication header whose length fits."""
    data = packet.data
    if len(data) < 12 or data[2:4] != b"\0\0" or data[1] < 1 or (data[1] + 2) * 4 > packet.size:
        return None
    spi, sequence = int.from_bytes(data[4:8]), int.from_bytes(data[8:12])
    if not spi:
        return None
    seen = flow.of("ah")
    seen.sign("tunnel_mode" if data[0] in (4, 41) else "transport_mode")
    if rising(seen, ("spi", packet.src, spi), sequence, step=1 << 12, most=64):
        seen.sign("counting")
    packet.alike += (_AH_ALIKE,)
    return "ah"


def _look_tcp(packet: Packet, flow: Flow) -> str | None:
    """Note the stream's prefix, then messages with their length in front, IKE behind four zero bytes."""
    data, known = packet.data, flow.peek("ikev2")
    if data.startswith(_STREAM_PREFIX):
        flow.of("ikev2").sign("stream_prefix")
        return "ikev2"
    if known is None and not packet.has_port(_NAT_PORT):
        return None
    if len(data) < 6 + _HEADER or data[2:6] != bytes(4):
        if known is not None and known.packets >= _SETTLED_PACKETS and _sure_of_ike(known, flow) is Certainty.HIGH:
            flow.settle("ikev2")  # one negotiation a connection, and it is over (RFC 9329)
        return None if known is None else "ikev2"
    message = Packet(packet.at_s, packet.frame_bytes, packet.protocol, packet.src, packet.dst)
    message.sport, message.dport = packet.sport, packet.dport
    claimed = data[0] << 8 | data[1]
    message.data, message.size = data[2:claimed], claimed - 2
    return _ike(message, flow, 4, usual=True)


def _conclude(protocol: str, seen: Seen, flow: Flow) -> Certainty | None:
    """Return how sure the signs make it."""
    if protocol in ("ikev1", "ikev2"):
        return _sure_of_ike(seen, flow)
    counting = seen.signs.get("counting", 0)
    if protocol != "esp-udp":
        return Certainty.HIGH if counting else Certainty.MEDIUM
    if counting > 1 or (counting and seen.has("keepalive")):
        return Certainty.HIGH
    negotiated = flow.peek("ikev1") is not None or flow.peek("ikev2") is not None
    if counting or negotiated:
        return Certainty.MEDIUM
    return Certainty.LOW if seen.signs.get("early") == seen.packets else None


def _sure_of_ike(seen: Seen, flow: Flow) -> Certainty | None:
    """Return how sure it is that messages are IKE; on other ports both ends have to speak it."""
    both = seen.has("forward", "backward", "same_exchange")
    if flow.protocol == TCP and not seen.has("stream_prefix"):
        return Certainty.MEDIUM if both else None
    if seen.has("other_port"):
        return Certainty.MEDIUM if both else None
    if both or seen.has("payloads", "same_exchange") or seen.has("stream_prefix", "payloads"):
        return Certainty.HIGH
    return Certainty.MEDIUM


DISSECTOR = Dissector(
    name="ipsec",
    protocols=("ikev1", "ikev2", "esp", "esp-udp", "ah"),
    ip={ESP: _look_esp, AH: _look_ah},
    udp=_look_udp,
    udp_ports=(_IKE_PORT, _NAT_PORT),
    udp_first=range(256),
    tcp=_look_tcp,
    tcp_first=(0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x49),
    conclude=_conclude,
    streams={"ikev2": (TCP,)},
    details={"ikev1": _open, "ikev2": _open},
)
