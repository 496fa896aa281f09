"""The only door to the machine: files, directories, netlink and UNIX sockets, all read-only.

Every failure leaves here as a `SourceError` whose text holds no bytes of the source.
"""

import errno
import os
import socket
import stat
from collections.abc import Iterator
from pathlib import Path

from auditor.errors import SourceAbsent, SourceDenied, SourceError, SourceTimeout, SourceTruncated
from auditor.netlink.socket import Netlink

_ABSENT = {errno.ENOENT, errno.ENOTDIR, errno.ESRCH, errno.ENXIO, errno.ENODEV}
_DENIED = {errno.EACCES, errno.EPERM}
FILE_LIMIT_BYTES = 4 << 20


def source_error(error: OSError, *, needs: str | None = None) -> SourceError:
    """Return the cause that `error` stands for; only the error's own words are kept."""
    words = os.strerror(error.errno) if error.errno else type(error).__name__
    if error.errno in _ABSENT:
        return SourceAbsent(words, needs=None)
    if error.errno in _DENIED:
        return SourceDenied(words, needs=needs)
    if isinstance(error, TimeoutError):
        return SourceTimeout("no answer in time")
    return SourceError(words)


class Host:
    """The machine below `root` (another directory than "/" only in tests)."""

    def __init__(self, root: str = "/") -> None:
        """Look at the file system below `root`."""
        self._root = root.rstrip("/")

    def read(self, path: str, *, limit_bytes: int = FILE_LIMIT_BYTES, needs: str | None = None) -> bytes:
        """Return the whole regular file at `path`; raises SourceError, SourceTruncated over the limit."""
        try:
            fd = os.open(self._root + path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY)
        except OSError as error:
            raise source_error(error, needs=needs) from None
        try:
            if not stat.S_ISREG(os.fstat(fd).st_mode):
                raise SourceError("not a regular file")
            return _read_all(fd, limit_bytes)
        except OSError as error:
            raise source_error(error, needs=needs) from None
        finally:
            os.close(fd)

    def lines(self, path: str, *, limit_bytes: int = FILE_LIMIT_BYTES, needs: str | None = None) -> Iterator[bytes]:
        """Yield the lines of `path` one at a time, holding no more than one (secrets go with their line)."""
        try:
            fd = os.open(self._root + path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY)
            with os.fdopen(fd, "rb") as stream:
                if not stat.S_ISREG(os.fstat(fd).st_mode):
                    raise SourceError("not a regular file")
                left = limit_bytes
                while line := stream.readline(left + 1):
                    left -= len(line)
                    if left < 0:
                        raise SourceTruncated(f"longer than {limit_bytes} bytes")
                    yield line
        except OSError as error:
            raise source_error(error, needs=needs) from None

    def names(self, path: str, *, needs: str | None = None) -> list[str]:
        """Return the names in directory `path`, unsorted; raises SourceError."""
        try:
            return os.listdir(self._root + path)
        except OSError as error:
            raise source_error(error, needs=needs) from None

    def link(self, path: str, *, needs: str | None = None) -> str:
        """Return where the symbolic link `path` points; raises SourceError."""
        try:
            return os.readlink(self._root + path)
        except OSError as error:
            raise source_error(error, needs=needs) from None

    def inode(self, path: str, *, needs: str | None = None) -> int:
        """Return the inode number of what `path` leads to; raises SourceError."""
        try:
            return Path(self._root + path).stat().st_ino
        except OSError as error:
            raise source_error(error, needs=needs) from None

    def netlink(self, family: int) -> Netlink:
        """Return an open netlink socket of `family` in the current namespace; close it after use."""
        return Netlink(family)

    def unix_stream(self, path: str, *, timeout_s: float = 2.0, needs: str | None = None) -> socket.socket:
        """Return a connected UNIX stream socket; raises SourceError. The caller closes it."""
        stream = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
        stream.settimeout(timeout_s)
        try:
            stream.connect(self._root + path)
        except OSError as error:
            stream.close()
            raise source_error(error, needs=needs) from None
        return stream


def _read_all(fd: int, limit_bytes: int) -> bytes:
    """Return what is left of `fd`, refusing more than `limit_bytes`."""
    parts: list[bytes] = []
    size = 0
    while part := os.read(fd, 1 << 16):
        parts.append(part)
        size += len(part)
        if size > limit_bytes:
            raise SourceTruncated(f"longer than {limit_bytes} bytes")
    return b"".join(parts)
