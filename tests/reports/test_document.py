"""What programs rely on in the document: names, order, numbers, words of the verdict."""

import random
from dataclasses import replace
from typing import Any

import pytest

from auditor.model.judgement import Severity, Status, Verdict
from auditor.model.register import Site
from auditor.model.scan import Scan
from auditor.model.text import Text
from auditor.outcome import EXIT_CODES
from reports import document as module
from reports.document import document
from reports.json_v1 import render
from tests.reports import hostile, samples
from tests.reports.sample_objects import access

SCANS = ("mixed", "compliant", "unprivileged", "without_config", "nothing")


@pytest.fixture(scope="module")
def mixed() -> dict[str, Any]:
    return document(samples.mixed())


def by_name(found: dict[str, Any], name: str) -> dict[str, Any]:
    (entry,) = [entry for entry in (*found["tunnels"], *found["objects"]) if entry["name"] == name]
    return entry


def test_the_names_that_outside_programs_rely_on_are_there(mixed: dict[str, Any]) -> None:
    tunnel = by_name(mixed, "tun0")
    assert {
        *("id", "technology", "layers", "interface", "ifindex", "namespace", "state", "local", "remotes", "owner"),
        *("realisation", "underlay", "routes", "places", "match", "results", "verdict", "severity", "witnesses"),
    } <= set(tunnel)
    assert {"address", "port", "transport", "name"} <= set(tunnel["remotes"][0])
    assert {"program", "path", "pid", "role"} <= set(tunnel["owner"])
    assert {"interface", "next_hop", "source"} == set(tunnel["underlay"])
    assert {"circuit", "strength", "reasons"} <= set(tunnel["match"])
    assert {"control", "outcome", "reason", "evidence"} <= set(tunnel["results"][0])
    assert {
        *("tunnels", "objects", "circuits", "not_tunnels", "blind_spots", "probes", "verdict", "status", "gateway"),
        *("versions", "config", "register", "schema_version"),
    } <= set(mixed)
    assert {"path", "sha256"} <= set(mixed["config"])


def test_a_tunnel_is_described_as_it_was_seen(mixed: dict[str, Any]) -> None:
    tunnel = by_name(mixed, "tun0")
    assert tunnel["technology"] == "openvpn"
    assert tunnel["local"] == {"address": "192.0.2.10", "port": 40412, "transport": "udp", "name": None}
    assert (tunnel["remotes"][0]["address"], tunnel["remotes"][0]["port"]) == ("198.51.100.77", 1194)
    assert tunnel["owner"]["role"] == "client"
    assert tunnel["underlay"] == {"interface": "eth0", "next_hop": "192.0.2.1", "source": "192.0.2.10"}
    assert tunnel["carried_by"] == "process"
    assert by_name(mixed, "wg-sg")["carried_by"] == "kernel"
    assert by_name(mixed, "eth5")["carried_by"] == "unknown"
    assert by_name(mixed, "blue/vx100")["namespace"] == "blue"
    assert by_name(mixed, "wg-sg")["match"]["circuit"] == "SHA-SIN-IPLC-0042"
    assert by_name(mixed, "gre-tpe")["routes"] is None


def test_worst_comes_first_and_accepted_after_open(mixed: dict[str, Any]) -> None:
    verdicts = [list(Verdict).index(Verdict(entry["verdict"])) for entry in mixed["tunnels"]]
    assert verdicts == sorted(verdicts)
    assert [entry["name"] for entry in mixed["tunnels"]][:2] == ["tun0", "gre-tpe"]
    assert [entry["kind"] for entry in mixed["objects"]] == ["carrier_handoff", "public_network_access"]


def test_the_order_in_which_things_were_found_does_not_matter() -> None:
    scan = samples.mixed()
    wanted = render(document(scan))
    shuffle = random.Random(7)
    for _ in range(3):
        mixed_up = replace(
            scan,
            **{
                name: tuple(shuffle.sample(getattr(scan, name), len(getattr(scan, name))))
                for name in ("objects", "not_tunnels", "circuits", "gaps", "probes")
            },
        )
        assert render(document(mixed_up)) == wanted


def test_a_waived_object_keeps_its_verdict_and_names_who_accepted_it(mixed: dict[str, Any]) -> None:
    waived = by_name(mixed, "gre-tpe")
    assert (waived["verdict"], waived["waived"]) == ("non_compliant", "all")
    assert (waived["waiver"]["owner"], waived["waiver"]["expires"]) == ("Network team", "2027-01-31")
    assert [result["control"] for result in waived["results"] if result["waived"]] == waived["waived_controls"]
    assert mixed["counts"]["waived"] == 1
    assert mixed["counts"]["verdicts"]["non_compliant"] == 2


def test_numbers_add_up(mixed: dict[str, Any]) -> None:
    counts = mixed["counts"]
    assert counts["tunnels"] == len(mixed["tunnels"]) == 8
    assert counts["objects"] == len(mixed["objects"]) == 2
    assert sum(counts["verdicts"].values()) == 10
    assert (counts["blind_spots"], counts["blind_spots_open"]) == (3, 2)
    assert (counts["circuits"], counts["circuits_seen"]) == (3, 2)
    located = next(control for control in mixed["controls"] if control["id"] == "L-01")
    assert sum(located["counts"].values()) == 10


