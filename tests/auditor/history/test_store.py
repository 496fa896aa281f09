"""The history keeps what it said it kept, whatever happens in between, and says so of every byte."""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest

from auditor.errors import OutputError
from auditor.history import journal
from auditor.history.lock import Busy
from auditor.history.records import RetentionRecord, ScanRecord
from auditor.history.store import DIRECTORY, file_name, numbers, opened
from auditor.history.verify import verify
from tests.auditor.history.samples import NOON, daily, document, keep


def faults(reports: Path) -> list[str]:
    return [
        f"{finding.file}: {finding.says.en}"
        for finding in verify(reports, reports / DIRECTORY).findings
        if finding.fault
    ]


def records(history: Path) -> list[object]:
    return [line.record for line in journal.read(history)]


def test_scans_are_numbered_and_chained(tmp_path: Path) -> None:
    history = daily(tmp_path, 3)
    assert numbers(history) == [1, 2, 3]
    assert [json.loads((history / file_name(n)).read_text())["mark"] for n in (1, 2, 3)] == [0, 1, 2]
    assert all(line.chained and line.wrong is None for line in journal.read(history))
    assert verify(tmp_path, history).sound


def test_an_empty_history_is_sound_and_has_no_head(tmp_path: Path) -> None:
    (tmp_path / DIRECTORY).mkdir()
    result = verify(tmp_path, tmp_path / DIRECTORY)
    assert (result.sound, result.head, result.scans) == (True, None, 0)


def test_any_byte_changed_anywhere_is_named(tmp_path: Path) -> None:
    history = daily(tmp_path / "whole", 3)
    chosen = random.Random(4)
    for path in sorted(history.glob("[sj]*")):
        size = path.stat().st_size
        for offset in {0, size - 1, *chosen.sample(range(size), min(size, 60))}:
            copy = tmp_path / "copy"
            shutil.copytree(tmp_path / "whole", copy)
            data = bytearray(path.read_bytes())
            data[offset] ^= 1 << chosen.randrange(8)
            (copy / DIRECTORY / path.name).write_bytes(data)
            named = faults(copy)
            assert any(line.startswith(path.name) for line in named), (path.name, offset, named)
            shutil.rmtree(copy)


@pytest.mark.parametrize("line", [0, 1, 2])
def test_a_line_taken_out_is_named(tmp_path: Path, line: int) -> None:
    history = daily(tmp_path, 3)
    lines = (history / journal.NAME).read_bytes().splitlines(keepends=True)
    (history / journal.NAME).write_bytes(b"".join(lines[:line] + lines[line + 1 :]))
    assert any(file_name(line + 1) in fault for fault in faults(tmp_path))


def test_a_scan_removed_by_hand_is_missing(tmp_path: Path) -> None:
    (daily(tmp_path, 3) / file_name(2)).unlink()
    assert faults(tmp_path) == [f"{file_name(2)}: missing: it was recorded, and not removed by the retention rules"]


def test_a_link_in_place_of_a_scan_is_not_followed(tmp_path: Path) -> None:
    history = daily(tmp_path, 2)
    shutil.move(history / file_name(1), tmp_path / "elsewhere")
    (history / file_name(1)).symlink_to(tmp_path / "elsewhere")
    assert any(file_name(1) in fault for fault in faults(tmp_path))


def test_the_next_run_records_a_scan_that_was_stored_and_not_recorded(tmp_path: Path) -> None:
    history = daily(tmp_path, 2)
    (history / file_name(3)).write_text(json.dumps(document("orphan")))
    (history / ".scan-000004.json.x.new").write_text("half")
    with opened(tmp_path, NOON):
        pass
    last = records(history)[-1]
    assert isinstance(last, ScanRecord)
    assert (last.number, last.recovered) == (3, True)
    assert not list(history.glob(".*"))
    assert verify(tmp_path, history).sound
    assert keep(tmp_path).number == 4


def test_a_file_that_is_no_scan_is_neither_recorded_nor_overwritten(tmp_path: Path) -> None:
    history = daily(tmp_path, 1)
    (history / file_name(2)).write_text("[")
    assert keep(tmp_path).number == 3
    assert (history / file_name(2)).read_text() == "["
    assert faults(tmp_path) == [f"{file_name(2)}: no line of the journal records it"]


@pytest.mark.parametrize("cut", [1, 20, 300])
def test_a_journal_cut_short_recovers_and_loses_no_scan(tmp_path: Path, cut: int) -> None:
    history = daily(tmp_path, 3)
    data = (history / journal.NAME).read_bytes()
    (history / journal.NAME).write_bytes(data[:-cut])
    assert keep(tmp_path).number == 4
    assert verify(tmp_path, history).sound
    assert [r.number for r in records(history) if isinstance(r, ScanRecord)] == [1, 2, 3, 4]


def test_a_lost_journal_is_made_anew_from_the_scans_and_says_so(tmp_path: Path) -> None:
    history = daily(tmp_path, 3)
    (history / journal.NAME).unlink()
    assert keep(tmp_path).number == 4
    result = verify(tmp_path, history)
    assert result.sound
    assert sum("later run" in finding.says.en for finding in result.findings) == 3


