"""The answer for Zabbix: one JSON item from which others are derived, and low-level discovery of connections."""

import json
from pathlib import Path
from typing import Any

from auditor.check.answer import Answer
from auditor.check.digest import sha256_hex
from auditor.check.state import last_scan
from auditor.check.summary import Summary, Unfit

MAX_SCAN_BYTES = 1 << 28
# An agent cuts an answer after 512 KiB, and what is cut is no JSON.
CONNECTIONS_AT_MOST = 1000
_OPEN = ("non_compliant", "needs_review")


def items(found: Answer) -> str:
    """Return the master item: state, text and figures by name."""
    figures = {metric.label: float(metric.value) for metric in found.metrics}
    return json.dumps({"state": found.state, "text": found.text, **figures}, ensure_ascii=False)


def discovery(directory: str) -> str:
    """Return the connections for low-level discovery, with the verdict on each. Raises Unfit.

    `id`, `verdict` and `state` are there once more under plain names: in the path of an item prototype Zabbix would
    put the value in the place of a macro's name. Of more than 1,000 those that are not in order come first.
    """
    document = _document(directory, last_scan(directory))
    found = sorted([*document["tunnels"], *document["objects"]], key=lambda entry: entry["verdict"] not in _OPEN)
    return json.dumps(
        [
            {
                "id": entry["id"],
                "verdict": entry["verdict"],
                "state": entry["state"],
                "{#ID}": entry["id"],
                "{#NAME}": entry["name"],
                "{#INTERFACE}": entry["interface"] or "",
                "{#TECHNOLOGY}": entry["technology"] or entry["kind"],
                "{#VERDICT}": entry["verdict"],
                "{#STATE}": entry["state"],
            }
            for entry in found[:CONNECTIONS_AT_MOST]
        ],
        ensure_ascii=False,
    )


def _document(directory: str, summary: Summary) -> Any:
    """Return the last scan from the history, if its bytes are those recorded; raises Unfit."""
    path = Path(directory) / "history" / Path(summary.values.get("file", "")).name
    try:
        with path.open("rb") as stream:
            data = stream.read(MAX_SCAN_BYTES + 1)
        fits = sha256_hex(data) == summary.values.get("sha256")
        return json.loads(data) if fits and len(data) <= MAX_SCAN_BYTES else _unfit(path)
    except (OSError, ValueError, RecursionError):
        return _unfit(path)


def _unfit(path: Path) -> Any:
    """Raise Unfit for a stored scan."""
    raise Unfit(f"{path} cannot be read, or is not the scan that was recorded")
