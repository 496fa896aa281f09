"""Which part of the guidance a connection falls under (guidance 5.1)."""

from enum import StrEnum

from auditor.model.enumerations import PLACES
from auditor.model.facts import Facts


class DerivedScope(StrEnum):
    """Where the two ends of a connection are, seen from the mainland border."""

    PUBLIC_NETWORK = "public_network"
    UNKNOWN = "unknown"
    DOMESTIC = "domestic"
    CROSS_BORDER = "cross_border"
    OFFSHORE = "offshore"


def derive_scope(facts: Facts) -> DerivedScope:
    """Return the scope of one path; a place that is no place, or not surely one, is unknown."""
    if facts.object_type == "public_network_access":
        return DerivedScope.PUBLIC_NETWORK
    local, remote = facts.local_location, facts.remote_location
    if local not in PLACES or remote not in PLACES or facts.remote_location_confidence != "high":
        return DerivedScope.UNKNOWN
    match (local == "CN", remote == "CN"):
        case (True, True):
            return DerivedScope.DOMESTIC
        case (False, False):
            return DerivedScope.OFFSHORE
        case _:
            return DerivedScope.CROSS_BORDER
