"""Which dissectors look at which packets, by protocol, port and first byte; which packets are one conversation."""

from collections.abc import Iterable

from auditor.packets.dissector import Dissector, Look, Pick
from auditor.packets.flows import Key, key_of
from auditor.packets.packet import UDP, Packet

_MOST_CASES = 4096


class Dispatch:
    """Which looks concern which packets, from the dissectors' own statements."""

    def __init__(self, dissectors: Iterable[Dissector]) -> None:
        """Index `dissectors`."""
        self.ip: dict[int, Look] = {}
        self.ports: dict[int, tuple[Look, ...]] = {}
        self.first: list[tuple[Look, ...]] = [()] * 256
        self.stream: list[tuple[Look, ...]] = [()] * 256
        self.owner: dict[str, Dissector] = {}
        self.spread: dict[int, None] = {}
        self.details: dict[str, Pick] = {}
        self.streams: dict[str, tuple[int, ...]] = {}
        self._cases: dict[tuple[int, int, int], tuple[Look, ...]] = {}
        for one in dissectors:
            self.ip.update(one.ip)
            self.details.update(one.details)
            self.streams.update(one.streams)
            self.spread.update(dict.fromkeys(one.spread))
            self.owner.update(dict.fromkeys(one.protocols, one))
            if one.udp is not None:
                for port in one.udp_ports:
                    self.ports[port] = (*self.ports.get(port, ()), one.udp)
                for byte in one.udp_first:
                    self.first[byte] = (*self.first[byte], one.udp)
            if one.tcp is not None:
                for byte in one.tcp_first:
                    self.stream[byte] = (*self.stream[byte], one.tcp)

    def udp(self, packet: Packet) -> tuple[Look, ...]:
        """Return what is to look at a UDP packet, by its ports and its first byte, each once."""
        ports, data = self.ports, packet.data
        by_first = self.first[data[0]] if data else ()
        sport = packet.sport if packet.sport in ports else 0
        dport = packet.dport if packet.dport in ports else 0
        if not sport and not dport:
            return by_first
        case = (sport, dport, data[0] if data else -1)
        looks = self._cases.get(case)
        if looks is None:
            looks = tuple(dict.fromkeys((*ports.get(sport, ()), *ports.get(dport, ()), *by_first)))
            if len(self._cases) >= _MOST_CASES:
                self._cases.clear()
            self._cases[case] = looks
        return looks

    def key(self, packet: Packet) -> Key:
        """Return the conversation's key; where senders change their port all the time, it leaves that port out."""
        if packet.protocol == UDP:
            port = packet.dport if packet.dport in self.spread else packet.sport
            if port in self.spread:
                low, high = sorted((packet.src, packet.dst))
                return (UDP, low, port, high, port)
        return key_of(packet)
