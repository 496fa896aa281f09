"""Warnings about pairs of circuits that one connection would fit equally well (guidance 5.4: ambiguous)."""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator
from itertools import combinations

from auditor.config.check_circuits import attributes
from auditor.config.validate import Problem
from auditor.model.register import Circuit, Network, Register

_IN_USE = ("provisioning", "active", "offline", "deprovisioning")
_TELLING = {"far addresses", "host name", "WireGuard key", "IKE identity", "certificate", "next hop"}


def overlap_warnings(register: Register) -> Iterator[Problem]:
    """Yield one warning for each pair of circuits that share an attribute and that nothing tells apart."""
    for first, second in sorted(_sharing(register.circuits)):
        one, other = register.circuits[first], register.circuits[second]
        shared = _alike(one, other)
        if shared:
            yield Problem(
                path=("circuit", second),
                text=f"a connection can fit this circuit and circuit[{first}] ({one.cid}) equally, by"
                f" {', '.join(shared)}; state what tells them apart (another key, hand-off or far prefix)",
            )


def _alike(one: Circuit, other: Circuit) -> list[str]:
    """Return the attributes that both circuits share, none if another attribute tells them apart.

    If one states all kinds of attributes of the other and more, the better fit decides between them.
    """
    shared = []
    for name, agrees in _compared(one, other):
        if agrees is False:
            return []
        if agrees:
            shared.append(name)
    mine, theirs = attributes(one), attributes(other)
    if mine < theirs or theirs < mine:
        return []
    return shared if _TELLING & set(shared) or {"VLAN", "local addresses"} <= set(shared) else []


def _compared(one: Circuit, other: Circuit) -> Iterator[tuple[str, bool | None]]:
    """Yield each attribute and whether both circuits agree in it (None: not stated by both), the quick ones first."""
    yield "interface", _same(one.a.interface, other.a.interface)
    yield "VLAN", _same(one.a.vlan, other.a.vlan)
    yield "next hop", _same(one.a.next_hop, other.a.next_hop)
    yield "technology", _common(one.match.technologies, other.match.technologies)
    yield "executable", _common(one.match.executables, other.match.executables)
    yield "host name", _common(one.match.hostnames, other.match.hostnames)
    yield "WireGuard key", _common(one.match.wireguard_public_keys, other.match.wireguard_public_keys)
    yield "IKE identity", _common(one.match.ike_identities, other.match.ike_identities)
    yield "certificate", _common(one.match.certificate_fingerprints, other.match.certificate_fingerprints)
    yield "far addresses", _networks(_far(one), _far(other))
    yield "local addresses", _networks(one.a.prefixes, other.a.prefixes)


def _far(circuit: Circuit) -> tuple[Network, ...]:
    """Return the far addresses by which a connection is recognised."""
    return circuit.match.peer_prefixes or circuit.z.prefixes


def _networks(one: tuple[Network, ...], other: tuple[Network, ...]) -> bool | None:
    """Return whether two lists of networks overlap, None if either is empty."""
    if not one or not other:
        return None
    return any(a.version == b.version and a.overlaps(b) for a in one for b in other)


def _common(one: tuple[str, ...], other: tuple[str, ...]) -> bool | None:
    """Return whether two lists have a value in common, None if either is empty."""
    return bool(set(one) & set(other)) if one and other else None


def _same(one: object, other: object) -> bool | None:
    """Return whether two values are equal, None if either is not stated."""
    return one == other if one is not None and other is not None else None


def _sharing(circuits: tuple[Circuit, ...]) -> set[tuple[int, int]]:
    """Return the pairs (by position) that share a far network, name, key or hand-off, without comparing all pairs."""
    groups: dict[Hashable, set[int]] = defaultdict(set)
    networks: list[tuple[Network, int]] = []
    for number, circuit in enumerate(circuits):
        if circuit.status not in _IN_USE:
            continue
        networks += [(network, number) for network in _far(circuit)]
        for word in _words(circuit):
            groups[word].add(number)
    pairs = {pair for members in groups.values() for pair in combinations(sorted(members), 2)}
    return pairs | {(min(pair), max(pair)) for pair in _nested(networks) if pair[0] != pair[1]}


def _words(circuit: Circuit) -> Iterator[Hashable]:
    """Yield everything besides networks that two circuits can have in common."""
    keys = circuit.match
    for kind in ("hostnames", "wireguard_public_keys", "ike_identities", "certificate_fingerprints"):
        values: Iterable[str] = getattr(keys, kind)
        yield from ((kind, value) for value in values)
    if circuit.a.next_hop is not None:
        yield "next hop", circuit.a.next_hop
    if circuit.a.vlan is not None:
        yield "vlan", circuit.a.vlan


def _nested(networks: list[tuple[Network, int]]) -> Iterator[tuple[int, int]]:
    """Yield the owners of every two networks of which one lies in the other (networks overlap in no other way)."""
    ordered = sorted(networks, key=lambda item: (item[0].version, int(item[0].network_address), item[0].prefixlen))
    around: list[tuple[Network, int]] = []
    for network, owner in ordered:
        while around and (around[-1][0].version != network.version or not around[-1][0].overlaps(network)):
            around.pop()
        yield from ((outer, owner) for _, outer in around)
        around.append((network, owner))
