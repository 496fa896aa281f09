"""The check: one line, performance data on it, the right state; UNKNOWN whenever the last scan cannot be relied on."""

import json
import os
import re
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Timer

import pytest

from auditor import __version__
from auditor.check import state
from auditor.check.main import main
from auditor.check.summary import FORM, NAME
from auditor.history.store import DIRECTORY, file_name, opened
from reports.document import document
from tests.auditor.check.stored import BEGAN_S, status, store
from tests.reports.samples import mixed

LINE = re.compile(r"AUDITOR (OK|WARNING|CRITICAL|UNKNOWN) - [^|\n]+( \| (\S+=-?[0-9.]+[a-z%]*(;[^ ;]*){0,4} ?)+)?\n")


@pytest.fixture(autouse=True)
def _an_hour_later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time", lambda: BEGAN_S + 3600)


def check(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str]:
    code = main([str(argument) for argument in arguments])
    return code, capsys.readouterr().out


@pytest.mark.parametrize(("name", "code"), [("ok", 0), ("warning", 1), ("critical", 2), ("unknown", 3)])
def test_the_state_is_that_of_the_scan(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, code: int
) -> None:
    store(tmp_path, status(document(mixed()), name, code))
    found, out = check(capsys, "-d", tmp_path)
    assert found == code
    assert LINE.fullmatch(out), out
    assert out.startswith(f"AUDITOR {name.upper()} - gw-sha-01: ")


