"""The sign-off: every open finding once, grouped where they are many."""

from typing import Any

import pytest

from reports import html, signoff
from reports.document import document
from reports.findings import judged, unsettled
from tests.reports import samples
from tests.reports.page import Page


def open_ones(whole: dict[str, Any]) -> dict[str, int]:
    """Return the number of open findings of each control, counted in another way."""
    found: dict[str, int] = {}
    for control in whole["controls"]:
        own = control["scope"] == "T"
        results = (
            [result for entry in (*whole["tunnels"], *whole["objects"]) for result in entry["results"]]
            if own
            else whole["gateway_assessment"]["results"]
        )
        count = sum(
            r["control"] == control["id"] and r["outcome"] in ("fail", "review") and not r["waived"] for r in results
        )
        if count:
            found[control["id"]] = count
    return found


@pytest.mark.parametrize("name", ["mixed", "compliant", "unprivileged", "without_config", "nothing"])
def test_every_open_finding_has_a_row_of_its_own(name: str) -> None:
    whole = document(getattr(samples, name)())
    groups = signoff.findings(whole)
    assert {g["control"]: g["count"] for g in groups if g["control"]} == open_ones(whole)
    assert [g["control"] for g in groups if g["control"]] == list(open_ones(whole))
    gaps = [gap["source"] for gap in whole["blind_spots"] if not gap["acknowledged"]]
    assert [row["names"][0] for g in groups if not g["control"] for row in g["rows"]] == gaps
    assert all(len(g["rows"]) == g["count"] for g in groups)


@pytest.mark.parametrize("name", ["mixed", "without_config"])
def test_results_found_before_make_the_same_rows(name: str) -> None:
    whole = document(getattr(samples, name)())
    assert signoff.findings(whole, unsettled(whole)) == signoff.findings(whole)
    own = {control["id"] for control in whole["controls"] if control["scope"] == "T"}
    found = [(entry, result) for entry in judged(whole) for result in entry["results"]]
    wanted = {(e["id"], r["control"]) for e, r in found if r["outcome"] in ("fail", "review") and r["control"] in own}
    assert {(name, r["control"]) for name, results in unsettled(whole).items() for r in results} == wanted
    assert wanted


def test_what_a_waiver_accepts_needs_no_signature() -> None:
    whole = document(samples.mixed())
    named = {name for group in signoff.findings(whole) for row in group["rows"] for name in row["names"]}
    assert "tun0" in named
    assert "gre-tpe" not in named


def test_many_findings_are_one_row_for_each_reason_and_say_how_many() -> None:
    whole = document(samples.many(2000))
    groups = signoff.findings(whole)
    assert {g["control"]: g["count"] for g in groups} == open_ones(whole)
    assert min(g["count"] for g in groups) >= 500
    for group in groups:
        assert len(group["rows"]) <= signoff.ROWS_AT_MOST
        assert sum(row["count"] for row in group["rows"]) == group["count"]
        assert all(len(row["names"]) <= signoff.NAMES_SHOWN for row in group["rows"])
    section = Page(html.render(whole)).one("section", id="sign-off").words
    assert f"and {500 - signoff.NAMES_SHOWN} more" in section


def test_a_reason_of_each_object_alone_does_not_make_a_row_of_each() -> None:
    whole = document(samples.many(400))
    for number, entry in enumerate(whole["tunnels"]):
        entry["results"] = [
            {**result, "reason": {"en": f"reason {number}", "zh": f"理由{number}"}} for result in entry["results"]
        ]
    for group in signoff.findings(whole):
        assert len(group["rows"]) <= 2
        assert sum(row["count"] for row in group["rows"]) == group["count"]


def test_many_gaps_are_grouped_by_probe() -> None:
    whole = document(samples.unprivileged())
    whole["blind_spots"] = [{**whole["blind_spots"][0], "source": f"/proc/{number}"} for number in range(200)]
    (gaps,) = [group for group in signoff.findings(whole) if group["control"] is None]
    assert gaps["count"] == 200
    assert [row["count"] for row in gaps["rows"]] == [200]


def test_a_report_in_order_has_nothing_to_decide() -> None:
    section = Page(html.render(document(samples.compliant()))).one("section", id="sign-off")
    open_count = sum(open_ones(document(samples.compliant())).values())
    assert ("No finding is open." in section.words) == (open_count == 0)
    for word in ("Reviewer", "Date", "Signature", "复核人", "日期", "签名"):
        assert word in section.words