def test_a_damaged_line_stays_named_and_the_chain_goes_on(tmp_path: Path) -> None:
    history = daily(tmp_path, 2)
    with (history / journal.NAME).open("ab") as stream:
        stream.write(b"garbage\n")
    assert keep(tmp_path).number == 3
    assert faults(tmp_path) == [f"{journal.NAME}:3: damaged: not a record of the journal"]


def test_old_scans_go_by_age_and_by_number_and_the_newest_stays(tmp_path: Path) -> None:
    history = daily(tmp_path, 10)
    with opened(tmp_path, NOON + timedelta(days=9)) as store:
        assert store.prune(NOON + timedelta(days=9), max_age_days=6, max_count=None) == (1, 2, 3)
        assert store.prune(NOON + timedelta(days=9), max_age_days=None, max_count=4) == (4, 5, 6)
        assert store.prune(NOON + timedelta(days=9), max_age_days=0, max_count=0)[-1] == 9
    assert numbers(history) == [10]
    assert keep(tmp_path, at=NOON + timedelta(days=10)).number == 11
    assert verify(tmp_path, history).sound


def test_a_clock_far_ahead_does_not_empty_the_history(tmp_path: Path) -> None:
    daily(tmp_path, 10)
    keep(tmp_path, at=NOON + timedelta(days=40_000))
    with opened(tmp_path, NOON) as store:
        assert store.prune(NOON + timedelta(days=40_000), max_age_days=30, max_count=None) == ()


def test_a_clock_set_back_keeps_the_order(tmp_path: Path) -> None:
    history = daily(tmp_path, 3)
    assert keep(tmp_path, at=NOON - timedelta(days=400)).number == 4
    assert verify(tmp_path, history).sound


def test_a_removal_that_was_cut_short_is_finished(tmp_path: Path) -> None:
    history = daily(tmp_path, 3)
    saved = (history / file_name(1)).read_bytes()
    with opened(tmp_path, NOON) as store:
        store.prune(NOON, max_age_days=None, max_count=2)
    (history / file_name(1)).write_bytes(saved)
    assert isinstance(records(history)[-1], RetentionRecord)
    keep(tmp_path)
    assert numbers(history) == [2, 3, 4]
    assert verify(tmp_path, history).sound


def test_two_at_once_are_refused_and_the_second_changes_nothing(tmp_path: Path) -> None:
    with opened(tmp_path, NOON):
        child = os.fork()
        if child == 0:
            try:
                keep(tmp_path)
            except Busy as error:
                os._exit(7 if str(os.getppid()) in str(error) else 8)
            os._exit(0)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
    assert keep(tmp_path).number == 1


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root: mounts a read-only file system")
def test_a_read_only_directory_is_an_error(tmp_path: Path) -> None:
    daily(tmp_path, 1)
    code = (
        "import sys; from pathlib import Path; from tests.auditor.history.samples import keep; keep(Path(sys.argv[1]))"
    )
    mount = f"mount --bind {tmp_path} {tmp_path} && mount -o remount,bind,ro {tmp_path}"
    mount += f" && exec {sys.executable} -c '{code}' {tmp_path}"
    done = subprocess.run(["unshare", "--mount", "sh", "-c", mount], capture_output=True, text=True, check=False)
    assert "OutputError" in done.stderr
    assert "Read-only file system" in done.stderr
    assert numbers(tmp_path / DIRECTORY) == [1]


def test_a_failing_disk_while_recording_reports_nothing_and_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    history = daily(tmp_path, 2)
    with monkeypatch.context() as patch:
        patch.setattr(os, "pwrite", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device")))
        with pytest.raises(OutputError, match="No space left"):
            keep(tmp_path)
    assert keep(tmp_path).number == 4
    assert verify(tmp_path, history).sound


def test_killed_at_200_random_moments_nothing_reported_is_lost(tmp_path: Path) -> None:
    chosen, said = random.Random(11), tmp_path / "said"
    said.touch()
    for _ in range(200):
        child = os.fork()
        if child == 0:
            _scan_for_ever(tmp_path, said)
        time.sleep(chosen.uniform(0.002, 0.08))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        if chosen.random() < 0.2:
            assert not [fault for fault in faults(tmp_path) if "missing" in fault or "not the ones" in fault]
    with opened(tmp_path, NOON):
        pass
    reported = {int(line) for line in said.read_text().splitlines()}
    kept = {r.number for r in records(tmp_path / DIRECTORY) if isinstance(r, ScanRecord)}
    assert len(reported) > 100
    assert reported <= kept
    assert verify(tmp_path, tmp_path / DIRECTORY).sound


def _scan_for_ever(reports: Path, said: Path) -> None:
    with said.open("ab", buffering=0) as stream:
        while True:
            stream.write(f"{keep(reports).number}\n".encode())
            with opened(reports, NOON) as store:
                store.prune(NOON, max_age_days=None, max_count=20)
