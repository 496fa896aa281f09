"""`auditor data show`: every source's answer, and errors for what is no address."""

import json
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from auditor.cli import main
from auditor.config.read import DEFAULT_ZONE
from auditor.ipdata.addresses import CLASSES
from tests.auditor.ipdata.mmdbs import write_mmdb


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
    assert not [*(tmp_path / "out").glob("report*"), *(tmp_path / "out").rglob("scan-*")]


def configured(tmp_path: Path) -> str:
    config = tmp_path / "auditor.toml"
    config.write_text('[site]\nname = "x"\nlocation = "CN"\n[location_data]\ndirectory = "data"\n')
    return str(config)


def now_minus(days: int) -> str:
    """Return the day so long ago, in the zone of a configuration that names none."""
    return (datetime.now(ZoneInfo(DEFAULT_ZONE)).date() - timedelta(days=days)).isoformat()


def test_an_update_says_what_it_installed_and_a_scan_uses_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = configured(tmp_path)
    source = write_mmdb(tmp_path / "own.mmdb", {"202.96.0.0/16": {"country_code": "HK"}}, dated=now_minus(1))
    digest = sha256(Path(source).read_bytes()).hexdigest()
    assert main(["data", "update", "--from", source, "--config", config]) == 0
    told = capsys.readouterr()
    assert told.err == ""
    assert f"own.mmdb: country, of {now_minus(1)}, 1 networks, sha256 {digest} (new)" in told.out
    assert main(["data", "show", "--config", config]) == 0
    assert digest in capsys.readouterr().out
    assert main(["data", "show", "--config", config, "--format", "json", "202.96.128.86"]) == 0
    (entry,) = json.loads(capsys.readouterr().out)
    assert (entry["location"], entry["confidence"]) == (None, "low")
    report = tmp_path / "report"
    main(["scan", "--config", config, "--output", str(report), "--probe", "links", "--format", "html,json"])
    used = json.loads((report / "report.json").read_text("utf-8"))["versions"]["data_sets"]
    assert {
        "name": "own.mmdb",
        "dated": now_minus(1),
        "sha256": digest,
        "origin": "installed",
        "kind": "country",
    } in used
    page = (report / "report.html").read_text("utf-8")
    assert "Own location data, own.mmdb" in page
    assert digest in page
    assert main(["data", "remove", "own.mmdb", "--config", config]) == 0
    capsys.readouterr()
    assert main(["data", "show", "--config", config]) == 0
    assert "own.mmdb" not in capsys.readouterr().out


def test_older_data_are_installed_with_a_warning_and_a_scan_warns_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = configured(tmp_path)
    for days, code in ((5, 0), (400, 1)):
        source = write_mmdb(tmp_path / "own.mmdb", {"202.96.0.0/16": {"country_code": "CN"}}, dated=now_minus(days))
        assert main(["data", "update", "--from", source, "--config", config]) == code
    warned = capsys.readouterr().err
    assert f"is older than what it replaces, of {now_minus(5)}; it is installed all the same" in warned
    assert "400 days old (limit 180)" in warned
    main(["scan", "--config", config, "--output", str(tmp_path), "--probe", "links", "--format", "json"])
    found = json.loads((tmp_path / "report.json").read_text("utf-8"))
    (result,) = [item for item in found["gateway_assessment"]["results"] if item["control"] == "A-02"]
    assert result["outcome"] == "review"
    assert f"location data own.mmdb: {now_minus(400)}, 400 days old" in result["reason"]["en"]


def test_installed_data_that_are_damaged_end_in_unknown_and_name_the_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = configured(tmp_path)
    source = write_mmdb(tmp_path / "own.mmdb", {"202.96.0.0/16": {"country_code": "CN"}}, dated=now_minus(1))
    assert main(["data", "update", "--from", source, "--config", config]) == 0
    (path,) = (tmp_path / "data").glob("own.*")
    path.write_bytes(path.read_bytes()[:-1])
    capsys.readouterr()
    for command in (["data", "show"], ["scan", "--output", str(tmp_path / "out")]):
        assert main([*command, "--config", config]) == 3
        assert str(path) in capsys.readouterr().err
    assert not [*(tmp_path / "out").glob("report*"), *(tmp_path / "out").rglob("scan-*")]


def test_nothing_to_install_ends_in_unknown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = configured(tmp_path)
    (tmp_path / "empty").mkdir()
    for source in ("empty", "absent.mmdb", "auditor.toml"):
        assert main(["data", "update", "--from", str(tmp_path / source), "--config", config]) == 3
        assert str(tmp_path / source) in capsys.readouterr().err
    assert main(["data", "remove", "own.mmdb", "--config", config]) == 3
    assert "own.mmdb" in capsys.readouterr().err


def test_what_an_address_stands_for_and_every_class_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["data", "show", "2001:0:4136:e378:8000:63bf:3fff:fdd2", "192.88.99.1"]) == 0
    text = capsys.readouterr().out
    assert "stands for 192.0.2.45, by the Teredo server 65.54.227.120" in text
    assert "6to4中继任播地址 (RFC 7526)" in text
    with pytest.raises(SystemExit):
        main(["data", "show", "--help"])
    text = capsys.readouterr().out
    assert all(f"  {name} " in text for name in CLASSES)
