"""What only system calls tell of other processes: their descriptors, paths below their root, their namespaces.

Part of the door to the machine: functions here raise OSError, which `auditor.host` turns into causes.
"""

import ctypes
import errno
import os
from typing import NamedTuple

_CLONE_NEWNET = 0x40000000  # linux/sched.h
_SYMLINKS_LIMIT = 40  # path_resolution(7)
_SOCKET = "socket:["
_NETWORK_NAMESPACE = "net:["
_DEVICES = "/dev/"
_TERMINALS, _PPP = "/dev/pts/", "/dev/ppp"
_PLAIN_DEVICES = ("/dev/null", "/dev/tty", "/dev/urandom", "/dev/random", "/dev/zero", "/dev/shm/")


class Descriptors(NamedTuple):
    """What matters of a process's open descriptors.

    `sockets` are inode numbers. `devices` are numbers of descriptors that may be a TUN/TAP device or the
    master of a pseudoterminal; their fdinfo tells. `namespaces` are (inode, descriptor) of network namespaces
    held open. `terminals` are numbers of pseudoterminals, `ppp`: the PPP device is open.
    """

    sockets: tuple[int, ...] = ()
    devices: tuple[str, ...] = ()
    namespaces: tuple[tuple[int, int], ...] = ()
    terminals: tuple[int, ...] = ()
    ppp: bool = False


def descriptors(directory: str) -> Descriptors:
    """Return what is open in `directory` (/proc/PID/fd); raises OSError, also when one link is denied.

    Only links are read. Looking at a descriptor's file instead could hang for ever on a dead file
    server, and reading fdinfo of each costs five times as much.
    """
    sockets: list[int] = []
    devices: list[str] = []
    namespaces: list[tuple[int, int]] = []
    terminals: list[int] = []
    ppp = False
    readlink = os.readlink
    directory_fd = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for name in os.listdir(directory_fd):
            try:
                link = readlink(name, dir_fd=directory_fd)
            except FileNotFoundError:
                continue  # closed since the listing
            if link.startswith(_SOCKET):
                sockets.append(int(link[8:-1]))
            elif link.startswith(_NETWORK_NAMESPACE):
                namespaces.append((int(link[5:-1]), int(name)))
            elif link == _PPP:
                ppp = True
            elif link.startswith(_TERMINALS) and link[len(_TERMINALS) :].isdecimal():
                terminals.append(int(link[len(_TERMINALS) :]))
            elif link[0] == "/" and _may_be_tun(link):
                devices.append(name)
    finally:
        os.close(directory_fd)
    return Descriptors(tuple(sockets), tuple(devices), tuple(namespaces), tuple(terminals), ppp)


def _may_be_tun(path: str) -> bool:
    """Return whether `path` can be a node of the TUN device: below /dev, or named after it (container, chroot).

    /dev/ptmx, by which masters of pseudoterminals are opened, is one of those below /dev.
    """
    if path.startswith(_DEVICES):
        return not path.startswith(_PLAIN_DEVICES)
    return "tun" in path


def inside_root(root: str, path: str) -> str:
    """Return where `path` leads for a process whose root directory is `root`, by a path of this process.

    Symbolic links are followed below `root` as that process would follow them: an absolute one must
    not lead into this process's own files. Raises OSError (ELOOP). What does not exist stays as it is.
    """
    left = path.split("/")[::-1]
    resolved: list[str] = []
    links = 0
    while left:
        part = left.pop()
        if part in ("", "."):
            continue
        if part == "..":
            del resolved[-1:]
            continue
        try:
            target = os.readlink("/".join((root, *resolved, part)))
        except OSError:
            resolved.append(part)  # no link; whoever opens the path meets any other cause again
            continue
        links += 1
        if links > _SYMLINKS_LIMIT:
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
        if target.startswith("/"):
            resolved.clear()
        left += target.split("/")[::-1]
    return "/".join((root, *resolved))


def network_namespace() -> int:
    """Return the inode of the network namespace that the calling thread is in; raises OSError."""
    return int(os.readlink("/proc/thread-self/ns/net")[5:-1])


def open_namespace(door: str) -> tuple[int, int]:
    """Return a descriptor of the file `door` and its inode; the caller closes it. Raises OSError."""
    fd = os.open(door, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY)
    return fd, os.fstat(fd).st_ino


def set_network_namespace(fd: int) -> None:
    """Move the calling thread into the network namespace of `fd`; raises OSError (EINVAL: it is none)."""
    # NOTE: os.setns exists from Python 3.12 on.
    if ctypes.CDLL(None, use_errno=True).setns(fd, _CLONE_NEWNET) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
