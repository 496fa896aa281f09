"""N-01, O-01, O-02: controls on the gateway and its site, the same for every object on it."""

from typing import Final

from auditor.guidance.predicates.common import Finding, failed, not_applicable, passed, review
from auditor.guidance.scope import DerivedScope
from auditor.model.enumerations import PLACES
from auditor.model.facts import Facts

_INTERNATIONAL: Final = frozenset({"A11-4", "A14-1", "A14-4"})
_DOMESTIC: Final = _INTERNATIONAL | {"B13", "A24-1"}


def n01(facts: Facts, scope: DerivedScope) -> Finding:
    """Access provider of the site: for sites in the mainland, or of unknown place."""
    if facts.local_location in PLACES and facts.local_location != "CN":
        return not_applicable("only_mainland_sites")
    match facts.uplink_class:
        case "basic_carrier" | "licensed_isp":
            return passed("domestic_provider")
        case "foreign_confirmed":
            return failed("foreign_confirmed")
        case "foreign_suspected":
            return review("foreign_suspected")
        case _:
            return review("uplink_unknown")


def o01(facts: Facts, scope: DerivedScope) -> Finding:
    """No VPN service to outsiders without a permit; hints alone never fail."""
    match facts.serves_external_customers:
        case "no":
            return passed("serves_nobody")
        case "yes":
            return _permit(facts)
        case "suspected":
            return review("suspected")
        case _:
            return review("serving_unknown")


def _permit(facts: Facts) -> Finding:
    """Return what O-01 finds on a gateway that serves outsiders."""
    match facts.serving_permit_status:
        case "valid":
            return passed("permit_valid")
        case "none" | "expired":
            return failed("no_permit_in_force")
        case _:
            return review("permit_unknown")


def o02(facts: Facts, scope: DerivedScope) -> Finding:
    """Service within the permit: international categories for anything beyond domestic customers."""
    if facts.serves_external_customers != "yes":
        return not_applicable("only_serving")
    if facts.serving_permit_status != "valid":
        return not_applicable("only_with_permit")
    match facts.serving_scope:
        case "domestic":
            needed = _DOMESTIC
        case "cross_border" | "mixed":
            needed = _INTERNATIONAL
        case _:
            return review("customers_unknown")
    if facts.serving_permit_categories is None:
        return review("categories_unknown")
    return passed("within_permit") if needed.intersection(facts.serving_permit_categories) else failed("beyond_permit")
