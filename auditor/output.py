"""Writing results: every file of a report is either the old one or the new one, never half."""

import os
import tempfile
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path

from auditor.errors import OutputError

_BUFFER_BYTES = 1 << 18


def write_all(directory: Path, files: Mapping[str, Iterable[str | bytes]]) -> list[Path]:
    """Write `files` (name -> pieces of text or of bytes) into `directory` and return their paths; raises OutputError.

    All are written beside their targets and flushed to disk first, and renamed only when every one of
    them is whole, so a full disk or a signal leaves the old report as it was. Files are readable by
    owner and group.
    """
    waiting: list[tuple[Path, Path]] = []
    try:
        directory.mkdir(mode=0o750, parents=True, exist_ok=True)
        for name, pieces in files.items():
            waiting.append((_write_beside(directory, name, pieces), directory / name))
        for temporary, target in waiting:
            temporary.replace(target)
        _sync(directory)
    except OSError as error:
        raise OutputError(f"{directory}: could not write the report: {error.strerror or error}") from None
    finally:
        for temporary, _ in waiting:
            with suppress(OSError):
                temporary.unlink(missing_ok=True)
    return [target for _, target in waiting]


def _write_beside(directory: Path, name: str, pieces: Iterable[str | bytes]) -> Path:
    """Return a new file in `directory` that holds `pieces` and has reached the disk."""
    descriptor, path = tempfile.mkstemp(prefix=f".{name}.", suffix=".new", dir=directory)
    try:
        with os.fdopen(descriptor, "wb", buffering=_BUFFER_BYTES) as stream:
            stream.writelines(map(_encoded, pieces))
            stream.flush()
            os.fsync(stream.fileno())
            os.fchmod(stream.fileno(), 0o640)
    except BaseException:
        Path(path).unlink(missing_ok=True)
        raise
    return Path(path)


def _encoded(piece: str | bytes) -> bytes:
    """Return a piece as it goes to the disk: text in UTF-8, bytes as they are."""
    return piece if isinstance(piece, bytes) else piece.encode("utf-8", "backslashreplace")


def _sync(directory: Path) -> None:
    """Flush the renames of `directory` to disk."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
