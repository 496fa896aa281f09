"""G-01, R-01, V-01, V-02, T-01: the statement, people who connect in, and advice."""

from typing import Final

from auditor.guidance.predicates.common import Finding, info, is_tunnel, not_applicable, passed, review
from auditor.guidance.scope import DerivedScope
from auditor.model.facts import Facts

_METHODS: Final = frozenset({"vpn_server", "software_vpn", "hardware_vpn", "integrated_vpn"})


def g01(facts: Facts, scope: DerivedScope) -> Finding:
    """Statement on VPN technology: always information."""
    return info("statement")


def r01(facts: Facts, scope: DerivedScope) -> Finding:
    """Remote access by individuals, instead of the X controls; not to be ruled out if nobody stated the family."""
    if not is_tunnel(facts) or facts.tunnel_family not in ("remote_access", "unknown"):
        return not_applicable("only_remote_access")
    if facts.tunnel_family == "unknown":
        crosses = scope in (DerivedScope.CROSS_BORDER, DerivedScope.UNKNOWN)
        return review("family_unknown") if crosses else not_applicable("family_does_not_matter")
    match scope:
        case DerivedScope.DOMESTIC:
            return passed("inside")
        case DerivedScope.CROSS_BORDER:
            return review("from_abroad")
        case DerivedScope.UNKNOWN:
            return review("place_unknown")
        case _:
            return not_applicable("offshore")


def v01(facts: Facts, scope: DerivedScope) -> Finding:
    """Realisation method identified (advisory)."""
    if not is_tunnel(facts):
        return not_applicable("only_tunnels")
    if facts.realisation == "not_vpn":
        return not_applicable("no_vpn")
    return passed("identified") if facts.realisation in _METHODS else review("method_unknown")


def v02(facts: Facts, scope: DerivedScope) -> Finding:
    """Inactive tunnel configuration (advisory; its effect on the verdict is guidance 5.6 alone)."""
    if not is_tunnel(facts):
        return not_applicable("only_tunnels")
    if facts.tunnel_state == "up":
        return passed("up")
    return review("down" if facts.tunnel_state == "down" else "state_unknown")


def t01(facts: Facts, scope: DerivedScope) -> Finding:
    """Data export pointer for cross-border connections."""
    return info("pointer") if scope is DerivedScope.CROSS_BORDER else not_applicable("only_cross_border")
