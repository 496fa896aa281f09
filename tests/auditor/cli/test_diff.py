"""`auditor diff`: prints in every form, ends in 0 when it compared and in 3 when it could not."""

import json
from pathlib import Path

import pytest

from auditor.cli import main
from reports import json_v1
from tests.reports import sample_history


@pytest.fixture
def pair(tmp_path: Path) -> tuple[str, str]:
    old, new = tmp_path / "old.json", tmp_path / "new.json"
    old.write_bytes(sample_history.written())
    new.write_text(json_v1.render(sample_history.compared()), "utf-8")
    return str(old), str(new)


def test_text(pair: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diff", *pair]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "Changes of gw-sha-01 from 2026-11-23 04:46:09 UTC+08:00 to 2026-11-23 14:05:09 UTC+08:00"
    assert "[gone] Connection tun9 (the host changed)" in lines


@pytest.mark.parametrize(("language", "word"), [("zh", "消失"), ("both", "gone")])
def test_languages(pair: tuple[str, str], language: str, word: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diff", *pair, "--lang", language]) == 0
    assert word in capsys.readouterr().out


def test_json(pair: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diff", *pair, "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["changes"]["counts"] == {"new": 2, "gone": 1, "changed": 2, "verdicts": 1, "others": 1}
    assert found["old"]["file"] == pair[0]
    assert found["backwards"] is False


def test_no_change_is_0_too(pair: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diff", pair[1], pair[1]]) == 0
    assert "nothing changed" in capsys.readouterr().out


def test_the_other_way_round_is_said(pair: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diff", pair[1], pair[0]]) == 0
    assert "The first report is later than the second." in capsys.readouterr().out


def test_two_gateways_only_by_force(pair: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    old = json.loads(Path(pair[0]).read_bytes())
    old["gateway"].update(name="gw-2\x1b[31m", hostname="gw-2")
    Path(pair[0]).write_text(json.dumps(old))
    assert main(["diff", *pair]) == 3
    said = capsys.readouterr().err
    assert "gateway.name: reports of two gateways" in said
    assert "--force" in said
    assert "\x1b" not in said
    assert main(["diff", *pair, "--force"]) == 0


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff", b"[" * 9999], ids=range(4))
def test_what_cannot_be_compared_is_3(
    pair: tuple[str, str], content: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    Path(pair[0]).write_bytes(content)
    assert main(["diff", *pair]) == 3
    assert capsys.readouterr().err.startswith(pair[0])


def test_a_file_that_is_not_there_is_3(pair: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diff", pair[0], f"{pair[1]}.bak"]) == 3
    assert "no such file" in capsys.readouterr().err
