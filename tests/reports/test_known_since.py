"""Since when a connection is known, and whether it comes and goes: in every form, never surer than the scans."""

import json
from dataclasses import replace
from typing import Any

import pytest

from auditor.history.diff import diff
from auditor.model.past import Past
from auditor.model.scan import Reassessment
from reports import html, json_v1, stored, text
from reports.document import document
from tests.reports import sample_history, samples
from tests.reports.page import Page
from tests.reports.sample_register import NOW
from tests.reports.sample_tunnels import ipsec, openvpn, vxlan, wireguard
from tests.reports.test_json_v1 import errors


@pytest.fixture(scope="module")
def shown() -> dict[str, Any]:
    return sample_history.compared()


def history(shown: dict[str, Any], id_: str) -> dict[str, Any]:
    found: dict[str, Any] = next(entry["history"] for entry in shown["tunnels"] if entry["id"] == id_)
    return found


def test_since_when_and_how_often(shown: dict[str, Any]) -> None:
    assert errors(sample_history.plain(shown)) == []
    assert {name: value for name, value in history(shown, vxlan().id).items() if name != "says"} == {
        "first_seen": "2026-11-15T04:46:09+08:00",
        "from_beginning": False,
        "last_seen": "2026-11-23T04:46:09+08:00",
        "seen": 9,
        "scans": 9,
        "flapping": False,
    }


def test_what_is_as_old_as_the_history_may_be_older(shown: dict[str, Any]) -> None:
    found = history(shown, wireguard().id)
    assert found["from_beginning"] is True
    assert found["says"]["en"].startswith("first seen not later than 2026-11-12 04:46:09 UTC+08:00 (")
    assert "不晚于2026-11-12 04:46:09 UTC+08:00" in found["says"]["zh"]


def test_what_no_scan_saw_says_so(shown: dict[str, Any]) -> None:
    found = history(shown, openvpn().id)
    assert (found["first_seen"], found["last_seen"], found["seen"], found["scans"]) == (None, None, 0, 12)
    assert found["says"] == {
        "en": "never seen before (earlier scans: 12)",
        "zh": "此前从未发现（此前扫描次数：12）",
    }


def test_flapping_is_told_on_the_card_and_in_text(shown: dict[str, Any]) -> None:
    assert history(shown, ipsec().id)["seen"] == 6
    assert history(shown, ipsec().id)["scans"] == 11
    card = Page(html.render(shown)).one("details", id=f"o-{ipsec().id}").words
    assert "In earlier scans" in card
    assert "in 6 of 11 scans since it was first seen; it comes and goes" in card
    name = next(entry["name"] for entry in shown["tunnels"] if entry["id"] == ipsec().id)
    assert f"Comes and goes: {name}" in text.render(shown).splitlines()
    assert f"时有时无：{name}" in text.render(shown, "zh").splitlines()


def test_without_an_earlier_scan_nothing_is_told() -> None:
    first = document(replace(samples.mixed(), past=Past()))
    assert not any("history" in entry for entry in (*first["tunnels"], *first["objects"]))
    assert "In earlier scans" not in html.render(first)
    assert "Comes and goes" not in text.render(first)


def test_a_reassessment_does_not_tell_it(shown: dict[str, Any]) -> None:
    again = Reassessment(number=1, file="f", sha256="0" * 64, judged_at=NOW, as_of=NOW)
    judged = document(replace(samples.mixed(), reassessment=again))
    assert not any("history" in entry for entry in judged["tunnels"])


def test_a_longer_history_is_no_change() -> None:
    old, new = (
        sample_history.plain(document(replace(samples.mixed(), past=sample_history.past(count)))) for count in (5, 9)
    )
    assert old["tunnels"] != new["tunnels"]
    assert diff(old, new).changes == ()


def test_a_stored_report_tells_the_same(shown: dict[str, Any]) -> None:
    written = json_v1.render(shown)
    again = stored.read(written.encode(), "report.json")
    assert html.render(again) == html.render(json.loads(written))
    assert text.render(again) == text.render(shown)
