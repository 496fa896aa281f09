"""Writing results: every file of a report is either the old one or the new one, never half."""

import os
import re
import stat
import tempfile
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from auditor.errors import OutputError

_BUFFER_BYTES = 1 << 18
_SUFFIX = ".new"
_LEFT_OVER = re.compile(r"\.[A-Za-z][\w.-]*\.[a-z0-9_]{8}" + re.escape(_SUFFIX))  # as tempfile.mkstemp names it
_LEFT_OVER_S = 3600


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
        make(directory)
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
    descriptor, path = tempfile.mkstemp(prefix=f".{name}.", suffix=_SUFFIX, dir=directory)
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
            hand_over(stream.fileno(), directory)
    except BaseException:
        Path(path).unlink(missing_ok=True)
        raise
    return Staged(Path(path), directory / name, size, digest.hexdigest())


def make(directory: Path) -> None:
    """Make `directory` and those above it that are missing, each owned as the one it is in; raises OSError."""
    if not directory.is_dir():
        make(directory.parent)
        with suppress(FileExistsError):
            directory.mkdir(mode=0o750)
            descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
            try:
                hand_over(descriptor, directory.parent)
            finally:
                os.close(descriptor)


def hand_over(descriptor: int, directory: Path) -> None:
    """Let an open file belong to whom `directory` does, if this is root; raises OSError.

    A scan by hand as root must not leave files in the service's directory that the service or monitoring cannot read.
    Not a file that has another name too: it may be anybody's.
    """
    if os.geteuid() != 0:
        return
    mine, theirs = os.fstat(descriptor), directory.stat()
    if mine.st_nlink > 1 and stat.S_ISREG(mine.st_mode):
        return
    if (mine.st_uid, mine.st_gid) != (theirs.st_uid, theirs.st_gid):
        os.fchown(descriptor, theirs.st_uid, theirs.st_gid)


def remove_left_over(directory: Path) -> None:
    """Remove what writers that were killed left in `directory`; raises OSError.

    Only what is an hour old: a younger file may be that of a writer that is at work.
    """
    for entry in list(os.scandir(directory)):
        if _LEFT_OVER.fullmatch(entry.name):
            with suppress(FileNotFoundError):
                if time.time() - entry.stat(follow_symlinks=False).st_mtime > _LEFT_OVER_S:
                    Path(entry.path).unlink()


def sync(directory: Path) -> None:
    """Flush the renames of `directory` to disk; raises OSError."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
