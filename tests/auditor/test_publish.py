"""A scan goes out whole: whatever stops it half-way, no reader is told what was not stored."""

import os
import random
import signal
import time
from collections.abc import Callable, Iterator
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from auditor.check.main import main as check
from auditor.check.summary import NAME
from auditor.errors import OutputError
from auditor.history import journal
from auditor.history.records import ScanRecord
from auditor.history.signed import Trust
from auditor.history.signing import Signer
from auditor.history.store import DIRECTORY, opened
from auditor.history.verify import verify
from auditor.model.register import HistorySettings
from auditor.publish import Published, publish
from reports import FORMATS
from reports.document import document
from tests.auditor.observed import observation
from tests.reports.sample_register import NOW
from tests.reports.samples import compliant, mixed

SEEN = observation()
SHOWN = {"critical": document(mixed()), "ok": document(compliant())}


def run(
    directory: Path, shown: dict[str, Any], formats: tuple[str, ...] = ("html", "json"), key: Path | None = None
) -> ScanRecord:
    files = {FORMATS[name].file: partial(FORMATS[name].pieces, shown, "both") for name in formats}
    with opened(directory, NOW, Signer(str(key)) if key else None) as store:
        return publish(shown, files, directory, store, HistorySettings(), NOW, seen=SEEN).record


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


@pytest.mark.parametrize(("signs", "turns"), [(False, 60), (True, 25)])
def test_killed_at_random_moments_a_check_never_says_ok_for_a_critical_scan(
    tmp_path: Path, signs: bool, turns: int, request: pytest.FixtureRequest
) -> None:
    chosen, key = random.Random(5), request.getfixturevalue("keys").ours if signs else None
    for turn in range(turns):
        name = "critical" if turn % 2 else "ok"
        child = os.fork()
        if child == 0:
            run(tmp_path, SHOWN[name], key=key)
            os._exit(0)
        time.sleep(chosen.uniform(0.0, 0.06))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        history, told = tmp_path / DIRECTORY, state(tmp_path)
        recorded = [line.record for line in journal.tail(history) if isinstance(line.record, ScanRecord)]
        if told != 3:
            assert told == {"critical": 2, "ok": 0}[recorded[-1].status]
    run(tmp_path, SHOWN["ok"], key=key)
    assert state(tmp_path) == 0
    assert verify(tmp_path, tmp_path / DIRECTORY, Trust()).sound


def with_extra(directory: Path, pieces: Callable[[str | None], Iterator[bytes]]) -> Published:
    files = {"report.json": partial(FORMATS["json"].pieces, SHOWN["ok"], "both")}
    with opened(directory, NOW) as store:
        return publish(SHOWN["ok"], files, directory, store, HistorySettings(), NOW, {"report.pdf": pieces})


def test_a_file_of_another_program_is_recorded_as_the_others_are(tmp_path: Path) -> None:
    published = with_extra(tmp_path, lambda digest: iter([b"%PDF-", str(digest).encode()]))
    assert published.lacking is None
    assert published.paths == (tmp_path / "report.json", tmp_path / "report.pdf")
    recorded = {file.name: file.sha256 for file in published.record.written}
    assert recorded["report.pdf"] == sha256((tmp_path / "report.pdf").read_bytes()).hexdigest()
    assert (tmp_path / "report.pdf").read_bytes() == b"%PDF-" + str(published.json_sha256).encode()
    (tmp_path / "report.pdf").write_bytes(b"%PDF-other")
    assert [finding.file for finding in verify(tmp_path, tmp_path / DIRECTORY).findings] == ["report.pdf"]


def test_one_that_cannot_be_made_costs_itself_and_not_the_scan(tmp_path: Path) -> None:
    def fails(_: str | None) -> Iterator[bytes]:
        yield b"half"
        raise OutputError("report.pdf: could not be laid out")

    published = with_extra(tmp_path, fails)
    assert str(published.lacking) == "report.pdf: could not be laid out"
    assert [file.name for file in published.record.written] == ["report.json"]
    assert {path.name for path in tmp_path.iterdir()} == {DIRECTORY, "report.json", NAME}
    assert verify(tmp_path, tmp_path / DIRECTORY).sound
    assert state(tmp_path) == 0
