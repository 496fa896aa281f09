"""Giving up privileges for good, in a child process (credentials(7), capabilities(7), prctl(2))."""

import ctypes
import io
import os
import resource
import signal

_NOBODY = 65534
_SET_PDEATHSIG, _SET_NO_NEW_PRIVS = 1, 38
_CAPABILITY_VERSION_3 = 0x20080522
_MORE_FILES = 64


def die_with(parent: int) -> None:
    """Have the kernel end this process when `parent` ends."""
    ctypes.CDLL(None).prctl(_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def give_up(most_bytes: int) -> None:
    """Become nobody without any capability, unable to gain one, with `most_bytes` more memory and 64 more files.

    More than what the parent left: a child of a large scan must not start at its limits. Raises OSError.
    """
    limits = ((resource.RLIMIT_AS, _size_bytes() + most_bytes), (resource.RLIMIT_NOFILE, _descriptors() + _MORE_FILES))
    libc = ctypes.CDLL(None, use_errno=True)
    if os.geteuid() == 0:
        os.setgroups([])
        os.setresgid(_NOBODY, _NOBODY, _NOBODY)
        os.setresuid(_NOBODY, _NOBODY, _NOBODY)
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
    nothing = (ctypes.c_uint32 * 6)()
    if libc.capset(header, nothing) != 0 or libc.prctl(_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "capset")
    for which, wanted in (*limits, (resource.RLIMIT_CORE, 0)):
        _, hard = resource.getrlimit(which)
        most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(which, (most, most))


def _size_bytes() -> int:
    """Return the size of this process's address space (proc_pid_statm(5)); raises OSError."""
    with io.FileIO("/proc/self/statm") as table:  # NOTE: pathlib takes 2 ms to load
        return int(table.read().split()[0]) * resource.getpagesize()


def close_all() -> None:
    """Close every descriptor but those of the standard streams; raises OSError."""
    os.closerange(3, _descriptors())


def _descriptors() -> int:
    """Return the number that is above every open descriptor's (proc_pid_fd(5)); raises OSError."""
    with os.scandir("/proc/self/fd") as entries:
        return max(int(entry.name) for entry in entries) + 1
