"""`auditor reassess`: to the terminal or elsewhere, marked, never over the last report; every refusal is clear."""

import gzip
import json
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from auditor import cli
from auditor.cli import main
from auditor.history import journal, surveys
from auditor.history.records import ScanRecord, StoredFile, to_line
from auditor.history.store import DIRECTORY, opened
from reports import FORMATS
from tests.auditor.history.samples import NOON, document
from tests.auditor.observed import observation, stored
from tests.reports.page import Page

LABEL = "Reassessment of scan 1, not a new scan"
LABEL_ZH = "第1次扫描的重新判定，并非新的扫描"


@pytest.fixture
def reports(tmp_path: Path) -> Path:
    stored(tmp_path / "reports", observation())
    return tmp_path / "reports"


@pytest.fixture
def papers(tmp_path: Path) -> tuple[str, ...]:
    (tmp_path / "auditor.toml").write_text('[site]\nname = "Shanghai"\nlocation = "CN"\n')
    (tmp_path / "register.toml").write_text("reviewed_on = 2026-11-20\n")
    return "--config", str(tmp_path / "auditor.toml"), "--register", str(tmp_path / "register.toml")


def everything(directory: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(directory)): path.read_bytes() for path in sorted(directory.rglob("*")) if path.is_file()
    }


def test_it_goes_to_the_terminal_and_touches_nothing(
    reports: Path, papers: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    before = everything(reports)
    code = main(["reassess", "1", "-d", str(reports), *papers])
    out = capsys.readouterr().out
    lines = out.splitlines()
    assert f"exit code {code}" in lines[0]
    assert lines[1].startswith(LABEL)
    assert "register.toml (SHA-256 " in lines[2]
    assert "Against the report of scan 1: " in out
    assert "the register or the configuration changed" in out
    assert "the host changed" not in out
    assert everything(reports) == before


def test_chinese_and_json_to_the_terminal(
    reports: Path, papers: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    main(["reassess", "last", "-d", str(reports), *papers, "--lang", "zh"])
    assert capsys.readouterr().out.splitlines()[1].startswith(LABEL_ZH)
    code = main(["reassess", "last", "-d", str(reports), *papers, "--format", "json", "--as-of", "now"])
    shown = json.loads(capsys.readouterr().out)
    assert shown["exit_code"] == code
    assert shown["reassessment"]["as_of"] == shown["reassessment"]["judged_at"]
    assert shown["scan"]["started_at"] == shown["reassessment"]["observed_at"]


def test_every_form_says_what_it_is(reports: Path, papers: tuple[str, ...], tmp_path: Path) -> None:
    wanted = [name for name in FORMATS if name not in ("pdf", "prometheus")]
    output = tmp_path / "again"
    main(["reassess", "1", "-d", str(reports), *papers, "--format", ",".join(wanted), "--output", str(output)])
    for name in wanted:
        text = (output / FORMATS[name].file).read_text("utf-8-sig")
        assert "eassessment of scan 1" in text, name
    page = Page((output / "report.html").read_text("utf-8"))
    for words in (LABEL, LABEL_ZH):
        assert words in page.one("section", id="summary").words
    assert LABEL_ZH in (output / "report.csv").read_text("utf-8-sig")
    assert main(["report", str(output / "report.json"), "--output", str(tmp_path / "stored")]) in (1, 2, 3)
    assert LABEL in (tmp_path / "stored" / "report.html").read_text("utf-8")


@pytest.mark.parametrize("where", ["", DIRECTORY, "copy"])
def test_it_never_goes_where_a_scan_left_its_report(
    reports: Path, papers: tuple[str, ...], capsys: pytest.CaptureFixture[str], where: str
) -> None:
    (reports / "copy" / DIRECTORY).mkdir(parents=True)
    before = everything(reports)
    output = str(reports / where)
    assert main(["reassess", "1", "-d", str(reports), *papers, "--format", "html", "--output", output]) == 3
    assert "the last report of a scan is there" in capsys.readouterr().err
    assert everything(reports) == before


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("7",), "no scan 7 is stored here"),
        (("-1",), "SCAN"),
        (("all",), "all: the number of a stored scan, or last"),
        (("9" * 400,), "the number of a stored scan"),
        (("1", "--format", "prometheus"), "metrics are those of the last scan"),
        (("1", "--format", "html,json"), "need --output DIR"),
        (("1", "--format", "docx"), "no such format"),
        (("1", "--as-of", "monday"), "invalid choice"),
        (("1", "--register", "/nowhere"), "/nowhere"),
        (("1", "--format", "json", "--output", "a\0b"), "not a usable path"),
    ],
)
def test_what_cannot_be_done_is_said(
    reports: Path, papers: tuple[str, ...], capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], words: str
) -> None:
    command = ["reassess", "-d", str(reports), *papers[:2], *arguments]
    try:
        code = main(command)
    except SystemExit as error:  # NOTE: usage errors end here
        code = int(error.code or 0)
    assert code == 3
    assert words in capsys.readouterr().err


