"""Runs probes in a forked child that may hang, crash or be killed without harm to the scan.

The child enters each namespace, runs one probe after the other and sends what they yield through a
pipe. The parent holds the clock: a probe over its limit is killed with the child, becomes a blind
spot, and a new child goes on with the rest. The child is also where raw kernel bytes (which may hold
keys) live and die: only finished rows leave it.
"""

import ctypes
import os
import pickle
import select
import signal
import struct
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from auditor.errors import SourceError, whereabouts
from auditor.host import Host
from auditor.model.rows import Row
from auditor.model.sightings import BlindSpot, ProbeRun, Reason, Scope, Sighting
from auditor.namespaces import enter
from auditor.probe import Extent, Probe, Targets, View

_FRAME = struct.Struct("=I")
_BATCH_ROWS = 512
_GRACE_S = 1.0
_PR_SET_PDEATHSIG = 1  # linux/prctl.h
FRAME_LIMIT_BYTES = 256 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One probe to run in one namespace, with what it is to look at."""

    probe: Probe
    scope: Scope
    targets: Targets


@dataclass(slots=True)
class _Progress:
    """What is known of the job under way: how far it came before it was lost."""

    job: Job
    started_s: float
    rows: list[Row]
    blind_spots: list[BlindSpot]

    def finish(self, *extra: BlindSpot, duration_s: float | None = None) -> ProbeRun:
        """Return the run as it stands, with `extra` gaps; the child's own `duration_s` if it got to tell."""
        return ProbeRun(
            probe=self.job.probe.name,
            scope=self.job.scope,
            rows=tuple(self.rows),
            blind_spots=(*self.blind_spots, *extra),
            duration_s=time.monotonic() - self.started_s if duration_s is None else duration_s,
        )


def run_jobs(jobs: Iterable[Job], *, time_limit_s: float, host: Host | None = None) -> list[ProbeRun]:
    """Run `jobs` in order and return one ProbeRun each; a lost job is a run with a blind spot."""
    left = list(jobs)
    runs: list[ProbeRun] = []
    while left:
        done = _run_until_lost(left, time_limit_s=time_limit_s, host=host or Host())
        runs += done
        del left[: len(done)]
    return runs


def _run_until_lost(jobs: list[Job], *, time_limit_s: float, host: Host) -> list[ProbeRun]:
    """Fork one child for `jobs` and return the runs up to and including the first lost one."""
    pipe_in, pipe_out = os.pipe()
    parent = os.getpid()
    child = os.fork()
    if child == 0:
        _child(jobs, pipe_out, host, parent, parents_end=pipe_in)
    os.close(pipe_out)
    try:
        return list(_collect(jobs, pipe_in, child, time_limit_s))
    finally:
        os.close(pipe_in)
        _end(child)


def _end(child: int) -> None:
    """Kill `child` and reap it, but do not wait for one that the kernel will not let die."""
    try:
        os.kill(child, signal.SIGKILL)
        deadline_s = time.monotonic() + _GRACE_S
        while os.waitpid(child, os.WNOHANG) == (0, 0) and time.monotonic() < deadline_s:
            time.sleep(0.005)
    except (ProcessLookupError, ChildProcessError):
        pass


def _collect(jobs: list[Job], pipe: int, child: int, time_limit_s: float) -> Iterator[ProbeRun]:
    """Yield a run for each job as the child reports it; stop after the first that is lost."""
    for job in jobs:
        progress = _Progress(job=job, started_s=time.monotonic(), rows=[], blind_spots=[])
        deadline_s = progress.started_s + time_limit_s
        try:
            while not isinstance(batch := _receive(pipe, deadline_s), float):
                for sighting in batch:
                    (progress.blind_spots if isinstance(sighting, BlindSpot) else progress.rows).append(sighting)  # type: ignore[arg-type]
        except TimeoutError:
            yield progress.finish(_lost(job, Reason.TIMEOUT, f"no end within {time_limit_s:g} s; stopped"))
            return
        except EOFError:
            yield progress.finish(_lost(job, Reason.KILLED, _how_it_ended(child)))
            return
        yield progress.finish(duration_s=batch)


