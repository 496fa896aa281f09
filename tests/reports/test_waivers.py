from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pytest

from reports.waivers import waivers
from tests.reports import samples
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
