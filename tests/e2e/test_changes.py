"""Scans of a real gateway one after the other: nothing changed, a tunnel appears, it goes, the register follows."""

import json
import os
from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from tests.lab import NOBODY, Lab
from tests.lab.lab import Scan
from tests.lab.paperwork import COMPLIANT, NON_COMPLIANT, Papers

pytestmark = [pytest.mark.root, pytest.mark.lab]
DEVICE = "far0"


class Place:
    """One output directory into which the same gateway is scanned again and again."""

    def __init__(self, lab: Lab, name: str) -> None:
        self.lab = lab
        self.output = lab.work / name
        self.output.mkdir()
        self.scans = 0

    def scan(self, papers: Papers = COMPLIANT, *arguments: str, keep: bool = False, **options: Any) -> Scan:
        """Scan into the directory; `keep` leaves a copy of report.json under its number."""
        done = self.lab.scan("--output", self.output, *arguments, papers=papers, **options)
        self.scans += 1
        if keep:
            self.copy.write_bytes((self.output / "report.json").read_bytes())
        return replace(done, output=self.output)

    @property
    def copy(self) -> Path:
        return self.output / f"kept-{self.scans}.json"


@pytest.fixture
def place(small_lab: Lab, request: pytest.FixtureRequest) -> Iterator[Place]:
    yield Place(small_lab, f"place-{abs(hash(request.node.name))}")
    small_lab.gateway.run("ip", "link", "del", DEVICE, check=False)


def appear(lab: Lab) -> None:
    lab.gateway.run(
        *("ip", "link", "add", DEVICE, "type", "vxlan", "id", "77", "remote", "198.51.100.200", "dstport", "4789"),
        *("local", "10.8.0.1"),
    )
    lab.gateway.run("ip", "link", "set", DEVICE, "up")


def judged(scan: Scan) -> list[tuple[str, str, str]]:
    entries = scan.report["changes"]["entries"]
    return [(e["kind"], e["about"], e["name"]) for e in entries if e["about"] in ("connection", "object")]


def test_first_and_second_scan(place: Place) -> None:
    first = place.scan()
    assert first.report["changes"]["state"] == "first"
    assert "First scan here" in first.stdout
    second = place.scan()
    assert second.report["changes"]["state"] == "compared"
    moved = second.report["changes"]["entries"]
    assert moved == [], [(e["name"], f["field"], f["old"], f["new"]) for e in moved for f in e["fields"]]
    assert second.report["changes"]["since"] is not None
    assert "nothing changed" in second.stdout
    assert "nothing changed" in second.html


def test_nothing_that_stays_the_same_is_told_of_a_gateway_with_everything(lab: Lab) -> None:
    place = Place(lab, "everything")
    place.scan()
    for _ in range(3):
        moved = place.scan().report["changes"]["entries"]
        assert moved == [], [
            (e["kind"], e["name"], [(f["field"], f["old"], f["new"]) for f in e["fields"]]) for e in moved
        ]


def test_a_tunnel_that_appears_and_goes(place: Place) -> None:
    place.scan(keep=True)
    appear(place.lab)
    with_it = place.scan(keep=True)
    assert judged(with_it) == [("new", "connection", DEVICE)]
    assert "connections: 1 new" in with_it.stdout
    (entry,) = [e for e in with_it.report["changes"]["entries"] if e["name"] == DEVICE]
    assert entry["causes"] == ["host"]
    assert entry["sure"]
    assert entry["id"] in {tunnel["id"] for tunnel in with_it.report["tunnels"]}
    place.lab.gateway.run("ip", "link", "del", DEVICE)
    without = place.scan(keep=True)
    assert judged(without) == [("gone", "connection", DEVICE)]
    assert f"<b>{DEVICE}</b>" in without.html
    old, new = (str(place.output / f"kept-{number}.json") for number in (1, 3))
    around = place.lab.command("diff", old, new, "--format", "json")
    assert (around.returncode, json.loads(around.stdout)["changes"]["entries"]) == (0, [])
    there = place.lab.command("diff", old, str(place.output / "kept-2.json"))
    assert there.returncode == 0
    assert f"[new] Connection {DEVICE} (the host changed)" in there.stdout


def test_a_register_that_changes_moves_verdicts_for_that_reason(place: Place) -> None:
    place.scan()
    told = place.scan(NON_COMPLIANT)
    moved = [e for e in told.report["changes"]["entries"] if e["about"] == "connection"]
    assert moved
    for entry in moved:
        assert entry["causes"] == ["register"], [field["field"] for field in entry["fields"]]
    assert {e["verdict_old"] for e in moved} != {e["verdict_new"] for e in moved}


def test_what_an_ordinary_user_cannot_see_is_not_told_as_gone(place: Place) -> None:
    place.scan()
    os.chown(place.output, 65534, 65534)
    for file in place.output.rglob("*"):
        os.chown(file, 65534, 65534)
    blind = place.scan(wrap=NOBODY)
    assert blind.report["changes"]["state"] == "compared"
    gone = [e for e in blind.report["changes"]["entries"] if e["kind"] == "gone" and e["about"] == "connection"]
    assert all(not e["sure"] and "coverage" in e["causes"] for e in gone)
    assert any(e["about"] == "blind_spot" for e in blind.report["changes"]["entries"])


@pytest.mark.parametrize("bytes_", [b"", b"old", b'{"schema_version": "9.0"}', b"[" * 100_000], ids=range(4))
def test_a_damaged_report_is_told_and_replaced(place: Place, bytes_: bytes) -> None:
    (place.output / "report.json").write_bytes(bytes_)
    scan = place.scan()
    assert scan.report["changes"]["state"] == "unusable"
    assert "What changed is not known" in scan.stdout
    assert "nothing changed" not in scan.stdout + scan.html
    assert place.scan().report["changes"]["state"] == "compared"


def test_the_digest_in_html_and_text_is_that_of_the_file(place: Place) -> None:
    scan = place.scan(COMPLIANT, "--format", "html,text,json")
    digest = sha256((place.output / "report.json").read_bytes()).hexdigest()
    said = place.lab.gateway.run("sha256sum", str(place.output / "report.json")).stdout.split()[0]
    assert said == digest
    assert f"<code>{digest}</code>" in scan.html
    assert digest in scan.stdout
    assert digest in (place.output / "report.txt").read_text()


def test_without_json_there_is_no_digest(place: Place) -> None:
    scan = place.scan(COMPLIANT, "--format", "html")
    assert "No report.json was written with this file." in scan.html
    assert "No report.json was written with this." in scan.stdout
