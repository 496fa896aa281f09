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
"""A gateway must not notice being audited: a report up to this size is compared in any case (4,500 connections)."""
MOST_BYTES: Final = 256 << 20
"""The largest that is compared where memory allows: 17,000 connections. A larger one is left to `auditor diff`."""
_MEMORY = Path("/proc/meminfo")
_FREE_FOR_EACH = 12
"""Comparing takes four times the size of the report (measured, docs/report.md), and at most a third of what is free."""

_TRIED: Final = 3


class Previous(NamedTuple):
    """The earlier report, or why there is none to compare with: both None means that there is no file."""

    report: Report | None = None
    problem: str | None = None


def limit_bytes(memory: Path) -> int:
    """Return the largest size of a report that is compared, by what `memory` (a meminfo of the kernel) says is free."""
    try:
        lines = memory.read_text("ascii", "replace").splitlines()
        free_bytes = next(int(line.split()[1]) << 10 for line in lines if line.startswith("MemAvailable:"))
    except (OSError, StopIteration, ValueError, IndexError):
        return LIMIT_BYTES
    return max(LIMIT_BYTES, min(MOST_BYTES, free_bytes // _FREE_FOR_EACH))


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
    first = _recorded(directory, records[0])
    older = (_recorded(directory, record) for record in records[1:_TRIED])
    return first if first.report else next((found for found in older if found.report), first)


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
        return Previous(report=read(directory / name, limit_bytes=limit_bytes(_MEMORY), called=name))
    except FileNotFoundError:
        return Previous()
    except InputError as error:
        return Previous(problem=error.problems[0])
