"""The only door to the machine: files, directories, netlink and UNIX sockets, all read-only.

Every failure leaves here as a `SourceError` whose text holds no bytes of the source.
"""

import errno
import os
import socket
import stat
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from auditor import procfs, sockopt
from auditor.errors import ParseError, SourceAbsent, SourceDenied, SourceError, SourceTimeout, SourceTruncated
from auditor.netlink.socket import Netlink

_ABSENT = {errno.ENOENT, errno.ENOTDIR, errno.ESRCH, errno.ENXIO, errno.ENODEV}
_DENIED = {errno.EACCES, errno.EPERM}
_PEER_CREDENTIALS = struct.Struct("=iII")  # struct ucred: pid, uid, gid
FILE_LIMIT_BYTES = 4 << 20


def source_error(error: OSError, *, needs: str | None = None) -> SourceError:
    """Return the cause that `error` stands for; only the error's own words are kept."""
    words = os.strerror(error.errno) if error.errno else type(error).__name__
    if error.errno in _ABSENT:
        return SourceAbsent(words, needs=None)
    if error.errno in _DENIED:
        return SourceDenied(words, needs=needs)
    if error.errno == errno.ELOOP:
        return ParseError(words)
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
            with _open_regular(self._root + path) as stream:
                return _read_all(stream.fileno(), limit_bytes)
        except OSError as error:
            raise source_error(error, needs=needs) from None

    def lines(self, path: str, *, limit_bytes: int = FILE_LIMIT_BYTES, needs: str | None = None) -> Iterator[bytes]:
        """Yield the lines of `path` one at a time, holding no more than one (secrets go with their line)."""
        try:
            with _open_regular(self._root + path) as stream:
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

    def same_file(self, path: str, other: str, *, needs: str | None = None) -> bool:
        """Return whether `path` and `other` lead to one and the same file; raises SourceError."""
        try:
            return Path(self._root + path).samefile(self._root + other)
        except OSError as error:
            raise source_error(error, needs=needs) from None

    def descriptors(self, path: str, *, needs: str | None = None) -> procfs.Descriptors:
        """Return what is open in `path` (/proc/PID/fd); raises SourceError, also when one link is denied."""
        try:
            return procfs.descriptors(self._root + path)
        except OSError as error:
            raise source_error(error, needs=needs) from None
        except ValueError:
            raise ParseError("descriptor link of unknown form") from None

    def inside(self, pid: int, path: str) -> str:
        """Return the path by which the file that process `pid` calls `path` (absolute) is reached from here.

        Symbolic links are followed below the process's own root. Raises SourceError (too many of them);
        a file that does not exist is for the caller to meet.
        """
        try:
            found = procfs.inside_root(f"{self._root}/proc/{pid}/root", path)
        except OSError as error:
            raise source_error(error) from None
        return found.removeprefix(self._root)

    def netlink(self, family: int) -> Netlink:
        """Return an open netlink socket of `family` in the current namespace; close it after use."""
        return Netlink(family)

    def iptables(self, version: int, table: str) -> bytes:
        """Return the rules of a loaded iptables table of IP `version` as the kernel has them; raises SourceError."""
        try:
            return sockopt.iptables(version, table)
        except OSError as error:
            raise source_error(error, needs="CAP_NET_ADMIN") from None

    def unix_stream(
        self, path: str, *, timeout_s: float = 2.0, needs: str | None = None, listener: int | None = None
    ) -> socket.socket:
        """Return a connected UNIX stream socket; the caller closes it.

        `listener` is the PID that must have opened the other end. Raises SourceError.
        """
        stream = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
        stream.settimeout(timeout_s)
        try:
            stream.connect(self._root + path)
            credentials = stream.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _PEER_CREDENTIALS.size)
        except OSError as error:
            stream.close()
            raise source_error(error, needs=needs) from None
        if listener is not None and _PEER_CREDENTIALS.unpack(credentials)[0] != listener:
            stream.close()
            raise SourceError("another process listens there")
        return stream


def own_network_namespace() -> tuple[int, str]:
    """Return the inode of the calling thread's network namespace and its door; raises SourceError.

    The door leads to the namespace of this process's first thread, from its children as well.
    """
    try:
        return procfs.network_namespace(), f"/proc/{os.getpid()}/ns/net"
    except OSError as error:
        raise source_error(error) from None


def enter_network_namespace(door: str, inode: int) -> None:
    """Move the calling thread into the network namespace behind the file `door`; raises SourceError.

    Raises SourceAbsent when the door is gone or leads to another namespace than the one numbered `inode`.
    """
    try:
        fd, found = procfs.open_namespace(door)
    except OSError as error:
        raise source_error(error, needs="CAP_SYS_PTRACE") from None
    try:
        if found != inode:
            raise SourceAbsent("the namespace is gone")
        procfs.set_network_namespace(fd)
    except OSError as error:
        raise source_error(error, needs="CAP_SYS_ADMIN") from None
    finally:
        os.close(fd)


def _open_regular(path: str) -> BinaryIO:
    """Return the regular file at `path`, open; raises OSError, and ParseError for a pipe, device or directory."""
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY)
    if not stat.S_ISREG(os.fstat(fd).st_mode):
        os.close(fd)
        raise ParseError("not a regular file")
    return os.fdopen(fd, "rb")


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
