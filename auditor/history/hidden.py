"""Which connections a scan may not have seen for what it could not read: they are not known to be gone."""

import json
from collections.abc import Iterable
from typing import Any

from auditor.history.causes import hides
from auditor.history.fields import entries

_IDENTITY = ("probe", "namespace", "source")


def gaps(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the blind spots of a report by what identifies them."""
    return entries(document.get("blind_spots") or [], _IDENTITY)


def place(entry: dict[str, Any]) -> str:
    """Return of a judged object what `may_hide` needs to know, as text."""
    layers = [{"technology": layer.get("technology")} for layer in entry.get("layers") or []]
    found = {"namespace": entry.get("namespace"), "technology": entry.get("technology"), "layers": layers}
    return json.dumps(found, sort_keys=True)


def may_hide(now: dict[str, dict[str, Any]], then: Iterable[str], where: str) -> bool:
    """Return whether one of the blind spots `now` may hide the object that was last seen at `where` (see `place`).

    Those that were there `then`, when it was last seen, by what identifies them, did not hide it.
    """
    known, entry = frozenset(then), json.loads(where)
    return any(hides(gap, entry) for key, gap in now.items() if key not in known)
