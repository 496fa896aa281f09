"""P-01 to P-04: tunnels inside the mainland, and bought VPN of undetermined reach."""

from auditor.guidance.predicates.common import Finding, failed, is_tunnel, not_applicable, passed, review
from auditor.guidance.scope import DerivedScope
from auditor.model.facts import Facts


def _not_domestic(facts: Facts, scope: DerivedScope) -> Finding | None:
    """Return why a control on domestic tunnels does not apply, None if it does."""
    if scope is not DerivedScope.DOMESTIC:
        return not_applicable("only_domestic")
    if facts.tunnel_family == "remote_access":
        return not_applicable("not_remote_access")
    return None


def p01(facts: Facts, scope: DerivedScope) -> Finding:
    """Domestic tunnel between own sites, self-built or by nobody known."""
    if (finding := _not_domestic(facts, scope)) is not None:
        return finding
    if facts.provisioning == "leased":
        return not_applicable("not_leased")
    if facts.provisioning != "self_built":
        return review("provider_unknown")
    return passed("own_sites") if facts.remote_network in ("own", "affiliate") else review("other_network")


def p02(facts: Facts, scope: DerivedScope) -> Finding:
    """Permit of the provider of a leased VPN that is domestic or of unknown reach."""
    if not is_tunnel(facts):
        return not_applicable("only_tunnels")
    if scope not in (DerivedScope.DOMESTIC, DerivedScope.UNKNOWN):
        return not_applicable("only_domestic_or_unknown")
    if facts.provisioning != "leased":
        return not_applicable("only_leased")
    match facts.provider_licence_status:
        case "valid":
            return passed("permit_valid")
        case "not_held" | "expired":
            return failed("no_permit_in_force")
        case _:
            return review("permit_unverified")


def p03(facts: Facts, scope: DerivedScope) -> Finding:
    """Contract of a domestic leased service on file."""
    if scope is not DerivedScope.DOMESTIC:
        return not_applicable("only_domestic")
    if facts.provisioning != "leased":
        return not_applicable("only_leased")
    return passed("on_file") if facts.contract_status in ("valid", "expiring_soon") else review("not_on_file")


def p04(facts: Facts, scope: DerivedScope) -> Finding:
    """Where a domestic tunnel carries traffic on to."""
    if (finding := _not_domestic(facts, scope)) is not None:
        return finding
    match facts.onward_reach:
        case "domestic_only":
            return passed("domestic_only")
        case "overseas_via_licensed_circuit":
            return passed("licensed_circuit")
        case "overseas_via_unqualified":
            return failed("unqualified")
        case _:
            return review("reach_unknown")
