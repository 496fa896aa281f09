"""What a circuit claims of its reach, and which permit categories can cover that (controls X-02 and P-02)."""

from collections.abc import Iterable

from auditor.config.enumerations import DOMESTIC_CATEGORIES, INTERNATIONAL_CATEGORIES, THREE_CARRIERS
from auditor.model.register import Circuit, Config

_BASIC_OPERATORS = (*THREE_CARRIERS, "china_broadnet", "citic_networks")


def scope_of(circuit: Circuit, config: Config) -> str:
    """Return what the register claims of a circuit: domestic, cross_border, offshore or unknown (guidance 5.1).

    End A without a location is at the site of the configuration.
    """
    ends = (circuit.a.location or config.site.location, circuit.z.location)
    if None in ends:
        return "unknown"
    return {2: "domestic", 1: "cross_border", 0: "offshore"}[ends.count("CN")]


def covers(categories: Iterable[str], class_: str, scope: str) -> bool:
    """Return whether a permit of `categories` held by a provider of `class_` can cover a service of `scope`.

    Across the border A11-4, A14-1 and A14-4; elsewhere, or when the scope is not known, also A24-1 and B13,
    and any basic category (A...) of a basic operator, whose own services they are.
    """
    if any(category in INTERNATIONAL_CATEGORIES for category in categories):
        return True
    if scope == "cross_border":
        return False
    basic = class_ in _BASIC_OPERATORS
    return any(category in DOMESTIC_CATEGORIES or (basic and category.startswith("A")) for category in categories)
