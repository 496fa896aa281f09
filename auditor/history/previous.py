"""The report of the scan before this one, looked for where this one will be written."""

from pathlib import Path
from typing import Final, NamedTuple

from auditor.errors import InputError
from auditor.history.reading import Report, read

FILE: Final = "report.json"
LIMIT_BYTES: Final = 64 << 20
"""A gateway must not notice being audited: a larger report is left to `auditor diff` (about 5,000 connections)."""


class Previous(NamedTuple):
    """The earlier report, or why there is none to compare with: both None means that there is no file."""

    report: Report | None = None
    problem: str | None = None


def find(directory: Path) -> Previous:
    """Return the earlier report in `directory`; what is wrong with one is told, never raised."""
    try:
        return Previous(report=read(directory / FILE, limit_bytes=LIMIT_BYTES, called=FILE))
    except FileNotFoundError:
        return Previous()
    except InputError as error:
        return Previous(problem=error.problems[0])
