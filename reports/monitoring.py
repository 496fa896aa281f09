"""The document in brief, for checks by monitoring systems: counts, reasons and the worst findings."""

from datetime import datetime
from typing import Any

from auditor.check.summary import FINDINGS_AT_MOST, Summary
from auditor.guidance.texts import label
from auditor.history.records import ScanRecord, digest, to_line
from reports.findings import is_open, judged, unread


def summary(document: dict[str, Any], record: ScanRecord) -> Summary:
    """Return the summary of `document`, stored as `record` says; pure."""
    objects = judged(document)
    verdicts = document["counts"]["verdicts"]
    values = {
        "record": digest(to_line(record)),
        "number": record.number,
        "file": record.file,
        "sha256": record.sha256,
        "gateway": document["gateway"]["name"],
        "began": document["scan"]["started_at"],
        "began_s": int(datetime.fromisoformat(document["scan"]["started_at"]).timestamp()),
        "duration_ms": round(document["scan"]["duration_s"] * 1000),
        "status": document["status"],
        "exit_code": document["exit_code"],
        "tunnels": document["counts"]["tunnels"],
        "unmatched": sum(map(unmatched, objects)),
        "non_compliant": verdicts["non_compliant"],
        "needs_review": verdicts["needs_review"],
        "waived": document["counts"]["waived"],
        "blind_spots": document["counts"]["blind_spots_open"],
        "circuits": document["counts"]["circuits"],
        "circuits_seen": document["counts"]["circuits_seen"],
    }
    return Summary(
        {name: str(value) for name, value in values.items()},
        [reason["en"] for reason in document["status_reasons"]],
        [*_findings(objects), *_blind(unread(document))],
    )


def unmatched(entry: dict[str, Any]) -> bool:
    """Return whether a connection is one that no circuit explains and that is not in order without one."""
    return is_open(entry) and entry["match"]["strength"] == "none"


def _findings(objects: list[dict[str, Any]]) -> list[str]:
    """Return a line for each connection that is not in order, worst first, and how many more there are."""
    found = [entry for entry in objects if is_open(entry)]
    lines = [
        f"{label('verdict_short', entry['verdict']).en}: {entry['summary']['en']}"
        for entry in found[: FINDINGS_AT_MOST - 11]
    ]
    return lines + ([f"and {len(found) - len(lines)} more"] if len(found) > len(lines) else [])


def _blind(spots: list[dict[str, Any]]) -> list[str]:
    """Return a line for each of `spots`, ten at most."""
    return [f"not read: {spot['source']} ({spot['probe']}): {spot['reason_label']['en']}" for spot in spots[:10]]
