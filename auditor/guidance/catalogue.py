"""The controls and what they rest on, as read from `controls.toml` and `sources.toml`."""

from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from auditor.guidance.texts import read_toml, to_text
from auditor.model.judgement import Severity
from auditor.model.text import Text

SCOPE_FACTS: Final = ("object_type", "local_location", "remote_location", "remote_location_confidence")
"""The facts that the scope is derived from, and so every control on a connection."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One statement of the guidance; a quotation is None where the guidance lacks that language."""

    id: str
    where: Text
    says: Text
    quote_en: str | None = None
    quote_zh: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Another public rule, not part of the guidance; `status` says how it was checked (texts: rule_status)."""

    number: int
    status: str
    name: Text
    says: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Consequence:
    """What can follow, for whom; `in_guidance` is yes, implied or no."""

    id: str
    in_guidance: str
    whom: Text
    says: Text
    source: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """One control of guidance section 6.

    `scope` is T (each object), G (gateway) or A (the audit). `on_fail` and `on_review` are the severity
    of such a result, none if it cannot happen. `design`: a rule that the guidance does not state.
    `facts` decide it besides the scope. `criteria` has the keys applies, pass, review, fail and info
    where they can happen. `consequences` are the guidance's, `other_consequences` those of other
    public rules. `reasons` are templates by the keys that predicates return.
    """

    id: str
    scope: str
    deciding: bool
    on_fail: Severity
    on_review: Severity
    design: bool
    facts: tuple[str, ...]
    title: Text
    criteria: dict[str, Text]
    evidence: Text
    remediation: Text | None
    statements: tuple[Statement, ...]
    rules: tuple[Rule, ...]
    consequences: tuple[Consequence, ...]
    other_consequences: tuple[Consequence, ...]
    reasons: dict[str, Text]


@cache
def controls() -> dict[str, Control]:
    """Return every control by its id, in catalogue order; read once."""
    raw = read_toml("controls.toml")
    shared = _texts(raw["not_applicable"])
    return {entry["id"]: _control(entry, shared) for entry in raw["control"]}


@cache
def statements() -> dict[str, Statement]:
    """Return the statements of the guidance by number (S1 to S20)."""
    return {
        key: Statement(
            id=key,
            where=to_text(entry["where"]),
            says=to_text(entry["says"]),
            quote_en=entry.get("quote_en"),
            quote_zh=entry.get("quote_zh"),
        )
        for key, entry in _sources()["statement"].items()
    }


@cache
def rules() -> dict[int, Rule]:
    """Return the other public rules by their number."""
    return {
        int(key): Rule(
            number=int(key), status=entry["status"], name=to_text(entry["name"]), says=to_text(entry["says"])
        )
        for key, entry in _sources()["rule"].items()
    }


@cache
def consequences() -> dict[str, Consequence]:
    """Return the consequences by id, those that the guidance names first."""
    return {
        key: Consequence(
            id=key,
            in_guidance=entry["in_guidance"],
            whom=to_text(entry["whom"]),
            says=to_text(entry["says"]),
            source=to_text(entry["source"]),
        )
        for key, entry in _sources()["consequence"].items()
    }


@cache
def _sources() -> dict[str, Any]:
    """Return sources.toml, read once."""
    return read_toml("sources.toml")


def _texts(table: dict[str, dict[str, str]]) -> dict[str, Text]:
    """Return a table of texts by key."""
    return {key: to_text(entry) for key, entry in table.items()}


def _control(entry: dict[str, Any], shared: dict[str, Text]) -> Control:
    """Return one control; `shared` are the reasons that several controls have."""
    return Control(
        id=entry["id"],
        scope=entry["scope"],
        deciding=entry["deciding"],
        on_fail=Severity(entry.get("on_fail", "none")),
        on_review=Severity(entry.get("on_review", "none")),
        design=entry.get("design", False),
        facts=tuple(entry["facts"]),
        title=to_text(entry["title"]),
        criteria=_texts(entry["criteria"]),
        evidence=to_text(entry["evidence"]),
        remediation=to_text(entry["remediation"]) if "remediation" in entry else None,
        statements=tuple(statements()[key] for key in entry["statements"]),
        rules=tuple(rules()[key] for key in entry["rules"]),
        consequences=tuple(consequences()[key] for key in entry.get("consequences", ())),
        other_consequences=tuple(consequences()[key] for key in entry.get("other_consequences", ())),
        reasons=shared | _texts(entry["reasons"]),
    )
