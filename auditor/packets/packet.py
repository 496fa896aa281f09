"""One packet as a dissector sees it: outer addresses, ports, and what follows the outer headers."""

from __future__ import annotations

from typing import NamedTuple

from auditor.model.certainty import Certainty

TCP, UDP, IPIP, IPV6, GRE, ESP, AH, ETHERIP, L2TP, MPLS = 6, 17, 4, 41, 47, 50, 51, 97, 115, 137
ROUTING, ETHERNET = 43, 143

Spans = tuple[tuple[int, int], ...]
"""Pieces of a payload, each from one offset to another."""


class Alike(NamedTuple):
    """Which bytes of a payload tell that another packet, the same way between the same ends, is more of the same.

    `least` is how many bytes such a payload has at least. `sure`: how sure the conversation has to be, before packets
    like this one are no longer looked into. It is as sure as such packets can make it.
    """

    spans: Spans
    least: int
    sure: Certainty = Certainty.HIGH


class Packet:
    """The first fragment of a packet, or a whole one.

    `data` are the captured bytes after the outer headers, `size` how many there were on the wire (more than captured
    when the capture cut the packet or it is the first of several fragments), `frame_bytes` the length of the whole
    frame. `src` and `dst` are packed addresses; ports are 0 where the protocol has none. `cut`: not every byte is here.
    `routed`: an IPv6 segment routing header came before. `sequence` is TCP's number of the first byte of `data`.
    `alike`: what each dissector that recognised it said of packets like it.
    """

    __slots__ = (
        "alike",
        "at_s",
        "cut",
        "data",
        "dport",
        "dst",
        "fragment",
        "frame_bytes",
        "protocol",
        "routed",
        "sequence",
        "size",
        "sport",
        "src",
    )

    def __init__(self, at_s: float, frame_bytes: int, protocol: int, src: bytes, dst: bytes) -> None:
        """Begin a packet of IP protocol number `protocol`; `at_s` is Unix time."""
        self.at_s = at_s
        self.frame_bytes = frame_bytes
        self.protocol = protocol
        self.src = src
        self.dst = dst
        self.sport = self.dport = self.size = self.sequence = 0
        self.data = b""
        self.cut = self.routed = False
        self.fragment: Fragment | None = None
        self.alike: tuple[Alike, ...] = ()

    def has_port(self, *ports: int) -> bool:
        """Return whether either end uses one of `ports`."""
        return self.sport in ports or self.dport in ports


class Fragment:
    """What ties the fragments of one packet together; `first`: this one has the headers of the next layer."""

    __slots__ = ("first", "key")

    def __init__(self, key: tuple[bytes, bytes, int, int], *, first: bool) -> None:
        """Keep source, destination, protocol and identification."""
        self.key = key
        self.first = first
