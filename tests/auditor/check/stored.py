"""A report directory as a scan leaves it, for checks."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

from auditor.check.summary import NAME, to_bytes
from auditor.history.store import opened
from reports import json_v1, monitoring
from reports.document import document
from tests.reports.sample_register import NOW
from tests.reports.samples import mixed

BEGAN_S = NOW.timestamp()


def store(directory: Path, shown: dict[str, Any] | None = None, at: datetime = NOW) -> dict[str, Any]:
    shown = shown or document(mixed())
    with opened(directory, at) as history:
        record = history.keep(json_v1.pieces(shown), shown)
    (directory / NAME).write_bytes(to_bytes(monitoring.summary(shown, record)))
    return shown


def status(shown: dict[str, Any], name: str, code: int) -> dict[str, Any]:
    copy: dict[str, Any] = json.loads(json.dumps(shown))
    return copy | {"status": name, "exit_code": code}