def test_performance_data_are_the_counts_of_the_scan(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shown = store(tmp_path)
    _, out = check(capsys, "-d", tmp_path, "-w", "3", "-c", "5")
    figures = dict(item.split("=") for item in out.split(" | ")[1].split())
    assert figures["tunnels"] == f"{shown['counts']['tunnels']};;;0"
    assert figures["unmatched"].split(";")[1:3] == ["3", "5"]
    assert figures["not_in_line"].split(";")[0] == str(shown["counts"]["verdicts"]["non_compliant"])
    assert figures["blind_spots"].split(";")[0] == str(shown["counts"]["blind_spots_open"])
    assert figures["age"] == "3600s;;93600;0"
    assert figures["scan_time"] == "0.412s;;;0"


def test_thresholds_only_make_it_worse(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store(tmp_path, status(document(mixed()), "ok", 0))
    assert check(capsys, "-d", tmp_path, "-w", "100")[0] == 0
    assert check(capsys, "-d", tmp_path, "-w", "@0:100")[0] == 1
    code, out = check(capsys, "-d", tmp_path, "-w", "0", "-c", "0")
    assert code == 2
    assert "is outside of 0" in out
    store(tmp_path, status(document(mixed()), "critical", 2))
    assert check(capsys, "-d", tmp_path, "-w", "100", "-c", "100")[0] == 2


def test_no_scan_yet_is_unknown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out = check(capsys, "-d", tmp_path)
    assert (code, "no scan yet" in out) == (3, True)


def test_an_old_scan_is_unknown_and_says_what_it_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    store(tmp_path, status(document(mixed()), "critical", 2))
    monkeypatch.setattr(time, "time", lambda: BEGAN_S + 26 * 3600 + 1)
    code, out = check(capsys, "-d", tmp_path)
    assert (code, "more than 26 h" in out, "critical" in out) == (3, True, True)
    assert check(capsys, "-d", tmp_path, "--max-age", "48")[0] == 2


def test_a_scan_from_the_future_is_unknown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    store(tmp_path)
    monkeypatch.setattr(time, "time", lambda: BEGAN_S - 3600)
    assert check(capsys, "-d", tmp_path)[0] == 3
    monkeypatch.setattr(time, "time", lambda: BEGAN_S - state.AHEAD_S + 1)
    assert check(capsys, "-d", tmp_path)[0] == 2


def test_any_byte_of_the_summary_changed_is_unknown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store(tmp_path)
    whole = (tmp_path / NAME).read_bytes()
    for offset in range(0, len(whole), 7):
        (tmp_path / NAME).write_bytes(whole[:offset] + bytes([whole[offset] ^ 1]) + whole[offset + 1 :])
        assert check(capsys, "-d", tmp_path)[0] == 3, offset
    for length in (0, 10, len(FORM) + 66, len(whole) - 1):
        (tmp_path / NAME).write_bytes(whole[:length])
        assert check(capsys, "-d", tmp_path)[0] == 3, length


def test_a_summary_of_another_history_is_unknown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store(tmp_path / "one")
    store(tmp_path / "two", status(document(mixed()), "ok", 0))
    (tmp_path / "one" / NAME).write_bytes((tmp_path / "two" / NAME).read_bytes())
    code, out = check(capsys, "-d", tmp_path / "one")
    assert (code, "do not belong together" in out) == (3, True)


def stored_and_not_said(directory: Path) -> bytes:
    """Leave two scans of which the summary says the first, and return what it is to say of the second."""
    store(directory)
    before = (directory / NAME).read_bytes()
    store(directory, status(document(mixed()), "warning", 1))
    after = (directory / NAME).read_bytes()
    (directory / NAME).write_bytes(before)
    return after


def test_a_scan_stored_after_the_summary_is_unknown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(state, "_PATIENCE_S", 0.3)
    stored_and_not_said(tmp_path)
    code, out = check(capsys, "-d", tmp_path)
    assert (code, "a newer scan" in out) == (3, True)


def test_a_scan_that_is_about_to_say_what_it_found_is_waited_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(state, "_PATIENCE_S", 30.0)
    said = stored_and_not_said(tmp_path)
    waiting = tmp_path / "waiting"
    waiting.write_bytes(said)
    speaks = Timer(0.3, waiting.rename, [tmp_path / NAME])
    speaks.start()
    code, out = check(capsys, "-d", tmp_path)
    speaks.join()
    assert (code, "a newer scan" in out) == (1, False)


def test_old_scans_removed_since_change_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for _ in range(3):
        store(tmp_path)
    with opened(tmp_path, datetime.now(UTC)) as history:
        history.prune(datetime.now(UTC) + timedelta(days=1), max_age_days=None, max_count=1)
    assert check(capsys, "-d", tmp_path)[0] == 2


def test_a_fifo_in_place_of_the_summary_does_not_hang(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    os.mkfifo(tmp_path / NAME)
    assert check(capsys, "-d", tmp_path, "-t", "5")[0] == 3


def test_a_directory_that_may_not_be_read_is_unknown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / NAME).mkdir()
    assert check(capsys, "-d", tmp_path)[0] == 3


@pytest.mark.parametrize(
    "wrong",
    [
        ["-x"],
        ["-w"],
        ["-w", "5:1"],
        ["-t", "0"],
        ["-t", "x"],
        ["--format", "xml"],
        ["--max-age", "nan"],
        ["scan"],
        [""],
    ],
)
def test_wrong_options_are_unknown_in_one_line(capsys: pytest.CaptureFixture[str], wrong: list[str]) -> None:
    code, out = check(capsys, *wrong)
    assert code == 3
    assert LINE.fullmatch(out), out


def test_options_may_be_written_as_people_write_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store(tmp_path)
    one = check(capsys, "--directory", tmp_path, "--warning", "9", "--verbose")
    assert one == check(capsys, f"--directory={tmp_path}", "-w9", "-v")
    assert check(capsys, "-V") == (3, f"auditor {__version__}\n")
    code, out = check(capsys, "--help")
    assert (code, "usage: auditor check" in out) == (3, True)


def test_more_words_bring_more_lines_and_only_the_first_has_performance_data(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store(tmp_path)
    outs = [check(capsys, "-d", tmp_path, *(["-" + "v" * times] if times else []))[1] for times in range(4)]
    counts = [out.count("\n") for out in outs]
    assert counts[0] == 1
    assert counts == sorted(set(counts))
    assert all("|" not in line for out in outs for line in out.splitlines()[1:])


def test_hostile_names_stay_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shown = document(mixed())
    shown["gateway"]["name"] = "gw|x=1\nOK - all fine\x1b[2J\u202e"
    store(tmp_path, shown)
    for arguments in ((), ("-vvv",)):
        _, out = check(capsys, "-d", tmp_path, *arguments)
        assert LINE.fullmatch(out.splitlines()[0] + "\n")
        assert "\x1b" not in out
        assert "\u202e" not in out
        assert not any(line.startswith("OK") for line in out.splitlines())


def test_checkmk_reads_one_service(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store(tmp_path)
    code, out = check(capsys, "-d", tmp_path, "--format", "checkmk")
    found = re.fullmatch(r'(\d) "Auditor" (\S+) (.+)\n', out)
    assert found
    assert (int(found[1]), code) == (2, 2)
    assert all(re.fullmatch(r"\w+=[0-9.]+(;[0-9.:@~]*){2}", metric) for metric in found[2].split("|"))
    assert check(capsys, "-d", tmp_path / "none", "--format", "checkmk")[1].startswith('3 "Auditor" - no scan yet')


def test_zabbix_reads_items_and_discovery(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shown = store(tmp_path)
    code, out = check(capsys, "-d", tmp_path, "--format", "zabbix")
    item = json.loads(out)
    assert (code, item["state"], item["tunnels"]) == (2, 2, shown["counts"]["tunnels"])
    _, out = check(capsys, "-d", tmp_path, "--format", "zabbix-discovery")
    found = json.loads(out)
    assert {entry["{#ID}"] for entry in found} == {entry["id"] for entry in [*shown["tunnels"], *shown["objects"]]}
    assert json.loads(check(capsys, "-d", tmp_path / "none", "--format", "zabbix")[1])["state"] == 3


def test_zabbix_refuses_a_stored_scan_that_was_changed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store(tmp_path)
    path = tmp_path / DIRECTORY / file_name(1)
    path.write_bytes(path.read_bytes().replace(b"gw-sha-01", b"gw-sha-02"))
    code, out = check(capsys, "-d", tmp_path, "--format", "zabbix-discovery")
    assert (code, out.startswith("AUDITOR UNKNOWN")) == (3, True)
