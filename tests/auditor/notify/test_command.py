"""The command gets the notification, no shell, no privileges of the scan, and no more time than it has."""

import json
import os
import time
from pathlib import Path

import pytest

from auditor.notify.command import CommandError, run

TOLD = {"status": "critical", "exit_code": 2, "gateway": "gw $(touch x); `id`", "subject": "auditor: gw: critical"}


def program(directory: Path, text: str) -> str:
    path = directory / "notify"
    path.write_text(text)
    path.chmod(0o755)
    return str(path)


def test_it_gets_json_and_a_small_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLANTED_SECRET", "hunter2")
    run(program(tmp_path, f"#!/bin/sh\ncat >{tmp_path}/got\nenv >{tmp_path}/env\npwd >>{tmp_path}/env\n"), TOLD, 10)
    assert json.loads((tmp_path / "got").read_text()) == TOLD
    environment = (tmp_path / "env").read_text()
    assert "hunter2" not in environment
    assert "AUDITOR_GATEWAY=gw $(touch x); `id`\n" in environment
    assert environment.endswith("\n/\n")


def test_it_holds_no_ambient_capability(tmp_path: Path) -> None:
    run(program(tmp_path, f"#!/bin/sh\ncat >/dev/null\ngrep CapAmb /proc/self/status >{tmp_path}/caps\n"), TOLD, 10)
    assert int((tmp_path / "caps").read_text().split()[1], 16) == 0


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("#!/bin/sh\nexit 7\n", "ended in 7"),
        ("#!/bin/sh\necho secret; echo secret >&2; exit 1\n", "ended in 1"),
        ("#!/bin/sh\nkill -9 $$\n", "ended in -9"),
        ("#!/nowhere/at/all\n", "cannot be started: No such file"),
        ("not a program\0", "cannot be started"),
    ],
)
def test_failures_say_why_and_nothing_of_what_it_wrote(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(CommandError, match=says) as raised:
        run(program(tmp_path, text), TOLD, 10)
    assert "secret" not in str(raised.value)


def test_a_command_that_is_not_there_or_may_not_run(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="No such file"):
        run(str(tmp_path / "nothing"), TOLD, 10)
    (tmp_path / "plain").write_text("x")
    with pytest.raises(CommandError, match="Permission denied"):
        run(str(tmp_path / "plain"), TOLD, 10)


def test_one_that_hangs_is_ended_with_all_it_started(tmp_path: Path) -> None:
    text = f"#!/bin/sh\nsleep 60 &\necho $! >{tmp_path}/pid\nsleep 60\n"
    began_s = time.monotonic()
    with pytest.raises(CommandError, match=r"did not end within 0\.5 s"):
        run(program(tmp_path, text), TOLD, 0.5)
    assert time.monotonic() - began_s < 10
    pid = int((tmp_path / "pid").read_text())
    for _ in range(50):
        try:
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                break
        except FileNotFoundError:
            break
        time.sleep(0.1)
    else:
        os.kill(pid, 9)
        pytest.fail("what the command started lives on")


def test_one_that_reads_nothing_is_no_failure(tmp_path: Path) -> None:
    run(program(tmp_path, "#!/bin/sh\nexit 0\n"), TOLD | {"reasons": ["x" * 500] * 2000}, 10)