def test_a_scan_without_an_observation_says_what_can_be_done(
    tmp_path: Path, papers: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    stored(tmp_path, None)
    assert main(["reassess", "last", "-d", str(tmp_path), *papers]) == 3
    said = capsys.readouterr().err
    assert "scan 1: what it observed was not kept with it" in said
    assert f"auditor report {tmp_path / DIRECTORY / 'scan-000001.json'}" in said
    assert "auditor scan" in said


def test_a_scan_that_was_removed_says_so(
    reports: Path, papers: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    shown = document()
    with opened(reports, NOON) as store:
        store.keep([json.dumps(shown)], shown)
        store.prune(NOON, max_age_days=None, max_count=1)
    assert main(["reassess", "1", "-d", str(reports), *papers]) == 3
    assert "scan 1 was removed by the retention rules" in capsys.readouterr().err


def _gone(path: Path) -> None:
    path.unlink()


def _changed(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1] + b"x")


def _device(path: Path) -> None:
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize("spoilt", [_gone, _changed, _device])
@pytest.mark.parametrize("name", ["scan-000001.json", "scan-000001.survey.json.gz"])
def test_a_file_that_is_not_what_was_recorded_is_refused(
    reports: Path,
    papers: tuple[str, ...],
    capsys: pytest.CaptureFixture[str],
    name: str,
    spoilt: Callable[[Path], None],
) -> None:
    spoilt(reports / DIRECTORY / name)
    assert main(["reassess", "1", "-d", str(reports), *papers]) == 3
    said = capsys.readouterr().err
    assert name in said
    assert "Traceback" not in said


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"203.0.113.7"', b'"no address"'),
        (b'"wireguard"', b'"no such thing"'),
        (b'"10.2.0.0/16"', b'"10.2.0.0/99"'),
        (b'"gw-sha-01"', b'"\\ud800 <script>"'),
    ],
)
def test_a_history_written_anew_by_somebody_ends_well(
    reports: Path, papers: tuple[str, ...], capsys: pytest.CaptureFixture[str], old: bytes, new: bytes
) -> None:
    """Whoever can write the directory can make digests fit too: what cannot be judged is an error, never a crash."""
    history = reports / DIRECTORY
    text = b"".join(surveys.packed(surveys.plain(observation())))
    data = gzip.compress(gzip.decompress(text).replace(old, new))
    (line,) = journal.read(history)
    assert isinstance(line.record, ScanRecord)
    file = StoredFile(name="scan-000001.survey.json.gz", size_bytes=len(data), sha256=sha256(data).hexdigest())
    (history / file.name).write_bytes(data)
    (history / journal.NAME).write_bytes(to_line(replace(line.record, survey=file)) + b"\n")
    assert main(["reassess", "1", "-d", str(reports), *papers]) in (1, 2, 3)
    said = capsys.readouterr()
    assert "internal error" not in said.err
    assert "Traceback" not in said.err


def test_it_is_offered() -> None:
    assert "reassess" in cli.COMMANDS
