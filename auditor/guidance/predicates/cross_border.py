"""X-01 to X-09: connections of which exactly one end is in the mainland."""

from typing import Final

from auditor.guidance.predicates.common import (
    CARRIERS,
    Finding,
    failed,
    no_circuit,
    not_applicable,
    not_crossing,
    passed,
    review,
)
from auditor.guidance.scope import DerivedScope
from auditor.model.facts import Facts

_UNQUALIFIED: Final = frozenset(
    {"b13_provider", "a241_provider", "reseller", "commercial_vpn_provider", "unlicensed_provider"}
)
_CHAINS: Final = frozenset(
    {
        "carrier_direct",
        "overseas_party_to_carrier",
        "overseas_operator_to_carrier",
        "carrier_via_cloud_approved",
    }
)
_OWN: Final = ("own", "affiliate")


def x01(facts: Facts, scope: DerivedScope) -> Finding:
    """Permitted route in evidence; the switch of guidance 5.8 turns a fail into a review."""
    if (finding := not_crossing(facts, scope)) is not None:
        return finding
    match facts.circuit_match:
        case "strong":
            return passed("strong")
        case "weak" | "ambiguous" | "conflict":
            return review(facts.circuit_match)
    unstated = "" if facts.circuit_match == "none" else "+match_unstated"
    if facts.public_network_review == "recorded_valid" and _self_built_to_own(facts):
        return review(f"public_network_review{unstated}")
    reason = _unmatched(facts) + unstated
    return review(f"{reason}+switch") if facts.policy_unmatched_cross_border == "review" else failed(reason)


def _self_built_to_own(facts: Facts) -> bool:
    """Return whether the company built the tunnel to a network of its own or an affiliate."""
    return facts.provisioning == "self_built" and facts.remote_network in _OWN


def _unmatched(facts: Facts) -> str:
    """Return the reasons why nothing shows a permitted route."""
    if facts.provisioning == "leased":
        return "unmatched_leased"
    if facts.provisioning != "self_built":
        return "unmatched_unknown"
    if facts.remote_network not in _OWN:
        reviewed = facts.public_network_review == "recorded_valid"
        return "unmatched_foreign+review_not_covering" if reviewed else "unmatched_foreign"
    expired = facts.public_network_review == "recorded_expired"
    return "unmatched_own+review_expired" if expired else "unmatched_own+no_review"


def x02(facts: Facts, scope: DerivedScope) -> Finding:
    """Lessor qualified for international service: one of the three carriers, licence checked and valid."""
    if (finding := not_crossing(facts, scope)) is not None:
        return finding
    if facts.circuit_match == "none" and facts.provisioning != "leased":
        return not_applicable("nothing_leased")
    if reasons := _unqualified(facts):
        return failed("+".join(reasons))
    if facts.service_provider in CARRIERS:
        return passed("carrier") if facts.provider_licence_status == "valid" else review("carrier_unverified")
    return review("lessor_unknown" if facts.service_provider in ("unknown", "none") else "lessor_not_shown")


def _unqualified(facts: Facts) -> list[str]:
    """Return the reasons why the lessor is not qualified, none if nothing shows that."""
    reasons = ["unqualified"] if facts.service_provider in _UNQUALIFIED else []
    if facts.provider_licence_status in ("expired", "not_held"):
        reasons.append("no_licence_in_force")
    return reasons


def x03(facts: Facts, scope: DerivedScope) -> Finding:
    """Contract chain that ends at one of the three carriers."""
    if (finding := no_circuit(facts, scope)) is not None:
        return finding
    if facts.contract_party in _CHAINS:
        return passed("chain")
    return failed("reseller") if facts.contract_party == "reseller" else review("chain_not_shown")


def x04(facts: Facts, scope: DerivedScope) -> Finding:
    """Lease in force; one about to expire passes, with a warning beside the verdict."""
    if (finding := no_circuit(facts, scope)) is not None:
        return finding
    match facts.contract_status:
        case "valid":
            return passed("in_force")
        case "expiring_soon":
            return passed("expiring_soon")
        case "expired" | "terminated" | "not_started":
            return failed("not_in_force")
        case "renewal_pending":
            return review("renewal_pending")
        case _:
            return review("term_unknown")


def x05(facts: Facts, scope: DerivedScope) -> Finding:
    """Network evidence fits the circuit; a doubt is a review, never a fail."""
    if (finding := no_circuit(facts, scope)) is not None:
        return finding
    match facts.network_evidence:
        case "match":
            return passed("fits")
        case "mismatch":
            return review("differs")
        case _:
            return review("no_evidence")


def x06(facts: Facts, scope: DerivedScope) -> Finding:
    """Internal office use."""
    if (finding := no_circuit(facts, scope)) is not None:
        return finding
    match facts.declared_purpose:
        case "internal_office":
            return passed("internal_office")
        case "resale" | "telecom_business":
            return failed("business")
        case "own_dc_or_platform":
            return review("own_platform")
        case _:
            return review("purpose_unknown")


def x07(facts: Facts, scope: DerivedScope) -> Finding:
    """User file and purpose statement kept (advisory: the duty is the carrier's)."""
    if (finding := no_circuit(facts, scope)) is not None:
        return finding
    return passed("kept") if facts.user_record == "yes" else review("not_kept")


def x08(facts: Facts, scope: DerivedScope) -> Finding:
    """Routing limited to the purpose: no default route into the connection."""
    if (finding := not_crossing(facts, scope)) is not None:
        return finding
    if facts.default_route is False:
        return passed("limited")
    return review("default_route" if facts.default_route is True else "routes_unknown")


def x09(facts: Facts, scope: DerivedScope) -> Finding:
    """Domestic permit not used across the border."""
    if (finding := not_crossing(facts, scope)) is not None:
        return finding
    if facts.service_provider not in ("b13_provider", "a241_provider"):
        return not_applicable("only_domestic_permits")
    return failed("domestic_permit")
