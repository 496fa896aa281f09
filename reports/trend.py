"""The last scans in a row: how each ended and what it counted, as documents hold it, and how the report draws it."""

from collections import Counter
from datetime import datetime
from typing import Any

from auditor.model.judgement import Status
from auditor.model.past import ScanSeen
from auditor.model.scan import Scan
from reports import words
from reports.labels import both

EARLIER_MOST = 29
"""Earlier scans that are kept; with this one there are thirty."""

SHAPES = {
    "ok": "M12 2a10 10 0 1 0 .01 0z",
    "warning": "M12 1.5L23 22H1z",
    "critical": "M8 1.5h8l6.5 6.5v8l-6.5 6.5h-8l-6.5 -6.5v-8z",
    "unknown": "M12 1L23 12L12 23L1 12z",
}
"""The outline of each status in a square of 24: circle, triangle, octagon, diamond."""

LETTERS = {status.value: status.value[0].upper() for status in Status}


def earlier(scan: Scan) -> list[dict[str, Any]]:
    """Return the last scans before `scan`, the oldest first."""
    return [_entry(seen, scan) for seen in scan.past.scans[-EARLIER_MOST:]]


def _entry(seen: ScanSeen, scan: Scan) -> dict[str, Any]:
    """Return one earlier scan, its time in the configured zone of `scan`."""
    return {
        "number": seen.number,
        "at": datetime.fromtimestamp(seen.began_s, scan.config.zone).isoformat(timespec="seconds"),
        "status": seen.status,
        "counts": {
            "connections": seen.connections,
            "non_compliant": seen.non_compliant,
            "needs_review": seen.needs_review,
            "blind_spots": seen.blind_spots,
        },
    }


def drawn(document: dict[str, Any]) -> dict[str, Any] | None:
    """Return what the template shows: the scans with this one last, their statuses counted; None for no earlier one."""
    if not document.get("trend"):
        return None
    scans = [*document["trend"], _this(document)]
    found = Counter(entry["status"] for entry in scans)
    return {
        "scans": scans,
        "statuses": [
            {"status": status, "label": both(words.status(status)), "count": found[status]}
            for status in SHAPES
            if found[status]
        ],
        "labels": {status: both(words.status(status)) for status in SHAPES},
        "shapes": SHAPES,
        "letters": LETTERS,
    }


def _this(document: dict[str, Any]) -> dict[str, Any]:
    """Return the scan of `document` itself in the same form; it has no number before it is stored."""
    counts = document["counts"]
    return {
        "number": None,
        "at": document["scan"]["started_at"],
        "status": document["status"],
        "counts": {
            "connections": counts["tunnels"] + counts["objects"],
            "non_compliant": counts["verdicts"]["non_compliant"],
            "needs_review": counts["verdicts"]["needs_review"],
            "blind_spots": counts["blind_spots_open"],
        },
    }
