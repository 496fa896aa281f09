"""The statements of guidance section 8: which of them a scan calls for."""

from typing import Any

from auditor.guidance.consequences import consequences_of
from auditor.model.match import Strength
from auditor.model.scan import Audited, Scan
from reports import words
from reports.labels import both

_STATEMENTS = (
    ("8.1", "technology"),
    ("8.2", "disclaimer"),
    ("8.3", "unmatched"),
    ("8.4", "unknown_place"),
    ("8.5", "public_network_review"),
    ("8.6", "continuity"),
    ("8.7", "carrier_list"),
)
_ALWAYS = {"8.1", "8.2", "8.7"}


def statements(scan: Scan) -> list[dict[str, Any]]:
    """Return the statements that apply, in the guidance's order; 8.1, 8.2 and 8.7 always do."""
    wanted = _ALWAYS | {number for audited in scan.objects for number in of(audited)}
    return [{"id": number, "text": both(words.statement(key))} for number, key in _STATEMENTS if number in wanted]


def of(audited: Audited) -> tuple[str, ...]:
    """Return the numbers of the statements that one object calls for, beside those that always apply."""
    scopes = audited.assessment.scopes
    paired = list(zip(audited.paths, scopes, strict=False))
    found = []
    if any(scope == "cross_border" and path.match.strength is Strength.NONE for path, scope in paired):
        found.append("8.3")
    if "unknown" in scopes:
        found.append("8.4")
    if any(path.facts.public_network_review == "recorded_valid" for path in audited.paths):
        found.append("8.5")
    if _may_be_interrupted(audited):
        found.append("8.6")
    return tuple(found)


def _may_be_interrupted(audited: Audited) -> bool:
    """Return whether a control fails whose consequence is the interruption of the overseas connection (S19)."""
    return any(
        consequence.id == "interruption"
        for result in audited.assessment.results
        if result.path < len(audited.paths)
        for consequence in consequences_of(result, audited.paths[result.path].facts)
    )
