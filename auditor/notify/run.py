"""After a scan is stored: who is to be told, telling them, and remembering what could not be told."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from auditor.errors import AuditorError, OutputError
from auditor.formats import syslog
from auditor.history.records import ScanRecord
from auditor.model.register import NotifySettings
from auditor.notify import command, told
from auditor.notify.message import message
from auditor.notify.sending import send
from auditor.notify.told import Told

_WORSE = ("ok", "warning", "unknown", "critical")
"""Statuses from good to bad, by how exit codes outrank each other."""


def notify(
    settings: NotifySettings, document: dict[str, Any], record: ScanRecord, directory: Path, now: datetime
) -> list[str]:
    """Tell whoever is configured of the scan `document`, stored as `record`; return what failed, in words.

    What was told, and what was not, is kept in the report `directory`. Raises nothing: a scan never fails by this.
    """
    ways = _ways(settings, now)
    if not ways:
        return []
    known, failed = told.read(directory), []
    after: dict[str, Told] = {}
    for name, tell in ways.items():
        before = known.get(name, Told())
        after[name] = Told(status=document["status"])
        if not due(settings.on, before.status, document["status"]):
            continue
        try:
            tell(message(document, record, before.status, settings.language))
        except (OSError, AuditorError) as error:
            problem = getattr(error, "strerror", None) or str(error)
            after[name] = replace(before, problem=problem, failed_at=now.isoformat(timespec="seconds"))
            failed.append(f"notification by {name}: {problem}")
    try:
        told.write(directory, after)
    except OutputError as error:
        failed.append(f"notification: {error}")
    return failed


def due(on: str, before: str | None, status: str) -> bool:
    """Return whether `status` is to be told where `before` was told last (None: nothing yet); `on` as configured.

    The first status is told unless it is ok: nobody waits for the news that nothing is wrong.
    """
    if on == "every":
        return True
    if before is None:
        return status != "ok"
    if on == "worse":
        return _WORSE.index(status) > (_WORSE.index(before) if before in _WORSE else -1)
    return status != before


def _ways(settings: NotifySettings, now: datetime) -> dict[str, Callable[[dict[str, Any]], None]]:
    """Return the ways of telling that are configured, by name."""
    ways: dict[str, Callable[[dict[str, Any]], None]] = {}
    if settings.syslog is not None:
        to = syslog.target(settings.syslog)

        def by_syslog(what: dict[str, Any]) -> None:
            data = syslog.encode(what, now, settings.facility, settings.enterprise_number)
            send(data, to, settings.time_limit_s)

        ways["syslog"] = by_syslog
    if settings.command:
        ways["command"] = lambda what: command.run(str(settings.command), what, settings.time_limit_s)
    return ways
