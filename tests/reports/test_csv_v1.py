"""The CSV table: what Excel and RFC 4180 want, nothing lost, nothing that a spreadsheet would run."""

import csv
import io
from dataclasses import replace
from importlib.resources import files
from typing import Any

import pytest

from auditor.model.scan import Scan
from reports import csv_v1
from reports.csv_v1 import CELL_LIMIT_CHARACTERS, COLUMNS, render, safe
from reports.document import document
from tests.reports import samples

FORMULAS = (
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "＝1",
    "＋1",
    "－1",
    "＠A",
    "\t=1",
    "\r=1",
    "  =1",
    "\u3000=1",
    "\u00a0-1",
    "−1",
)


def table(scan: Scan) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(render(document(scan)).removeprefix("\ufeff"), newline="")))


def test_the_form_is_what_excel_and_rfc_4180_want() -> None:
    written = render(document(samples.mixed()))
    assert written.encode().startswith(b"\xef\xbb\xbfrecord,gateway,")
    assert written.endswith("\r\n")
    assert "\n" not in written.replace("\r\n", "")
    widths = {len(row) for row in csv.reader(io.StringIO(written, newline=""), strict=True)}
    assert widths == {len(COLUMNS)}
    assert len(set(COLUMNS)) == len(COLUMNS)
    assert render(document(samples.mixed()), "zh") == written


def test_nothing_that_matters_is_lost() -> None:
    shown: dict[str, Any] = document(samples.mixed())
    rows = table(samples.mixed())
    of = {record: [row for row in rows if row["record"] == record] for record in {row["record"] for row in rows}}
    objects = [*shown["tunnels"], *shown["objects"]]
    assert {row["id"] for row in of["connection"]} == {entry["id"] for entry in objects}
    lines = {entry["id"]: 1 if entry["family"] == "remote_access" else len(entry["paths"]) for entry in objects}
    assert len(of["connection"]) == sum(lines.values())
    for record, field in (
        ("blind_spot", "blind_spots"),
        ("circuit", "circuits"),
        ("waiver", "waivers"),
        ("device", "not_tunnels"),
        ("notice", "notices"),
    ):
        assert len(of[record]) == len(shown[field]) > 0, record
    assert {row["id"] for row in of["gateway"]} == {"G-01", "N-01", "O-01", "A-01"}
    assert {row["scan_status"] for row in rows} == {"critical"}
    assert rows[0]["record"] == "scan"


def test_a_connection_says_what_it_is_in_both_languages() -> None:
    (row,) = [row for row in table(samples.mixed()) if row["name"] == "tun0" and row["record"] == "connection"]
    wanted = {
        "verdict": "non_compliant",
        "failed_controls": "X-01",
        "review_controls": "X-08",
        "remote": "198.51.100.77",
        "remote_port": "1194",
        "location": "US",
        "location_zh": "美国",
        "technology": "openvpn",
        "program": "/usr/sbin/openvpn",
        "default_route": "true",
        "underlay_interface": "eth0",
        "accepted": "none",
        "circuit": "",
    }
    assert {name: row[name] for name in wanted} == wanted
    assert row["summary_zh"].startswith("OpenVPN隧道")
    assert "Lease the connection" in row["remediation_en"]
    (waived,) = [row for row in table(samples.mixed()) if row["name"] == "gre-tpe" and row["record"] == "connection"]
    assert (waived["verdict"], waived["accepted"], waived["waiver"]) == ("non_compliant", "all", "W-2026-03")
    assert waived["accepted_controls"].startswith("X-01")
    assert waived["failed_controls"] == ""


def test_clients_are_not_counted_by_lines() -> None:
    (row,) = [row for row in table(samples.mixed()) if row["family"] == "remote_access"]
    assert row["clients"] == "fewer than 5"
    assert row["remote"] == row["remote_address"] == ""


@pytest.mark.parametrize("text", FORMULAS)
def test_no_cell_is_a_formula(text: str) -> None:
    assert safe(text).lstrip(" \u3000\u00a0").startswith(("'", "\\x", "[U+"))
    assert "'" in safe(f"harmless; {text}") or "\\x" in safe(f"harmless; {text}")


@pytest.mark.parametrize("text", ["a=b", "192.0.2.1", "2026-11-23", "wg-sg", "1+1", "你好-1", ""])
def test_harmless_text_is_as_it_was(text: str) -> None:
    assert safe(text) == text


def test_a_cell_is_never_longer_than_excel_keeps() -> None:
    scan = samples.mixed()
    many = replace(scan.gaps[0], spot=replace(scan.gaps[0].spot, hides=tuple(f"kind-{n:05}" for n in range(9000))))
    (row,) = [row for row in table(replace(scan, gaps=(many,))) if row["record"] == "blind_spot"]
    assert CELL_LIMIT_CHARACTERS < len(row["hides"]) <= 32_767
    assert row["hides"].endswith("]")


def test_every_column_is_described() -> None:
    text = files("reports").joinpath("../docs/report.md").read_text("utf-8")
    section = text[text.index("## report.csv") :]
    for column in COLUMNS:
        base = column.removesuffix("_en").removesuffix("_zh")
        assert f"`{column}`" in section or f"`{base}_en`" in section, column
    assert csv_v1.COLUMNS is COLUMNS
