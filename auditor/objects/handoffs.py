"""Leased lines that reach the gateway as plain Ethernet or VLAN, without any tunnel."""

from dataclasses import dataclass

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
        answer = match(_observed(context, port), context.index)
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
    """Return what the register can be asked about `port`: no outer addresses, only the port's own."""
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
        dedicated=port.default_route is False,
    )


def _handoff(context: Context, port: Port, circuit: Circuit, answer: Match, uplink_class: str) -> Audited:
    """Return the hand-off of `circuit` on `port`, judged."""
    hop = circuit.a.next_hop or (port.next_hops[0] if port.next_hops else None)
    place = _place(context, circuit, answer, hop)
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
    return judged(
        (Path(remote=hop, place=place, match=answer, way=way, facts=facts),),
        id=identify(port.scope, "handoff", circuit.provider, circuit.cid),
        kind="carrier_handoff",
        port=port,
        circuit=circuit.cid,
    )


def _place(context: Context, circuit: Circuit, answer: Match, hop: str | None) -> Place:
    """Return where the line's far end is: as the register states it, whose as the inventory states it."""
    far = str(circuit.z.prefixes[0].network_address) if circuit.z.prefixes else None
    inventory = places.observed(Endpoint(address=far), context.networks, context.locator)
    bare = Place(
        address_class=address_class(hop),
        relation=inventory.relation,
        operator=inventory.operator,
        operator_class=inventory.operator_class,
    )
    return places.with_register(bare, answer, circuit)
