"""The report of the scan before this one, looked for where this one will be written."""

from pathlib import Path
from typing import Final, NamedTuple

from auditor.errors import InputError
from auditor.history.reading import Report, read

FILE: Final = "report.json"
LIMIT_BYTES: Final = 64 << 20
"""A gateway must not notice being audited: a report up to this size is compared in any case (4,500 connections)."""
MOST_BYTES: Final = 256 << 20
"""The largest that is compared where memory allows: 17,000 connections. A larger one is left to `auditor diff`."""
_MEMORY = Path("/proc/meminfo")
_FREE_FOR_EACH = 15
"""Comparing takes five times the size of the report (measured, docs/report.md), and at most a third of what is free."""


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
    """Return the earlier report in `directory`; what is wrong with one is told, never raised."""
    try:
        return Previous(report=read(directory / FILE, limit_bytes=limit_bytes(_MEMORY), called=FILE))
    except FileNotFoundError:
        return Previous()
    except InputError as error:
        return Previous(problem=error.problems[0])
