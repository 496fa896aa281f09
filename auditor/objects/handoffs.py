"""Leased lines that reach the gateway as plain Ethernet or VLAN, without any tunnel."""

from dataclasses import dataclass, replace

from auditor import places
from auditor.correlate.identity import identify
from auditor.ipdata.addresses import address_class
from auditor.matching import Observed, match
from auditor.model.facts import Facts
from auditor.model.match import Match, Place, Strength
from auditor.model.register import Circuit
from auditor.model.scan import Audited, Path
from auditor.model.tunnel import Endpoint, Port, Way
from auditor.objects.context import Context
from auditor.objects.facts import gateway_facts, match_facts, place_facts
from auditor.objects.judged import judged
from auditor.objects.near import near_ends


@dataclass(frozen=True, slots=True)
class HandOff:
    """A port that the register explains as the hand-off of a circuit."""

    port: Port
    circuit: Circuit
    match: Match


def find(context: Context, ports: tuple[Port, ...], carried: frozenset[tuple[str, str]]) -> tuple[HandOff, ...]:
    """Return the hand-offs among `ports`; `carried` are the (provider, cid) that a tunnel already showed.

    A circuit whose register entry describes a tunnel is no plain hand-off, however well its uplink
    fits, unless the port shows it by two attributes.
    """
    found = []
    for port in ports:
        answer = match(_observed(context, port), context.index, context.providers)
        circuit = context.circuit(answer.provider, answer.cid)
        if circuit is None or (circuit.provider, circuit.cid) in carried:
            continue
        plain = not _describes_tunnel(circuit) and not port.default_route
        if answer.strength is Strength.STRONG or plain:
            found.append(HandOff(port, circuit, answer))
    return tuple(found)


def _describes_tunnel(circuit: Circuit) -> bool:
    """Return whether the register gives keys by which only a tunnel can be recognised."""
    keys = circuit.match
    return bool(
        keys.peer_prefixes or keys.hostnames or keys.wireguard_public_keys or keys.ike_identities or keys.technologies
    )


def judge(context: Context, found: tuple[HandOff, ...], uplink_class: str) -> tuple[Audited, ...]:
    """Return the hand-offs as objects of the audit."""
    return tuple(_handoff(context, item.port, item.circuit, item.match, uplink_class) for item in found)


def _observed(context: Context, port: Port) -> Observed:
    """Return what the register can be asked about `port`: no outer addresses, only the port's own.

    Of a plain hand-off the next hop is the only address beyond this gateway that the host shows: its origin AS is
    what the network says of the line, if it is announced at all. Registered prefixes would only repeat the register.
    """
    place = replace(_announced(context, port.next_hops or ()), location=None, confidence="none")  # NOTE: it is near
    return Observed(
        interface=port.interface,
        parent=port.parent,
        vlan=port.vlan_id,
        next_hops=port.next_hops or (),
        interface_addresses=port.addresses,
        aliases=(port.alias,) if port.alias else (),
        remote_prefixes=port.routes or (),
        site_location=context.config.site.location,
        handoff=True,
        device_read=True,
        place=place,
        asn=place.asn,
        dedicated=port.default_route is False,
    )


def _handoff(context: Context, port: Port, circuit: Circuit, answer: Match, uplink_class: str) -> Audited:
    """Return the hand-off of `circuit` on `port`, judged."""
    hop = _hop(circuit, port.next_hops or ())
    place = _place(context, circuit, answer, hop, _announced(context, port.next_hops or ()))
    facts = Facts().replace(
        object_type="tunnel",
        tunnel_family="carrier_handoff",
        protocol="ethernet" if port.vlan_id is None else "vlan",
        realisation="not_vpn",
        tunnel_state="up" if port.up else "down",
        seen_up_recently=True if port.up else None,
        remote_endpoint=hop,
        path_id=hop,
        default_route=port.default_route,
        **place_facts(place),
        **match_facts(context, answer, place, port.routes, default_route=port.default_route),
        **gateway_facts(context, uplink_class),
    )
    way = Way(interface=port.interface, next_hop=hop)
    near = near_ends(context, port.addresses)
    return judged(
        (Path(remote=hop, place=place, match=answer, way=way, facts=facts, near=near),),
        id=identify(port.scope, "handoff", circuit.provider, circuit.cid),
        kind="carrier_handoff",
        port=port,
        circuit=circuit.cid,
    )


def _hop(circuit: Circuit, seen: tuple[str, ...]) -> str | None:
    """Return the next hop of a hand-off: the registered one unless only others are seen."""
    registered = circuit.a.next_hop
    return seen[0] if seen and registered not in seen else registered


def _place(context: Context, circuit: Circuit, answer: Match, hop: str | None, announced: Place) -> Place:
    """Return where the line's far end is, as the register states it, and whose.

    Whose it is says the inventory, else who announces the next hop that is seen (`announced`), else the data on the
    registered prefix; the origin AS is that of the next hop alone.
    """
    far = str(circuit.z.prefixes[0].network_address) if circuit.z.prefixes else None
    inventory = places.observed(Endpoint(address=far), context.networks, context.locator)
    network = context.networks.of(Endpoint(address=far))
    stated = network is not None and network.operator is not None
    owner = announced if announced.asn is not None and not stated else inventory
    bare = Place(
        address_class=address_class(hop),
        relation=inventory.relation,
        operator=owner.operator,
        operator_name=owner.operator_name,
        operator_class=owner.operator_class,
        carrier=owner.carrier,
        asn=announced.asn,
        asn_source=announced.asn_source,
        asn_dated=announced.asn_dated,
    )
    return places.with_register(bare, answer, circuit, reviewed_on=context.register.reviewed_on)


def _announced(context: Context, hops: tuple[str, ...]) -> Place:
    """Return the place of the first of `hops` that somebody announces, else of the first."""
    found = [places.observed(Endpoint(address=hop), context.networks, context.locator) for hop in hops]
    return next((place for place in found if place.asn is not None), found[0] if found else Place())
