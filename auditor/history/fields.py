"""Which fields of two entries differ: sets without order, nothing that differs from minute to minute, no mere words.

Fields that a later version adds are compared, once both reports have them, unless a rule below leaves them out.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

from auditor.model.changes import FieldChange, Value

MOMENTARY = frozenset(("pid", "ifindex", "clients", "rows", "started_at"))
"""Fields that are another in each scan of an unchanged host. `clients` is how many people are there right now."""

MOMENTARY_ENDINGS = ("_s", "_ms", "_bytes", "_packets", "_at")
"""Endings of names that are ages, durations, counters and moments."""

MADE_OF_OTHERS = frozenset(("says", "recheck", "evidence", "detail", "suggested", "where", "how_to_open", "history"))
"""Fields whose wording follows from other fields, tells PIDs and lines of files, or what earlier scans saw."""

COMPARED_TEXTS = frozenset(("contradictions", "warnings", "remarks"))
"""Texts for people that no other field tells; all others are made of fields that are compared."""

EPHEMERAL_FROM = 32768
"""Ports that Linux picks by itself start here (ip-sysctl, ip_local_port_range)."""

_IDENTITIES: dict[str, tuple[str, ...]] = {
    "results": ("control",),
    "remotes": ("address", "name", "remote", "identity", "location"),
    "paths": ("remote",),
    "reasons": ("circuit", "attribute"),
    "network_comparisons": ("attribute",),
    "comparisons": ("attribute",),
    "accepted_by": ("id",),
    "answers": ("source",),
    "witnesses": ("probe",),
    "uplinks": ("namespace", "interface"),
    "licences": ("number",),
    "namespaces": ("name",),
    "data_sets": ("name",),
    "probes": ("probe", "namespace"),
}
_ORDERED = frozenset(("layers",))
_NUMBER = re.compile("[0-9]+")
_TEXT_LIMIT = 2000


def changed(old: Any, new: Any, *, texts: frozenset[str] = COMPARED_TEXTS) -> tuple[FieldChange, ...]:
    """Return the fields that differ between two entries, by path; `texts` names the texts that are compared."""
    return tuple(_Comparison(texts).values("", "", old, new))


def entries(items: list[Any], identity: tuple[str, ...]) -> dict[str, Any]:
    """Return `items` by what identifies them; those that nothing tells apart are numbered in the order of content."""
    groups: dict[str, list[Any]] = {}
    for item in items:
        groups.setdefault(key_of(item, identity), []).append(item)
    found: dict[str, Any] = {}
    for key, members in groups.items():
        if len(members) > 1:
            members.sort(key=lambda member: json.dumps(_compared(member, COMPARED_TEXTS), sort_keys=True))
        for number, member in enumerate(members, 1):
            found[key if number == 1 else f"{key}#{number}"] = member
    return found


def key_of(item: Any, identity: tuple[str, ...]) -> str:
    """Return what identifies an entry, its parts that are known joined by a space; "?" for one without any."""
    if not isinstance(item, dict):
        return str(item)
    parts = [_part(item[name]) for name in identity if item.get(name) not in (None, [], {})]
    return " ".join(parts) or "?"


def _part(value: Any) -> str:
    """Return one field of what identifies an entry: a text by its English, a list by its members."""
    if is_text(value):
        return str(value["en"])
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def momentary(name: str) -> bool:
    """Return whether a field by its name differs from minute to minute."""
    return name in MOMENTARY or name.endswith(MOMENTARY_ENDINGS)


def left_out(name: str) -> bool:
    """Return whether a field is not compared, by its name."""
    return momentary(name) or name in MADE_OF_OTHERS


def is_text(value: Any) -> bool:
    """Return whether a value is a text for people in both languages."""
    return isinstance(value, dict) and len(value) == 2 and "en" in value and "zh" in value


class _Comparison:
    """Walks two values side by side."""

    def __init__(self, texts: frozenset[str]) -> None:
        """Compare the texts named `texts`, no others."""
        self._texts = texts

    def values(self, path: str, name: str, old: Any, new: Any) -> Iterator[FieldChange]:
        """Yield the differences of two values of the field `name` at `path`."""
        if old == new or left_out(name):
            return
        if isinstance(old, dict) and isinstance(new, dict) and not (is_text(old) or is_text(new)):
            yield from self._mappings(path, old, new)
        elif isinstance(old, list) and isinstance(new, list) and name not in _ORDERED and _of_mappings(old, new):
            yield from self._lists(path, name, old, new)
        else:
            before, after = plain(old, name, self._texts), plain(new, name, self._texts)
            if before != after:
                yield FieldChange(field=path, old=before, new=after)

    def _mappings(self, path: str, old: dict[str, Any], new: dict[str, Any]) -> Iterator[FieldChange]:
        """Yield the differences of two objects, field by field.

        NOTE: reports of one version have the same fields; one that only one report has, only one version knows.
        """
        for name in sorted(old.keys() & new.keys()):
            if name == "port" and _picked(old.get(name)) and _picked(new.get(name)):
                continue
            yield from self.values(f"{path}.{name}" if path else name, name, old.get(name), new.get(name))

    def _lists(self, path: str, name: str, old: list[Any], new: list[Any]) -> Iterator[FieldChange]:
        """Yield the differences of two lists of objects, each known by what identifies it."""
        identity = _IDENTITIES.get(name)
        if identity is None:
            identity = tuple(sorted({key for item in (*old, *new) for key in item if not left_out(key)}))
        before, after = entries(old, identity), entries(new, identity)
        for key in sorted(before.keys() | after.keys()):
            where = f"{path}[{key}]"
            if key in before and key in after:
                yield from self.values(where, "", before[key], after[key])
                continue
            there = plain(before.get(key, after.get(key)), "", self._texts) or key
            yield FieldChange(field=where, old=there if key in before else None, new=there if key in after else None)


def plain(value: Any, name: str = "", texts: frozenset[str] = COMPARED_TEXTS) -> Value:
    """Return a value as a change tells it: itself, the members of a list as texts, or an object on one line."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str):
        return value[:_TEXT_LIMIT]
    if is_text(value):
        return _masked(value) if name in texts else None
    if isinstance(value, list):
        members = [_member(item, name, texts) for item in value if name in texts or not is_text(item)]
        return tuple(members if name in _ORDERED else sorted(members))
    return _line(value, texts)


