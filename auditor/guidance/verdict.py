"""What follows from the results: order of outcomes and verdicts, caps, and the verdict (guidance 5.6 to 5.9)."""

from collections.abc import Iterable
from typing import Final

from auditor.guidance.scope import DerivedScope
from auditor.model.facts import Facts
from auditor.model.judgement import Outcome, Severity, Verdict

# The enumerations list their values worst first (outcomes differ).
OUTCOME_RANK: Final = {
    outcome: rank
    for rank, outcome in enumerate((Outcome.FAIL, Outcome.REVIEW, Outcome.PASS, Outcome.INFO, Outcome.NOT_APPLICABLE))
}
VERDICT_RANK: Final = {verdict: rank for rank, verdict in enumerate(Verdict)}
SEVERITY_RANK: Final = {severity: rank for rank, severity in enumerate(Severity)}


def worst_verdict(verdicts: Iterable[Verdict]) -> Verdict:
    """Return the worst of the verdicts, not_applicable if there is none."""
    return min(verdicts, key=VERDICT_RANK.__getitem__, default=Verdict.NOT_APPLICABLE)


def highest_severity(severities: Iterable[Severity]) -> Severity:
    """Return the most urgent severity, none if there is none."""
    return min(severities, key=SEVERITY_RANK.__getitem__, default=Severity.NONE)


def is_inactive(facts: Facts) -> bool:
    """Return whether the tunnel is down and surely was not up in the look-back window (guidance 5.6)."""
    return facts.tunnel_state == "down" and facts.seen_up_recently is False


def path_verdict(scope: DerivedScope, deciding: Iterable[Outcome], *, capped: bool) -> Verdict:
    """Return the tunnel verdict of one path from the outcomes of its deciding tunnel controls.

    A path of unknown scope never gets further than needs_review, whatever its outcomes.
    """
    if scope is DerivedScope.OFFSHORE:
        return Verdict.NOT_APPLICABLE
    outcomes = set(deciding)
    if Outcome.FAIL in outcomes:
        return Verdict.NEEDS_REVIEW if capped else Verdict.NON_COMPLIANT
    if Outcome.REVIEW in outcomes or scope is DerivedScope.UNKNOWN:
        return Verdict.NEEDS_REVIEW
    return Verdict.COMPLIANT if scope is DerivedScope.CROSS_BORDER else Verdict.PERMITTED


def gateway_verdict(deciding: Iterable[Outcome]) -> Verdict:
    """Return the verdict on the gateway; not_applicable if nothing fails or asks for review."""
    outcomes = set(deciding)
    if Outcome.FAIL in outcomes:
        return Verdict.NON_COMPLIANT
    return Verdict.NEEDS_REVIEW if Outcome.REVIEW in outcomes else Verdict.NOT_APPLICABLE
