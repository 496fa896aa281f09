"""One connection against one circuit, attribute by attribute; both sides of each comparison are kept."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from ipaddress import ip_network

from auditor.model.address import host_name, parse
from auditor.model.match import MatchReason, Place
from auditor.model.register import Circuit, Network


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """What the host shows of one path, as far as the register can speak about it.

    `interface`, `vlan` and `parent` are those of the device by which outer packets leave (or of the
    hand-off itself); `aliases` the administrator's texts on the tunnel and on that device.
    `remote_prefixes` are what the routing tables send into the device (hand-offs only). `dedicated`:
    that device carries no default route. Every connection over the public network leaves by the
    uplink, so leaving by an uplink shows no circuit; leaving by a dedicated hand-off does. `layers` are the
    technologies around and of the connection: one that runs in IPsec may be registered as either.
    """

    local: str | None = None
    remote: str | None = None
    remote_name: str | None = None
    identity: str | None = None
    identity_kind: str | None = None
    technology: str | None = None
    executable: str | None = None
    interface: str | None = None
    parent: str | None = None
    vlan: int | None = None
    next_hops: tuple[str, ...] = ()
    interface_addresses: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    remote_prefixes: tuple[str, ...] = ()
    place: Place | None = None
    site_location: str | None = None
    asn: int | None = None
    handoff: bool = False
    dedicated: bool = False
    layers: tuple[str, ...] = ()
    device_read: bool = False


def compare(observed: Observed, circuit: Circuit) -> tuple[MatchReason, ...]:
    """Return every attribute that both sides state, each agreeing or contradicting.

    An attribute that one side does not state says nothing. The name of an interface alone is no
    attribute: it counts only with an address or next hop of the registered end on it.
    """
    said = (
        *_ends(observed, circuit),
        *_handoff(observed, circuit),
        *_circuit_id(observed, circuit),
        *_identity(observed, circuit),
        *_name(observed, circuit),
        *_support(observed, circuit),
        *_places(observed, circuit),
    )
    return tuple(replace(reason, cid=circuit.cid) for reason in said)


def _reason(attribute: str, agrees: bool, observed: object, registered: object, *, counts: bool = True) -> MatchReason:
    """Return one comparison; the circuit's id is filled in by the caller."""
    return MatchReason(
        attribute=attribute, agrees=agrees, observed=str(observed), registered=str(registered), cid="", counts=counts
    )


def listed(values: Iterable[object]) -> str:
    """Return registered values as one short text."""
    texts = [str(value) for value in values]
    return ", ".join(texts[:4]) + (f" and {len(texts) - 4} more" if len(texts) > 4 else "")


def covers(networks: Iterable[Network], address: str | None) -> bool | None:
    """Return whether any of `networks` holds `address`, None if either side is not stated."""
    listed = tuple(networks)
    if address is None or not listed:
        return None
    parsed = parse(address)
    return any(parsed.version == network.version and parsed in network for network in listed)


def contains(outer: Network, inner: Network) -> bool:
    """Return whether all of `inner` lies in `outer`; networks of different versions never do."""
    return outer.version == inner.version and outer.prefixlen <= inner.prefixlen and inner.network_address in outer


def _ends(observed: Observed, circuit: Circuit) -> Iterator[MatchReason]:
    """Yield the endpoint pair as one attribute, or the end that contradicts."""
    far = circuit.match.peer_prefixes or circuit.z.prefixes
    remote = _reaches(observed, circuit) if observed.handoff else covers(far, observed.remote)
    local = None if observed.handoff else covers(circuit.a.prefixes, observed.local)
    if remote is False:
        yield _reason("remote end", False, observed.remote, listed(far))
    if local is False:
        yield _reason("local end", False, observed.local, listed(circuit.a.prefixes))
    if remote and local is not False:
        shown = observed.remote or f"routes to {listed(circuit.z.prefixes)}"
        pair = f"{observed.local} to {shown}" if observed.local else shown
        registered = f"{listed(circuit.a.prefixes) or 'any'} to {listed(far)}"
        yield _reason("endpoint pair" if local else "remote end", True, pair, registered)


def _reaches(observed: Observed, circuit: Circuit) -> bool | None:
    """Return whether a hand-off's routes lead to the registered far prefixes; a default route shows nothing."""
    routed = [ip_network(text, strict=False) for text in observed.remote_prefixes]
    far = circuit.z.prefixes
    if not far:
        return None
    return all(any(_within(prefix, route) for route in routed) for prefix in far) or None


_SPECIFIC_BITS = {4: 8, 6: 16}  # wider routes are parts of a default route, such as 0.0.0.0/1


