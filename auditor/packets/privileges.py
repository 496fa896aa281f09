"""Giving up privileges for good, in a child process (credentials(7), capabilities(7), prctl(2))."""

import ctypes
import os
import resource
import signal
from pathlib import Path

_NOBODY = 65534
_SET_PDEATHSIG, _SET_NO_NEW_PRIVS = 1, 38
_CAPABILITY_VERSION_3 = 0x20080522


def die_with(parent: int) -> None:
    """Have the kernel end this process when `parent` ends."""
    ctypes.CDLL(None).prctl(_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def give_up(most_bytes: int) -> None:
    """Become nobody without any capability, unable to gain one, with `most_bytes` more memory; raises OSError.

    What the process has by now is the parent's and counts as well: a child of a large scan must not start at its limit.
    """
    limit_bytes = _size_bytes() + most_bytes
    libc = ctypes.CDLL(None, use_errno=True)
    if os.geteuid() == 0:
        os.setgroups([])
        os.setresgid(_NOBODY, _NOBODY, _NOBODY)
        os.setresuid(_NOBODY, _NOBODY, _NOBODY)
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
    nothing = (ctypes.c_uint32 * 6)()
    if libc.capset(header, nothing) != 0 or libc.prctl(_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "capset")
    resource.setrlimit(resource.RLIMIT_AS, (limit_bytes, limit_bytes))
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _size_bytes() -> int:
    """Return the size of this process's address space (proc_pid_statm(5)); raises OSError."""
    return int(Path("/proc/self/statm").read_bytes().split()[0]) * resource.getpagesize()
