"""L-01 and U-01: where the ends are, and ordinary access to the public network."""

from auditor.guidance.predicates.common import Finding, is_tunnel, not_applicable, passed, review
from auditor.guidance.predicates.gateway import n01
from auditor.guidance.scope import DerivedScope
from auditor.model.enumerations import PLACES
from auditor.model.facts import Facts
from auditor.model.judgement import Outcome


def l01(facts: Facts, scope: DerivedScope) -> Finding:
    """Both ends located: a tunnel whose scope is unknown goes to review, never further."""
    if not is_tunnel(facts):
        return not_applicable("only_tunnels")
    if scope is not DerivedScope.UNKNOWN:
        return passed("located")
    return review("+".join(_unlocated(facts)))


def _unlocated(facts: Facts) -> list[str]:
    """Return the reasons why the scope is unknown."""
    reasons = [] if facts.local_location in PLACES else ["local_unknown"]
    if facts.remote_location not in PLACES:
        reasons.append("remote_unknown")
    elif facts.remote_location_confidence != "high":
        reasons.append("remote_unsure")
    return reasons


def u01(facts: Facts, scope: DerivedScope) -> Finding:
    """Ordinary public-network access: permitted from the mainland over a domestic access provider."""
    if is_tunnel(facts):
        return not_applicable("only_public_network")
    if facts.local_location not in PLACES:
        return review("local_unknown")
    if facts.local_location != "CN":
        return review("abroad")
    return passed("domestic_access") if n01(facts, scope).outcome is Outcome.PASS else review("uplink")
