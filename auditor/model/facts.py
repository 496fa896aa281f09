"""What the rules see of one object, and nothing else (guidance section 4).

A fact that nobody stated stays "unknown" (words) or None (truth values, numbers, lists). Where the
enumeration has no "unknown", the default is the word that helps least: the object is a tunnel, no
permit was verified, no review is on file. Two facts that nobody stated are "unknown" all the same, since
each of their words would rule controls out: of no stated family, the controls on tunnels apply and R-01
too; of no stated match, X-01 finds no route in evidence, and what is stated of a circuit is judged.
"""

from dataclasses import dataclass, field, fields, replace
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final, Self

from auditor.model.enumerations import (
    ADDRESS_FAMILIES,
    CATEGORIES,
    LOCATIONS,
    PLACES,
    TEXTS,
    TRUTHS,
    WORDS,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """The facts of one path of one object; `enumerations` lists the values of each.

    Locations are ISO 3166-1 alpha-2 ("CN": the mainland only) or "unknown". `remote_asn` is an AS
    number. `policy_unmatched_cross_border` is the switch of guidance 5.8. `remote_endpoint` and `path_id`
    only say which path it is: no control looks at them, and facts that differ in nothing else are equal.
    """

    object_type: str = "tunnel"
    tunnel_family: str = "unknown"
    protocol: str | None = None
    realisation: str = "unknown"
    tunnel_state: str = "unknown"
    seen_up_recently: bool | None = None
    initiator: str = "unknown"
    address_family: int | None = None
    local_location: str = "unknown"
    remote_endpoint: str | None = field(default=None, compare=False)
    remote_address_class: str = "none"
    remote_location: str = "unknown"
    remote_location_basis: str = "none"
    remote_location_confidence: str = "none"
    remote_asn: int | None = None
    remote_operator_class: str = "unknown"
    remote_network: str = "unknown"
    provisioning: str = "unknown"
    default_route: bool | None = None
    onward_reach: str = "unknown"
    circuit_match: str = "unknown"
    service_provider: str = "unknown"
    provider_licence_categories: tuple[str, ...] | None = None
    provider_licence_status: str = "unverified"
    contract_party: str = "unknown"
    contract_status: str = "unknown"
    network_evidence: str = "unknown"
    declared_purpose: str = "unknown"
    user_record: str = "unknown"
    public_network_review: str = "none"
    uplink_class: str = "unknown"
    serves_external_customers: str = "unknown"
    serving_permit_status: str = "unknown"
    serving_permit_categories: tuple[str, ...] | None = None
    serving_scope: str = "unknown"
    policy_unmatched_cross_border: str = "fail"
    path_id: str | None = field(default=None, compare=False)

    def replace(self, **changes: Any) -> Self:
        """Return these facts with some changed; raises ValueError that names every wrong name or value."""
        wrong = [f"{name}: {problem}" for name, value in changes.items() if (problem := _problem(name, value))]
        if wrong:
            raise ValueError("; ".join(wrong))
        return replace(self, **changes)


FACT_NAMES: Final = tuple(one.name for one in fields(Facts))
"""Every fact name, in the order of `Facts`."""

UNSTATED: Final = MappingProxyType({one.name: one.default for one in fields(Facts)})
"""What each fact is if nobody stated it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FactSet:
    """The facts of one object: one `Facts` a path (guidance 5.7), never none."""

    paths: tuple[Facts, ...]

    def __post_init__(self) -> None:
        """Raise ValueError if there is no path, since an object without one would pass unjudged."""
        if not self.paths:
            raise ValueError("an object has at least one path")

    @classmethod
    def of(cls, *paths: Facts) -> Self:
        """Return the set of these paths; raises ValueError if there is none."""
        return cls(paths=paths)


def value_problem(name: str, value: object) -> str | None:
    """Return what is wrong with `value` as the fact `name`, None if nothing is; `value` is shown by the caller."""
    if name in WORDS:
        return None if isinstance(value, str) and value in WORDS[name] else f"must be one of {', '.join(WORDS[name])}"
    if name in TRUTHS:
        return None if value is None or isinstance(value, bool) else "must be true, false or unknown"
    if name in LOCATIONS:
        return _location_problem(value)
    if name in CATEGORIES:
        return _categories_problem(value)
    if name in TEXTS:
        return _text_problem(value)
    if name == "address_family":
        return None if value is None or _is_int(value, ADDRESS_FAMILIES) else "must be 4 or 6"
    if name == "remote_asn":
        return None if value is None or _is_int(value, range(1 << 32)) else "must be an AS number"
    return "is no fact"


_seen_problem = lru_cache(maxsize=1024, typed=True)(value_problem)


def _problem(name: str, value: object) -> str | None:
    """Return the same; of words, which are few, without looking twice."""
    return _seen_problem(name, value) if name in WORDS and isinstance(value, str) else value_problem(name, value)


def _location_problem(value: object) -> str | None:
    """Return what is wrong with `value` as a place."""
    if isinstance(value, str) and (value in PLACES or value == "unknown"):
        return None
    return "must be a country or region of ISO 3166-1 in two capital letters (CN: the mainland only) or unknown"


def _categories_problem(value: object) -> str | None:
    """Return what is wrong with `value` as permit categories."""
    if value is None or (isinstance(value, tuple) and all(_is_line(item, 16) for item in value)):
        return None
    return "must be a list of permit categories such as A14-4"


def _text_problem(value: object) -> str | None:
    """Return what is wrong with `value` as free text."""
    return None if value is None or _is_line(value, 255) else "must be text of one line, 255 characters at most"


def _is_line(value: object, limit: int) -> bool:
    """Return whether `value` is printable text of 1 to `limit` characters."""
    return isinstance(value, str) and 0 < len(value) <= limit and value.isprintable()


def _is_int(value: object, allowed: tuple[int, ...] | range) -> bool:
    """Return whether `value` is a whole number among `allowed`, and no truth value."""
    return isinstance(value, int) and not isinstance(value, bool) and value in allowed
