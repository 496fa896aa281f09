"""Daemons that hang, workers that are killed, signals in the middle: always 3, never half a report."""

import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.lab import Lab
from tests.lab.lab import PROJECT
from tests.lab.node import Daemon, wait_until
from tests.lab.paperwork import COMPLIANT

pytestmark = [pytest.mark.root, pytest.mark.lab]


@pytest.fixture
def hanging_lab(small_lab: Lab) -> Iterator[Lab]:
    """Return the small lab with a wireguard-go that takes connections and never answers."""
    pid = str(small_lab.daemons["wireguard"].pid)
    small_lab.gateway.run("kill", "-STOP", pid)
    yield small_lab
    small_lab.gateway.run("kill", "-CONT", pid)


@pytest.fixture
def old_report(hanging_lab: Lab) -> Iterator[Path]:
    """Return a directory with an old report, which no interrupted scan may touch."""
    directory = hanging_lab.work / "old"
    directory.mkdir(exist_ok=True)
    for name in ("report.json", "report.html"):
        (directory / name).write_text(f"old {name}")
    yield directory
    assert not list((directory / "history").glob("scan-*"))
    assert {path.name: path.read_text() for path in directory.iterdir() if path.is_file()} == {
        "report.json": "old report.json",
        "report.html": "old report.html",
    }


def _start(lab: Lab, output: Path) -> tuple[Daemon, int]:
    """Return a scan that hangs, and the PID of its worker."""
    config = str(lab.papers())
    arguments = ["-m", "auditor", "scan", "--config", config, "--output", str(output)]
    scan = lab.gateway.spawn(sys.executable, *arguments, cwd=str(PROJECT))
    seen: list[tuple[str, float]] = []

    def same_worker_for_a_second() -> bool:
        said = lab.gateway.run("pgrep", "--parent", str(scan.pid), check=False).stdout.split()
        assert scan.status() is None, scan.output()
        if said and (not seen or seen[-1][0] != said[0]):
            seen.append((said[0], time.monotonic()))
        return bool(said) and time.monotonic() - seen[-1][1] > 1

    wait_until("a worker that hangs", same_worker_for_a_second)
    return scan, int(seen[-1][0])


def _gone(lab: Lab, pid: int) -> bool:
    return lab.gateway.run("kill", "-0", str(pid), check=False).returncode != 0


@pytest.mark.parametrize("time_limit_s", [30.0, 1.0], ids=["the probe gives up", "the probe is ended"])
def test_a_daemon_that_hangs_is_a_blind_spot(hanging_lab: Lab, time_limit_s: float) -> None:
    began = time.monotonic()
    scan = hanging_lab.scan(papers=replace(COMPLIANT, time_limit_s=time_limit_s))
    assert time.monotonic() - began < 20
    assert (scan.code, scan.report["status"]) == (3, "unknown")
    reasons = {(spot["probe"], spot["reason"]) for spot in scan.report["blind_spots"]}
    assert reasons == {("wireguard_uapi", "timeout")}
    (tunnel,) = scan.report["tunnels"]
    assert (tunnel["interface"], tunnel["technology"], tunnel["state"]) == ("wgo0", "wireguard", "unknown")
    assert tunnel["verdict"] != "compliant"


def test_a_killed_worker_is_a_blind_spot(hanging_lab: Lab) -> None:
    output = hanging_lab.work / "killed"
    output.mkdir()
    scan, worker = _start(hanging_lab, output)
    hanging_lab.gateway.run("kill", "-KILL", str(worker))
    wait_until("end of the scan", lambda: scan.status() is not None)
    assert scan.status() == 3, scan.output()
    assert '"killed"' in (output / "report.json").read_text()


@pytest.mark.parametrize("signal", ["TERM", "INT", "HUP"])
def test_a_signal_ends_in_unknown_and_leaves_the_old_report(hanging_lab: Lab, old_report: Path, signal: str) -> None:
    scan, worker = _start(hanging_lab, old_report)
    scan.stop(signal)
    assert scan.status() == 3, scan.output()
    assert "Traceback" not in scan.output()
    wait_until("end of the worker", lambda: _gone(hanging_lab, worker), limit_s=5)


def test_a_killed_scan_leaves_neither_worker_nor_half_a_report(hanging_lab: Lab, old_report: Path) -> None:
    scan, worker = _start(hanging_lab, old_report)
    scan.stop("KILL")
    wait_until("end of the worker", lambda: _gone(hanging_lab, worker), limit_s=5)
