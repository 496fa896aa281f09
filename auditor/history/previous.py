"""The scan before this one, to compare with: the newest stored one whose bytes are those recorded."""

from pathlib import Path
from typing import Final, NamedTuple

from auditor.errors import InputError
from auditor.history import journal
from auditor.history.reading import Report, read
from auditor.history.records import ScanRecord
from auditor.history.store import DIRECTORY

FILE: Final = "report.json"
LIMIT_BYTES: Final = 64 << 20
"""A gateway must not notice being audited: a larger report is left to `auditor diff` (about 5,000 connections)."""

_TRIED: Final = 3


class Previous(NamedTuple):
    """The earlier report, or why there is none to compare with: both None means that there is no file."""

    report: Report | None = None
    problem: str | None = None


def find(directory: Path) -> Previous:
    """Return the last scan stored in `directory`, its report.json where none is; a problem is told, never raised.

    A stored scan that was changed or removed since is passed over for the one before: it would tell of changes that
    never were.
    """
    try:
        lines = journal.tail(directory / DIRECTORY)
    except OSError:
        lines = []
    records = [line.record for line in reversed(lines) if isinstance(line.record, ScanRecord)]
    if not records:
        return _read(directory, FILE)
    tried = [_recorded(directory, record) for record in records[:_TRIED]]
    return next((found for found in tried if found.report), tried[0])


def _recorded(directory: Path, record: ScanRecord) -> Previous:
    """Return a stored scan if it is what was recorded."""
    name = f"{DIRECTORY}/{record.file}"
    found = _read(directory, name)
    if found.report is not None and found.report.sha256 != record.sha256:
        return Previous(problem=f"{name}: its bytes are not the ones that were recorded")
    return found


def _read(directory: Path, name: str) -> Previous:
    """Return the report in the file `name`."""
    try:
        return Previous(report=read(directory / name, limit_bytes=LIMIT_BYTES, called=name))
    except FileNotFoundError:
        return Previous()
    except InputError as error:
        return Previous(problem=error.problems[0])
