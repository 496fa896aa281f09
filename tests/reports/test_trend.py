"""The last scans in a row: in JSON, and in HTML a mark each, told apart without colour, with the same as a table."""

import json
from dataclasses import replace
from typing import Any

import pytest

from auditor.history.diff import diff
from auditor.history.previous import Previous
from auditor.model.past import Past
from reports import html, json_v1, stored, trend
from reports.document import document
from tests.reports import sample_history, samples
from tests.reports.page import Page
from tests.reports.test_json_v1 import errors


def shown(count: int) -> dict[str, Any]:
    return document(replace(samples.mixed(), past=sample_history.past(count)), sample_history.previous())


@pytest.fixture(scope="module")
def page() -> Page:
    return Page(html.render(sample_history.compared()))


def test_the_document_holds_the_last_earlier_scans_in_order() -> None:
    found = shown(40)["trend"]
    assert [entry["number"] for entry in found] == list(range(12, 41))
    assert found[-1] == {
        "number": 40,
        "at": "2026-11-23T04:46:09+08:00",
        "status": "ok",
        "counts": {"connections": 8, "non_compliant": 1, "needs_review": 2, "blind_spots": 0},
    }
    assert errors(sample_history.plain(shown(40))) == []


def test_there_is_a_mark_for_each_scan_and_this_one_is_last(page: Page) -> None:
    marks = [mark.attributes["class"].removeprefix("tick ") for mark in page.all("svg", class_="tick")]
    of_earlier = [entry["status"] for entry in sample_history.compared()["trend"]]
    assert marks[:13] == [*of_earlier, "critical"]
    assert len(set(trend.SHAPES.values())) == len(set(trend.LETTERS.values())) == len(trend.SHAPES) == 4


def test_the_marks_have_a_name_and_the_table_says_the_same() -> None:
    page = Page(html.render(sample_history.compared(), "en"))
    marks = page.one("p", class_="ticks").attributes
    assert marks["role"] == "img"
    for named in marks["aria-labelledby"].split():
        assert [element for element in page.elements if element.attributes.get("id") == named]
    words = page.one("section", id="changes").words
    assert "Status of the last 13 scans, the oldest first, this one framed" in words
    assert "critical: 6" in words
    assert "unknown: 2" in words
    rows = [row.words for row in page.all("tr") if row.words.startswith(("Scan 122026", "This scan"))]
    assert rows == [
        "Scan 122026-11-23 04:46criticalConnections: 8not in line: 0to review: 2blind spots: 0",
        "This scan2026-11-23 14:05criticalConnections: 10not in line: 2to review: 4blind spots: 2",
    ]


def test_both_languages() -> None:
    zh = Page(html.render(sample_history.compared(), "zh")).one("section", id="changes").words
    assert "最近13次扫描的状态，由旧到新，本次加框" in zh
    assert "严重：6" in zh


def test_a_first_scan_has_none() -> None:
    first = document(replace(samples.mixed(), past=Past()))
    assert "trend" not in first
    assert "class=trend" not in html.render(first)
    assert "class=trend" not in html.render({**first, "trend": []})


def test_it_is_there_where_the_earlier_report_cannot_be_compared() -> None:
    scan = replace(samples.mixed(), past=sample_history.past())
    assert "class=trend" in html.render(document(scan, Previous(problem="report.json: is larger than 64 MiB")))


def test_it_is_no_change() -> None:
    old, new = (sample_history.plain(shown(count)) for count in (5, 9))
    assert old["trend"] != new["trend"]
    assert diff(old, new).changes == ()


def test_a_stored_report_shows_the_same_and_an_odd_one_is_refused() -> None:
    written = json_v1.render(shown(4))
    again = stored.read(written.encode(), "report.json")
    assert html.render(again) == html.render(json.loads(written))
    odd = json.loads(written)
    odd["trend"][0]["status"] = 'fine" onload="x'
    assert any("trend[0].status" in error or "trend" in error for error in errors(odd))
