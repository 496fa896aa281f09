"""What became of a field between two scans, in words: its name, its values, entries that came and went."""

import re
from collections import Counter
from functools import cache
from typing import Any

from auditor.model.changes import FieldChange
from auditor.model.text import Text
from reports import words
from reports.labels import known, place, say, texts

_KEY = re.compile(r"(?<![A-Za-z0-9+/=])[A-Za-z0-9+/]{43}=")
_MEMBERS_SHOWN = 8
_OBJECTS = frozenset(("waiver", "acknowledged", "owner", "local", "underlay", "declared"))
"""Fields that hold an object, which a change tells on one line: ``name value, name value``."""
_NONE_STANDS_FOR_NONE = frozenset(("circuit", "provider", "waiver", "outer", "alias", "vlan", "unit"))
_ATTRIBUTES_OF = frozenset(("reasons", "network_comparisons", "comparisons"))
_TECHNICAL = {"verdict": words.verdict, "outcome": words.outcome, "severity": words.severity, "status": words.status}


def short(text: str) -> str:
    """Return `text` with public keys cut to what tells them apart.

    NOTE: here nothing says that a key stands where a public one belongs, so a whole one would be removed.
    """
    return _KEY.sub(lambda key: f"{key[0][:8]}…", text)


def label(path: str) -> Text:
    """Return the name of a field for people: the names along its path, what stands in brackets as it is."""
    parts: list[Text] = []
    for step in _steps(short(path)):
        name, _, rest = step.partition("[")
        text = _named(name) if name else Text("", "")
        inside = _inside(name, rest[:-1])
        parts.append(Text(f"{text.en} {inside.en}".strip(), f"{text.zh} {inside.zh}".strip()))
    return Text(" › ".join(part.en for part in parts), " › ".join(part.zh for part in parts))


def _named(field: str) -> Text:
    """Return the name of one field for people, its own where nobody gave it another."""
    return texts().get(f"field.{field}") or known(f"policy.{field}", field)


def _inside(name: str, key: str) -> Text:
    """Return what identifies an entry of the list `name`; the attribute that ends some of them in words."""
    if name in _ATTRIBUTES_OF:
        for attribute in _attributes():
            if key == attribute or key.endswith(f" {attribute}"):
                circuit, word = key.removesuffix(attribute), words.attribute(attribute)
                return Text(circuit + word.en, circuit + word.zh)
    return Text(key, key)


@cache
def _attributes() -> tuple[str, ...]:
    """Return the names of compared attributes, the longest first."""
    names = (key.partition(".")[2] for key in texts() if key.startswith("attribute."))
    return tuple(sorted(names, key=len, reverse=True))


def _steps(path: str) -> list[str]:
    """Return the parts of a path; points inside brackets separate nothing."""
    steps, depth = [""], 0
    for character in path:
        depth += {"[": 1, "]": -1}.get(character, 0)
        if character == "." and depth <= 0:
            steps.append("")
        else:
            steps[-1] += character
    return steps


def says(field: FieldChange) -> Text:
    """Return what became of a field: from which value to which, or what joined and what left a set."""
    if isinstance(field.old, tuple) and isinstance(field.new, tuple):
        joined, left = Counter(field.new) - Counter(field.old), Counter(field.old) - Counter(field.new)
        parts = []
        if joined:
            parts.append(say("change.joined", what=_some(sorted(joined.elements()))))
        if left:
            parts.append(say("change.left", what=_some(sorted(left.elements()))))
        if parts:
            return Text("; ".join(part.en for part in parts), "；".join(part.zh for part in parts))
    if field.field.endswith("]") and None in (field.old, field.new):
        kind = "change.added" if field.old is None else "change.removed"
        return say(kind, what=_entry_words(short(str(field.new if field.old is None else field.old))))
    return say("change.from_to", old=value(field.field, field.old), new=value(field.field, field.new))


def _entry_words(line: str) -> Text:
    """Return an entry of a list, ``name value, name value``, with its fields named in both languages."""
    parts = []
    for part in line.split(", "):
        name, space, rest = part.partition(" ")
        if not space or f"field.{name}" not in texts():
            parts.append(Text(part, part))
            continue
        label = say("change.responsible") if name == "owner" and "approver " in line else _named(name)
        of = value(name, {"true": True, "false": False}.get(rest, rest))
        parts.append(Text(f"{label.en} {of.en}", f"{label.zh} {of.zh}"))
    return Text(", ".join(part.en for part in parts), "，".join(part.zh for part in parts))


def value(path: str, of: Any) -> Text:
    """Return a value in words: those of the guidance where it has them, else as it is."""
    name = _steps(path)[-1].partition("[")[0]
    if of is None:
        return say("word.none" if path.endswith("]") or name in _NONE_STANDS_FOR_NONE else "word.not_known")
    if isinstance(of, bool):
        return words.truth(of)
    if isinstance(of, tuple):
        return _some(of)
    text = short(str(of))
    try:
        if name in _TECHNICAL:
            return _TECHNICAL[name](text)
        if name == "strength":
            return words.value("circuit_match", text)
        if name in ("contract_status", "network_evidence"):
            return words.value(name, text)
    except KeyError:
        return Text(text, text)
    if name == "location":
        return place(text)
    if name in _OBJECTS:
        return _entry_words(text)
    if name == "waived":
        return known(f"change.accepted_{text}", text)
    if name == "attribute":
        return words.attribute(text)
    return known(f"{name}.{text}", text)


def _some(members: Any) -> Text:
    """Return the first members and how many more there are."""
    if not members:
        return say("word.none")
    members = [short(member) for member in members]
    first = Text(", ".join(members[:_MEMBERS_SHOWN]), "、".join(members[:_MEMBERS_SHOWN]))
    more = len(members) - _MEMBERS_SHOWN
    if more <= 0:
        return first
    rest = say("word.more", count=more)
    return Text(f"{first.en} {rest.en}", f"{first.zh}{rest.zh}")
