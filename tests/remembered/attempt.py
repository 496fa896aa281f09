"""One scan by the command line's own code in a forked child, which may be killed or lose its disk at any point.

The child is warm: everything is loaded before it is forked, so that a thousand scans take minutes.
"""

import ctypes
import errno
import os
import resource
import select
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Any

import auditor.cli.scan
from auditor.cli import main
from tests.remembered.world import Truth, World

# The steps of writing that can fail or be the last; each is counted as it happens.
_STEPS = ("fsync", "pwrite", "replace", "rename", "unlink", "ftruncate", "fchmod")
_CLONE_NEWNET = 0x40000000
LIMIT_S = 120.0


@dataclass(frozen=True, slots=True)
class Fault:
    """What goes wrong at a writing step, counted from 1, or after some seconds; all None: nothing.

    The scan is killed, or stopped as systemd stops it (SIGTERM), or the disk is full from then on.
    """

    killed_at_step: int | None = None
    stopped_at_step: int | None = None
    full_at_step: int | None = None
    killed_after_s: float | None = None


@dataclass(frozen=True, slots=True)
class Attempt:
    """One scan that was tried: what was there, the exit code (None: killed), what it said, and CPU and wall time."""

    truth: Truth
    code: int | None
    said: str
    cpu_s: float
    wall_s: float

    @property
    def reported(self) -> bool:
        """Return whether it ended by itself and told where the report is."""
        return self.code is not None and "/report.json" in self.said


@dataclass(frozen=True, slots=True)
class Running:
    """A scan under way: its process, the pipe with what it says, and the rest of what `ended` needs."""

    pid: int
    pipe: int
    truth: Truth
    fault: Fault
    began_s: float


def begin(world: World, output: Path, fault: Fault, *options: str) -> Running:
    """Start a scan of `world` into `output`."""
    truth = world.truth()
    pipe_in, pipe_out = os.pipe()
    began_s = time.monotonic()
    pid = os.fork()
    if pid == 0:
        os.close(pipe_in)
        _child(world, output, fault, pipe_out, options)
    os.close(pipe_out)
    return Running(pid, pipe_in, truth, fault, began_s)


def ended(running: Running) -> Attempt:
    """Wait for the end of a scan, or bring it about; raises TimeoutError for one that hangs."""
    said = bytearray()
    fault, began_s = running.fault, running.began_s
    kill_s = None if fault.killed_after_s is None else began_s + fault.killed_after_s
    while True:
        now = time.monotonic()
        if kill_s is not None and now >= kill_s:
            os.kill(running.pid, signal.SIGKILL)
            kill_s = None
        if now > began_s + LIMIT_S:
            os.kill(running.pid, signal.SIGKILL)
            raise TimeoutError("a scan that does not end")
        ready, _, _ = select.select([running.pipe], [], [], 0.5 if kill_s is None else kill_s - now)
        if ready:
            part = os.read(running.pipe, 1 << 16)
            if not part:
                break
            said += part
    os.close(running.pipe)
    _, status, usage = os.wait4(running.pid, 0)
    code = os.waitstatus_to_exitcode(status)
    return Attempt(
        truth=running.truth,
        code=code if code >= 0 else None,
        said=said.decode(),
        cpu_s=usage.ru_utime + usage.ru_stime,
        wall_s=time.monotonic() - began_s,
    )


def _child(world: World, output: Path, fault: Fault, pipe: int, options: tuple[str, ...]) -> None:
    """Scan inside the namespace and leave the process with the exit code."""
    code = 99
    try:
        os.dup2(pipe, 1)
        os.dup2(pipe, 2)
        os.close(pipe)
        sys.stdout = sys.stderr = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        with open(f"/run/netns/{world.name}") as door:
            if ctypes.CDLL(None, use_errno=True).setns(door.fileno(), _CLONE_NEWNET):
                raise OSError(ctypes.get_errno(), "setns")
        auditor.cli.scan.datetime = _clock(world.now)  # type: ignore[attr-defined]
        _spoil(fault)
        code = main(["scan", "--config", str(world.config), "--output", str(output), *options])
    except BaseException as error:  # noqa: BLE001 - it is told, and the child must never go on as its parent
        print("CHILD", repr(error), flush=True)
    finally:
        sys.stdout.flush()
        os._exit(code)


def _clock(now: datetime) -> type[datetime]:
    """Return a datetime whose present moment is `now`."""

    class Clock(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Any:
            return now.astimezone(tz)

    return Clock


def _spoil(fault: Fault) -> None:
    """Let the writing steps of this process go as `fault` says."""
    steps = 0

    def spoiled(name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def step(*args: Any, **kwargs: Any) -> Any:
            nonlocal steps
            steps += 1
            if steps == fault.killed_at_step:
                if name == "pwrite":
                    real(args[0], args[1][: len(args[1]) // 2], args[2])
                os.kill(os.getpid(), signal.SIGKILL)
            if steps == fault.stopped_at_step:
                os.kill(os.getpid(), signal.SIGTERM)
            if fault.full_at_step is not None and steps >= fault.full_at_step and name in ("fsync", "pwrite"):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return real(*args, **kwargs)

        return step

    if fault.killed_at_step or fault.stopped_at_step or fault.full_at_step:
        for name in _STEPS:
            setattr(os, name, spoiled(name, getattr(os, name)))
