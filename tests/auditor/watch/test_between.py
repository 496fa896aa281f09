"""What the watch wrote is told once, whatever stops a scan in between, and never grows without end."""

import json
import os
import threading
import time
from pathlib import Path

import pytest

from auditor.model.sightings import Reason, Scope
from auditor.watch import between
from auditor.watch.between import settled, taken
from auditor.watch.journal import ALIVE, BEAT_S, EVENTS, Journal

HOME = Scope(name=None, inode=100, door="/proc/1/ns/net")


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    made = Journal(str(tmp_path))
    made.make()
    made.beat(stopped=False)
    return made


def came_and_went(journal: Journal, name: str) -> None:
    for at_s, there in ((10, True), (15, False)):
        journal.write(at_s, "device", name=name, kind="tun", index=1, there=there, up=there)


def told(directory: Path, number: int) -> list[str | None]:
    return sorted(str(seen.tunnel.interface) for seen in taken(directory, HOME, time.time(), number).tunnels)


def test_no_watch_tells_nothing(tmp_path: Path) -> None:
    assert taken(tmp_path, HOME, time.time(), 1) == between.NO_WATCH


def test_lines_are_told_once(tmp_path: Path, journal: Journal) -> None:
    came_and_went(journal, "tun1")
    assert told(tmp_path, 1) == ["tun1"]
    settled(tmp_path)
    came_and_went(journal, "tun2")
    assert told(tmp_path, 2) == ["tun2"]


def test_a_scan_that_could_not_be_stored_leaves_them_for_the_next(tmp_path: Path, journal: Journal) -> None:
    came_and_went(journal, "tun1")
    assert told(tmp_path, 1) == ["tun1"]
    came_and_went(journal, "tun2")
    assert told(tmp_path, 1) == ["tun1", "tun2"]
    assert told(tmp_path, 1) == ["tun1", "tun2"]


def test_a_scan_that_was_stopped_after_it_was_stored_has_told_them(tmp_path: Path, journal: Journal) -> None:
    came_and_went(journal, "tun1")
    assert told(tmp_path, 1) == ["tun1"]
    came_and_went(journal, "tun2")
    assert told(tmp_path, 2) == ["tun2"]
    assert [path.name for path in journal.directory.glob(f"{EVENTS}*")] == ["events.000002.001"]


def test_no_line_is_lost_while_a_scan_takes_over(
    tmp_path: Path, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("auditor.watch.told._MOST_TUNNELS", 1 << 40)
    wrote: list[str] = []
    enough = threading.Event()

    def write() -> None:
        while not enough.is_set():
            wrote.append(f"tun{len(wrote)}")
            journal.write(len(wrote), "device", name=wrote[-1], kind="tun", index=len(wrote), there=False, up=False)

    writer = threading.Thread(target=write)
    writer.start()
    found: list[str | None] = []
    for number in range(1, 30):
        found += told(tmp_path, number)
        time.sleep(0.005)
    enough.set()
    writer.join()
    found += told(tmp_path, 30)
    assert sorted(map(str, found)) == sorted(wrote)


def test_scans_that_fail_all_the_time_do_not_fill_the_disk(
    tmp_path: Path, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(between, "_MOST_ASIDE_BYTES", 1000)
    for turn in range(30):
        came_and_went(journal, f"tun{turn}")
        found = taken(tmp_path, HOME, time.time(), 1)
    assert [spot.reason for spot in found.gaps] == [Reason.TRUNCATED]
    assert sum(path.stat().st_size for path in journal.directory.glob(f"{EVENTS}*")) < 1500
    assert "tun29" in {seen.tunnel.interface for seen in found.tunnels}


def test_a_full_file_says_so_and_takes_no_more(
    tmp_path: Path, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("auditor.watch.journal.MOST_BYTES", 2000)
    for turn in range(50):
        came_and_went(journal, f"tun{turn}")
    assert (journal.directory / EVENTS).stat().st_size < 2100
    assert [spot.reason for spot in taken(tmp_path, HOME, time.time(), 1).gaps] == [Reason.TRUNCATED]


def test_a_full_disk_leaves_no_half_line(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    came_and_went(journal, "tun1")
    before = (journal.directory / EVENTS).read_bytes()
    real = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, data: real(descriptor, data[:10]))
    with pytest.raises(OSError, match="No space left"):
        came_and_went(journal, "tun2")
    assert (journal.directory / EVENTS).read_bytes() == before


def test_a_watch_that_was_stopped_is_no_gap_in_any_later_scan(tmp_path: Path, journal: Journal) -> None:
    journal.write(20, "stop")
    journal.beat(stopped=True)
    old_s = time.time() + 100 * BEAT_S
    for number in (1, 2, 3):
        assert taken(tmp_path, HOME, old_s, number).gaps == ()
        settled(tmp_path)


def test_a_watch_that_is_dead_is_a_gap_in_every_scan(tmp_path: Path, journal: Journal) -> None:
    for number in (1, 2):
        found = taken(tmp_path, HOME, time.time() + 100 * BEAT_S, number)
        assert [spot.reason for spot in found.gaps] == [Reason.KILLED]
        settled(tmp_path)


def test_a_namespace_that_is_not_listened_to_is_a_gap_in_every_scan(tmp_path: Path, journal: Journal) -> None:
    journal.write(1, "deaf", netns=200, space="blue", errno=1)
    journal.beat(stopped=False, deaf={"200": ["blue", 1], "201": ["gre\x1ben", 0]})
    for number in (1, 2):
        gaps = taken(tmp_path, HOME, time.time(), number).gaps
        assert [(spot.scope, spot.needs) for spot in gaps] == [("blue", "CAP_SYS_ADMIN"), ("gre_en", None)]
        settled(tmp_path)


@pytest.mark.parametrize(
    "state", [b"", b"{", b"[]", b'{"deaf":7}', b'{"deaf":{"x":1}}', b'{"deaf":{"1":[2]}}', b"\xff"]
)
def test_a_damaged_state_stops_no_scan(tmp_path: Path, journal: Journal, state: bytes) -> None:
    (journal.directory / ALIVE).write_bytes(state)
    assert taken(tmp_path, HOME, time.time(), 1).gaps == ()
    assert json.dumps(journal.last_state()) is not None
