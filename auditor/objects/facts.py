"""From one path to the facts that the rules see (guidance section 4). What is not known stays unknown."""

from collections.abc import Hashable
from functools import lru_cache
from ipaddress import ip_network

from auditor.config.dates import contract_status, licence_status, review_status
from auditor.matching.attributes import contains, covers
from auditor.model.address import parse
from auditor.model.facts import Facts
from auditor.model.match import Match, Place, Strength
from auditor.model.register import Circuit
from auditor.model.tunnel import Role, State, Tunnel
from auditor.objects.context import Context
from auditor.objects.judged import NO_LEASE

_STATES = {State.UP: "up", State.DOWN: "down", State.STALE: "unknown", State.UNKNOWN: "unknown"}
_NOTHING_STATED = Facts()
_INITIATORS = {Role.CLIENT: "local", Role.SERVER: "remote"}


def gateway_facts(context: Context, uplink_class: str) -> dict[str, Hashable]:
    """Return the facts that hold for the whole gateway, whatever the object."""
    config = context.config
    return {
        "local_location": config.site.location or "unknown",
        "uplink_class": uplink_class,
        "serves_external_customers": config.serving.serves_external_customers,
        "serving_permit_status": config.serving.permit_status,
        "serving_permit_categories": config.serving.permit_categories,
        "serving_scope": config.serving.scope,
        "policy_unmatched_cross_border": config.policy.unmatched_cross_border,
    }


def path_facts(
    context: Context, tunnel: Tunnel, remote: str | None, place: Place, match: Match, *, uplink_class: str
) -> Facts:
    """Return the facts of one path of `tunnel` to `remote` (None: no address known)."""
    stated: dict[str, Hashable] = {
        "object_type": "tunnel",
        "tunnel_family": tunnel.family.value,
        "protocol": tunnel.technology,
        "realisation": tunnel.realisation.value,
        "tunnel_state": _STATES[tunnel.state],
        "seen_up_recently": _seen_up_recently(context, tunnel),
        "initiator": _INITIATORS.get(tunnel.role, "unknown") if tunnel.role else "unknown",
        "address_family": parse(remote).version if remote else None,
        "default_route": tunnel.default_route,
        **place_facts(place),
        **match_facts(context, match, place, tunnel.routes, default_route=tunnel.default_route),
        **gateway_facts(context, uplink_class),
        "public_network_review": review_of(context, remote),
    }
    return _stated(tuple(stated), tuple(stated.values())).replace(remote_endpoint=remote, path_id=remote)


def _seen_up_recently(context: Context, tunnel: Tunnel) -> bool | None:
    """Return whether `tunnel` was up within the look-back: it is now, the watch saw it, or earlier scans did."""
    if tunnel.state is State.UP or any(witness.probe == "watch" for witness in tunnel.witnesses):
        return True
    seen_s = int((context.seen_at or context.now).timestamp())
    return context.past.seen_up_recently(tunnel.id, seen_s, context.config.policy.look_back_days)


# The connections of one gateway differ in little more than their far ends' addresses.
@lru_cache(maxsize=4096)
def _stated(names: tuple[str, ...], values: tuple[Hashable, ...]) -> Facts:
    """Return the facts that are `names` with `values`; raises ValueError as `Facts.replace` does."""
    return _NOTHING_STATED.replace(**dict(zip(names, values, strict=True)))


def place_facts(place: Place) -> dict[str, Hashable]:
    """Return the facts of a far end's place and owner."""
    return {
        "remote_address_class": place.address_class,
        "remote_location": place.location or "unknown",
        "remote_location_basis": place.basis,
        "remote_location_confidence": place.confidence,
        "remote_asn": place.asn,
        "remote_operator_class": place.operator_class,
        "remote_network": place.relation,
    }


def match_facts(
    context: Context, match: Match, place: Place, routes: tuple[str, ...] | None, *, default_route: bool | None
) -> dict[str, Hashable]:
    """Return the facts that the register states of a connection; none of them without a matching entry."""
    circuit = context.circuit(match.provider, match.cid)
    onward = _onward(context, circuit, place, routes, default_route=default_route)
    if match.strength is Strength.NONE:
        own = place.relation in ("own", "affiliate")
        return {
            "circuit_match": "none",
            "provisioning": "self_built" if own else "unknown",
            **NO_LEASE,
            "onward_reach": onward,
        }
    facts: dict[str, object] = {"circuit_match": match.strength.value, "onward_reach": onward}
    if circuit is None:
        return facts  # NOTE: several entries fit; whose they are is unknown, and unknown is reviewed
    provider = context.provider(circuit.provider)
    return facts | {
        "provisioning": "leased",
        "service_provider": provider.class_ if provider else "unknown",
        "provider_licence_status": licence_status(provider, circuit, context.now, context.config, context.stated_by)
        if provider
        else "unverified",
        "provider_licence_categories": tuple(c for licence in provider.licences for c in licence.categories)
        if provider
        else None,
        "contract_party": circuit.contract_party,
        "contract_status": contract_status(circuit, context.now, context.config),
        "network_evidence": match.network_evidence.value,
        "declared_purpose": circuit.purpose,
        "user_record": circuit.user_record,
    }


def review_of(context: Context, remote: str | None) -> str:
    """Return the fact `public_network_review` for `remote`: the best review that names its network."""
    statuses = {
        review_status(review, context.now, context.config)
        for review in context.register.reviews
        if covers(review.prefixes, remote)
    }
    return next((status for status in ("recorded_valid", "recorded_expired") if status in statuses), "none")


def _onward(
    context: Context,
    circuit: Circuit | None,
    place: Place,
    routes: tuple[str, ...] | None,
    *,
    default_route: bool | None,
) -> str:
    """Return the fact `onward_reach` (P-04): the register's word, else the routed prefixes against the inventory."""
    if place.location is not None and context.config.site.location is not None and not _domestic(context, place):
        return "not_applicable"
    if circuit is not None and circuit.onward_reach != "unknown":
        return circuit.onward_reach
    if not routes or default_route is not False:
        return "unknown"
    for text in routes:
        try:
            routed = ip_network(text, strict=False)
        except ValueError:
            return "unknown"
        if not any(contains(prefix, routed) for prefix in context.mainland_prefixes):
            return "unknown"
    return "domestic_only"


def _domestic(context: Context, place: Place) -> bool:
    """Return whether both ends are known to lie in the mainland."""
    return place.location == "CN" and context.config.site.location == "CN"
