"""`auditor data show`: every source's answer, and errors for what is no address."""

import json
from pathlib import Path

import pytest

from auditor.cli import main


def test_every_source_is_shown_side_by_side(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["data", "show", "--format", "json", "202.96.128.86", "59.43.246.1", "10.0.0.1"]) == 0
    public, unannounced, private = json.loads(capsys.readouterr().out)
    assert (public["location"], public["confidence"], public["asn"]) == ("CN", "high", 4134)
    assert public["operator"]["zh"] == "中国电信"
    assert [answer["source"] for answer in public["answers"]] == ["user-country", "server-country"]
    assert (unannounced["asn"], unannounced["operator"]["id"]) == (None, "china-telecom")
    assert (private["address_class"], private["location"], private["confidence"]) == ("private", None, "none")


def test_text_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["data", "show", "2408:8000::1", "fe80::1"]) == 0
    text = capsys.readouterr().out
    assert "AS4837" in text
    assert "中国联通" in text
    assert "no place of its own" in text


def test_what_is_no_address_is_an_error_that_names_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["data", "show", "202.96.128.86", "vpn.example.com", "\x1b[31m"]) == 3
    told = capsys.readouterr()
    assert told.out == ""
    assert "vpn.example.com" in told.err
    assert "\x1b" not in told.err


def test_a_data_file_that_is_none_ends_in_unknown_and_names_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "own.mmdb").write_bytes(b"no data")
    config = tmp_path / "auditor.toml"
    config.write_text('[site]\nname = "x"\n[location_data]\nfiles = ["own.mmdb"]\n')
    (tmp_path / "out").mkdir()
    for command in (
        ["data", "show", "--config", str(config), "202.96.128.86"],
        ["scan", "--config", str(config), "--output", str(tmp_path / "out")],
    ):
        assert main(command) == 3
        assert str(tmp_path / "own.mmdb") in capsys.readouterr().err
    assert [path.name for path in (tmp_path / "out").rglob("*") if path.is_file()] == ["lock"]
