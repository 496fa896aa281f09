"""Writing results: every file of a report is either the old one or the new one, never half."""

import os
import tempfile
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from auditor.errors import OutputError

_BUFFER_BYTES = 1 << 18


@dataclass(frozen=True, slots=True)
class Staged:
    """A whole file on disk that waits beside its target: its length and SHA-256 are those of the target to be."""

    waiting: Path
    target: Path
    size_bytes: int
    sha256: str

    def place(self) -> None:
        """Give the file its name, replacing what has it; raises OSError."""
        self.waiting.replace(self.target)

    def discard(self) -> None:
        """Remove the file if it still waits."""
        with suppress(OSError):
            self.waiting.unlink(missing_ok=True)


def write_all(directory: Path, files: Mapping[str, Iterable[str | bytes]]) -> list[Path]:
    """Write `files` (name -> pieces of text or of bytes) into `directory` and return their paths; raises OutputError.

    They are made one after the other, in the order of `files`. All are written beside their targets and
    flushed to disk first, and renamed only when every one of them is whole, so a full disk or a signal
    leaves the old report as it was. Files are readable by owner and group.
    """
    waiting: list[Staged] = []
    try:
        directory.mkdir(mode=0o750, parents=True, exist_ok=True)
        for name, pieces in files.items():
            waiting.append(written_beside(directory, name, pieces))
        for staged in waiting:
            staged.place()
        sync(directory)
    except OSError as error:
        raise OutputError(f"{directory}: could not write the report: {error.strerror or error}") from None
    finally:
        for staged in waiting:
            staged.discard()
    return [staged.target for staged in waiting]


def write_shared(directory: Path, name: str, pieces: Iterable[str | bytes]) -> Path:
    """Write one file that everybody may read into a directory of another program, whole or not at all; return its path.

    The directory is not made: that it is missing means that nobody reads there. Raises OutputError.
    """
    try:
        staged = written_beside(directory, name, pieces, mode=0o644)
        try:
            staged.place()
        finally:
            staged.discard()
        sync(directory)
    except OSError as error:
        raise OutputError(f"{directory}: could not write {name}: {error.strerror or error}") from None
    return staged.target


def written_beside(directory: Path, name: str, pieces: Iterable[str | bytes], *, mode: int = 0o640) -> Staged:
    """Return a new file in `directory` that holds `pieces`, is on disk, and waits for its name; raises OSError."""
    descriptor, path = tempfile.mkstemp(prefix=f".{name}.", suffix=".new", dir=directory)
    size, digest = 0, sha256()
    try:
        with os.fdopen(descriptor, "wb", buffering=_BUFFER_BYTES) as stream:
            for piece in pieces:
                data = piece if isinstance(piece, bytes) else piece.encode("utf-8", "backslashreplace")
                size += stream.write(data)
                digest.update(data)
            stream.flush()
            os.fsync(stream.fileno())
            os.fchmod(stream.fileno(), mode)
    except BaseException:
        Path(path).unlink(missing_ok=True)
        raise
    return Staged(Path(path), directory / name, size, digest.hexdigest())


def sync(directory: Path) -> None:
    """Flush the renames of `directory` to disk; raises OSError."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
