"""What every predicate returns, and the conditions that several share."""

from collections.abc import Callable
from typing import Final, NamedTuple

from auditor.guidance.scope import DerivedScope
from auditor.model.facts import Facts
from auditor.model.judgement import Outcome


class Finding(NamedTuple):
    """The outcome of one control on one path; `reason` names texts of the control, joined by "+"."""

    outcome: Outcome
    reason: str


Predicate = Callable[[Facts, DerivedScope], Finding]

CARRIERS: Final = frozenset({"china_telecom", "china_mobile", "china_unicom"})
"""The three basic carriers of the guidance (S14)."""


def passed(reason: str) -> Finding:
    """Return a pass for `reason`."""
    return Finding(Outcome.PASS, reason)


def review(reason: str) -> Finding:
    """Return a review for `reason`."""
    return Finding(Outcome.REVIEW, reason)


def failed(reason: str) -> Finding:
    """Return a fail for `reason`."""
    return Finding(Outcome.FAIL, reason)


def info(reason: str) -> Finding:
    """Return an information for `reason`."""
    return Finding(Outcome.INFO, reason)


def not_applicable(reason: str) -> Finding:
    """Return that the control does not apply, for a `reason` shared by several controls."""
    return Finding(Outcome.NOT_APPLICABLE, reason)


def is_tunnel(facts: Facts) -> bool:
    """Return whether the object is a tunnel: everything that is not ordinary public-network access."""
    return facts.object_type != "public_network_access"


def not_crossing(facts: Facts, scope: DerivedScope) -> Finding | None:
    """Return why the X controls do not apply, None if they do.

    The guidance names network_tunnel, proxy and carrier_handoff. A tunnel whose family is none of
    these and not remote access contradicts itself; it is judged too, or it would pass unjudged.
    """
    if scope is not DerivedScope.CROSS_BORDER:
        return not_applicable("only_cross_border")
    if facts.tunnel_family == "remote_access":
        return not_applicable("not_remote_access")
    return None


def no_circuit(facts: Facts, scope: DerivedScope) -> Finding | None:
    """Return why the controls on a registered circuit do not apply, None if they do (X-03 to X-07)."""
    if (finding := not_crossing(facts, scope)) is not None:
        return finding
    return not_applicable("no_circuit") if facts.circuit_match == "none" else None
