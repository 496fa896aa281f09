"""The last look at a document before it is written: well-formed text, nothing secret or personal (control A-01)."""

from collections import defaultdict
from collections.abc import Iterable
from itertools import repeat
from typing import Any

from auditor.guidance.audit import privacy_outcome
from auditor.guidance.privacy import can_have_shape, forbidden_fields, without_forbidden
from auditor.model.judgement import ControlResult
from auditor.model.text import Text
from reports.escape import well_formed
from reports.labels import both, say

_NESTED = (dict, list)  # NOTE: `dict | list` is made anew for each value, and takes a sixth of the time


def guarded(document: dict[str, Any]) -> tuple[dict[str, Any], ControlResult]:
    """Return a document that is safe to write, and the outcome of A-01 on it.

    What should never have come this far is removed and a notice says so; the outcome is about what is left.
    """
    summary = _summary(document)
    if not _is_well_formed(summary):
        document = _well_formed(document)
        summary = _summary(document)
    removed = forbidden_fields(summary)
    if not removed:
        return document, privacy_outcome(removed)
    document = without_forbidden(document)
    document["notices"] = [*document["notices"], both(_notice(removed))]
    return document, privacy_outcome(forbidden_fields(_summary(document)))


def _notice(removed: list[str]) -> Text:
    """Return that something was removed, by the names of the fields, never by value."""
    names = sorted({finding.partition(":")[0].partition("[")[0] for finding in removed})
    return say("notice.removed", fields=Text(", ".join(names), "、".join(names)))


def _summary(document: dict[str, Any]) -> dict[str, Any]:
    """Return every field name with the different lines of its texts that can hold something, and servers of people.

    NOTE: a document repeats the same few lines for every object; looking at each once costs a tenth.
    """
    found: defaultdict[str, set[str]] = defaultdict(set)
    people: list[Any] = []
    stack: list[tuple[str, dict[str, Any] | list[Any]]] = [("", document)]
    seen: set[int] = set()
    while stack:
        name, value = stack.pop()
        children: Iterable[tuple[str, Any]] = zip(repeat(name), value)
        if isinstance(value, dict):
            children = value.items()
            if value.get("family") == "remote_access":
                people.append({"family": "remote_access", "remotes": value.get("remotes")})
        for key, item in children:
            texts = found[key]
            if isinstance(item, str):
                texts.add(item)
            elif isinstance(item, _NESTED) and id(item) not in seen:
                seen.add(id(item))
                stack.append((key, item))
    return {**{name: _suspicious(texts) for name, texts in found.items()}, "remote_access_servers": people}


def _suspicious(texts: set[str]) -> list[str]:
    """Return the different lines of `texts` that can hold something forbidden or broken, in order."""
    lines = {line for text in texts for line in (text.split("\n") if "\n" in text else (text,))}
    return sorted(line for line in lines if not line.isascii() or can_have_shape(line))


def _is_well_formed(summary: dict[str, Any]) -> bool:
    """Return whether UTF-8 can hold every text of a summary."""
    try:
        for texts in summary.values():
            "".join(text for text in texts if isinstance(text, str)).encode()
    except UnicodeEncodeError:
        return False
    return True


def _well_formed(value: Any) -> Any:
    """Return `value` with every text such as UTF-8 can hold it."""
    if isinstance(value, str):
        return well_formed(value)
    if isinstance(value, dict):
        return {key: _well_formed(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_well_formed(item) for item in value]
    return value
