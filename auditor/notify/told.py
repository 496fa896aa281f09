"""What was told to whom: a small file in the report directory, so that what failed is told again by the next scan."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from auditor.output import write_all

NAME = "last-told"
_MAX_BYTES = 1 << 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What one way of telling knows: the status last told (None: none yet), and why the last attempt failed, if it did.

    `failed_at` is when, ISO 8601 with offset.
    """

    status: str | None = None
    problem: str | None = None
    failed_at: str | None = None


def read(directory: Path) -> dict[str, Told]:
    """Return what each way was told; nothing where no file can be used: then all is told anew."""
    try:
        with (directory / NAME).open("rb") as stream:
            values = json.loads(stream.read(_MAX_BYTES))
        return {str(name): _checked(Told(**entry)) for name, entry in values.items()}
    except (OSError, ValueError, TypeError, AttributeError, RecursionError):
        return {}


def _checked(told: Told) -> Told:
    """Return `told` if its values are texts; raises ValueError."""
    if not all(isinstance(value, str | None) for value in asdict(told).values()):
        raise ValueError
    return told


def write(directory: Path, told: dict[str, Told]) -> None:
    """Keep what each way was told; raises OutputError."""
    values = {name: asdict(entry) for name, entry in sorted(told.items())}
    write_all(directory, {NAME: [json.dumps(values, ensure_ascii=True, indent=1) + "\n"]})
