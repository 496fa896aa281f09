"""One scan at a time in a report directory; the lock goes with its process, however that ends."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from auditor.errors import AuditorError, OutputError
from auditor.output import hand_over

NAME = "lock"


class Busy(AuditorError):
    """Another process holds the lock."""


@contextmanager
def held(directory: Path) -> Iterator[None]:
    """Hold the lock of `directory`, which must exist. Raises Busy if another process has it, OutputError.

    A record lock (fcntl(2), F_SETLK): it belongs to the process and not to its children, so a probe that outlives
    a killed agent does not keep it.
    """
    try:
        descriptor = os.open(directory / NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o640)
    except OSError as error:
        raise OutputError(f"{directory / NAME}: cannot be opened: {error.strerror}") from None
    try:
        with suppress(OSError):
            hand_over(descriptor, directory)
        _take(descriptor, directory)
        yield
    finally:
        os.close(descriptor)


def _take(descriptor: int, directory: Path) -> None:
    """Take the lock and leave this process's number in it for whoever comes second; raises Busy or OutputError."""
    try:
        fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        holder = os.pread(descriptor, 32, 0).decode("ascii", "replace").strip()
        who = f" (process {holder})" if holder.isdigit() else ""
        raise Busy(f"{directory}: another scan is under way{who}; nothing was changed") from None
    except OSError as error:
        raise OutputError(f"{directory / NAME}: cannot be locked: {error.strerror}") from None
    try:
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
    except OSError:  # NOTE: the number is for people; on a full disk the lock holds without it
        pass
