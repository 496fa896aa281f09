"""Meshes of programs: Nebula, n2n, fastd, tinc's meta connection, Tailscale's discovery; from their own sources."""

import re

from auditor.model.certainty import Certainty
from auditor.packets.dissector import Dissector
from auditor.packets.flows import Flow, Seen, rising
from auditor.packets.packet import TCP, Alike, Packet

_TINC_HELLO = re.compile(rb"0 [A-Za-z0-9_]{1,64} 17(\.[0-9]{1,3})?\n")
_TINC_KEY = re.compile(rb"1 [0-9]{1,4} [0-9]{1,4} [0-9]{1,2} [0-9]{1,2} [0-9A-Fa-f]{32,}")
_DISCO = b"TS\xf0\x9f\x92\xac"
_DISCO_LEAST = 6 + 32 + 24 + 16
_NEBULA_HANDSHAKE, _NEBULA_LAST = 0, 6
_FASTD_WRAP = b"\xc8\x03\0\x0c" + bytes(8)
_FASTD_NAMES = {1: "request", 2: "reply", 3: "finish"}
_N2N_V1_HEADER = 87
_N2N_PACKET = 3
_N2N_NAMES = {1: "register", 2: "deregister", 3: "packet", 4: "register_answer"}
_N2N_MORE = {5: "register", 6: "register_answer", 7: "refused", 8: "federation", 9: "peer_info", 10: "query"}
_N2N_COMMUNITY = {2: 16, 3: 20}
_ENOUGH_RISES = 2
_SETTLED_PACKETS = 16
_NEBULA_MESSAGE = 1
_NEBULA_ALIKE = Alike(((0, 8),), least=32)  # the type and the receiver's index
_DISCO_ALIKE = Alike(((0, 6),), least=_DISCO_LEAST)
_N2N_ALIKE = {  # the version and the type; never the name
    1: Alike(((0, 2),), least=_N2N_V1_HEADER),
    2: Alike(((0, 1), (2, 4)), least=20),
    3: Alike(((0, 1), (2, 4)), least=24),
}


def _look_udp(packet: Packet, flow: Flow) -> str | None:
    """Note a message of one of the meshes, by its first byte."""
    data = packet.data
    if len(data) < 16:
        return None
    first = data[0]
    if first >> 4 == 1:
        return _nebula(packet, flow)
    if first == _DISCO[0]:
        return _tailscale(packet, flow)
    if first in (1, 0xC8):
        found = _fastd(packet, flow)
        if found is not None or first != 1:
            return found
    return _n2n_1(packet, flow) if first == 1 else _n2n(packet, flow) if first in _N2N_COMMUNITY else None


def _nebula(packet: Packet, flow: Flow) -> str | None:
    """Note Nebula's header (header/header.go): version 1, a type, reserved zeros, an index, a counter."""
    data = packet.data
    kind, subtype = data[0] & 15, data[1]
    if kind > _NEBULA_LAST or subtype > 2 or data[2:4] != b"\0\0" or packet.size < 16:
        return None
    counter = int.from_bytes(data[8:16])
    if kind == _NEBULA_HANDSHAKE:
        if counter not in (1, 2) or packet.size < 80 or (counter == 1 and data[4:8] != bytes(4)):
            return None
        flow.of("nebula").sign("handshake" if counter == 1 else "handshake_answer")
        return "nebula"
    if not 0 < counter < 1 << 48 or packet.size < 32:
        return None
    seen = flow.of("nebula")
    seen.sign("message")
    if rising(seen, (flow.forward(packet), data[4:8]), counter, step=1 << 10, most=32) == _ENOUGH_RISES:
        seen.sign("counting")
    if kind == _NEBULA_MESSAGE:
        packet.alike += (_NEBULA_ALIKE,)
    return "nebula"


def _tailscale(packet: Packet, flow: Flow) -> str | None:
    """Note Tailscale's discovery (disco/disco.go): its magic, then a key, a nonce and a sealed box."""
    if not packet.data.startswith(_DISCO) or packet.size < _DISCO_LEAST:
        return None
    flow.of("tailscale").sign("disco_forward" if flow.forward(packet) else "disco_backward")
    packet.alike += (_DISCO_ALIKE,)
    return "tailscale"


def _fastd(packet: Packet, flow: Flow) -> str | None:
    """Note fastd's handshake (handshake.c): its length, then records that end with it, the first of them its kind."""
    data, at = packet.data, 0
    if data.startswith(_FASTD_WRAP):
        at = len(_FASTD_WRAP)
    if data[at : at + 2] != b"\1\0" or int.from_bytes(data[at + 2 : at + 4]) != packet.size - at - 4:
        return None
    if data[at + 4 : at + 8] != b"\0\0\1\0" or len(data) <= at + 8 or data[at + 8] not in _FASTD_NAMES:
        return None
    seen_kind, at = data[at + 8], at + 4
    while at + 4 <= len(data):
        if int.from_bytes(data[at : at + 2], "little") > 64:
            return None
        at += 4 + int.from_bytes(data[at + 2 : at + 4], "little")
    if at != packet.size and not packet.cut:
        return None
    flow.of("fastd").sign(_FASTD_NAMES[seen_kind])
    return "fastd"


