"""What the command line loads before it does anything: each of these modules costs more than reading a small file."""

import os
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from auditor.cli import whole_parser
from tests.auditor.packets.conversations import INSIDE
from tests.auditor.packets.handshakes import handshakes
from tests.auditor.packets.made import pcap

_LOADED = "import sys; from auditor.entry import main; code = main(); print(*sys.modules); sys.exit(code)"
NEVER = {"bz2", "dataclasses", "gzip", "inspect", "lzma", "pathlib", "platform", "scapy", "shutil", "tempfile"}
NEVER |= {"datetime", "socket", "subprocess", "tomllib", "urllib.parse"}
FOR_HANDSHAKES = {"auditor.packets.details.launch", "auditor.packets.details.talk"}


def loaded(*arguments: str) -> set[str]:
    """Return the modules that a command loads beyond those that Python itself does."""
    bare = subprocess.run([sys.executable, "-c", "import sys; print(*sys.modules)"], stdout=subprocess.PIPE, check=True)
    done = subprocess.run([sys.executable, "-c", _LOADED, *arguments], stdout=subprocess.PIPE, check=True)
    return set(done.stdout.decode().splitlines()[-1].split()) - set(bare.stdout.decode().split())


def capture(path: Path, frames: list[bytes]) -> str:
    path.write_bytes(pcap(frames) if frames else struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1))
    return str(path)


def test_a_capture_without_tunnels_loads_next_to_nothing(tmp_path: Path) -> None:
    found = loaded("capture", "--read", capture(tmp_path / "empty.pcap", []), "--format", "json")
    assert "auditor.packets.engine" in found
    assert not found & (NEVER | FOR_HANDSHAKES)


def test_handshakes_load_what_starts_a_process_and_not_scapy(tmp_path: Path) -> None:
    found = loaded("capture", "--read", capture(tmp_path / "some.pcap", handshakes(INSIDE)), "--format", "json")
    assert found >= FOR_HANDSHAKES
    assert not found & NEVER


@pytest.mark.parametrize("columns", [70, 100])
def test_help_is_as_wide_as_the_terminal(columns: int) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "auditor", "capture", "--help"],
        stdout=subprocess.PIPE,
        check=True,
        env={**os.environ, "COLUMNS": str(columns)},
    )
    options = done.stdout.decode().split("options:")[1].split("example:")[0].splitlines()
    assert columns - 25 < max(map(len, options)) <= columns


def test_help_without_a_terminal_is_eighty_wide() -> None:
    environment = {name: value for name, value in os.environ.items() if name != "COLUMNS"}
    for told in ({}, {"COLUMNS": "0"}, {"COLUMNS": "wide"}):
        done = subprocess.run(
            [sys.executable, "-m", "auditor", "capture", "--help"],
            stdout=subprocess.PIPE,
            check=True,
            env=environment | told,
        )
        options = done.stdout.decode().split("options:")[1].split("example:")[0].splitlines()
        assert 60 < max(map(len, options)) <= 80


def test_every_usage_names_its_command(capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("capture", "explain", "data"):
        with pytest.raises(SystemExit):
            whole_parser().parse_args([name, "--help"])
        assert capsys.readouterr().out.startswith(f"usage: auditor {name} ")
