"""Judged again with the same papers a scan is the same; with others only what they say changes, never the host."""

import json
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from auditor.history import surveys
from auditor.history.diff import diff
from auditor.history.previous import Previous
from auditor.history.reading import parse
from auditor.history.records import ScanRecord
from auditor.history.store import DIRECTORY
from auditor.model.changes import Cause, Difference
from auditor.model.judgement import Status
from auditor.model.scan import Observation, Scan
from auditor.model.sightings import Reason
from auditor.model.tunnel import State
from auditor.reassess import reassess
from reports import json_v1
from reports.document import document
from tests.auditor.objects.statements import CIRCUIT, CONFIG, NOW, REGISTER, port, remote, tunnel, waiver
from tests.auditor.observed import judged, observation, stored

LATER = NOW + timedelta(hours=2)
MARKS = ("reassessment", "title", "changes", "notices", "scan")
RECORD = ScanRecord(
    number=12,
    at=NOW.isoformat(),
    stored_at=NOW.isoformat(),
    gateway="g",
    status="ok",
    verdict="compliant",
    file="scan-000012.json",
    size_bytes=1,
    sha256="0" * 64,
)


def again(seen: Observation, at: datetime = LATER, as_of: datetime | None = None, **register: Any) -> Scan:
    stated = replace(REGISTER, **({"sha256": "2" * 64} | register)) if register else REGISTER
    return reassess(seen, RECORD, CONFIG, stated, judged_at=at, as_of=as_of)


def plain(scan: Scan) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(json_v1.render(document(scan)))
    return found


def unmarked(shown: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in shown.items() if name not in MARKS}


def compared(seen: Observation, new: Scan) -> Difference:
    return diff(plain(judged(seen)), plain(new))


def test_what_was_stored_and_judged_again_is_the_same_document(tmp_path: Path) -> None:
    record = stored(tmp_path, observation())
    assert record.survey is not None
    seen = surveys.read(tmp_path / DIRECTORY / record.survey.name, record.survey)
    old = json.loads((tmp_path / "report.json").read_bytes())
    new = plain(reassess(seen, record, CONFIG, REGISTER, judged_at=LATER))
    assert unmarked(new) == unmarked(old)
    assert new["scan"] == old["scan"]
    assert new["notices"][1:] == old["notices"]
    assert diff(old, new).changes == ()


ENDS = st.sampled_from(("203.0.113.7", "198.51.100.9", "192.0.2.200", "8.8.8.8", "2001:db8::1", None))
TUNNELS = st.builds(
    lambda number, ends, state, routes, default: tunnel(
        *map(remote, ends), id=f"t-{number}", state=state, routes=routes, default_route=default
    ),
    st.integers(1, 3),
    st.lists(ENDS, max_size=2),
    st.sampled_from(State),
    st.sampled_from((None, (), ("10.2.0.0/16",))),
    st.sampled_from((None, True, False)),
)


@settings(deadline=None, max_examples=40, phases=(Phase.generate,), suppress_health_check=[HealthCheck.too_slow])
@given(found=st.lists(TUNNELS, max_size=4, unique_by=lambda tunnel: tunnel.id))
def test_any_inventory_judged_again_is_the_same_document(found: list[Any]) -> None:
    inventory = replace(observation().inventory, tunnels=tuple(found))
    seen = replace(observation(), inventory=inventory)
    back = surveys.parse(b"".join(surveys.packed(surveys.plain(seen))), "f")
    assert unmarked(plain(again(back))) == unmarked(plain(judged(seen)))


def test_the_look_back_counts_from_the_scan_whenever_it_is_judged() -> None:
    def recently(scan: Scan) -> bool | None:
        return next(o.paths[0].facts.seen_up_recently for o in scan.objects if o.id == "t-2")

    seen = observation()
    assert recently(judged(seen)) is False
    assert recently(again(seen)) is False
    assert recently(again(seen, at=NOW + timedelta(days=200), as_of=NOW + timedelta(days=200))) is False


def verdict(scan: Scan, id_: str = "t-1") -> str:
    return next(audited.verdict.value for audited in scan.objects if audited.id == id_)


AFTER = NOW + timedelta(days=900)


def test_a_contract_that_ended_since_held_when_the_host_was_looked_at() -> None:
    seen = observation()

    def contract(scan: Scan) -> str:
        return scan.circuits[0].contract_status

    assert contract(judged(seen)) == contract(again(seen, at=AFTER)) == "valid"
    assert contract(again(seen, at=AFTER, as_of=AFTER)) == "expired"
    ended = replace(CIRCUIT, termination_date=date(2026, 11, 1))
    assert contract(again(seen, circuits=(ended,))) == "expired"


