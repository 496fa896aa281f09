from dataclasses import replace
from datetime import date

from auditor.guidance.catalogue import controls
from reports import words
from tests.reports.sample_objects import waived
from tests.reports.sample_tunnels import openvpn, wireguard


def test_the_catalogue_is_whole_and_in_order() -> None:
    entries = words.catalogue()
    assert [entry["id"] for entry in entries] == list(controls())
    lessor = next(entry for entry in entries if entry["id"] == "X-02")
    assert lessor["title"]["zh"] == "出租方具备国际业务资质"
    assert {said["id"] for said in lessor["guidance"]} == {"S8", "S12", "S14", "S19"}
    assert lessor["consequences"][0]["in_guidance"] == "yes"
    assert lessor["remediation"]["en"].startswith("Replace the lessor")


def test_what_is_open_is_sorted_by_urgency() -> None:
    assert [result.control for result in words.open_results(openvpn())] == ["X-01", "X-08"]
    assert words.open_controls(openvpn()) == ("X-01", "X-08")
    assert words.open_results(wireguard()) == ()


def test_what_is_accepted_is_not_open() -> None:
    assert words.open_results(waived()) == ()
    partly = replace(waived(), waiver=None, waived_controls=("X-01",))
    assert "X-01" not in words.open_controls(partly)
    assert words.open_controls(partly)


def test_controls_on_the_gateway_are_not_an_objects_own() -> None:
    assert words.of_gateway("O-01")
    assert words.of_gateway("A-01")
    assert not words.of_gateway("X-01")
    assert not words.of_gateway("Z-99")


def test_days_are_told_with_what_is_missing() -> None:
    assert words.period(date(2026, 1, 1), None).en == "2026-01-01 to end not recorded"
    assert words.truth(None).zh == "未知"
