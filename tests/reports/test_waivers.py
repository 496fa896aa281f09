from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pytest

from reports import html
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
