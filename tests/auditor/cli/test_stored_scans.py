"""Stored scans by number and word: `auditor diff` compares them and tells what the history knows of each connection."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from auditor.cli import main
from auditor.history.store import DIRECTORY, opened
from auditor.model.scan import Audited
from reports import json_v1
from reports.document import document
from tests.reports import samples
from tests.reports.sample_register import NOW
from tests.reports.sample_tunnels import openvpn, vxlan, wireguard

HOUR = timedelta(hours=1)
ALWAYS = (wireguard(), vxlan())
FLAPS, LATE = openvpn(), replace(openvpn(), id="t-00aa11bb22cc")


def store(reports: Path, hour: int, *objects: Audited) -> None:
    at = NOW + hour * HOUR
    shown = document(replace(samples.scan(*objects), started_at=at))
    with opened(reports, at) as kept:
        kept.keep([json_v1.render(shown)], shown)


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    reports = tmp_path_factory.mktemp("reports")
    for hour in range(5):
        store(reports, hour, *ALWAYS, *([FLAPS] if hour % 2 == 0 else []))
    store(reports, 5, *ALWAYS, LATE)
    return reports


def ask(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> str:
    assert main([*words]) == code
    captured = capsys.readouterr()
    return captured.err if code else captured.out


def compared(capsys: pytest.CaptureFixture[str], reports: Path, old: str, new: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(ask(capsys, "diff", old, new, "-d", str(reports), "--format", "json"))
    return found


def test_two_numbers(reports: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = compared(capsys, reports, "5", "6")
    assert [Path(found[which]["file"]).name for which in ("old", "new")] == ["scan-000005.json", "scan-000006.json"]
    entries = {entry["id"]: entry for entry in found["changes"]["entries"]}
    gone, new = entries[FLAPS.id], entries[LATE.id]
    assert (gone["kind"], new["kind"]) == ("gone", "new")
    says = gone["history"].pop("says")
    assert gone["history"] == {
        "first_seen": "2026-11-23T14:05:09+08:00",
        "from_beginning": True,
        "last_seen": "2026-11-23T18:05:09+08:00",
        "seen": 3,
        "scans": 6,
        "flapping": True,
    }
    assert says["en"].startswith("first seen not later than 2026-11-23 14:05:09 UTC+08:00 (")
    assert says["en"].endswith("in 3 of 6 scans since it was first seen; it comes and goes")
    assert says["zh"].endswith("自首次发现以来6次扫描中有3次可见；时有时无")
    assert (new["history"]["from_beginning"], new["history"]["seen"], new["history"]["scans"]) == (False, 1, 1)
    assert new["history"]["says"]["en"].startswith("first seen 2026-11-23 19:05:09 UTC+08:00; last seen")


def test_words_mean_numbers_and_every_form_tells_the_history(reports: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert compared(capsys, reports, "previous", "last") == compared(capsys, reports, "5", "6")
    for form, mark in (("text", "    first seen"), ("markdown", "  - first seen")):
        said = ask(capsys, "diff", "previous", "last", "-d", str(reports), "--format", form)
        assert [line for line in said.splitlines() if line.startswith(mark) and line.endswith("it comes and goes")]


def test_a_file_is_compared_as_ever_and_tells_no_history(reports: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = compared(capsys, reports, str(reports / DIRECTORY / "scan-000005.json"), "last")
    assert len(found["changes"]["entries"]) >= 2
    assert not any("history" in entry for entry in found["changes"]["entries"])


def test_a_file_that_is_called_as_a_number_is_meant_by_its_path(
    reports: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "5").write_bytes((reports / DIRECTORY / "scan-000001.json").read_bytes())
    assert compared(capsys, reports, "./5", "6")["old"]["started_at"] == "2026-11-23T14:05:09+08:00"
    assert compared(capsys, reports, "5", "6")["old"]["started_at"] == "2026-11-23T18:05:09+08:00"


@pytest.mark.parametrize(
    ("old", "why"),
    [("7", "scan 7 is not stored here"), ("0", "scan 0 is not stored here"), ("x.json", "x.json: no such file")],
)
def test_what_is_not_there_is_3(reports: Path, old: str, why: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert why in ask(capsys, "diff", old, "last", "-d", str(reports), code=3)


def test_without_history_and_with_one_scan(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "no scan is stored here" in ask(capsys, "diff", "1", "2", "-d", str(tmp_path), code=3)
    store(tmp_path, 0, *ALWAYS)
    assert "only one scan is stored here" in ask(capsys, "diff", "previous", "last", "-d", str(tmp_path), code=3)


def test_an_edited_scan_is_not_compared(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store(tmp_path, 0, *ALWAYS)
    store(tmp_path, 1, *ALWAYS, FLAPS)
    path = tmp_path / DIRECTORY / "scan-000001.json"
    path.write_bytes(path.read_bytes().replace(b"wireguard", b"wireguarb"))
    assert "are not the ones that were recorded" in ask(capsys, "diff", "1", "2", "-d", str(tmp_path), code=3)
    path.unlink()
    assert "is missing" in ask(capsys, "diff", "1", "2", "-d", str(tmp_path), code=3)


def test_a_connection_by_its_name_where_only_one_has_it(reports: Path, capsys: pytest.CaptureFixture[str]) -> None:
    name = wireguard().tunnel
    assert name is not None
    by_id = ask(capsys, "history", "-d", str(reports), "--connection", wireguard().id)
    assert "came" in by_id
    assert ask(capsys, "history", "-d", str(reports), "--connection", str(name.interface)) == by_id
    shared = openvpn().tunnel
    assert shared is not None
    said = ask(capsys, "history", "-d", str(reports), "--connection", str(shared.interface), code=3)
    assert f"2 connections are or were called {shared.interface}" in said
    assert FLAPS.id in said
    assert LATE.id in said
    assert "no stored scan saw nothing" in ask(capsys, "history", "-d", str(reports), "--connection", "nothing", code=3)
