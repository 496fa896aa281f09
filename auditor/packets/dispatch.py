"""Which dissectors look at which packets, by protocol, port and first byte."""

from collections.abc import Iterable

from auditor.packets.dissector import Dissector, Look, Pick


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
        for one in dissectors:
            self.ip.update(one.ip)
            self.details.update(one.details)
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
