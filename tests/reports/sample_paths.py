"""Paths and judgements of sample objects; the judgements are those of the real rules."""

from dataclasses import replace

from auditor.guidance.assess import assess
from auditor.model.facts import Facts, FactSet
from auditor.model.match import Match, Place, Strength
from auditor.model.scan import Audited, Path
from auditor.model.text import Text
from auditor.model.tunnel import Port, Tunnel, Way
from tests.reports.sample_network import NEAR

WAY = Way(interface="eth0", next_hop="192.0.2.1", source="192.0.2.10")
GATEWAY_FACTS = {"local_location": "CN", "uplink_class": "basic_carrier", "serves_external_customers": "no"}
NONE = Match(strength=Strength.NONE)


def judged(kind: str, subject: Tunnel | Port, paths: tuple[Path, ...], **changes: object) -> Audited:
    """Return one object with the judgement that the rules give its facts."""
    assessment = assess(FactSet(paths=tuple(path.facts for path in paths)))
    tunnel, port = (subject, None) if isinstance(subject, Tunnel) else (None, subject)
    made = Audited(
        id=tunnel.id if tunnel else f"t-{subject.interface.replace('.', '-')}",  # type: ignore[union-attr]
        kind=kind,
        tunnel=tunnel,
        port=port,
        circuit=next((path.match.cid for path in paths if path.match.cid), None),
        paths=paths,
        assessment=assessment,
        verdict=assessment.tunnel_verdict,
        severity=assessment.severity,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def path(remote: str | None, place: Place, match: Match, way: Way | None = WAY, **facts: object) -> Path:
    """Return one path with its facts: those of the gateway, of its place and of its match, and `facts`."""
    stated: dict[str, object] = {
        **GATEWAY_FACTS,
        "tunnel_family": "network_tunnel",
        "tunnel_state": "up",
        "realisation": "software_vpn",
        "remote_endpoint": remote,
        "remote_location": place.location or "unknown",
        "remote_location_basis": place.basis,
        "remote_location_confidence": place.confidence,
        "remote_address_class": place.address_class,
        "remote_network": place.relation,
        "circuit_match": match.strength.value,
        "network_evidence": match.network_evidence.value,
        "default_route": False,
        **facts,
    }
    return Path(remote=remote, place=place, match=match, way=way, facts=Facts().replace(**stated), near=NEAR)


def place(
    location: str | None, basis: str = "inventory", relation: str = "third_party", operator: str | None = None
) -> Place:
    if location is None:
        return Place(address_class="public")
    source = Text(f"company network {location}-1", f"公司网络{location}-1")
    return Place(
        location=location,
        basis=basis,
        confidence="high",
        address_class="public",
        relation=relation,
        operator=operator,
        source=source,
        dated="2026-10-15",
    )


def leased(**changes: object) -> dict[str, object]:
    """Return the facts of a lease in order from one of the three carriers."""
    return {
        "provisioning": "leased",
        "service_provider": "china_telecom",
        "provider_licence_status": "valid",
        "provider_licence_categories": ("A11-4", "A14-1", "A14-4"),
        "contract_party": "carrier_direct",
        "contract_status": "valid",
        "declared_purpose": "internal_office",
        "user_record": "yes",
        "onward_reach": "not_applicable",
        **changes,
    }
