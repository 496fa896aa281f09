"""`auditor capture --read`: forms of output, several files, standard input, and exit codes."""

import csv
import io
import json
import sys
from pathlib import Path

import pytest

from auditor.cli import main
from tests.auditor.packets.conversations import CONVERSATIONS, nat_traversal
from tests.auditor.packets.made import A, B, ethernet, pcap, udp

WIREGUARD = pcap(CONVERSATIONS["WireGuard"][1])
NOTHING = pcap([ethernet(udp(A, 1, B, 2, b"x"))])


def _file(directory: Path, name: str, data: bytes) -> str:
    path = directory / name
    path.write_bytes(data)
    return str(path)


def test_json_is_one_object_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first, second = _file(tmp_path, "a.pcap", WIREGUARD), _file(tmp_path, "b.pcap", NOTHING)
    assert main(["capture", "--read", first, "--read", second, "--format", "json"]) == 0
    told, none = map(json.loads, capsys.readouterr().out.splitlines())
    (tunnel,) = told["tunnels"]
    evidence = tunnel.pop("evidence")
    assert tunnel == {
        "technology": "wireguard",
        "report_technology": "wireguard",
        "src": A,
        "dst": B,
        "sport": 40000,
        "dport": 443,
        "transport": "udp",
        "packets": 14,
        "bytes": sum(map(len, CONVERSATIONS["WireGuard"][1])),
        "first_seen": "2023-11-14T22:13:20.000500+00:00",
        "last_seen": "2023-11-14T22:13:33.000500+00:00",
        "confidence": "high",
        "details": [],
    }
    assert {
        "en": "responses to the very session that the other end began: 1",
        "zh": "与对端所发起会话相对应的响应：1个",
    } in evidence
    assert told["file"] == first
    assert told["complete"] is True
    assert none == {"file": second, "tunnels": [], "complete": True, "problems": [], "notes": []}


def test_csv_has_a_line_a_tunnel(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = _file(tmp_path, "nat.pcap", pcap(nat_traversal()))
    assert main(["capture", "--read", file, "--format", "csv", "--lang", "zh"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert [(row["technology"], row["sport"], row["confidence"]) for row in rows] == [
        ("esp-udp", "4500", "high"),
        ("ikev2", "4500", "high"),
    ]
    assert "保活" in rows[0]["evidence"]


@pytest.mark.parametrize(("language", "words"), [("en", "WireGuard, confidence high"), ("zh", "WireGuard，可信程度高")])
def test_text_for_people(language: str, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = _file(tmp_path, "a.pcap", WIREGUARD)
    assert main(["capture", "--read", file, "--lang", language]) == 0
    text = capsys.readouterr().out
    assert words in text
    assert f"{A}:40000" in text
    assert f"{B}:443" in text


def test_what_could_be_read_is_shown_before_exit_code_3(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    torn, missing = _file(tmp_path, "torn.pcap", WIREGUARD[:-5]), str(tmp_path / "no\x1b[31mne")
    assert main(["capture", "--read", torn, "--read", missing, "--format", "json"]) == 3
    told = capsys.readouterr()
    first, second = map(json.loads, told.out.splitlines())
    assert first["tunnels"][0]["packets"] == 13
    assert first["complete"] is False
    assert second["problems"][0]["en"] == "cannot be read: No such file or directory"
    assert "torn.pcap: unreadable at byte" in told.err
    assert "\x1b" not in told.err


def test_standard_input(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(WIREGUARD)))
    assert main(["capture", "--read", "-", "--format", "json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["file"] == "<stdin>"
    assert [one["technology"] for one in told["tunnels"]] == ["wireguard"]


def test_a_directory_is_an_error_in_words(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["capture", "--read", str(tmp_path)]) == 3
    assert "Is a directory" in capsys.readouterr().err


def test_a_source_has_to_be_named_and_only_one_kind(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in ([], ["--read", "x", "--seconds", "3"], ["--read", "x", "--interface", "lo"]):
        assert main(["capture", *arguments]) == 3
        assert "either --read FILE, or --interface NAME" in capsys.readouterr().err


@pytest.mark.parametrize("seconds", ["0", "-1", "1.5", "90000", "9" * 5000, "x", ""])
@pytest.mark.parametrize("command", [["capture", "--seconds"], ["scan", "--with-capture"]])
def test_a_time_has_bounds(command: list[str], seconds: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([*command, seconds])
    assert ended.value.code == 3
    assert "from 1 to 86400" in capsys.readouterr().err


def test_an_interface_is_a_name_and_no_path(capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("../../etc", "", ".."):
        assert main(["capture", "--interface", name, "--seconds", "1"]) == 3
        assert "is no interface" in capsys.readouterr().err