def _member(value: Any, name: str, texts: frozenset[str]) -> str:
    """Return one member of a list as text."""
    if name in _ORDERED and isinstance(value, dict):
        return " ".join(str(value[key]) for key in sorted(value, reverse=True) if value[key] is not None)
    found = plain(value, name, texts)
    return found if isinstance(found, str) else json.dumps(found, ensure_ascii=False)


def _line(value: dict[str, Any], texts: frozenset[str]) -> str:
    """Return an object on one line: the fields that are compared and known."""
    parts = []
    for name, item in sorted(_compared(value, texts).items()):
        if item not in (None, [], {}):
            parts.append(f"{name} {item if isinstance(item, str) else json.dumps(item, ensure_ascii=False)}")
    return ", ".join(parts)[:_TEXT_LIMIT]


def _compared(value: Any, texts: frozenset[str], name: str = "") -> Any:
    """Return `value` without what is not compared, lists in order of content."""
    if is_text(value):
        return _masked(value) if name in texts else None
    if isinstance(value, dict):
        kept = {key: _compared(item, texts, key) for key, item in value.items() if not left_out(key)}
        return {key: kept[key] for key in sorted(kept)}
    if isinstance(value, list):
        found = [_compared(item, texts, name) for item in value]
        return found if name in _ORDERED else sorted(found, key=lambda item: json.dumps(item, sort_keys=True))
    return value


def _masked(text: dict[str, Any]) -> str:
    """Return the English of a text without its numbers, which change from minute to minute."""
    return _NUMBER.sub("N", str(text["en"]))[:_TEXT_LIMIT]


def _of_mappings(old: list[Any], new: list[Any]) -> bool:
    """Return whether two lists hold objects that are no texts, and nothing else."""
    return all(isinstance(item, dict) and not is_text(item) for item in (*old, *new))


def _picked(port: Any) -> bool:
    """Return whether a port is one that the system picks by itself, or none is known."""
    return isinstance(port, int) and port >= EPHEMERAL_FROM
