"""What was seen of one conversation: for each protocol that it may be, its signs and how many packets showed them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from auditor.model.certainty import Certainty
from auditor.packets.message import Message
from auditor.packets.packet import Packet

Key = tuple[int, bytes, int, bytes, int]


class Seen:
    """What one conversation showed of one protocol.

    `signs` counts what dissectors noted, by the names of the protocol table. `memory` is the dissector's own, for what
    one packet says about the next; it holds identifiers and counters of headers, never content. `told` is what was
    counted of it when conversations were last concluded on. `messages` are those that say how the tunnel is made, until
    then; `messages_left_out` how many more there were. `sure` is how sure that made it when `asked_at` packets had
    been counted. Of `packets`, `looked_into` were; the others were counted by what they have in common with those.
    """

    __slots__ = (
        "asked_at",
        "bytes",
        "first_s",
        "last_s",
        "looked_into",
        "memory",
        "messages",
        "messages_left_out",
        "packets",
        "signs",
        "sure",
        "told",
    )

    def __init__(self) -> None:
        """Begin with nothing seen."""
        self.packets = 0
        self.looked_into = 0
        self.bytes = 0
        self.first_s = 0.0
        self.last_s = 0.0
        self.signs: dict[str, int] = {}
        self.memory: dict[Any, Any] = {}
        self.told: Seen | None = None
        self.messages: tuple[Message, ...] = ()
        self.messages_left_out = 0
        self.sure: Certainty | None = None
        self.asked_at = 0

    def tell(self) -> None:
        """Remember what has been counted to a tunnel by now, so that it is not counted again."""
        self.told = told = Seen()
        told.packets, told.bytes, told.signs = self.packets, self.bytes, dict(self.signs)
        told.looked_into = self.looked_into
        self.messages, self.messages_left_out = (), 0

    def sign(self, name: str) -> None:
        """Count sign `name` once more."""
        self.signs[name] = self.signs.get(name, 0) + 1

    def has(self, *names: str) -> bool:
        """Return whether each of `names` was noted."""
        return all(name in self.signs for name in names)

    def tally(self, at_s: float, frame_bytes: int) -> None:
        """Count one packet of this protocol, of which only time and length are known."""
        if not self.packets:
            self.first_s = at_s
        self.packets += 1
        self.bytes += frame_bytes
        if at_s > self.last_s:
            self.last_s = at_s

    def remember(self, name: Any, value: Any, *, most: int = 8) -> Any:
        """Return what is remembered as `name`: `value` from now on if nothing was, and fewer than `most` things are."""
        if name not in self.memory and len(self.memory) < most:
            self.memory[name] = value
        return self.memory.get(name)


class Flow:
    """One conversation between two ends; `src` is who sent its first packet.

    `settled`: whatever comes in it is this protocol's, and is counted without being looked into. `sure`: at least some
    of it is. `known`: it was recognised, so a filter lets all of it through. `looks` saw something in it.
    """

    __slots__ = ("dport", "dst", "known", "looks", "protocol", "seen", "settled", "sport", "src", "sure")

    def __init__(self, packet: Packet) -> None:
        """Begin the conversation of `packet`."""
        self.protocol = packet.protocol
        self.src = packet.src
        self.dst = packet.dst
        self.sport = packet.sport
        self.dport = packet.dport
        self.seen: dict[str, Seen] = {}
        self.settled: Seen | None = None
        self.sure = False
        self.known = False
        self.looks: tuple[Callable[[Packet, Flow], str | None], ...] = ()

    def of(self, protocol: str) -> Seen:
        """Return what was seen of `protocol`, new if nothing was."""
        seen = self.seen.get(protocol)
        if seen is None:
            seen = self.seen[protocol] = Seen()
        return seen

    def peek(self, protocol: str) -> Seen | None:
        """Return what was seen of `protocol`, None if nothing was."""
        return self.seen.get(protocol)

    def forward(self, packet: Packet) -> bool:
        """Return whether `packet` goes the way of the first one."""
        return packet.sport == self.sport and packet.src == self.src

    def settle(self, protocol: str) -> None:
        """Say that a stream is `protocol` to its end, also where its segments begin within a message."""
        self.settled = self.of(protocol)
        self.sure = True


def key_of(packet: Packet) -> Key:
    """Return what both directions of a conversation have in common."""
    src, dst, sport, dport = packet.src, packet.dst, packet.sport, packet.dport
    if (src, sport) <= (dst, dport):
        return (packet.protocol, src, sport, dst, dport)
    return (packet.protocol, dst, dport, src, sport)


def rising(seen: Seen, name: Any, value: int, *, step: int = 1 << 16, most: int = 8) -> int:
    """Return how many times in a row the counter `name` has gone up by at most `step`.

    Packets out of order are forgiven. A counter that stands still or falls does not count, one that jumps begins
    anew. At most `most` counters are kept.
    """
    memory = seen.memory
    if name not in memory:
        if len(memory) >= most:
            return 0
        memory[name] = (value, 0)
        return 0
    last, times = memory[name]
    if last < value <= last + step:
        memory[name] = (value, times + 1)
        return int(times) + 1
    if last - 64 <= value <= last:  # late, or seen twice
        return int(times)
    memory[name] = (value, 0)
    return 0
