"""The metrics: every family in the text format, all samples of a closed list, nothing hostile between them."""

import re
from datetime import datetime

import pytest

from reports.document import document
from reports.prometheus import CONNECTIONS_AT_MOST, render
from tests.reports import samples

SAMPLE = re.compile(r'auditor_[a-z_]+(\{[a-z]+="(\\.|[^"\\\n])*"(,[a-z]+="(\\.|[^"\\\n])*")*\})? -?[0-9.]+')


def values(text: str) -> dict[str, float]:
    found = [line.rpartition(" ") for line in text.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, _, value in found}


@pytest.mark.parametrize("make", [samples.mixed, samples.nothing, samples.unprivileged])
def test_each_line_has_the_form_of_a_sample_and_each_family_its_help(make: object) -> None:
    text = render(document(make()))  # type: ignore[operator]
    lines = text.splitlines()
    families = {line.split()[2] for line in lines if line.startswith("# TYPE")}
    assert families == {line.split()[2] for line in lines if line.startswith("# HELP")}
    for line in lines:
        if not line.startswith("#"):
            assert SAMPLE.fullmatch(line), line
            assert re.split(r"[{ ]", line)[0] in families


def test_the_numbers_are_those_of_the_scan() -> None:
    shown = document(samples.mixed())
    found = values(render(shown))
    assert found['auditor_status{status="critical"}'] == 1
    assert found['auditor_status{status="ok"}'] == 0
    assert found["auditor_blind_spots"] == shown["counts"]["blind_spots_open"]
    for verdict, count in shown["counts"]["verdicts"].items():
        assert found[f'auditor_connections{{verdict="{verdict}"}}'] == count
    in_order = [value for name, value in found.items() if name.startswith("auditor_connection_in_order")]
    assert len(in_order) == len(shown["tunnels"]) + len(shown["objects"])


def test_ends_are_the_end_of_the_last_day_at_the_gateway_and_soonest_first() -> None:
    shown = document(samples.mixed())
    text = render(shown)
    found = values(text)
    of_contract = {name: value for name, value in found.items() if name.startswith("auditor_contract_end")}
    expected = {
        f'auditor_contract_end_timestamp_seconds{{circuit="{one["cid"]}"}}': datetime.fromisoformat(
            f"{one['termination_date']}T23:59:59+08:00"
        ).timestamp()
        + 1
        for one in shown["circuits"]
        if one["termination_date"] and one["status"] != "decommissioned"
    }
    assert of_contract == expected
    assert len(expected) >= 2
    assert found['auditor_waiver_end_timestamp_seconds{waiver="W-2026-03"}'] == 1801411200  # 2027-02-01T00:00+08:00
    assert list(of_contract.values()) == sorted(of_contract.values())


def test_hostile_names_stay_in_their_label() -> None:
    shown = document(samples.mixed())
    shown["tunnels"][0]["name"] = 'x"} 1\nauditor_status{status="ok"} 1\\'
    text = render(shown)
    assert all(line.startswith("#") or SAMPLE.fullmatch(line) for line in text.splitlines())
    assert values(text)['auditor_status{status="ok"}'] == 0


def test_too_many_connections_are_cut_and_counted() -> None:
    found = values(render(document(samples.many(CONNECTIONS_AT_MOST + 7))))
    assert found["auditor_connections_left_out"] == 7
    assert sum(name.startswith("auditor_connection_in_order") for name in found) == CONNECTIONS_AT_MOST
