"""Stored scans for notifications, one for each status."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from auditor.history.records import ScanRecord
from auditor.model.judgement import Status
from reports.document import document
from tests.auditor.history import samples as history
from tests.reports import samples

STATUSES = ("ok", "warning", "critical", "unknown")
_SCANS = {"ok": samples.compliant, "critical": samples.mixed, "warning": samples.without_config}


def shown(status: str) -> dict[str, Any]:
    scan = _SCANS.get(status, samples.unprivileged)()
    return document(replace(scan, status=Status(status)))


def record(directory: Path) -> ScanRecord:
    return history.keep(directory)
