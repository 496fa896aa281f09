"""Small scans for the history: documents with what the store reads of them."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from auditor.history.records import ScanRecord, StoredFile
from auditor.history.signing import Signer
from auditor.history.store import DIRECTORY, opened

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


def document(mark: object = 0, at: datetime = NOON) -> dict[str, Any]:
    return {
        "scan": {"started_at": at.isoformat()},
        "gateway": {"name": "gw"},
        "status": "ok",
        "verdict": "compliant",
        "mark": mark,
    }


def keep(
    reports: Path,
    mark: object = 0,
    at: datetime = NOON,
    written: tuple[StoredFile, ...] = (),
    signer: Signer | None = None,
) -> ScanRecord:
    shown = document(mark, at)
    with opened(reports, at, signer) as store:
        return store.keep([json.dumps(shown)], shown, written, [b"what scan ", f"{mark} observed".encode()])


def daily(reports: Path, count: int, signer: Signer | None = None) -> Path:
    for day in range(count):
        keep(reports, day, NOON + timedelta(days=day), signer=signer)
    return reports / DIRECTORY
