"""The worker keeps what was seen and names what was lost, whatever a probe does."""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from auditor import worker
from auditor.errors import SourceDenied
from auditor.model.rows import PppSession
from auditor.model.sightings import BlindSpot, Reason, Scope, Sighting
from auditor.probe import Extent, Probe, Targets, View
from auditor.worker import Job, run_jobs

SCOPE = Scope(name=None, inode=1, door="/proc/self/ns/net")
SECRET = "c2VjcmV0LXNlY3JldC1zZWNyZXQ="


def probe(name: str, run: object) -> Probe:
    return Probe(
        name=name,
        summary="a test probe",
        reads=(f"/dev/{name}",),
        needs=(),
        covers=("gre",),
        run=run,  # type: ignore[arg-type]
        extent=Extent.HOST,
    )


def row(number: int) -> PppSession:
    return PppSession(carrier="l2tp", device=f"eth{number}")


def sees_two(_view: View) -> Iterator[Sighting]:
    yield row(1)
    yield row(2)


def crashes(_view: View) -> Iterator[Sighting]:
    yield row(1)
    raise ValueError(SECRET)


def is_denied(_view: View) -> Iterator[Sighting]:
    yield row(1)
    raise SourceDenied("Operation not permitted", needs="CAP_NET_ADMIN")


def hangs(_view: View) -> Iterator[Sighting]:
    yield row(1)
    time.sleep(60)


def is_killed(_view: View) -> Iterator[Sighting]:
    yield row(1)
    os.kill(os.getpid(), signal.SIGKILL)


def leaves(_view: View) -> Iterator[Sighting]:
    yield row(1)
    os._exit(7)


def runs_out_of_memory(_view: View) -> Iterator[Sighting]:
    yield row(1)
    raise MemoryError


def yields_many(_view: View) -> Iterator[Sighting]:
    for number in range(20_000):
        yield row(number)


def jobs(*probes: Probe) -> list[Job]:
    return [Job(probe=item, scope=SCOPE, targets=Targets()) for item in probes]


def test_rows_and_order_survive() -> None:
    runs = run_jobs(jobs(probe("a", sees_two), probe("b", yields_many), probe("c", sees_two)), time_limit_s=20)
    assert [run.probe for run in runs] == ["a", "b", "c"]
    assert runs[0].rows == (row(1), row(2))
    assert len(runs[1].rows) == 20_000
    assert not any(run.blind_spots for run in runs)


@pytest.mark.parametrize(
    ("run", "reason"),
    [(crashes, Reason.CRASHED), (is_denied, Reason.PERMISSION), (runs_out_of_memory, Reason.CRASHED)],
)
def test_a_probe_that_raises_is_a_gap_and_the_next_one_runs(run: object, reason: Reason) -> None:
    first, second = run_jobs(jobs(probe("a", run), probe("b", sees_two)), time_limit_s=20)
    (spot,) = first.blind_spots
    assert (spot.reason, spot.hides, spot.scope) == (reason, ("gre",), "host")
    assert len(second.rows) == 2


def test_a_crash_never_quotes_what_was_read() -> None:
    (run,) = run_jobs(jobs(probe("a", crashes)), time_limit_s=20)
    assert SECRET not in repr(run)
    assert "ValueError" in run.blind_spots[0].detail


@pytest.mark.parametrize(
    ("run", "reason", "words"),
    [(hangs, Reason.TIMEOUT, "0.5 s"), (is_killed, Reason.KILLED, "signal 9"), (leaves, Reason.KILLED, "code 7")],
)
def test_a_lost_child_is_a_gap_and_a_new_one_goes_on(run: object, reason: Reason, words: str) -> None:
    first, second = run_jobs(jobs(probe("a", run), probe("b", sees_two)), time_limit_s=0.5)
    (spot,) = first.blind_spots
    assert spot.reason is reason
    assert words in spot.detail
    assert spot.source == "/dev/a"
    assert len(second.rows) == 2
    assert not second.blind_spots


def test_rows_sent_before_the_loss_are_kept() -> None:
    def sends_then_dies(_view: View) -> Iterator[Sighting]:
        yield from (row(number) for number in range(5_000))
        os.kill(os.getpid(), signal.SIGKILL)

    (run,) = run_jobs(jobs(probe("a", sends_then_dies)), time_limit_s=20)
    assert len(run.rows) >= 4_000
    assert run.blind_spots


def test_a_namespace_that_cannot_be_entered_is_a_gap() -> None:
    lost = Scope(name="gone", inode=1, door="/proc/self/ns/does-not-exist")
    per_namespace = Probe(
        name="a", summary="", reads=("/x",), needs=(), covers=("gre",), run=sees_two, extent=Extent.NAMESPACE
    )
    (run,) = run_jobs([Job(probe=per_namespace, scope=lost, targets=Targets())], time_limit_s=20)
    (spot,) = run.blind_spots
    assert isinstance(spot, BlindSpot)
    assert spot.source == "namespace gone"
    assert not run.rows


def test_the_child_dies_with_its_parent(tmp_path: Path) -> None:
    note = tmp_path / "pid"

    def hangs_and_tells(_view: View) -> Iterator[Sighting]:
        note.write_text(str(os.getpid()))
        time.sleep(60)
        yield row(1)

    parent = os.fork()
    if parent == 0:
        run_jobs(jobs(probe("a", hangs_and_tells)), time_limit_s=60)
        os._exit(0)
    child = _wait_for_number(note)
    os.kill(parent, signal.SIGKILL)
    os.waitpid(parent, 0)
    deadline_s = time.monotonic() + 10
    while _runs(child) and time.monotonic() < deadline_s:
        time.sleep(0.01)
    assert not _runs(child)


def _wait_for_number(path: Path) -> int:
    deadline_s = time.monotonic() + 10
    while time.monotonic() < deadline_s:
        if path.exists() and (text := path.read_text()):
            return int(text)
        time.sleep(0.01)
    raise AssertionError("the child never started")


def _runs(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def test_frames_over_the_limit_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "FRAME_LIMIT_BYTES", 64)
    (run,) = run_jobs(jobs(probe("a", yields_many)), time_limit_s=20)
    assert run.blind_spots
    assert not run.rows


def test_a_child_is_reaped_only_after_it_was_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    """A number that was given back could be another process's by the time the signal is sent."""
    ended: list[str] = []

    def kill(pid: int, number: int) -> None:
        ended.append(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0])
        real(pid, number)

    real = os.kill
    monkeypatch.setattr(worker.os, "kill", kill)
    run_jobs(jobs(probe("a", leaves), probe("b", sees_two)), time_limit_s=5)
    assert len(ended) == 2


def test_what_cannot_be_sent_is_a_gap_and_the_next_probe_runs() -> None:
    def yields_nonsense(_view: View) -> Iterator[Sighting]:
        yield row(1)
        yield lambda: None  # type: ignore[misc]

    first, second = run_jobs(jobs(probe("a", yields_nonsense), probe("b", sees_two)), time_limit_s=5)
    assert len(first.blind_spots) == 1
    assert len(second.rows) == 2
