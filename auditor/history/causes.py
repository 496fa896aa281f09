"""Why two reports differ: the host, the register, the rules or data, what could be read, or a day that came.

A cause is told where the reports show it: a digest or a version that differs, a field that tells what was
seen, a blind spot of one scan only. Where several fit, all are told. One look at the host judged twice has neither
the host nor what could be read among its causes.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

from auditor.history.fields import changed, entries
from auditor.model.changes import Cause, Change, Kind, Subject

_JUDGEMENT = frozenset(("verdict", "severity", "capped", "results", "warnings"))
_BY_REGISTER = frozenset(("circuit", "match", "waiver", "waived", "waived_controls", "accepted_by"))
_BY_DATE = frozenset(("state", "contract_status", "remarks"))
_BY_SIGHT = frozenset(("seen", "seen_by", "objects", "used_by"))
_STATED = ("config", "register", "site", "policy")
_EYES = ("tool", "data_sets[technologies]")
"""What decides how a host is seen; the other data decide how what was seen is judged."""

_SETTINGS = {
    "site": Cause.REGISTER,
    "policy": Cause.REGISTER,
    "config": Cause.REGISTER,
    "register": Cause.REGISTER,
    "versions": Cause.RULES,
    "probes": Cause.COVERAGE,
}
_JUDGED = (Subject.CONNECTION, Subject.OBJECT)


class Between:
    """Two reports, and what differs between them as a whole."""

    def __init__(self, old: dict[str, Any], new: dict[str, Any]) -> None:
        """Compare digests, versions and coverage of `old` and `new`."""
        self.old, self.new = old, new
        self._stated = bool(changed(_part(old, _STATED), _part(new, _STATED)))
        versions = [change.field for change in changed(old["versions"], new["versions"])]
        self._rules = bool(versions)
        self._eyes = any(path.startswith(_EYES) for path in versions)
        self._gaps_old, self._gaps_new = _only(old, new)
        self._host = False
        self._one_look = _one_look(old, new)
        self._index: dict[tuple[int, str], dict[str, dict[str, Any]]] = {}

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """Yield the old report, then the new one."""
        yield self.old
        yield self.new

    def explained(self, changes: Iterable[Change]) -> tuple[Change, ...]:
        """Return `changes` with their causes."""
        first = [self._explain(change) for change in changes]
        if self._one_look:
            first = [replace(change, causes=_not_of_looking(change.causes), sure=True) for change in first]
        self._host = any(Cause.HOST in change.causes for change in first)
        return tuple(change if change.causes else replace(change, causes=self._elsewhere()) for change in first)

    def of_all(self, changes: Iterable[Change]) -> tuple[Cause, ...]:
        """Return the causes of a changed outcome: those of changed verdicts and gaps, else those of everything."""
        every = list(changes)
        leading = [c for c in every if c.verdict_old != c.verdict_new or c.subject is Subject.BLIND_SPOT]
        found = {cause for change in leading or every for cause in change.causes}
        return _ordered(found) or self._elsewhere()

    def _explain(self, change: Change) -> Change:
        """Return `change` with the causes that its own fields show."""
        if change.subject in _JUDGED and change.kind is not Kind.CHANGED:
            return self._appeared(change)
        tops = [(field.field.split(".")[0].split("[")[0], field.field) for field in change.fields]
        causes: set[Cause] = set()
        if change.subject in _JUDGED or change.subject is Subject.GATEWAY_CONTROL:
            causes = self._of_judged(change, tops)
        elif change.subject is Subject.SETTINGS:
            causes = {self._of_setting(change.id, path) for _, path in tops}
        elif change.subject is Subject.BLIND_SPOT:
            accepted = bool(tops) and all(top == "acknowledged" for top, _ in tops)
            causes = {Cause.REGISTER if accepted and self._stated else Cause.TIME if accepted else Cause.COVERAGE}
        elif change.subject is Subject.DEVICE:
            causes = {Cause.HOST, *self._if_eyes()}
        else:
            causes = self._of_register(change, {top for top, _ in tops})
        return replace(change, causes=_ordered(causes))

    def _appeared(self, change: Change) -> Change:
        """Return a new or gone object with its causes; one that a blind spot may have hidden is not sure."""
        gaps = self._gaps_old if change.kind is Kind.NEW else self._gaps_new
        entry = self._entry(self.new if change.kind is Kind.NEW else self.old, change)
        hidden = any(hides(gap, entry) for gap in gaps)
        causes = {Cause.HOST, *self._if_eyes()} | ({Cause.COVERAGE} if hidden else set())
        if change.subject is Subject.OBJECT and self._stated:
            causes.add(Cause.REGISTER)
        return replace(change, causes=_ordered(causes), sure=not hidden)

    def _entry(self, document: dict[str, Any], change: Change) -> dict[str, Any]:
        """Return the judged object of `document` that `change` is about."""
        field = "objects" if change.subject is Subject.OBJECT else "tunnels"
        of = (id(document), field)
        if of not in self._index:
            self._index[of] = entries(document[field], ("id",))
        return self._index[of][change.id]

    def _of_judged(self, change: Change, tops: list[tuple[str, str]]) -> set[Cause]:
        """Return the causes that the changed fields of one judged object show."""
        judged = any(top in _JUDGEMENT or ".scope" in path for top, path in tops)
        registered = any(top in _BY_REGISTER or ".match" in path for top, path in tops)
        placed = any(top == "places" for top, _ in tops)
        seen = any(_is_seen(top, path) for top, path in tops)
        causes: set[Cause] = set()
        if seen and change.subject is not Subject.GATEWAY_CONTROL:
            entry = self._entry(self.new, change)
            causes |= {Cause.HOST, *self._if_eyes()}
            if any(hides(gap, entry) for gap in (*self._gaps_old, *self._gaps_new)):
                causes.add(Cause.COVERAGE)
        if self._stated and (registered or placed or judged):
            causes.add(Cause.REGISTER)
        if self._rules and (judged or placed):
            causes.add(Cause.RULES)
        return causes

    def _of_setting(self, name: str, path: str) -> Cause:
        """Return why a part of the report's head differs."""
        if path.startswith("gateway.privileges"):
            return Cause.COVERAGE
        if path == "gateway.name":
            return Cause.REGISTER
        return _SETTINGS.get(name, Cause.HOST)

    def _of_register(self, change: Change, tops: set[str]) -> set[Cause]:
        """Return why a circuit, a provider or a waiver differs."""
        causes: set[Cause] = set()
        if change.kind is not Kind.CHANGED or tops - _BY_DATE - _BY_SIGHT:
            causes.add(Cause.REGISTER)
        if tops & _BY_DATE and Cause.REGISTER not in causes and not tops & _BY_SIGHT:
            causes.add(Cause.TIME)
        return causes  # NOTE: being seen or used is explained by what else differs

    def _if_eyes(self) -> set[Cause]:
        """Return that tool or technology table may be why something is seen otherwise, if they differ."""
        return {Cause.RULES} if self._eyes else set()

    def _elsewhere(self) -> tuple[Cause, ...]:
        """Return what can be why where the thing itself shows nothing: whatever else differs, else the day."""
        found = {Cause.RULES} if self._rules else set()
        if self._host:
            found.add(Cause.HOST)
        if self._stated:
            found.add(Cause.REGISTER)
        if (self._gaps_old or self._gaps_new) and not self._one_look:
            found.add(Cause.COVERAGE)
        return _ordered(found or {Cause.TIME})


