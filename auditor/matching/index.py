"""Which circuits are worth comparing with a connection: an index over everything that can agree."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator

from auditor.matching.attributes import Observed
from auditor.model.address import host_name, parse
from auditor.model.register import Circuit, Network


class PrefixIndex:
    """Numbers filed under prefixes; a look-up costs one dictionary access for each prefix length in use."""

    def __init__(self) -> None:
        """Start empty."""
        self._networks: dict[tuple[int, int], dict[int, list[int]]] = defaultdict(lambda: defaultdict(list))

    def add(self, network: Network, number: int) -> None:
        """File `number` under `network`."""
        shift = network.max_prefixlen - network.prefixlen
        self._networks[network.version, network.prefixlen][int(network.network_address) >> shift].append(number)

    def holding(self, address: str) -> Iterator[tuple[int, int]]:
        """Yield (prefix length, number) of every prefix that holds `address`."""
        parsed = parse(address)
        value = int(parsed)
        for (version, length), networks in self._networks.items():
            if version == parsed.version:
                for number in networks.get(value >> (parsed.max_prefixlen - length), ()):
                    yield length, number


class CircuitIndex:
    """All circuits of a register, found by address, key, name, next hop, VLAN or interface.

    A look-up costs the same whatever the size of the register.
    """

    def __init__(self, circuits: Iterable[Circuit]) -> None:
        """Index `circuits`."""
        self.circuits = tuple(circuits)
        self._networks = PrefixIndex()
        self._cids: dict[str, list[int]] = defaultdict(list)
        self._words: dict[tuple[str, str], list[int]] = defaultdict(list)
        for number, circuit in enumerate(self.circuits):
            for network in (*circuit.a.prefixes, *circuit.z.prefixes, *circuit.match.peer_prefixes):
                self._networks.add(network, number)
            self._cids[next(iter(_runs(circuit.cid)), "")].append(number)
            for word in _words(circuit):
                self._words[word].append(number)

    def candidates(self, observed: Observed) -> tuple[Circuit, ...]:
        """Return every circuit that can agree with `observed` in an attribute that counts, in register order.

        The near end alone is none: every circuit of a gateway can have the same, and so can the device
        by which all of them leave.
        """
        found: set[int] = set()
        for address in (observed.remote, *(observed.interface_addresses if observed.handoff else ())):
            if address:
                found.update(number for _, number in self._networks.holding(address.partition("/")[0]))
        for word in _seen_words(observed):
            found.update(self._words.get(word, ()))
        for alias in observed.aliases:
            for run in ("", *_runs(alias)):
                found.update(self._cids.get(run, ()))
        return tuple(self.circuits[number] for number in sorted(found))


def _words(circuit: Circuit) -> Iterator[tuple[str, str]]:
    """Yield what a connection can name of `circuit` besides addresses."""
    for key in circuit.match.wireguard_public_keys:
        yield "wireguard", key
    for identity in circuit.match.ike_identities:
        yield "ike", identity
    for host in circuit.match.hostnames:
        yield "host", host_name(host)
    if circuit.a.interface:
        yield "interface", circuit.a.interface
    if circuit.a.vlan is not None:
        yield "vlan", str(circuit.a.vlan)


def _seen_words(observed: Observed) -> Iterator[tuple[str, str]]:
    """Yield the same of a connection."""
    if observed.identity and observed.identity_kind:
        yield observed.identity_kind, observed.identity
    if observed.remote_name:
        yield "host", host_name(observed.remote_name)
    if not (observed.dedicated or observed.handoff):
        return
    for name in (observed.interface, observed.parent):
        if name:
            yield "interface", name
    if observed.vlan is not None:
        yield "vlan", str(observed.vlan)


def _runs(written: str) -> list[str]:
    """Return the runs of letters, digits, "_" and "-" in a text: an id that stands in it begins with a whole one."""
    return re.findall(r"[\w-]+", written)
