"""The guidance's words as reports use them: labels of verdicts, facts and controls, and what is open on an object."""

from datetime import date
from typing import Any

from auditor.guidance.catalogue import Consequence, Control, controls
from auditor.guidance.texts import fact_value, label
from auditor.model.judgement import ControlResult, Outcome, Severity, Verdict
from auditor.model.scan import Audited
from auditor.model.text import Text
from reports.labels import both, known, say

OPEN = (Outcome.FAIL, Outcome.REVIEW)
OUTCOMES = tuple(outcome.value for outcome in Outcome)
VERDICTS = tuple(verdict.value for verdict in Verdict)


def verdict(value: str) -> Text:
    """Return the label of a verdict on an object (guidance 5.9)."""
    return label("verdict", value)


def verdict_meaning(value: str) -> Text:
    """Return what a verdict means, in a sentence or two."""
    return label("verdict_meaning", value)


def severity(value: str) -> Text:
    """Return the label of a severity."""
    return label("severity", value)


def outcome(value: str) -> Text:
    """Return the label of a control's outcome."""
    return label("outcome", value)


def status(value: str) -> Text:
    """Return the label of what monitoring is told."""
    return label("status", value)


def status_meaning(value: str) -> Text:
    """Return what a status means, in one sentence."""
    return label("status_meaning", value)


def statement(key: str) -> Text:
    """Return a statement of guidance section 8 by its name in texts.toml."""
    return label("statement", key)


def value(fact: str, of: str | bool | int | tuple[str, ...] | None) -> Text:
    """Return the value of a fact in words."""
    return fact_value(fact, of)


def truth(of: bool | None) -> Text:
    """Return yes, no or unknown."""
    return fact_value("default_route", of)


def attribute(name: str) -> Text:
    """Return the name of a compared attribute, as it is where it has no label."""
    return known(f"attribute.{name}", name)


def period(start: date | None, end: date | None) -> Text:
    """Return a span of days, both included, in words."""
    return say(
        "word.from_to",
        start=start.isoformat() if start else say("word.open_start"),
        end=end.isoformat() if end else say("word.open_end"),
    )


def control(name: str) -> Control | None:
    """Return a control of the catalogue, None for one that it does not have."""
    return controls().get(name)


def open_results(audited: Audited) -> tuple[ControlResult, ...]:
    """Return what fails or needs review on `audited` and is not accepted: deciding first, worst first."""
    found = [
        result
        for result in audited.assessment.results
        if result.outcome in OPEN and not of_gateway(result.control) and result.control not in audited.waived_controls
    ]
    return tuple(sorted(found, key=_urgency))


def open_controls(audited: Audited) -> tuple[str, ...]:
    """Return the ids of the controls that a waiver would have to name for `audited`, in catalogue order."""
    wanted = {
        result.control
        for result in audited.assessment.results
        if result.outcome in OPEN
        and result.severity not in (Severity.INFO, Severity.NONE)
        and result.control not in audited.waived_controls
    }
    return tuple(name for name in controls() if name in wanted)


def of_gateway(name: str) -> bool:
    """Return whether a control is on the gateway or the audit, not on one object."""
    found = control(name)
    return found is not None and found.scope != "T"


def _urgency(result: ControlResult) -> tuple[bool, int, int]:
    """Return the sort key of a result: deciding, then severity, then outcome."""
    found = control(result.control)
    return not (found and found.deciding), list(Severity).index(result.severity), OPEN.index(result.outcome)


def catalogue() -> list[dict[str, Any]]:
    """Return every control with its criteria, the guidance's words, consequences and remediation."""
    return [
        {
            "id": entry.id,
            "scope": entry.scope,
            "scope_label": both(label("control_scope", entry.scope)),
            "deciding": entry.deciding,
            "design": entry.design,
            "title": both(entry.title),
            "criteria": {key: both(text) for key, text in entry.criteria.items()},
            "evidence": both(entry.evidence),
            "remediation": both(entry.remediation) if entry.remediation else None,
            "guidance": [
                {
                    "id": said.id,
                    "where": both(said.where),
                    "says": both(said.says),
                    "quote_en": said.quote_en,
                    "quote_zh": said.quote_zh,
                }
                for said in entry.statements
            ],
            "consequences": [_consequence(item) for item in (*entry.consequences, *entry.other_consequences)],
            "other_rules": [
                {"number": rule.number, "status": rule.status, "name": both(rule.name), "says": both(rule.says)}
                for rule in entry.rules
            ],
        }
        for entry in controls().values()
    ]


def _consequence(item: Consequence) -> dict[str, Any]:
    """Return what can follow and for whom; `in_guidance` is yes, implied or no."""
    return {
        "id": item.id,
        "in_guidance": item.in_guidance,
        "whom": both(item.whom),
        "says": both(item.says),
        "source": both(item.source),
    }