def test_a_waiver_of_today_does_not_reach_back_and_counts_as_of_now() -> None:
    tomorrow = NOW + timedelta(days=3)
    new = (waiver(approved_on=tomorrow.date(), objects=("t-2",)),)
    seen = observation()

    def waived(scan: Scan) -> bool:
        return next(audited.waiver is not None for audited in scan.objects if audited.id == "t-2")

    assert not waived(again(seen, at=tomorrow, waivers=new))
    assert waived(again(seen, at=tomorrow, as_of=tomorrow, waivers=new))
    assert waived(again(seen, waivers=(waiver(objects=("t-2",)),)))
    shown = plain(again(seen, at=AFTER, waivers=(waiver(objects=("t-2",)),)))
    assert [entry["state"] for entry in shown["waivers"]] == ["used"]


def test_what_was_learnt_since_counts_though_it_is_later_than_the_scan() -> None:
    """Permits looked up and a register reviewed after the scan are knowledge of what held then."""
    today = (NOW + timedelta(days=3)).date()
    provider = replace(REGISTER.providers[0], licences=(replace(REGISTER.providers[0].licences[0], checked_on=today),))
    scan = again(observation(), at=NOW + timedelta(days=3), providers=(provider,), reviewed_on=today)
    facts = next(o.paths[0].facts for o in scan.objects if o.id == "t-1")
    assert facts.provider_licence_status == "valid"
    assert not [notice for notice in scan.notices if "reviewed" in notice.en]
    early = again(observation(), at=NOW, providers=(provider,))
    assert next(o.paths[0].facts for o in early.objects if o.id == "t-1").provider_licence_status == "unverified"


@pytest.mark.parametrize(
    "register",
    [
        {"circuits": ()},
        {"networks": ()},
        {"waivers": (waiver(objects=("t-2",)),)},
        {"circuits": (replace(CIRCUIT, a=replace(CIRCUIT.a, interface="eth9")),)},
        {"circuits": (replace(CIRCUIT, purpose="resale"),)},
    ],
    ids=["no circuit", "no network", "a waiver", "another device", "another purpose"],
)
def test_another_register_is_the_cause_and_never_the_host(register: dict[str, Any]) -> None:
    found = compared(observation(), again(observation(), **register))
    assert found.changes
    assert {cause for change in found.changes for cause in change.causes} == {Cause.REGISTER}
    assert all(change.sure for change in found.changes)


def test_another_tool_is_the_cause_and_never_the_host() -> None:
    seen = observation()
    old, new = plain(judged(seen)), plain(again(seen))
    new["versions"]["tool"] = "9"
    new["tunnels"][0]["verdict"] = "needs_review"
    new["tunnels"][0]["certainty"] = "low"
    causes = {cause for change in diff(old, new).changes for cause in change.causes}
    assert causes == {Cause.RULES}


def test_only_a_day_that_came_is_the_cause_as_of_later() -> None:
    found = compared(observation(), again(observation(), at=AFTER, as_of=AFTER))
    assert found.changes
    assert {cause for change in found.changes for cause in change.causes} == {Cause.TIME}


def test_routes_that_nobody_asked_for_are_not_known_and_a_blind_spot() -> None:
    """A circuit that names a device only since: that no route by it was read must not look like no contradiction."""
    other = replace(CIRCUIT, cid="CT-9", a=replace(CIRCUIT.a, interface="eth9", next_hop="192.0.2.46"))
    scan = again(observation(), circuits=(CIRCUIT, other))
    gap = next(gap.spot for gap in scan.gaps if gap.spot.source == "routes by eth9")
    assert (gap.probe, gap.reason) == ("routes", Reason.SKIPPED)
    assert scan.status in (Status.UNKNOWN, Status.CRITICAL)
    assert len(again(observation()).gaps) == 1
    whole = replace(observation(), watched=("eth0", "eth9"))
    assert len(again(whole, circuits=(CIRCUIT, other)).gaps) == 1
    tagged = replace(
        observation().inventory, ports=(port(), port("eth1.7", vlan_id=7, next_hops=(), default_route=False, routes=()))
    )
    assert len(again(replace(observation(), watched=(), inventory=tagged)).gaps) == 2


def test_the_report_says_what_it_is_in_both_languages() -> None:
    seen = observation()
    original = parse(json_v1.render(document(judged(seen))).encode(), "scan-000012.json")
    shown = document(again(seen, circuits=()), Previous(report=original))
    mark = shown["reassessment"]
    assert (mark["scan"], mark["observed_at"]) == (12, "2026-11-23T12:00:00+08:00")
    assert (mark["judged_at"], mark["as_of"]) == ("2026-11-23T14:00:00+08:00", "2026-11-23T12:00:00+08:00")
    assert "Reassessment of scan 12, not a new scan" in mark["label"]["en"]
    assert "第12次扫描的重新判定，并非新的扫描" in mark["label"]["zh"]
    assert shown["changes"]["summary"]["en"].startswith("Against the report of scan 12: ")
    assert "与第12次扫描的报告相比" in shown["changes"]["summary"]["zh"]
    assert document(judged(seen))["reassessment"] is None
