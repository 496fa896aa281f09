"""WireGuard (the protocol's white paper, section 5.4): fixed lengths, zero reserved bytes, counters, paired indices."""

from auditor.model.certainty import Certainty
from auditor.packets.dissector import Dissector
from auditor.packets.flows import Flow, Seen, rising
from auditor.packets.packet import Alike, Packet

_INITIATION, _RESPONSE, _COOKIE, _DATA = 1, 2, 3, 4
_SIZES = {_INITIATION: 148, _RESPONSE: 92, _COOKIE: 64}
_LAST_COUNTER = 1 << 60  # a session ends long before (REJECT_AFTER_MESSAGES)
_ENOUGH_RISES = 2
_LEAST_FULL_SIZE = 500
_SETTLED_PACKETS = 64
_ALIKE = Alike(((0, 4),), least=32)  # the type


def _look(packet: Packet, flow: Flow) -> str | None:
    """Note a message of one of the four types."""
    data = packet.data
    if len(data) < 16 or data[1:4] != b"\0\0\0":
        return None
    kind, known = data[0], flow.peek("wireguard")
    if kind == _DATA:
        return _data(packet, flow, known)
    if _SIZES.get(kind) != packet.size:
        return None
    seen = flow.of("wireguard")
    forward = flow.forward(packet)
    if kind == _INITIATION:
        seen.sign("initiation")
        seen.remember(("sender", forward, data[4:8]), True, most=32)
        if data[132:148] == bytes(16):
            seen.sign("no_cookie")
    elif kind == _RESPONSE:
        seen.sign("response")
        if ("sender", not forward, data[8:12]) in seen.memory:
            seen.sign("paired")
    else:
        seen.sign("cookie_reply")
    return "wireguard"


def _data(packet: Packet, flow: Flow, known: Seen | None) -> str | None:
    """Note a transport message: padded to 16 bytes, a counter that goes up for one receiver index."""
    data = packet.data
    counter = int.from_bytes(data[8:16], "little")
    if packet.size < 32 or counter >= _LAST_COUNTER:
        return None
    if packet.size % 16 and not _full(packet, flow, known):
        if known is not None:
            known.sign("not_padded")
        return None
    seen = known or flow.of("wireguard")
    seen.sign("data")
    if rising(seen, ("counter", flow.forward(packet), data[4:8]), counter, step=1 << 13, most=32) == _ENOUGH_RISES:
        seen.sign("counting")
    if seen.packets >= _SETTLED_PACKETS or seen.has("paired"):
        packet.alike += (_ALIKE,)
    return "wireguard"


def _full(packet: Packet, flow: Flow, known: Seen | None) -> bool:
    """Return whether a length that is no multiple of 16 is that of a full packet: padding ends at the device's MTU."""
    if known is None or packet.size < _LEAST_FULL_SIZE:
        return False
    return bool(known.remember(("full", flow.forward(packet)), packet.size, most=32) == packet.size)


def _conclude(_protocol: str, seen: Seen, _flow: Flow) -> Certainty | None:
    """Return high for a paired handshake or counters both ways, less for one side only."""
    if seen.has("paired"):
        return Certainty.HIGH
    if seen.signs.get("not_padded", 0) > seen.signs.get("data", 0) // 8:
        return None
    if seen.signs.get("counting", 0) > 1 or seen.has("initiation", "response"):
        return Certainty.HIGH
    if seen.has("counting") or seen.has("no_cookie"):
        return Certainty.MEDIUM
    return Certainty.LOW if seen.has("initiation") or seen.has("response", "data") else None


DISSECTOR = Dissector(name="wireguard", protocols=("wireguard",), udp=_look, udp_first=(1, 2, 3, 4), conclude=_conclude)
