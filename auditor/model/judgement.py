"""Outcomes of controls, verdicts on objects, status for monitoring."""

from dataclasses import dataclass
from enum import StrEnum

from auditor.model.text import Text


class Outcome(StrEnum):
    """The result of one control on one object (guidance section 6)."""

    PASS = "pass"
    REVIEW = "review"
    FAIL = "fail"
    INFO = "info"
    NOT_APPLICABLE = "not_applicable"


class Verdict(StrEnum):
    """What follows for an object (guidance 5.9), worst first."""

    NON_COMPLIANT = "non_compliant"
    NEEDS_REVIEW = "needs_review"
    COMPLIANT = "compliant"
    PERMITTED = "permitted"
    NOT_APPLICABLE = "not_applicable"


class Severity(StrEnum):
    """How urgent a result is, worst first."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    INFO = "info"
    NONE = "none"


class Status(StrEnum):
    """What monitoring is told; the exit code is its index here (design: exit codes)."""

    OK = "ok"
    WARNING = "warning"
    CRITICAL = "critical"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlResult:
    """One control's outcome; `reason` says which facts decided, `severity` is none unless review or fail.

    `path` is the index of the path that decided (the worst one; guidance 5.7).
    """

    control: str
    outcome: Outcome
    reason: Text
    severity: Severity = Severity.NONE
    path: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """All results for one set of facts, in catalogue order, and what follows from them.

    `scopes` is the derived scope of each path (guidance 5.1). `capped`: 5.6 lowered the verdict.
    `gateway_verdict` is not_applicable where no gateway control fails or asks for review. `warnings`
    leave the verdict as it is and make the status at least warning (a contract about to expire).
    """

    results: tuple[ControlResult, ...]
    tunnel_verdict: Verdict
    gateway_verdict: Verdict
    overall_verdict: Verdict
    severity: Severity
    scopes: tuple[str, ...]
    capped: bool = False
    warnings: tuple[Text, ...] = ()
