"""Conversations beyond doubt: what more of the same they carry is counted by a few bytes, without being looked into.

Busy lines carry few tunnels and many packets of each. A dissector says which bytes of a packet's payload tell that
another is like it (`Alike`): an association's number, a network's, a type of message. Once the conversation is sure
enough, packets between these ends with these bytes are counted and nothing else; any others are looked into as ever:
handshakes, another association, another protocol.
"""

from collections.abc import Callable
from functools import cache
from operator import itemgetter
from struct import Struct
from typing import Any

from auditor.packets.flows import Seen
from auditor.packets.packet import TCP, UDP, Alike, Packet, Spans

MOST_KINDS = 20_000
IP_AT = 14
WHOLE = (Alike(((0, 0),), least=0),)  # of streams: each segment is like the others
_V4 = Struct(">14xBxHxxHxBxx12sH").unpack_from
_V6 = Struct(">18xHBx36sH").unpack_from
_V4_SHORTEST, _V6_SHORTEST = 42, 62  # what both read, and a little of the payload
_UNFRAGMENTED = 0x3FFF
_V4_BYTES, _V6_BYTES = 20, 40
_UDP_BYTES, _TCP_BYTES = 8, 20


class _Kinds:
    """What is known of one way between two ends: which bytes tell kinds apart, and what packets of each count for.

    `least` is how many bytes they have behind the IP header; `pick` takes those that tell from a frame.
    """

    __slots__ = ("least", "pick", "seens", "spans")

    def __init__(self, spans: Spans, least: int, at: int) -> None:
        """Know no kind yet; payloads begin at offset `at` of a frame."""
        self.spans = spans
        self.least = least
        self.pick = _picker(spans, at)
        self.seens: dict[Any, tuple[Seen, ...]] = {}


class Settled:
    """Which packets are more of the same, by protocol, addresses, ports, and bytes of the payload.

    What is not plain (options, extension headers, fragments, lengths that do not fit) is not known here.
    """

    def __init__(self, spread: dict[int, None]) -> None:
        """Know nothing; to the UDP ports `spread` senders change their own port all the time."""
        self._ends: tuple[dict[bytes, _Kinds], ...] = tuple({} for _ in range(256))
        self._spread = frozenset(port.to_bytes(2) for port in spread)
        self._count = 0

    def of(self, data: bytes) -> tuple[Seen, ...] | None:
        """Return what a frame whose IP header is at offset 14 counts for, None if it is to be looked into."""
        if len(data) < _V4_SHORTEST:
            return None
        if data[14] == 0x45:
            _, size, fragment, protocol, ends, claimed = _V4(data)
            if fragment & _UNFRAGMENTED:
                return None
            at, size = 34, size - _V4_BYTES
        elif data[14] >> 4 == 6 and len(data) >= _V6_SHORTEST:
            size, protocol, ends, claimed = _V6(data)
            at = 54
        else:
            return None
        if protocol == UDP:
            if size != claimed:
                return None
            kinds = self._ends[UDP].get(ends)
            if kinds is None:
                if ends[-2:] not in self._spread:
                    return None
                kinds = self._ends[UDP].get(ends[:-4] + ends[-2:])
        elif protocol == TCP:
            kinds = self._ends[TCP].get(ends)
            if kinds is not None and not _filled(data, at, size):
                return None
        else:
            kinds = self._ends[protocol].get(ends[:-4])
        if kinds is None or size < kinds.least:
            return None
        return kinds.seens.get(kinds.pick(data))

    def keep(self, packet: Packet, seens: tuple[Seen, ...]) -> None:
        """Count for `seens` what goes the same way as `packet` and is like it."""
        spans = tuple(span for alike in packet.alike for span in alike.spans)
        end = max(until for _, until in spans)
        if packet.routed or end > len(packet.data):
            return
        table, ends = self._ends[packet.protocol], self._key(packet)
        kinds = table.get(ends)
        if kinds is None:
            header = {UDP: _UDP_BYTES, TCP: _TCP_BYTES}.get(packet.protocol, 0)
            least = header + max(end, *(alike.least for alike in packet.alike))
            at = IP_AT + (_V4_BYTES if len(packet.src) == 4 else _V6_BYTES) + header
            kinds = table[ends] = _Kinds(spans, least, at)
        elif kinds.spans != spans:
            return  # packets of two forms on one way: the first is known here, the other is looked into
        kind = _picker(spans, 0)(packet.data)
        self._count += kind not in kinds.seens
        kinds.seens[kind] = seens
        if self._count > MOST_KINDS:
            self.clear()

    def _key(self, packet: Packet) -> bytes:
        """Return addresses and ports as they stand in a packet, without a sender's port that changes all the time."""
        ends = packet.src + packet.dst
        if packet.protocol not in (TCP, UDP):
            return ends
        port = packet.dport.to_bytes(2)
        if packet.protocol == UDP and port in self._spread:
            return ends + port
        return ends + packet.sport.to_bytes(2) + port

    def clear(self) -> None:
        """Forget everything."""
        for table in self._ends:
            table.clear()
        self._count = 0


def _filled(data: bytes, at: int, size: int) -> bool:
    """Return whether the segment at offset `at` has a sound header and content that was captured."""
    if len(data) <= at + _TCP_BYTES:
        return False
    header = data[at + 12] >> 4 << 2
    return _TCP_BYTES <= header < size and at + header < len(data)


@cache
def _picker(spans: Spans, at: int) -> Callable[[bytes], Any]:
    """Return what takes `spans` from bytes where they begin at offset `at`."""
    return itemgetter(*(slice(at + begin, at + end) for begin, end in spans))
