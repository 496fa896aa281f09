"""The rules, run: facts of one object in, its assessment out."""

from collections.abc import Iterable
from functools import cache, lru_cache
from typing import NamedTuple

from auditor.guidance.catalogue import Control, controls
from auditor.guidance.predicates import PREDICATES
from auditor.guidance.predicates.common import Finding, Predicate
from auditor.guidance.results import result_of
from auditor.guidance.scope import DerivedScope, derive_scope
from auditor.guidance.texts import label
from auditor.guidance.verdict import (
    OUTCOME_RANK,
    SEVERITY_RANK,
    gateway_verdict,
    highest_severity,
    is_inactive,
    path_verdict,
    worst_verdict,
)
from auditor.model.facts import Facts, FactSet
from auditor.model.judgement import Assessment, ControlResult, Outcome, Severity, Verdict
from auditor.model.text import Text


class _Rule(NamedTuple):
    """A predicate with what the loop needs of its control."""

    id: str
    predicate: Predicate
    decides_tunnel: bool
    of_tunnel: bool


class _Judged(NamedTuple):
    """One path: its scope, a result for every control, and its own tunnel verdict."""

    scope: DerivedScope
    results: list[ControlResult]
    verdict: Verdict
    capped: bool


def assess(facts: FactSet) -> Assessment:
    """Return every control's result on one object and what follows; the worst path decides (guidance 5.7).

    The controls are those that facts alone decide, G-01 to T-01; `auditor.guidance.audit` has the others.
    """
    return _assess(facts.paths)


# The connections of one gateway differ in little more than their far ends' addresses, which decide nothing and
# by which facts do not differ.
@lru_cache(maxsize=4096)
def _assess(paths: tuple[Facts, ...]) -> Assessment:
    """Return the assessment of an object with these paths."""
    judged = [_judge(path, index) for index, path in enumerate(paths)]
    results = judged[0].results if len(judged) == 1 else _worst_results(judged)
    tunnel = worst_verdict(path.verdict for path in judged)
    gateway = gateway_verdict(result.outcome for result in results if _decides(result, "G"))
    overall = worst_verdict((tunnel, gateway))
    return Assessment(
        results=tuple(results),
        tunnel_verdict=tunnel,
        gateway_verdict=gateway,
        overall_verdict=overall,
        severity=_severity(results, tunnel, overall),
        scopes=tuple(path.scope for path in judged),
        capped=tunnel is Verdict.NEEDS_REVIEW and any(path.capped for path in judged),
        warnings=_warnings(paths, judged),
    )


def assess_gateway(facts: FactSet, extra: Iterable[ControlResult] = ()) -> Assessment:
    """Return the results that do not depend on a tunnel: G-01, N-01, O-01, O-02, and `extra` in catalogue order.

    Give one path for each uplink of the site; the worst decides. `extra` are the results of `audit_controls`.
    """
    judged = [_judge(path, index) for index, path in enumerate(facts.paths)]
    own = [result for result in _worst_results(judged) if controls()[result.control].scope in ("G", "A")]
    order = list(controls())
    results = sorted([*own, *extra], key=lambda result: order.index(result.control))
    verdict = gateway_verdict(result.outcome for result in results if _decides(result, "G"))
    return Assessment(
        results=tuple(results),
        tunnel_verdict=Verdict.NOT_APPLICABLE,
        gateway_verdict=verdict,
        overall_verdict=verdict,
        severity=_severity(results, Verdict.NOT_APPLICABLE, verdict),
        scopes=(),
    )


@cache
def _rules() -> tuple[_Rule, ...]:
    """Return the predicates in catalogue order."""
    return tuple(_rule(controls()[name], predicate) for name, predicate in PREDICATES.items())


def _rule(control: Control, predicate: Predicate) -> _Rule:
    """Return `predicate` with what its control says of it."""
    of_tunnel = control.scope == "T"
    return _Rule(control.id, predicate, decides_tunnel=of_tunnel and control.deciding, of_tunnel=of_tunnel)


def _judge(facts: Facts, index: int) -> _Judged:
    """Return the judgement of one path; `index` is its place among the paths."""
    scope = derive_scope(facts)
    found: list[tuple[_Rule, Finding]] = [(rule, rule.predicate(facts, scope)) for rule in _rules()]
    deciding = [finding.outcome for rule, finding in found if rule.decides_tunnel]
    capped = Outcome.FAIL in deciding and is_inactive(facts)
    results = [
        result_of(rule.id, finding, facts, scope, capped=capped and rule.of_tunnel, path=index)
        for rule, finding in found
    ]
    return _Judged(scope, results, path_verdict(scope, deciding, capped=capped), capped)


def _worst_results(judged: list[_Judged]) -> list[ControlResult]:
    """Return for every control the worst result of all paths, the first of equals."""
    by_control = zip(*(path.results for path in judged), strict=True)
    return [min(results, key=_rank) for results in by_control]


def _rank(result: ControlResult) -> tuple[int, int]:
    """Return the sort key of a result, worst first."""
    return OUTCOME_RANK[result.outcome], SEVERITY_RANK[result.severity]


def _decides(result: ControlResult, scope: str) -> bool:
    """Return whether a result decides for the objects (T) or the gateway (G)."""
    control = controls()[result.control]
    return control.deciding and control.scope == scope


def _severity(results: Iterable[ControlResult], tunnel: Verdict, overall: Verdict) -> Severity:
    """Return the highest severity that counts towards the overall verdict (guidance 5.9)."""
    if overall not in (Verdict.NON_COMPLIANT, Verdict.NEEDS_REVIEW):
        return Severity.NONE
    tunnel_counts = tunnel is not Verdict.NOT_APPLICABLE
    return highest_severity(
        result.severity for result in results if _decides(result, "G") or (tunnel_counts and _decides(result, "T"))
    )


def _warnings(paths: tuple[Facts, ...], judged: list[_Judged]) -> tuple[Text, ...]:
    """Return what asks for attention soon, though it changes no verdict."""
    expiring = any(
        facts.contract_status == "expiring_soon"
        and any(result.control in ("X-04", "P-03") and result.outcome is Outcome.PASS for result in path.results)
        for facts, path in zip(paths, judged, strict=True)
    )
    return (label("word", "expiring_soon"),) if expiring else ()
