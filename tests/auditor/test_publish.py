"""A scan goes out whole: whatever stops it half-way, no reader is told what was not stored."""

import os
import random
import signal
import time
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from auditor.check.main import main as check
from auditor.check.summary import NAME
from auditor.errors import OutputError
from auditor.history import journal
from auditor.history.records import ScanRecord
from auditor.history.store import DIRECTORY, opened
from auditor.history.verify import verify
from auditor.model.register import HistorySettings
from auditor.publish import publish
from reports import FORMATS
from reports.document import document
from tests.auditor.observed import observation
from tests.reports.sample_register import NOW
from tests.reports.samples import compliant, mixed

SEEN = observation()
SHOWN = {"critical": document(mixed()), "ok": document(compliant())}


def run(directory: Path, shown: dict[str, Any], formats: tuple[str, ...] = ("html", "json")) -> ScanRecord:
    files = {FORMATS[name].file: partial(FORMATS[name].pieces, shown, "both") for name in formats}
    with opened(directory, NOW) as store:
        return publish(shown, files, directory, store, HistorySettings(), NOW, SEEN).record


def state(directory: Path) -> int:
    return check(["-d", str(directory), "--max-age", "900000"])


def test_reports_history_and_summary_belong_together(tmp_path: Path) -> None:
    record = run(tmp_path, SHOWN["critical"])
    assert {file.name for file in record.written} == {"report.html", "report.json"}
    assert (tmp_path / DIRECTORY / record.file).read_bytes() == (tmp_path / "report.json").read_bytes()
    assert verify(tmp_path, tmp_path / DIRECTORY).sound
    assert state(tmp_path) == 2


def test_without_json_the_scan_is_kept_all_the_same(tmp_path: Path) -> None:
    record = run(tmp_path, SHOWN["ok"], ("text",))
    assert {path.name for path in tmp_path.iterdir()} == {DIRECTORY, "report.txt", NAME}
    assert (tmp_path / DIRECTORY / record.file).stat().st_size == record.size_bytes
    assert record.survey is not None


def test_a_changed_report_is_named(tmp_path: Path) -> None:
    run(tmp_path, SHOWN["ok"])
    with (tmp_path / "report.html").open("a") as stream:
        stream.write(" ")
    assert [finding.file for finding in verify(tmp_path, tmp_path / DIRECTORY).findings] == ["report.html"]


@pytest.mark.parametrize("call", range(1, 10))
def test_a_disk_that_fails_at_any_step_leaves_the_old_answer_or_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: int
) -> None:
    run(tmp_path, SHOWN["critical"])
    before = (tmp_path / "report.html").read_bytes()
    real, calls = os.fsync, []

    def fails(descriptor: int) -> None:
        calls.append(descriptor)
        if len(calls) == call:
            raise OSError(28, "No space left on device")
        real(descriptor)

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fails)
        try:
            run(tmp_path, SHOWN["ok"])
        except OutputError:
            stored = len(list(journal.read(tmp_path / DIRECTORY))) == 2
            assert state(tmp_path) in ((0, 3) if stored else (2, 3))
            assert not list(tmp_path.glob(".*"))
        else:
            assert len(calls) < call
    assert (tmp_path / "report.html").read_bytes() == before or state(tmp_path) in (0, 3)
    run(tmp_path, SHOWN["ok"])
    assert state(tmp_path) == 0
    assert verify(tmp_path, tmp_path / DIRECTORY).sound


def test_killed_at_random_moments_a_check_never_says_ok_for_a_critical_scan(tmp_path: Path) -> None:
    chosen = random.Random(5)
    for turn in range(60):
        name = "critical" if turn % 2 else "ok"
        child = os.fork()
        if child == 0:
            run(tmp_path, SHOWN[name])
            os._exit(0)
        time.sleep(chosen.uniform(0.0, 0.06))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        history, told = tmp_path / DIRECTORY, state(tmp_path)
        recorded = [line.record for line in journal.tail(history) if isinstance(line.record, ScanRecord)]
        if told != 3:
            assert told == {"critical": 2, "ok": 0}[recorded[-1].status]
    run(tmp_path, SHOWN["ok"])
    assert state(tmp_path) == 0
    assert verify(tmp_path, tmp_path / DIRECTORY).sound