def _within(prefix: Network, route: Network) -> bool:
    """Return whether `route` is specific and covers `prefix`."""
    return route.prefixlen >= _SPECIFIC_BITS[route.version] and contains(route, prefix)


def _handoff(observed: Observed, circuit: Circuit) -> Iterator[MatchReason]:
    """Yield the hand-off interface or VLAN with its customer-edge address or next hop."""
    end = circuit.a
    if observed.interface is None or (end.interface is None and end.vlan is None):
        return
    on_device = _device_fits(observed, circuit)
    seen = observed.interface + (f" (VLAN {observed.vlan})" if observed.vlan is not None else "")
    wanted = " ".join(filter(None, (end.interface, f"VLAN {end.vlan}" if end.vlan is not None else None)))
    if end.next_hop is not None and observed.next_hops and on_device and end.next_hop not in observed.next_hops:
        yield _reason("next hop", False, listed(observed.next_hops), end.next_hop)
        return
    by_hop = end.next_hop is not None and end.next_hop in observed.next_hops
    by_address = any(covers(end.prefixes, address) for address in _bare(observed.interface_addresses))
    if on_device and (by_hop or by_address):
        with_ = f"next hop {end.next_hop}" if by_hop else f"address {listed(observed.interface_addresses)}"
        registered = f"{wanted} with {_ce(circuit)}"
        yield _reason("hand-off interface", True, f"{seen} with {with_}", registered, counts=observed.dedicated)
    elif not on_device and not observed.handoff:
        yield _reason("hand-off interface", False, seen, wanted, counts=False)


def _bare(addresses: Iterable[str]) -> Iterator[str]:
    """Yield addresses without their prefix lengths."""
    return (address.partition("/")[0] for address in addresses)


def _ce(circuit: Circuit) -> str:
    """Return the registered customer-edge side as text."""
    return circuit.a.next_hop or listed(circuit.a.prefixes) or "no address"


def _device_fits(observed: Observed, circuit: Circuit) -> bool:
    """Return whether the observed device is the registered interface, or the registered VLAN on it."""
    end = circuit.a
    if end.vlan is None:
        return observed.interface == end.interface
    if observed.vlan != end.vlan:
        return False
    return end.interface in (None, observed.parent, observed.interface)


def _circuit_id(observed: Observed, circuit: Circuit) -> Iterator[MatchReason]:
    """Yield the circuit id if an administrator wrote it on the tunnel or the device."""
    for alias in observed.aliases:
        if circuit.cid in alias and re.search(rf"(?<![\w-]){re.escape(circuit.cid)}(?![\w-])", alias):
            yield _reason("circuit id on the interface", True, alias, circuit.cid)
            return


def _identity(observed: Observed, circuit: Circuit) -> Iterator[MatchReason]:
    """Yield the key identity of the far end."""
    keys = {"wireguard": circuit.match.wireguard_public_keys, "ike": circuit.match.ike_identities}
    registered = keys.get(observed.identity_kind or "", ())
    if observed.identity is not None and registered:
        agrees = observed.identity in registered
        yield _reason("key identity", agrees, observed.identity, listed(registered))


def _name(observed: Observed, circuit: Circuit) -> Iterator[MatchReason]:
    """Yield the configured host name of the far end; a name that differs says nothing (aliases are common)."""
    name = host_name(observed.remote_name or "")
    if name and name in map(host_name, circuit.match.hostnames):
        yield _reason("host name", True, observed.remote_name, listed(circuit.match.hostnames))


def _support(observed: Observed, circuit: Circuit) -> Iterator[MatchReason]:
    """Yield technology and executable: shared by many connections, so they contradict but never count."""
    stated = (
        ("technology", observed.technology, circuit.match.technologies),
        ("executable", observed.executable, circuit.match.executables),
    )
    for attribute, seen, registered in stated:
        if seen is not None and registered:
            agrees = seen in registered or (attribute == "technology" and bool(set(observed.layers) & set(registered)))
            yield _reason(attribute, agrees, seen, listed(registered), counts=False)


def _places(observed: Observed, circuit: Circuit) -> Iterator[MatchReason]:
    """Yield an end that is known to lie elsewhere than registered; an agreeing place is no attribute."""
    place = observed.place
    known = place.location if place and place.confidence == "high" else None
    if known and circuit.z.location and known != circuit.z.location:
        yield _reason("place of the remote end", False, known, circuit.z.location, counts=False)
    if observed.site_location and circuit.a.location and observed.site_location != circuit.a.location:
        yield _reason("place of this end", False, observed.site_location, circuit.a.location, counts=False)
