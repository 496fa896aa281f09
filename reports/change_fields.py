"""Which changed fields of one thing a reader meets first, and which only say what those follow from."""

from typing import Any

_FIRST = ("verdict", "severity", "waived", "waiver", "state", "circuit", "match.strength")
_BEHIND = ("match.", "paths[", "accepted_by", "waived_controls")
_BEHIND_OF_RESULTS = (".consequences", ".waived", ".severity")


def divided(fields: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return the fields of one change that tell it, the verdict first, and those that these follow from.

    What was compared for the register match, and of each path once more, is what a verdict follows from. Nothing is
    left out: where nothing else changed, it is told first itself.
    """
    behind = [field for field in fields if _is_behind(field["field"])]
    told = [field for field in fields if not _is_behind(field["field"])]
    if not told:
        return behind, []
    return sorted(told, key=lambda field: _rank(field["field"])), behind


def _is_behind(path: str) -> bool:
    """Return whether a field is one that others follow from."""
    if path in _FIRST:
        return False
    of_result = path.startswith("results[") and path.endswith(_BEHIND_OF_RESULTS)
    return of_result or path.startswith(_BEHIND)


def _rank(path: str) -> int:
    """Return the place of a field: those of `_FIRST`, then outcomes of controls, then the rest as they come."""
    if path in _FIRST:
        return _FIRST.index(path)
    return len(_FIRST) + (not path.startswith("results["))