def test_time_is_that_of_the_configured_zone(mixed: dict[str, Any]) -> None:
    assert mixed["scan"] == {"started_at": "2026-11-23T14:05:09+08:00", "zone": "Asia/Shanghai", "duration_s": 0.412}


def test_an_incomplete_audit_leads_with_that() -> None:
    shown = document(samples.unprivileged())
    assert shown["headline"]["en"] == "The audit is incomplete"
    assert shown["subline"]["en"] == "Of what could be read: Permitted (domestic or public network)."
    assert shown["exit_code"] == 3


def test_a_gateway_without_tunnels_says_so() -> None:
    shown = document(samples.nothing())
    assert shown["headline"] == {"en": "No tunnel was found.", "zh": "未发现隧道。"}
    only_access = replace(samples.scan(access()), verdict=Verdict.PERMITTED)
    assert document(only_access)["headline"]["en"] == "Permitted (domestic or public network)"


@pytest.mark.parametrize("status", list(Status))
def test_exit_codes_are_those_of_the_command(status: Status) -> None:
    assert document(replace(samples.nothing(), status=status))["exit_code"] == EXIT_CODES[status]


def test_controls_on_the_audit_include_the_check_of_the_document_itself(mixed: dict[str, Any]) -> None:
    results = {result["control"]: result for result in mixed["gateway_assessment"]["results"]}
    assert results["A-01"]["outcome"] == "pass"
    assert not any(control.startswith(("X", "L", "P")) for control in results)
    order = [control["id"] for control in mixed["controls"]]
    assert [order.index(control) for control in results] == sorted(order.index(control) for control in results)


def test_a_key_that_slipped_through_is_removed_and_told() -> None:
    scan = samples.mixed()
    leaking = Text("psk = hunter2-hunter2", "psk = hunter2-hunter2")
    shown = document(replace(scan, status_reasons=(leaking,)))
    assert "hunter2" not in render(shown)
    assert "status_reasons" in shown["notices"][-1]["en"] or "en" in shown["notices"][-1]["en"]
    assert "removed before writing" in shown["notices"][-1]["en"]


def test_long_lists_of_routes_are_cut_and_counted() -> None:
    scan = samples.mixed()
    (found,) = [item for item in scan.objects if item.tunnel and item.tunnel.interface == "tun0"]
    assert found.tunnel is not None
    routes = tuple(f"10.{n >> 8}.{n & 255}.0/24" for n in range(1500))
    changed = replace(found, tunnel=replace(found.tunnel, routes=routes))
    entry = document(samples.scan(changed))["tunnels"][0]
    assert (len(entry["routes"]), entry["routes_total"]) == (1000, 1500)


def test_data_sets_have_digests(mixed: dict[str, Any]) -> None:
    assert [item["name"] for item in mixed["versions"]["data_sets"]] == [
        *("controls", "sources", "operators", "technologies"),
        *("user-country", "server-country", "origin-asn", "as-names"),
    ]
    assert all(len(item["sha256"]) == 64 for item in mixed["versions"]["data_sets"])


def texts_of(value: Any) -> list[dict[str, str]]:
    """Return every text for people in `value`."""
    if isinstance(value, dict):
        if set(value) == {"en", "zh"}:
            return [value]
        return [text for item in value.values() for text in texts_of(item)]
    return [text for item in value for text in texts_of(item)] if isinstance(value, list) else []


@pytest.mark.parametrize("name", SCANS)
def test_every_text_has_both_languages(name: str) -> None:
    found = texts_of(document(getattr(samples, name)()))
    assert len(found) > 300
    assert all(text["en"].strip() and text["zh"].strip() for text in found)


@pytest.mark.parametrize("text", hostile.HOSTILE, ids=range(len(hostile.HOSTILE)))
def test_hostile_text_stays_what_it_is(text: str) -> None:
    shown = document(hostile.hostile(text))
    assert shown["tunnels"][0]["interface"] == text.replace("\udcff", "\\xff")
    assert render(shown).encode("utf-8")


def test_nothing_but_the_scan_matters(monkeypatch: pytest.MonkeyPatch) -> None:
    scan = samples.mixed()
    monkeypatch.setenv("TZ", "America/New_York")
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")
    assert render(document(scan)) == render(document(scan))
    assert module.SCHEMA_VERSION == "1.0"


def test_the_verdict_is_told_in_words(mixed: dict[str, Any]) -> None:
    assert mixed["verdict"] == "non_compliant"
    assert mixed["verdict_label"]["zh"] == "与指引不符：未见允许路径的证据，或有相反证据"
    assert mixed["headline"] == {"en": "Not in line with the guidance", "zh": "与指引不符"}
    assert mixed["severity"] == Severity.HIGH.value


def test_site_without_a_chinese_name_uses_the_one_it_has() -> None:
    scan: Scan = samples.nothing()
    shown = document(replace(scan, config=replace(scan.config, site=Site(name="Lab"))))
    assert shown["site"]["label"] == {"en": "Lab", "zh": "Lab"}
    assert shown["site"]["location"] is None
