"""The document as log lines: ``key=value``, one for the scan and one for each thing open, for journald and syslog.

A line begins with its priority as ``<N>`` (sd-daemon(3), syslog(3)), which journald takes off.
"""

from collections.abc import Iterator
from typing import Any

from reports.findings import is_open, judged, unread

_PRIORITY = {"ok": 6, "warning": 4, "critical": 2, "unknown": 3, "non_compliant": 3, "needs_review": 4}
FINDINGS_AT_MOST = 200


def lines(document: dict[str, Any]) -> Iterator[str]:
    """Yield the lines, the scan first, then findings and what could not be read; of many the first 200 each."""
    counts, gateway = document["counts"], document["gateway"]["name"]
    yield _line(
        _PRIORITY[document["status"]],
        event="scan",
        gateway=gateway,
        status=document["status"],
        exit_code=document["exit_code"],
        verdict=document["verdict"],
        connections=counts["tunnels"] + counts["objects"],
        not_in_line=counts["verdicts"]["non_compliant"],
        to_review=counts["verdicts"]["needs_review"],
        waived=counts["waived"],
        blind_spots=counts["blind_spots_open"],
        circuits=counts["circuits"],
        circuits_seen=counts["circuits_seen"],
        duration_s=document["scan"]["duration_s"],
    )
    for entry in [entry for entry in judged(document) if is_open(entry)][:FINDINGS_AT_MOST]:
        yield _line(
            _PRIORITY[entry["verdict"]],
            event="finding",
            gateway=gateway,
            id=entry["id"],
            verdict=entry["verdict"],
            technology=entry["technology"] or entry["kind"],
            name=entry["name"],
            controls=",".join(r["control"] for r in entry["results"] if r["outcome"] in ("fail", "review")),
        )
    for spot in unread(document)[:FINDINGS_AT_MOST]:
        yield _line(
            3, event="blind_spot", gateway=gateway, probe=spot["probe"], source=spot["source"], reason=spot["reason"]
        )


def _line(priority: int, **values: object) -> str:
    """Return one line; a value that is not one plain word is quoted."""
    return f"<{priority}>" + " ".join(f"{name}={_value(value)}" for name, value in values.items())


def _value(value: object) -> str:
    """Return a value for a line: no control characters, quoted where it has spaces, quotes or ``=``."""
    text = "".join(c if c.isprintable() else "?" for c in str(value))[:300]
    if text and not any(c in ' "=\\' for c in text):
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
