from argparse import Namespace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from auditor.cli import main, register
from tests.auditor.config.samples import CONFIG, NOW, REGISTER, write


def test_all_is_well(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert register.check(write(tmp_path), None, NOW) == 0
    out = capsys.readouterr()
    assert out.out == (
        f"{tmp_path}/register.toml: no mistakes, nothing to warn about"
        " (0 networks, 1 provider, 1 circuit, 0 reviews, 1 waiver, 0 acknowledgements)\n"
    )
    assert out.err == ""


def test_warnings_come_before_the_summary(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spoiled = REGISTER.replace("2027-06-30", "2026-11-30").replace(
        'prefixes = ["203.0.113.77', 'controls = ["X-99"]\nprefixes = ["203.0.113.77'
    )
    assert register.check(write(tmp_path, CONFIG, spoiled), None, NOW) == 1
    first, second, summary = capsys.readouterr().out.splitlines()
    assert first == f"{tmp_path}/register.toml:33: waiver[0].expires: W-1 expires on 2026-11-30"
    assert second.startswith(f'{tmp_path}/register.toml:34: waiver[0].controls: "X-99" is not the id of a control')
    assert "no mistakes, 2 warnings (" in summary


def test_mistakes_of_both_files_end_in_3(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write(tmp_path, CONFIG + "[polcy]\n", REGISTER.replace("active", "actve"))
    assert register.check(path, None, NOW) == 3
    first, second = capsys.readouterr().out.splitlines()
    assert first == f"{tmp_path}/auditor.toml:4: polcy: unknown key (did you mean policy?)"
    assert second.startswith(f"{tmp_path}/register.toml:14: circuit[0].status: ")
    assert second.endswith("(did you mean active?)")


def test_a_register_by_itself(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path, CONFIG, REGISTER.replace("[circuit.a]\n", '[circuit.a]\nlocation = "CN"\n'))
    assert register.check(None, f"{tmp_path}/register.toml", NOW) == 0
    assert "1 circuit" in capsys.readouterr().out


def test_without_a_register_there_is_nothing_to_check(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert register.check(write(tmp_path, CONFIG, None), None, NOW) == 3
    assert capsys.readouterr().out.endswith("names no register, and there is no register.toml beside it\n")
    monkeypatch.setattr(register, "find_config", lambda: None)
    assert register.check(None, None, NOW) == 3
    assert "give --config FILE or --register FILE" in capsys.readouterr().out


def test_the_installed_configuration_is_the_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path)
    monkeypatch.setattr(register, "find_config", lambda: path)
    assert register.check(None, None, NOW) == 0


def test_the_command_checks_as_of_now(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    yesterday = datetime.now(UTC).date() - timedelta(days=2)
    path = write(tmp_path, CONFIG, REGISTER.replace("2029-12-31", yesterday.isoformat()))
    assert register.run(Namespace(config=path, register=None)) == 1
    assert f"the contract ended on {yesterday}" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["register", "check", "--config", "{path}"], 0),
        (["register", "check", "--config", "{path}", "--register", "{path}"], 3),
        (["register", "check", "--config", "/nowhere.toml"], 3),
    ],
)
def test_exit_codes_of_the_command_line(tmp_path: Path, arguments: list[str], code: int) -> None:
    today = datetime.now(UTC).date()
    fresh = REGISTER.replace("2026-10-15", today.replace(day=1).isoformat()).replace(
        "2027-06-30", (today + timedelta(days=100)).isoformat()
    )
    fresh = fresh.replace("2026-11-02", (today - timedelta(days=1)).isoformat())
    path = write(tmp_path, CONFIG, fresh.replace("2029", "2199").replace("2030", "2199"))
    assert main([part.format(path=path) for part in arguments]) == code


@pytest.mark.parametrize("arguments", [["register"], ["register", "chek"], ["register", "check", "--colour"]])
def test_usage_errors_end_in_3(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 3
    assert "usage: auditor" in capsys.readouterr().err