def _how_it_ended(child: int) -> str:
    """Return in words how the child ended; it has closed its pipe, so it is ending now."""
    deadline_s = time.monotonic() + _GRACE_S
    while time.monotonic() < deadline_s:
        # NOTE: it stays a zombie, so that its number is nobody else's when it is ended below.
        ended = os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        if ended is not None:
            if ended.si_code in (os.CLD_KILLED, os.CLD_DUMPED):
                return f"the probe's process was killed by signal {ended.si_status}"
            return f"it ended with code {ended.si_status}"
        time.sleep(0.005)
    return "the probe's process stopped talking"


def _lost(job: Job, reason: Reason, detail: str) -> BlindSpot:
    """Return the gap a lost job leaves: everything that its probe covers."""
    view = View(host=Host(), scope=job.scope, targets=job.targets)
    spot = job.probe.blind(view, ", ".join(job.probe.reads), SourceError(detail))
    return replace(spot, reason=reason)


def _receive(pipe: int, deadline_s: float) -> list[Sighting] | float:
    """Return the next batch, or at the end of a job its duration in seconds; raises TimeoutError or EOFError."""
    (size,) = _FRAME.unpack(_read_exactly(pipe, _FRAME.size, deadline_s))
    if size > FRAME_LIMIT_BYTES:
        raise EOFError
    batch: list[Sighting] | float = pickle.loads(_read_exactly(pipe, size, deadline_s))
    return batch


def _read_exactly(pipe: int, size: int, deadline_s: float) -> bytes:
    """Return `size` bytes of `pipe`; raises TimeoutError at the deadline and EOFError at its end."""
    parts: list[bytes] = []
    while size:
        ready, _, _ = select.select([pipe], [], [], max(0.0, deadline_s - time.monotonic()))
        if not ready:
            raise TimeoutError
        part = os.read(pipe, min(size, 1 << 20))
        if not part:
            raise EOFError
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def _child(jobs: list[Job], pipe: int, host: Host, parent: int, *, parents_end: int) -> None:
    """Run every job and leave the process; nothing of the parent's clean-up runs here."""
    try:
        os.close(parents_end)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)
        _die_with(parent)
        inside: Scope | None = None
        for job in jobs:
            send = _Sender(pipe)
            started_s = time.monotonic()
            try:
                if job.probe.extent is Extent.NAMESPACE and job.scope != inside:
                    inside = None
                    enter(job.scope)
                    inside = job.scope
                _run_probe(job, host, send)
            except SourceError as error:
                send(job.probe.blind(View(host=host, scope=job.scope), f"namespace {job.scope.label}", error))
            send.end(time.monotonic() - started_s)
    except BaseException:  # noqa: BLE001 - the parent sees the closed pipe; a traceback could quote what was read
        os._exit(1)
    os._exit(0)


def _die_with(parent: int) -> None:
    """Ask the kernel to kill this process when its parent ends, so that no probe outlives a killed scan."""
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def _run_probe(job: Job, host: Host, send: Callable[[Sighting], None]) -> None:
    """Send everything the probe yields; whatever it raises becomes a gap without quoting any bytes."""
    view = View(host=host, scope=job.scope, targets=job.targets)
    sources = ", ".join(job.probe.reads)
    try:
        for sighting in job.probe.run(view):
            send(sighting)
    except SourceError as error:
        send(job.probe.blind(view, sources, error))
    except Exception as error:  # noqa: BLE001 - one probe never stops the others
        send(job.probe.blind(view, sources, SourceError(f"the probe failed: {whereabouts(error)}")))


class _Sender:
    """Writes sightings to the pipe in batches."""

    def __init__(self, pipe: int) -> None:
        """Send to `pipe`."""
        self._pipe = pipe
        self._batch: list[Sighting] = []

    def __call__(self, sighting: Sighting) -> None:
        """Queue one sighting."""
        self._batch.append(sighting)
        if len(self._batch) >= _BATCH_ROWS:
            self._flush()

    def end(self, duration_s: float) -> None:
        """Send what is queued, and `duration_s` as the mark that ends a job."""
        self._flush()
        self._write(duration_s)

    def _flush(self) -> None:
        if self._batch:
            self._write(self._batch)
            self._batch = []

    def _write(self, item: list[Sighting] | float) -> None:
        data = pickle.dumps(item, pickle.HIGHEST_PROTOCOL)
        view = memoryview(_FRAME.pack(len(data)) + data)
        while view:
            view = view[os.write(self._pipe, view) :]
