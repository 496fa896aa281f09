"""Writing results: every file of a report is either the old one or the new one, never half."""

import os
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

from auditor.errors import OutputError

_BUFFER_BYTES = 1 << 18


class Digest:
    """The SHA-256 of one file, made while its pieces are written; files after it can tell it."""

    def __init__(self) -> None:
        """Begin with nothing written."""
        self.hex: str | None = None

    def of(self, pieces: Iterable[str]) -> Iterator[str]:
        """Yield `pieces`; after the last one `hex` is the digest of the bytes that `write_all` makes of them."""
        digest = sha256()
        for piece in pieces:
            digest.update(_encoded(piece))
            yield piece
        self.hex = digest.hexdigest()

    def told(self, make: Callable[[str | None], Iterable[str]]) -> Iterator[str]:
        """Yield the pieces of `make`, which is given the digest when the first piece is wanted."""
        yield from make(self.hex)


def write_all(directory: Path, files: Mapping[str, Iterable[str]]) -> list[Path]:
    """Write `files` (name -> pieces of text) into `directory` and return their paths; raises OutputError.

    They are made one after the other, in the order of `files`. All are written beside their targets and
    flushed to disk first, and renamed only when every one of them is whole, so a full disk or a signal
    leaves the old report as it was. Files are readable by owner and group.
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


def _write_beside(directory: Path, name: str, pieces: Iterable[str]) -> Path:
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


def _encoded(piece: str) -> bytes:
    """Return a piece of text as files hold it."""
    return piece.encode("utf-8", "backslashreplace")


def _sync(directory: Path) -> None:
    """Flush the renames of `directory` to disk."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
