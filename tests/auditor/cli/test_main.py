"""Every way out of the command ends in 0, 1, 2 or 3, by running the real command."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from auditor import cli
from auditor.cli import COMMANDS, main


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "auditor", *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **environment},
    )


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("scna",),
        ("--frobnicate",),
        ("scan", "--frobnicate"),
        ("scan", "--lang", "fr"),
        ("scan", "--format", "docx"),
        ("scan", "--probe", "psychic"),
        ("scan", "--config", "/nowhere/auditor.toml"),
        ("assess",),
        ("assess", "/nowhere/facts.json"),
        ("explain", "X-99"),
        ("register",),
    ],
)
def test_wrong_arguments_end_in_unknown_and_say_why(arguments: tuple[str, ...]) -> None:
    done = run(*arguments)
    assert done.returncode == 3
    assert done.stderr or done.stdout
    assert "Traceback" not in done.stderr


def test_version_and_help_end_in_ok() -> None:
    assert run("--version").stdout.startswith("auditor ")
    shown = run("--help")
    assert shown.returncode == 0
    assert all(command in shown.stdout for command in COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example(command: str) -> None:
    shown = run(command, "--help")
    assert shown.returncode == (3 if command == "check" else 0)  # a plug-in that shows its help has checked nothing
    assert "example: " in shown.stdout


def test_an_unexpected_error_ends_in_unknown_without_quoting_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails(_arguments: list[str]) -> None:
        raise ValueError("PRIVATE-KEY-BYTES")

    monkeypatch.setattr(cli, "_parser", fails)
    assert main(["scan"]) == 3
    shown = capsys.readouterr().err
    assert "internal error: ValueError" in shown
    assert "PRIVATE-KEY-BYTES" not in shown


def test_an_interrupt_ends_in_unknown(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def interrupted(_arguments: list[str]) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "_parser", interrupted)
    assert main(["scan"]) == 3
    assert "stopped" in capsys.readouterr().err


def test_a_closed_pipe_ends_in_unknown_quietly() -> None:
    command = f"{sys.executable} -m auditor explain 2>&1 >&3 | cat; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(
        ["bash", "-c", f"exec 3> >(exec true); sleep 0.2; {command}"], capture_output=True, text=True, check=False
    )
    assert done.stdout.strip().splitlines()[-1] == "3"
    assert "Traceback" not in done.stdout


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_a_terminal_without_chinese_gets_escapes_and_not_a_crash(encoding: str) -> None:
    done = run("explain", "X-01", "--lang", "zh", PYTHONIOENCODING=encoding)
    assert done.returncode == 0
    assert "\\u" in done.stdout


@pytest.mark.parametrize("language", ["zh", "both"])
def test_a_scan_tells_its_status_where_nothing_but_ascii_can_be_printed(tmp_path: Path, language: str) -> None:
    done = run("scan", "--output", str(tmp_path), "--lang", language, LC_ALL="C", PYTHONIOENCODING="ascii")
    assert "internal error" not in done.stderr
    assert str(tmp_path / "report.html") in done.stdout


def test_a_command_started_without_standard_output_still_ends_in_its_status() -> None:
    command = f"{sys.executable} -m auditor explain X-01 >&-"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_scan_without_a_writable_directory_ends_in_unknown(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = run("scan", "--output", str(tmp_path / "file"))
    assert done.returncode == 3
    assert "could not write the report" in done.stderr


def test_probes_lists_every_probe() -> None:
    from probes import PROBES

    done = run("probes")
    assert done.returncode in (0, 1)
    assert [line for line in done.stdout.splitlines() if line and line[0] != " "][: len(PROBES)] == [
        probe.name for probe in PROBES
    ]
