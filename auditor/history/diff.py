"""Two reports of one gateway -> what is new, gone and changed, and why. Pure; the order of lists plays no part."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from auditor.history.causes import Between
from auditor.history.fields import COMPARED_TEXTS, changed, entries
from auditor.model.changes import Change, Difference, FieldChange, Kind, Subject
from auditor.model.judgement import Verdict


class _List(NamedTuple):
    """One list of a report: what its entries are, what identifies and names them, which of their texts count."""

    subject: Subject
    field: str
    identity: tuple[str, ...]
    names: tuple[str, ...]
    texts: frozenset[str] = COMPARED_TEXTS


LISTS = (
    _List(Subject.CONNECTION, "tunnels", ("id",), ("name",)),
    _List(Subject.OBJECT, "objects", ("id",), ("name",)),
    _List(Subject.CIRCUIT, "circuits", ("provider", "cid"), ("cid",)),
    _List(Subject.PROVIDER, "providers", ("slug",), ("slug",)),
    _List(Subject.WAIVER, "waivers", ("id",), ("id",)),
    _List(Subject.BLIND_SPOT, "blind_spots", ("probe", "namespace", "source"), ("probe", "namespace", "source")),
    _List(
        Subject.DEVICE, "not_tunnels", ("namespace", "interface"), ("namespace", "interface"), frozenset(("reason",))
    ),
)
SETTINGS = ("gateway", "site", "policy", "config", "register", "versions", "probes")
_VERDICTS = frozenset(verdict.value for verdict in Verdict)
OUTCOME = ("verdict", "severity", "status")
TOLD_ELSEWHERE = frozenset(
    (
        *("schema_version", "title", "scan", "actions", "counts", "headline", "subline", "notices", "exit_code"),
        *("verdict_label", "severity_label", "status_label", "status_meaning", "status_reasons", "changes", "trend"),
        *("controls", "statements", "reassessment"),  # NOTE: the digests of their data are compared under versions
    )
)
"""Fields of a report that are made of others, or are the history itself."""


def diff(old: dict[str, Any], new: dict[str, Any]) -> Difference:
    """Return what changed from the report `old` to the report `new`, both as `auditor.history.reading` checks them."""
    between = Between(old, new)
    found: list[Change] = []
    for kind in LISTS:
        found += _list(kind, between)
    found += _gateway_controls(between)
    found += _settings(between)
    changes = between.explained(found)
    outcome = changed({name: old[name] for name in OUTCOME}, {name: new[name] for name in OUTCOME})
    if outcome:
        audit = Change(
            kind=Kind.CHANGED,
            subject=Subject.AUDIT,
            id="audit",
            name=str(new["gateway"]["name"]),
            fields=outcome,
            causes=between.of_all(changes),
            verdict_old=old["verdict"],
            verdict_new=new["verdict"],
        )
        changes = (audit, *changes)
    return Difference(old_at=old["scan"]["started_at"], new_at=new["scan"]["started_at"], changes=changes)


def _list(kind: _List, between: Between) -> Iterator[Change]:
    """Yield the changes of one list of the report."""
    before, after = (entries(document.get(kind.field) or [], kind.identity) for document in between)
    for key in sorted(before.keys() | after.keys()):
        old, new = before.get(key), after.get(key)
        if old == new:
            continue
        entry: dict[str, Any] = new or old or {}
        fields: tuple[FieldChange, ...] = ()
        if old is not None and new is not None:
            fields = changed(old, new, texts=kind.texts)
            if not fields:
                continue
        yield Change(
            kind=Kind.CHANGED if fields else Kind.NEW if old is None else Kind.GONE,
            subject=kind.subject,
            id=key,
            name=" ".join(str(entry[name]) for name in kind.names if entry.get(name) is not None) or key,
            fields=fields,
            verdict_old=_verdict(old),
            verdict_new=_verdict(new),
        )


def _verdict(entry: dict[str, Any] | None) -> str | None:
    """Return the verdict of an entry, None for one that has none of those there are."""
    found = entry.get("verdict") if entry else None
    return found if isinstance(found, str) and found in _VERDICTS else None


def _gateway_controls(between: Between) -> Iterator[Change]:
    """Yield how the judgement of the gateway itself changed."""
    old, new = (document.get("gateway_assessment") or {} for document in between)
    if fields := changed(old, new):
        yield Change(
            kind=Kind.CHANGED,
            subject=Subject.GATEWAY_CONTROL,
            id="gateway",
            name=str(between.new["gateway"]["name"]),
            fields=fields,
            verdict_old=_verdict(old),
            verdict_new=_verdict(new),
        )


def _settings(between: Between) -> Iterator[Change]:
    """Yield what changed of the host, of what people stated, of tool and data, and of fields this version adds."""
    old, new = between
    known = {kind.field for kind in LISTS} | {"gateway_assessment", *OUTCOME} | TOLD_ELSEWHERE
    for name in dict.fromkeys((*SETTINGS, *sorted((old.keys() | new.keys()) - known))):
        before, after = old.get(name), new.get(name)
        if before is not None and after is not None and (fields := changed({name: before}, {name: after})):
            yield Change(kind=Kind.CHANGED, subject=Subject.SETTINGS, id=name, name=name, fields=fields)
