"""Running a function in a forked child, with fewer privileges or in other namespaces than the test has."""

import ctypes
import os
import pickle
import struct
import warnings
from collections.abc import Callable, Iterable
from typing import TypeVar

T = TypeVar("T")
NOBODY = 65534
CAPABILITIES = {"CAP_DAC_OVERRIDE": 1, "CAP_DAC_READ_SEARCH": 2, "CAP_SYS_PTRACE": 19, "CAP_SYS_ADMIN": 21}
CLONE_NEWNS, CLONE_NEWNET = 0x00020000, 0x40000000
_PR_SET_KEEPCAPS = 8
_libc = ctypes.CDLL(None, use_errno=True)


def in_child(work: Callable[[], T]) -> T:
    """Return what `work` returns in a child of this process, or raise what it raises."""
    pipe_in, pipe_out = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # fork with threads of the test runner about
        pid = os.fork()
    if pid == 0:
        os.close(pipe_in)
        try:
            answer = (True, work())
        except BaseException as error:  # noqa: BLE001 - raised again by the parent
            answer = (False, error)  # type: ignore[assignment]
        with os.fdopen(pipe_out, "wb") as stream:
            pickle.dump(answer, stream)
        os._exit(0)
    os.close(pipe_out)
    try:
        with os.fdopen(pipe_in, "rb") as stream:
            good, value = pickle.load(stream)
    finally:
        os.waitpid(pid, 0)
    if not good:
        raise value
    result: T = value
    return result


def keep_capabilities(names: Iterable[str]) -> None:
    """Give up every capability but `names`."""
    mask = sum(1 << CAPABILITIES[name] for name in names)
    header = ctypes.create_string_buffer(struct.pack("=Ii", 0x20080522, 0))
    data = ctypes.create_string_buffer(struct.pack("=6I", mask, mask, 0, 0, 0, 0))
    if _libc.capset(header, data) != 0:
        raise OSError(ctypes.get_errno(), "capset")


def become_nobody(names: Iterable[str] = ()) -> None:
    """Become an ordinary user with no capability but `names`."""
    _libc.prctl(_PR_SET_KEEPCAPS, 1, 0, 0, 0)
    os.setgroups([])
    os.setresgid(NOBODY, NOBODY, NOBODY)
    os.setresuid(NOBODY, NOBODY, NOBODY)
    keep_capabilities(names)


def unshare(flags: int) -> None:
    """Move this process into new namespaces; raises OSError."""
    if _libc.unshare(flags) != 0:
        raise OSError(ctypes.get_errno(), "unshare")
    if flags & CLONE_NEWNS:
        mount("none", "/", flags=0x4000 | 0x40000)  # MS_REC | MS_PRIVATE


def mount(source: str, target: str, kind: str = "", *, flags: int = 0, options: str = "") -> None:
    """Call mount(2); raises OSError."""
    if _libc.mount(source.encode(), target.encode(), kind.encode(), flags, options.encode()) != 0:
        raise OSError(ctypes.get_errno(), f"mount {kind or source} on {target}")


def set_namespace(path: str) -> None:
    """Move this thread into the namespace of `path`; raises OSError."""
    with open(path) as door:
        if _libc.setns(door.fileno(), 0) != 0:
            raise OSError(ctypes.get_errno(), "setns")
