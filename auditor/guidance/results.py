"""From what a predicate found to a result with a reason that names the facts."""

from functools import cache, lru_cache
from string import Formatter

from auditor.guidance.catalogue import controls
from auditor.guidance.predicates.common import Finding
from auditor.guidance.scope import DerivedScope
from auditor.guidance.texts import fact_value, label
from auditor.model.facts import Facts
from auditor.model.judgement import ControlResult, Outcome, Severity
from auditor.model.text import Text

FactValue = str | bool | int | tuple[str, ...] | None


def result_of(
    control: str, finding: Finding, facts: Facts, scope: DerivedScope, *, capped: bool = False, path: int = 0
) -> ControlResult:
    """Return the result of `control` on one path; `capped` limits its severity to medium (guidance 5.6)."""
    names = _placeholders(control, finding.reason)
    values = tuple(scope if name == "scope" else getattr(facts, name) for name in names)
    return _result(control, finding, values, capped, path)


@cache
def template(control: str, reason: str) -> Text:
    """Return the sentences of a finding's reason, with their placeholders."""
    parts = [controls()[control].reasons[key] for key in reason.split("+")]
    return Text(" ".join(part.en for part in parts), "".join(part.zh for part in parts))


@cache
def _placeholders(control: str, reason: str) -> tuple[str, ...]:
    """Return the names in a reason's sentences, sorted."""
    fields = Formatter().parse(template(control, reason).en)
    return tuple(sorted({name for _, name, _, _ in fields if name}))


# Many objects share their values, and a reason is slower to write than to judge.
@lru_cache(maxsize=8192)
def _result(control: str, finding: Finding, values: tuple[FactValue, ...], capped: bool, path: int) -> ControlResult:
    """Return a result; the same for the same arguments."""
    words = {
        name: label("scope", str(value)) if name == "scope" else fact_value(name, value)
        for name, value in zip(_placeholders(control, finding.reason), values, strict=True)
    }
    sentence = template(control, finding.reason)
    return ControlResult(
        control=control,
        outcome=finding.outcome,
        reason=Text(
            sentence.en.format(**{name: word.en for name, word in words.items()}),
            sentence.zh.format(**{name: word.zh for name, word in words.items()}),
        ),
        severity=severity_of(control, finding.outcome, capped=capped),
        path=path,
    )


def severity_of(control: str, outcome: Outcome, *, capped: bool = False) -> Severity:
    """Return the severity of an outcome of `control`: none unless it is a review or a fail."""
    match outcome:
        case Outcome.FAIL:
            severity = controls()[control].on_fail
        case Outcome.REVIEW:
            severity = controls()[control].on_review
        case _:
            return Severity.NONE
    return Severity.MEDIUM if capped and severity in (Severity.CRITICAL, Severity.HIGH) else severity
