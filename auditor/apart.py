"""Work of another program's library in a child of its own: a crash, a hang or hunger there costs nothing else.

WeasyPrint lays text out with libraries in C; what they stumble over must not end a scan before it is stored.
"""

import ctypes
import os
import select
import signal
import time
from collections.abc import Callable
from contextlib import suppress

from auditor.errors import whereabouts

_PR_SET_PDEATHSIG = 1  # linux/prctl.h
_BLOCK_BYTES = 1 << 18
_DONE, _FAILED = b"+", b"-"


class ApartError(Exception):
    """What was asked of the child did not come; the text says why, without quoting anything that it held."""


def bytes_of(make: Callable[[], bytes], *, limit_s: float) -> bytes:
    """Return what `make` returns, made in a forked child that is ended after `limit_s`; raises ApartError."""
    pipe_in, pipe_out = os.pipe()
    parent = os.getpid()
    child = os.fork()
    if child == 0:
        os.close(pipe_in)
        _child(make, pipe_out, parent)
    os.close(pipe_out)
    try:
        told = _read(pipe_in, time.monotonic() + limit_s)
    except TimeoutError:
        raise ApartError(f"no end within {limit_s:g} s") from None
    finally:
        os.close(pipe_in)
        with suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
        _, ended = os.waitpid(child, 0)
    if told[:1] == _DONE:
        return told[1:]
    if told[:1] == _FAILED:
        raise ApartError(told[1:].decode())
    raise ApartError(f"its process was ended by signal {os.WTERMSIG(ended)}" if os.WIFSIGNALED(ended) else "no answer")


def _child(make: Callable[[], bytes], pipe: int, parent: int) -> None:
    """Run `make` and send what came of it; ends the process, and never returns."""
    try:
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() == parent:
            for name in (signal.SIGTERM, signal.SIGINT):
                signal.signal(name, signal.SIG_DFL)
            try:
                told = _DONE + make()
            except BaseException as error:  # noqa: BLE001 - whatever another program's layout stumbles over
                told = _FAILED + whereabouts(error).encode("utf-8", "backslashreplace")
            with os.fdopen(pipe, "wb") as stream:
                stream.write(told)
    finally:
        os._exit(0)


def _read(pipe: int, deadline_s: float) -> bytes:
    """Return everything that comes until the other end closes; raises TimeoutError at the deadline."""
    parts: list[bytes] = []
    while True:
        left_s = deadline_s - time.monotonic()
        if left_s <= 0 or not select.select([pipe], [], [], left_s)[0]:
            raise TimeoutError
        block = os.read(pipe, _BLOCK_BYTES)
        if not block:
            return b"".join(parts)
        parts.append(block)
