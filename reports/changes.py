"""What changed since the last scan, as documents hold it: one line, numbers, and every change in words."""

from collections import Counter
from datetime import datetime
from typing import Any

from auditor.history.diff import diff
from auditor.history.fields import is_text
from auditor.history.previous import Previous
from auditor.history.reading import same_gateway
from auditor.model.changes import Change, Difference, FieldChange, Kind, Subject
from auditor.model.text import Text
from reports import words
from reports.change_words import label, says, short
from reports.labels import both, known, say

MOST = 1000
_VERDICTS_NAMED = 2
_JUDGED = (Subject.CONNECTION, Subject.OBJECT)


def since_last(previous: Previous, new: dict[str, Any]) -> dict[str, Any]:
    """Return the section on what changed from `previous` to the document `new`."""
    if previous.report is None:
        if previous.problem is None:
            return _nothing("first", say("changes.first"))
        return _nothing("unusable", say("changes.unusable", problem=previous.problem))
    old = previous.report.document
    if not same_gateway(old, new):
        other = say("changes.other_gateway", name=old["gateway"]["name"])
        return _nothing("unusable", say("changes.unusable", problem=other))
    try:
        found = diff(old, new)
        return section(found, old, new, sha256=previous.report.sha256)
    except (TypeError, ValueError, KeyError, AttributeError, RecursionError):
        # NOTE: the file is anybody's; a form that nobody thought of must not cost the report of this scan.
        return _nothing("unusable", say("changes.unusable", problem=say("changes.odd")))


def section(
    found: Difference, old: dict[str, Any], new: dict[str, Any], *, sha256: str | None, most: int | None = MOST
) -> dict[str, Any]:
    """Return `found` in words: judged objects first, then outcome and register, at most `most` entries."""
    summaries = [{e["id"]: e.get("summary") for e in (*d["tunnels"], *d["objects"])} for d in (old, new)]
    ordered = sorted(found.changes, key=_order)
    shown = ordered if most is None else ordered[:most]
    judged = Counter(change.kind.value for change in found.changes if change.subject in _JUDGED)
    others = [c for c in found.changes if c.subject not in (*_JUDGED, Subject.AUDIT)]
    return {
        "state": "compared",
        "summary": both(summary(found, new.get("reassessment"))),
        "since": found.old_at,
        "previous": {
            "sha256": sha256,
            "tool": old["versions"]["tool"],
            "verdict": old["verdict"],
            "status": old["status"],
        },
        "counts": {
            **{kind.value: judged[kind.value] for kind in Kind},
            "verdicts": len(_verdicts(found)),
            "others": len(others),
        },
        "entries": [_entry(change, summaries) for change in shown],
        "left_out": len(ordered) - len(shown),
    }


def _nothing(state: str, text: Text) -> dict[str, Any]:
    """Return the section where nothing could be compared."""
    return {
        "state": state,
        "summary": both(text),
        "since": None,
        "previous": None,
        "counts": None,
        "entries": [],
        "left_out": 0,
    }


def summary(found: Difference, again: dict[str, Any] | None = None) -> Text:
    """Return the one line of the first screen; `again` is what the new report says of itself as a reassessment."""
    if again:
        when, none, some = str(again["scan"]), "reassessed.none", "reassessed.against"
    else:
        when, none, some = moment(found.old_at), "changes.none", "changes.since"
    if not found.changes:
        return say(none, since=when)
    judged = Counter(change.kind for change in found.changes if change.subject in _JUDGED)
    parts: list[Text] = []
    if judged:
        counts = [say(f"changes.count_{kind.value}", count=judged[kind]) for kind in Kind if judged[kind]]
        listed = Text(", ".join(text.en for text in counts), "，".join(text.zh for text in counts))
        parts.append(say("changes.connections", counts=listed))
    else:
        parts.append(say("changes.same_connections"))
    verdicts = _verdicts(found)
    parts += [_verdict_change(change) for change in verdicts[:_VERDICTS_NAMED]]
    if len(verdicts) > _VERDICTS_NAMED:
        parts.append(say("changes.more_verdicts", count=len(verdicts) - _VERDICTS_NAMED))
    others = sum(change.subject not in (*_JUDGED, Subject.AUDIT) for change in found.changes)
    if others:
        parts.append(say("changes.others", count=others))
    told = Text("; ".join(part.en for part in parts), "；".join(part.zh for part in parts))
    return say(some, since=when, told=told)


def _verdicts(found: Difference) -> list[Change]:
    """Return the objects whose verdict changed, the worst new verdict first."""
    changed = [
        c for c in found.changes if c.subject in _JUDGED and c.kind is Kind.CHANGED and c.verdict_old != c.verdict_new
    ]
    return sorted(changed, key=_order)


def _verdict_change(change: Change) -> Text:
    """Return from which verdict to which one object went."""
    old, new = (words.verdict(verdict or "not_applicable") for verdict in (change.verdict_old, change.verdict_new))
    return say("changes.verdict", name=change.name, old=old, new=new)


def moment(iso: str) -> str:
    """Return an ISO 8601 moment for people: day, time to the second, offset."""
    at = datetime.fromisoformat(iso)
    offset = at.strftime("%z")
    return f"{at:%Y-%m-%d %H:%M:%S} UTC{offset[:3]}:{offset[3:5]}"


def _order(change: Change) -> tuple[int, int, int, str, str]:
    """Return the place of a change: outcome, judged objects, then the rest; worst verdict first."""
    subjects = [Subject.AUDIT, *_JUDGED, *(s for s in Subject if s not in (Subject.AUDIT, *_JUDGED))]
    verdicts = [*words.VERDICTS, None]
    verdict = change.verdict_new or change.verdict_old
    moved = change.verdict_old == change.verdict_new
    return subjects.index(change.subject), moved, verdicts.index(verdict), change.name, change.id


def _entry(change: Change, summaries: list[dict[str, Any]]) -> dict[str, Any]:
    """Return one change in words."""
    told = summaries[change.kind is not Kind.GONE].get(change.id) if change.subject in _JUDGED else None
    sound = isinstance(told, dict) and is_text(told) and all(isinstance(text, str) for text in told.values())
    return {
        "kind": change.kind.value,
        "kind_label": both(say(f"change.{change.kind.value}")),
        "about": change.subject.value,
        "about_label": both(_subject(change)),
        "id": short(change.id),
        "name": short(change.name),
        "summary": told if sound else None,
        "sure": change.sure,
        "causes": [cause.value for cause in change.causes],
        "cause_labels": [both(say(f"cause.{cause.value}")) for cause in change.causes],
        "verdict_old": change.verdict_old,
        "verdict_new": change.verdict_new,
        "fields": [_field(field) for field in change.fields],
    }


def _subject(change: Change) -> Text:
    """Return what a change is about, in words."""
    if change.subject is Subject.SETTINGS:
        return known(f"settings.{change.id}", change.id)
    return say(f"subject.{change.subject.value}")


def _field(field: FieldChange) -> dict[str, Any]:
    """Return one field with its values as they are and in words."""
    return {
        "field": short(field.field),
        "label": both(label(field.field)),
        "old": _plain(field.old),
        "new": _plain(field.new),
        "says": both(says(field)),
    }


def _plain(value: Any) -> Any:
    """Return a value as JSON has it."""
    if isinstance(value, tuple):
        return [short(member) for member in value]
    return short(value) if isinstance(value, str) else value
