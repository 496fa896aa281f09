import csv
import io
import json
import re
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pytest

from auditor.model.judgement import ControlResult, Outcome, Severity, Verdict
from auditor.model.text import Text
from reports import csv_v1, html, junit, ocsf, signoff, text
from reports.document import document
from reports.waivers import waivers
from tests.reports import samples
from tests.reports.page import Page
from tests.reports.sample_objects import waived
from tests.reports.sample_register import REGISTER, WAIVER, ZONE


def states(moment: datetime, expires: date) -> list[str]:
    accepted = replace(WAIVER, expires=expires)
    found = replace(waived(), waiver=accepted)
    scan = samples.scan(found, started_at=moment, register=replace(REGISTER, waivers=(accepted,)))
    return [entry["state"] for entry in waivers(scan)]


@pytest.mark.parametrize(
    ("moment", "state"),
    [
        (datetime(2026, 11, 30, 23, 59, 59, tzinfo=ZONE), "expiring"),
        (datetime(2026, 12, 1, 0, 0, 0, tzinfo=ZONE), "expired"),
        (datetime(2026, 10, 31, 12, 0, 0, tzinfo=ZONE), "expiring"),
        (datetime(2026, 10, 30, 12, 0, 0, tzinfo=ZONE), "used"),
    ],
)
def test_a_waiver_holds_through_its_last_day_in_the_configured_zone(moment: datetime, state: str) -> None:
    assert states(moment, date(2026, 11, 30)) == [state]


def test_every_waiver_is_listed_once_with_what_it_accepts() -> None:
    found: list[dict[str, Any]] = waivers(samples.mixed())
    assert [(entry["id"], entry["state"]) for entry in found] == [
        ("W-2025-11", "expired"),
        ("W-2026-03", "used"),
        ("W-2026-05", "unused"),
    ]
    assert found[1]["used_by"] == ["t-9f01c2d3e4a5"]
    assert (found[1]["owner"], found[1]["approver"]) == ("Network team", "Head of compliance")


def test_a_waiver_of_some_controls_and_one_of_the_gateway_are_in_use() -> None:
    part = replace(waived(), waiver=None, waived_controls=("X-01",), waivers=(WAIVER,))
    whole = replace(WAIVER, id="W-GW", objects=("gateway",))
    scan = samples.scan(part, register=replace(REGISTER, waivers=(WAIVER, whole)), gateway_waiver=whole)
    found = {entry["id"]: (entry["state"], entry["used_by"]) for entry in waivers(scan)}
    assert found == {WAIVER.id: ("used", [part.id]), "W-GW": ("used", ["gateway"])}
    shown = document(scan)
    assert [entry["id"] for entry in shown["tunnels"][0]["accepted_by"]] == [WAIVER.id]
    assert shown["gateway_assessment"]["waiver"]["id"] == "W-GW"
    page = Page(html.render(shown))
    assert f"Waiver {WAIVER.id}: " in page.one("section", id="connections").words
    assert "Waiver W-GW: " in page.one("section", id="gateway").words
    assert "The gateway itself" in page.one("section", id="waivers").words


@pytest.fixture(scope="module")
def gateway_accepted() -> dict[str, Any]:
    """Return a document whose gateway fails O-01, which a waiver accepts."""
    whole = replace(WAIVER, id="W-GW", objects=("gateway",))
    failed = ControlResult(
        control="O-01",
        outcome=Outcome.FAIL,
        severity=Severity.HIGH,
        reason=Text("No permit is on file.", "没有许可存档。"),
    )
    scan = samples.mixed()
    kept = tuple(result for result in scan.gateway_assessment.results if result.control != "O-01")
    itself = replace(
        scan.gateway_assessment, gateway_verdict=Verdict.NON_COMPLIANT, results=(failed, *kept), severity=Severity.HIGH
    )
    return document(replace(scan, gateway_assessment=itself, gateway_waiver=whole))


def test_what_a_waiver_accepts_on_the_gateway_is_open_in_no_format(gateway_accepted: dict[str, Any]) -> None:
    gateway = gateway_accepted["gateway_assessment"]["waiver"]
    (case,) = re.findall(r'<testcase [^>]* name="O-01[^>]*>.*?</testcase>', junit.render(gateway_accepted), re.S)
    assert '<skipped type="accepted"' in case
    assert f"{gateway['id']}: " in case
    (event,) = [
        event
        for event in map(json.loads, ocsf.render(gateway_accepted).splitlines())
        if event["finding_info"]["uid"].endswith("/gateway/O-01")
    ]
    assert (event["status_id"], event["compliance"]["status_id"], event["unmapped"]["waiver"]) == (3, 3, gateway)
    rows = csv.DictReader(io.StringIO(csv_v1.render(gateway_accepted).lstrip("\ufeff")))
    (row,) = [row for row in rows if row["record"] == "gateway" and row["id"] == "O-01"]
    assert (row["outcome"], row["accepted"], row["waiver"], row["expires"]) == (
        "fail",
        "all",
        "W-GW",
        gateway["expires"],
    )
    assert "The gateway itself: accepted by waiver W-GW through 2027-01-31" in text.render(gateway_accepted)


def test_what_a_waiver_accepts_on_the_gateway_is_no_step_and_not_to_be_signed(gateway_accepted: dict[str, Any]) -> None:
    assert not [action for action in gateway_accepted["actions"] if action["section"] == "gateway"]
    assert "O-01" not in {group["control"] for group in signoff.findings(gateway_accepted)}
    page = Page(html.render(gateway_accepted))
    assert "accepted by a waiver" in page.one("section", id="gateway").words


def test_without_the_waiver_it_is_open_everywhere(gateway_accepted: dict[str, Any]) -> None:
    itself = gateway_accepted["gateway_assessment"]
    results = [{**result, "waived": False} for result in itself["results"]]
    shown = {**gateway_accepted, "gateway_assessment": {**itself, "waiver": None, "results": results}}
    assert '<failure type="fail"' in re.findall(r'name="O-01.*?</testcase>', junit.render(shown), re.S)[0]
    assert "O-01" in {group["control"] for group in signoff.findings(shown)}