def _part(document: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    """Return some fields of a document."""
    return {name: document.get(name) for name in names}


def _one_look(old: dict[str, Any], new: dict[str, Any]) -> bool:
    """Return whether two reports are of one scan, which was judged again for at least one of them."""
    if not (old.get("reassessment") or new.get("reassessment")):
        return False
    began = [datetime.fromisoformat(document["scan"]["started_at"]) for document in (old, new)]
    return began[0] == began[1]


def _not_of_looking(causes: tuple[Cause, ...]) -> tuple[Cause, ...]:
    """Return the causes that can be why one look at a host is judged otherwise."""
    return tuple(cause for cause in causes if cause not in (Cause.HOST, Cause.COVERAGE))


def _is_seen(top: str, path: str) -> bool:
    """Return whether a field of a judged object tells what was seen of the host, not what followed from it."""
    if top == "paths":
        return ".match" not in path and ".scope" not in path
    return top not in _JUDGEMENT | _BY_REGISTER | {"places"}


def _ordered(causes: Iterable[Cause]) -> tuple[Cause, ...]:
    """Return causes, each once, in the order of `Cause`."""
    wanted = set(causes)
    return tuple(cause for cause in Cause if cause in wanted)


def _only(old: dict[str, Any], new: dict[str, Any]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return the blind spots of the old report alone, and those of the new one alone."""
    identity = ("probe", "namespace", "source")
    before, after = (entries(document["blind_spots"], identity) for document in (old, new))
    return (
        [gap for key, gap in before.items() if key not in after],
        [gap for key, gap in after.items() if key not in before],
    )


def hides(gap: dict[str, Any], entry: dict[str, Any]) -> bool:
    """Return whether a blind spot could hide an object: its namespace or the host's, one of its technologies or any."""
    if gap.get("namespace") not in (None, entry.get("namespace")):
        return False
    hides = gap.get("hides") or []
    layers = {layer.get("technology") for layer in entry.get("layers") or [] if isinstance(layer, dict)}
    return not hides or bool(({entry.get("technology")} | layers) & set(hides))
