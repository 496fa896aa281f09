"""Which circuits are worth comparing with a connection: an index over everything that can agree."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from auditor.matching.attributes import Observed
from auditor.model.address import parse
from auditor.model.register import Circuit, Network


class CircuitIndex:
    """All circuits of a register, found by address, key, name, next hop, VLAN or interface.

    A look-up costs one dictionary access for each prefix length that the register uses, whatever
    its size.
    """

    def __init__(self, circuits: Iterable[Circuit]) -> None:
        """Index `circuits`."""
        self.circuits = tuple(circuits)
        self._networks: dict[tuple[int, int], dict[int, list[int]]] = defaultdict(lambda: defaultdict(list))
        self._words: dict[tuple[str, str], list[int]] = defaultdict(list)
        for number, circuit in enumerate(self.circuits):
            for network in (*circuit.a.prefixes, *circuit.z.prefixes, *circuit.match.peer_prefixes):
                self._add_network(network, number)
            for word in _words(circuit):
                self._words[word].append(number)

    def _add_network(self, network: Network, number: int) -> None:
        """File `number` under `network`."""
        shift = network.max_prefixlen - network.prefixlen
        key = int(network.network_address) >> shift
        self._networks[network.version, network.prefixlen][key].append(number)

    def candidates(self, observed: Observed) -> tuple[Circuit, ...]:
        """Return every circuit that shares at least one stated attribute with `observed`, in register order."""
        found: set[int] = set()
        for address in (observed.local, observed.remote, *observed.interface_addresses):
            if address:
                found.update(self._by_address(address.partition("/")[0]))
        for word in _seen_words(observed):
            found.update(self._words.get(word, ()))
        for alias in observed.aliases:
            found.update(number for number, circuit in enumerate(self.circuits) if circuit.cid in alias)
        return tuple(self.circuits[number] for number in sorted(found))

    def _by_address(self, address: str) -> Iterator[int]:
        """Yield the circuits one of whose prefixes holds `address`."""
        parsed = parse(address)
        value = int(parsed)
        for (version, length), networks in self._networks.items():
            if version == parsed.version:
                yield from networks.get(value >> (parsed.max_prefixlen - length), ())


def _words(circuit: Circuit) -> Iterator[tuple[str, str]]:
    """Yield what a connection can name of `circuit` besides addresses."""
    for key in circuit.match.wireguard_public_keys:
        yield "wireguard", key
    for identity in circuit.match.ike_identities:
        yield "ike", identity
    for host in circuit.match.hostnames:
        yield "host", host.rstrip(".").lower()
    if circuit.a.interface:
        yield "interface", circuit.a.interface
    if circuit.a.vlan is not None:
        yield "vlan", str(circuit.a.vlan)


def _seen_words(observed: Observed) -> Iterator[tuple[str, str]]:
    """Yield the same of a connection."""
    if observed.identity and observed.identity_kind:
        yield observed.identity_kind, observed.identity
    if observed.remote_name:
        yield "host", observed.remote_name.rstrip(".").lower()
    for name in (observed.interface, observed.parent):
        if name:
            yield "interface", name
    if observed.vlan is not None:
        yield "vlan", str(observed.vlan)
