"""Devices that come and go while they are listed: those that stay are listed once, or the scan says that it failed."""

import json
import os
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from auditor.correlate import correlate
from auditor.model.judgement import Status
from auditor.model.rows import Link
from auditor.model.sightings import BlindSpot, ProbeRun, Reason
from auditor.netlink import wire
from auditor.outcome import EXIT_CODES
from probes.links import PROBE
from tests.auditor.netlink.fakes import answer, done
from tests.netns import namespace, needs_root
from tests.probes.rtnetlink import SCOPE, ScriptedHost, run_inside, view

STATIC, MOVING, LOOKS = 1_000, 8, 40
_PROJECT = Path(__file__).resolve().parents[2]


def static() -> list[tuple[str, str]]:
    """Return name and command of each device that stays."""
    kinds = {
        "veth": "link add {0} type veth peer name {0}p",
        "ifb": "link add {0} type ifb",
        "vxlan": "link add {0} type vxlan id {1} remote 192.0.2.1 dstport 4789",
    }
    found: list[tuple[str, str]] = []
    for number in range(STATIC):
        kind = ("veth", "ifb", "vxlan")[number % 3]
        found.append((f"{kind}{number}", kinds[kind].format(f"{kind}{number}", number)))
    return found


@contextmanager
def churn(name: str) -> Iterator[Counter[str]]:
    """Make and remove devices in namespace `name` all the time; yield how often."""
    made: Counter[str] = Counter()
    stop = threading.Event()

    def work(number: int) -> None:
        lines = f"link add m{number} type ifb\nlink del m{number}\n" * 4
        while not stop.is_set():
            subprocess.run(
                ["ip", "-n", name, "-force", "-batch", "-"], input=lines.encode(), check=False, capture_output=True
            )
            made["rounds"] += 1

    threads = [threading.Thread(target=work, args=(number,)) for number in range(MOVING)]
    for thread in threads:
        thread.start()
    try:
        yield made
    finally:
        stop.set()
        for thread in threads:
            thread.join(timeout=30)


@pytest.mark.root
@needs_root
def test_devices_that_stay_are_listed_once_whatever_comes_and_goes() -> None:
    wanted = static()
    with namespace() as name:
        batch = "\n".join(command for _, command in wanted) + "\n"
        subprocess.run(["ip", "-n", name, "-batch", "-"], input=batch.encode(), check=True, timeout=120)
        whole = 0
        with churn(name) as made:
            for _ in range(LOOKS):
                rows = run_inside(name, PROBE)
                if any(isinstance(row, BlindSpot) for row in rows):
                    (spot,) = rows
                    assert isinstance(spot, BlindSpot)
                    assert spot.reason is Reason.INTERRUPTED
                    continue
                whole += 1
                names = Counter(row.name for row in rows if isinstance(row, Link))
                assert {name for name, _ in wanted} <= set(names), "a device that stayed was missed"
                assert not [name for name, count in names.items() if count > 1], "a device was listed twice"
        print(f"{made['rounds']} rounds of 4 devices, {whole} of {LOOKS} looks whole")
        assert made["rounds"] >= 3
        assert whole, "every look was interrupted"


def interrupted() -> list[BlindSpot]:
    """Return what the probe says of a table that changes during every attempt."""
    script = [answer(b"", flags=wire.NLM_F_MULTI | wire.NLM_F_DUMP_INTR), done()]
    return [spot for spot in PROBE.run(view(ScriptedHost(*[script] * 12))) if isinstance(spot, BlindSpot)]


def test_a_table_that_never_stands_still_is_a_gap_and_no_half_list() -> None:
    (spot,) = interrupted()
    assert (spot.reason, spot.hides) == (Reason.INTERRUPTED, PROBE.covers)
    assert "changed during every attempt" in spot.detail
    inventory, _ = correlate(
        [ProbeRun(probe="links", scope=SCOPE, rows=(), blind_spots=(spot,), duration_s=0.0)], now_s=0
    )
    assert inventory.tunnels == ()


@pytest.mark.root
@needs_root
def test_the_scan_then_ends_in_unknown(tmp_path: Path) -> None:
    """The whole program on a host of its own, its netlink one whose table of devices never stands still."""
    run = subprocess.run(
        [*("unshare", "--net", "--pid", "--fork", "--mount-proc"), sys.executable, "-c", _PROGRAM, str(tmp_path)],
        cwd=_PROJECT,
        env={**os.environ, "PYTHONPATH": str(_PROJECT)},
        capture_output=True,
        timeout=120,
        check=False,
    )
    assert run.returncode == EXIT_CODES[Status.UNKNOWN], run.stderr.decode()
    report = json.loads((tmp_path / "report.json").read_text())
    spots = [spot for spot in report["blind_spots"] if spot["probe"] == "links"]
    assert spots
    assert {spot["reason"] for spot in spots} == {"interrupted"}
    assert any("changed during every attempt" in json.dumps(spot) for spot in spots)


_PROGRAM = """
import sys
from auditor.errors import SourceInterrupted
from auditor.netlink import wire
from auditor.netlink.socket import Netlink
from auditor.cli import main

real = Netlink.dump
def dump(self, message, body, **limits):
    if message == wire.RTM_GETLINK:
        raise SourceInterrupted("the table changed during every attempt to read it")
    return real(self, message, body, **limits)
Netlink.dump = dump
sys.exit(main(["scan", "--format", "json", "--output", sys.argv[1]]))
"""
