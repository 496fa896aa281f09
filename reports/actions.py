"""What to do first: at most a handful of steps, what fails before what was not read before what needs review."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from auditor.model.judgement import ControlResult, Outcome, Severity, Verdict
from auditor.model.scan import Audited, Gap, Scan
from auditor.model.text import Text
from reports import sections, sentences, waivers, words
from reports.labels import both, both_or_none, say

MOST = 5
_NAMED = 3
_FAILS, _UNREAD, _REVIEWS, _DATES = range(4)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Step:
    """One step; `section` is where the report says more, besides the objects."""

    rank: int
    severity: Severity
    state: str
    state_label: Text
    title: Text
    what: Text
    why: Text | None = None
    control: str | None = None
    section: str | None = None
    objects: tuple[str, ...] = field(default=())


def actions(scan: Scan, judged: list[Audited]) -> list[dict[str, Any]]:
    """Return the steps, most urgent first; `judged` are the scan's objects, worst first."""
    steps = [*_on_statements(scan), *_on_objects(judged), *_on_gateway(scan), *_on_gaps(scan), *_on_dates(scan)]
    order = list(Severity)
    steps.sort(key=lambda step: (step.rank, order.index(step.severity), -len(step.objects), step.title))
    return [
        {
            "state": step.state,
            "state_label": both(step.state_label),
            "severity": step.severity.value,
            "severity_label": both(words.severity(step.severity.value)),
            "title": both(step.title),
            "what": both(step.what),
            "why": both_or_none(step.why),
            "control": step.control,
            "section": step.section,
            "objects": list(step.objects),
        }
        for step in steps[:MOST]
    ]


def _on_statements(scan: Scan) -> Iterator[_Step]:
    """Yield that nothing was stated by the company, where that is so."""
    if scan.config.path is None or scan.register.path is None:
        yield _Step(
            rank=_UNREAD,
            severity=Severity.HIGH,
            state="unknown",
            state_label=say("word.not_stated"),
            title=say("action.config"),
            what=say("action.config_what"),
            section="provenance",
        )


def _on_objects(judged: Iterable[Audited]) -> Iterator[_Step]:
    """Yield one step for each control that leads on some object, with all those objects."""
    groups: dict[tuple[str, Outcome], list[tuple[Audited, ControlResult]]] = {}
    for audited in judged:
        if audited.verdict not in (Verdict.NON_COMPLIANT, Verdict.NEEDS_REVIEW) or audited.waiver:
            continue
        if found := words.open_results(audited):
            groups.setdefault((found[0].control, found[0].outcome), []).append((audited, found[0]))
    for (name, outcome), members in groups.items():
        severity = min((result.severity for _, result in members), key=list(Severity).index)
        yield _of_control(name, outcome, severity, _named([audited for audited, _ in members]), members)


def _of_control(
    name: str, outcome: Outcome, severity: Severity, who: Text, members: list[tuple[Audited, ControlResult]]
) -> _Step:
    """Return the step that a control asks for."""
    control = words.control(name)
    title = control.title if control else Text(name, name)
    return _Step(
        rank=_FAILS if outcome is Outcome.FAIL else _REVIEWS,
        severity=severity,
        state=outcome.value,
        state_label=words.outcome(outcome.value),
        title=say("action.objects", objects=who, title=title, control=name),
        what=(control.remediation if control else None) or members[0][1].reason,
        why=members[0][1].reason if len({result.reason for _, result in members}) == 1 else None,
        control=name,
        objects=tuple(audited.id for audited, _ in members),
    )


def _named(members: list[Audited]) -> Text:
    """Return the first names and how many more there are."""
    names = [sentences.name(audited) for audited in members[:_NAMED]]
    first = Text(", ".join(names), "、".join(names))
    if len(members) <= _NAMED:
        return first
    return say("action.named_more", first=first, count=len(members) - _NAMED)


def _on_gateway(scan: Scan) -> Iterator[_Step]:
    """Yield one step for each deciding control on the gateway that fails or needs review and is not accepted."""
    for result in scan.gateway_assessment.results:
        control = words.control(result.control)
        if result.outcome not in words.OPEN or control is None or control.scope == "T" or not control.deciding:
            continue
        if control.scope == "G" and scan.gateway_waiver is not None:
            continue
        yield _Step(
            rank=_FAILS if result.outcome is Outcome.FAIL else _REVIEWS,
            severity=result.severity,
            state=result.outcome.value,
            state_label=words.outcome(result.outcome.value),
            title=say("action.gateway", title=control.title, control=result.control),
            what=control.remediation or result.reason,
            why=result.reason,
            control=result.control,
            section="gateway",
        )


def _on_gaps(scan: Scan) -> Iterator[_Step]:
    """Yield one step for each way to open what could not be read; capabilities are asked for together."""
    gaps = sorted(
        (gap for gap in scan.gaps if gap.acknowledged is None), key=lambda gap: (gap.spot.probe, gap.spot.scope)
    )
    needed = {gap.spot: sections.needed_capabilities(gap.spot) for gap in gaps}
    together = sections.capability(frozenset().union(*needed.values()))
    groups: dict[Text, list[Gap]] = {}
    for gap in gaps:
        groups.setdefault(together if needed[gap.spot] else sections.how_to_open(gap.spot), []).append(gap)
    for what, members in groups.items():
        yield _Step(
            rank=_UNREAD,
            severity=Severity.HIGH,
            state="unknown",
            state_label=say("word.unread"),
            title=_unread(members),
            what=what,
            section="blind-spots",
        )


def _unread(members: list[Gap]) -> Text:
    """Return what could not be read: the probes, the first few by name."""
    probes = list(dict.fromkeys(gap.spot.probe for gap in members))
    sources = Text(", ".join(probes[:_NAMED]), "、".join(probes[:_NAMED]))
    if len(probes) > _NAMED:
        sources = say("action.named_more", first=sources, count=len(probes) - _NAMED)
    return say("action.blind" if len(members) > 1 else "action.blind_one", count=len(members), sources=sources)


def _on_dates(scan: Scan) -> Iterator[_Step]:
    """Yield what ends soon or has ended: waivers, then contracts of circuits."""
    for entry in waivers.waivers(scan):
        if entry["state"] in ("expired", "expiring"):
            key = "action.waiver_expired" if entry["state"] == "expired" else "action.waiver"
            yield _soon(
                say(key, id=entry["id"], expires=entry["expires"]),
                say("action.waiver_what", approver=entry["approver"]),
                "waivers",
            )
    for seen in scan.circuits:
        if seen.contract_status in ("expiring_soon", "expired") and seen.circuit.status == "active":
            status = words.value("contract_status", seen.contract_status)
            yield _soon(
                say("action.contract", cid=seen.circuit.cid, status=status),
                say("action.contract_what", provider=seen.circuit.provider),
                "circuits",
            )


def _soon(title: Text, what: Text, section: str) -> _Step:
    """Return a step about a date."""
    return _Step(
        rank=_DATES,
        severity=Severity.LOW,
        state="review",
        state_label=words.outcome("review"),
        title=title,
        what=what,
        section=section,
    )
