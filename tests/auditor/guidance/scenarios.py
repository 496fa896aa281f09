"""The labelled scenarios, as facts."""

import json
from pathlib import Path
from typing import Any

from auditor.model.facts import Facts, FactSet

SCENARIOS = Path(__file__).parents[2] / "fixtures/guidance/scenarios.json"
DOCUMENT: dict[str, Any] = json.loads(SCENARIOS.read_text("utf-8"))


def fact_set(raw: dict[str, Any]) -> FactSet:
    """Return the facts of a scenario; its own reading, apart from the one that `assess` uses."""
    base = {key: value for key, value in raw.items() if key != "paths"}
    return FactSet(paths=tuple(_facts({**base, **path}) for path in raw.get("paths", [{}])))


def _facts(raw: dict[str, Any]) -> Facts:
    values = {key: tuple(value) if isinstance(value, list) else value for key, value in raw.items()}
    for name in ("seen_up_recently", "default_route"):
        if values[name] == "unknown":
            values[name] = None
    return Facts().replace(**values)