def _n2n_1(packet: Packet, flow: Flow) -> str | None:
    """Note n2n's first version (n2n.h of 1.x): type, hops, a flag, a community's name, two hardware addresses."""
    data = packet.data
    if len(data) < 32 or data[1] not in _N2N_NAMES or data[2] > 8 or data[3] > 1 or packet.size < _N2N_V1_HEADER:
        return None
    if (data[1] == _N2N_PACKET) == (packet.size == _N2N_V1_HEADER) or not _community(data[4:20], padded=False):
        return None
    if data[20] & 1 or not any(data[20:26]):
        return None
    return _member(packet, flow, data[4:20].split(b"\0")[0], _N2N_NAMES[data[1]])


def _n2n(packet: Packet, flow: Flow) -> str | None:
    """Note n2n's second or third version (n2n_wire.h): hops, type and flags, a community's name padded with zeros."""
    data = packet.data
    kind, length = data[3] & 0x1F, _N2N_COMMUNITY[data[0]]
    names = _N2N_NAMES | _N2N_MORE
    if data[1] > 16 or data[2] or kind not in names or not _community(data[4 : 4 + length], padded=True):
        return None
    return _member(packet, flow, data[4 : 4 + length], names[kind])


def _community(name: bytes, *, padded: bool) -> bool:
    """Return whether `name` is text that ends in a zero, and zeros only behind it where it is `padded`."""
    text, _, rest = name.partition(b"\0")
    return 0 < len(text) < len(name) and all(32 < byte < 127 for byte in text) and not (padded and any(rest))


def _member(packet: Packet, flow: Flow, community: bytes, name: str) -> str:
    """Note a message of one community; of its name only a number is remembered, to compare."""
    seen = flow.of("n2n")
    mark = hash(community)
    seen.sign("community_kept" if seen.memory.setdefault("community", mark) == mark and seen.packets else name)
    if seen.packets:
        seen.sign(name)
    seen.sign("forward" if flow.forward(packet) else "backward")
    alike = _N2N_ALIKE[packet.data[0]]
    packet.alike += (alike._replace(sure=Certainty.MEDIUM) if name == "packet" else alike,)
    return "n2n"


def _look_tcp(packet: Packet, flow: Flow) -> str | None:
    """Note tinc's first line (protocol_auth.c), and the key that follows it."""
    data, known = packet.data, flow.peek("tinc")
    if _TINC_HELLO.match(data) and len(data) < 2048:
        flow.of("tinc").sign("hello_forward" if flow.forward(packet) else "hello_backward")
        return "tinc"
    if known is not None and _TINC_KEY.match(data):
        known.sign("key")
    if known is not None and known.packets >= _SETTLED_PACKETS and _sure_tinc(known) is Certainty.HIGH:
        flow.settle("tinc")
    return None if known is None else "tinc"


def _conclude(protocol: str, seen: Seen, _flow: Flow) -> Certainty | None:
    """Return how sure the signs make it."""
    return _RULES[protocol](seen)


def _sure_nebula(seen: Seen) -> Certainty | None:
    """Return high for an answered handshake or counters both ways."""
    if seen.has("handshake", "handshake_answer") or seen.signs.get("counting", 0) > 1:
        return Certainty.HIGH
    if seen.has("counting") or seen.signs.get("handshake", 0) > 1:
        return Certainty.MEDIUM
    return Certainty.LOW if seen.has("handshake") else None


def _sure_n2n(seen: Seen) -> Certainty | None:
    """Return high for an answered registration."""
    if seen.has("register", "register_answer"):
        return Certainty.HIGH
    if seen.signs.get("community_kept", 0) > 1:
        return Certainty.MEDIUM
    return Certainty.LOW if seen.has("register", "community_kept") else None


def _sure_fastd(seen: Seen) -> Certainty:
    """Return high for an answered handshake."""
    return Certainty.HIGH if seen.has("request", "reply") or seen.has("reply", "finish") else Certainty.MEDIUM


def _sure_tinc(seen: Seen) -> Certainty | None:
    """Return high if both ends said hello."""
    if seen.has("hello_forward", "hello_backward") or seen.has("key"):
        return Certainty.HIGH
    return Certainty.MEDIUM


def _sure_tailscale(seen: Seen) -> Certainty:
    """Return high if both ends were heard."""
    return Certainty.HIGH if seen.has("disco_forward", "disco_backward") else Certainty.MEDIUM


_RULES = {
    "nebula": _sure_nebula,
    "n2n": _sure_n2n,
    "fastd": _sure_fastd,
    "tinc": _sure_tinc,
    "tailscale": _sure_tailscale,
}

DISSECTOR = Dissector(
    name="mesh",
    protocols=tuple(_RULES),
    udp=_look_udp,
    udp_first=(1, 2, 3, *range(0x10, 0x20), _DISCO[0], 0xC8),
    tcp=_look_tcp,
    tcp_first=(0x30, 0x31),
    beside=("wireguard",),
    streams={"tinc": (TCP,)},
    conclude=_conclude,
)
