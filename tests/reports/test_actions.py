"""What to do first: failures, then what was not read, then reviews, then dates; few, grouped, with links."""

from dataclasses import replace
from typing import Any

from auditor.model.sightings import Reason
from reports.actions import MOST
from reports.document import document
from tests.reports import samples
from tests.reports.sample_coverage import GAPS


def steps(scan: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = document(scan)["actions"]
    return found


def test_failures_come_before_blind_spots_before_reviews() -> None:
    assert [step["state"] for step in steps(samples.mixed())] == ["fail", "unknown", "unknown", "review", "review"]


def test_objects_with_the_same_leading_control_are_one_step() -> None:
    (step,) = [step for step in steps(samples.mixed()) if step["control"] == "L-01"]
    assert step["title"]["en"] == "eth5, office-mesh — Both ends located (L-01)"
    assert step["title"]["zh"] == "eth5、office-mesh — 两端位置已确定（L-01）"
    assert len(step["objects"]) == 2
    assert step["what"]["en"].startswith("Add the remote site or circuit to the inventory")


def test_many_objects_are_named_by_the_first_few() -> None:
    first = steps(samples.many(100))[0]
    assert first["title"]["en"].startswith("tun00, tun04, tun08 and 22 more — Permitted route")
    assert len(first["objects"]) == 25


def test_there_are_never_more_than_a_handful() -> None:
    assert max(len(steps(scan)) for scan in (samples.mixed(), samples.without_config(), samples.unprivileged())) <= MOST


def test_waived_objects_ask_for_nothing() -> None:
    assert not any("gre-tpe" in step["title"]["en"] for step in steps(samples.mixed()))


def test_capabilities_are_asked_for_together() -> None:
    first = steps(samples.unprivileged())[0]
    assert first["title"]["en"] == "3 sources could not be read (processes, wireguard, xfrm)"
    assert first["what"] == {
        "en": "Run the scan as root, or give it CAP_NET_ADMIN, CAP_SYS_PTRACE.",
        "zh": "以root运行扫描，或授予CAP_NET_ADMIN、CAP_SYS_PTRACE。",
    }
    assert first["section"] == "blind-spots"


def test_accepted_gaps_ask_for_nothing() -> None:
    scan = replace(samples.nothing(), gaps=(GAPS[2],))
    assert steps(scan) == []


def test_each_cause_has_its_own_advice() -> None:
    causes = [
        replace(GAPS[0], spot=replace(GAPS[0].spot, needs=None, reason=reason, probe=reason.value)) for reason in Reason
    ]
    scan = replace(samples.nothing(), gaps=tuple(causes))
    advice = {spot["how_to_open"]["en"] for spot in document(scan)["blind_spots"]}
    assert len(advice) >= 8


def test_a_missing_configuration_is_said_first_after_failures() -> None:
    first = steps(samples.without_config())[0]
    assert "nothing can be compliant" in first["title"]["en"]


def test_the_gateway_itself_can_need_something() -> None:
    found = [step for step in steps(samples.without_config()) if step["section"] == "gateway"]
    assert found[0]["control"] == "O-01"
    assert found[0]["why"]["en"] == "Nobody has stated whether the gateway serves outsiders."


def test_dates_come_last() -> None:
    assert [step["section"] for step in steps(samples.compliant())] == ["circuits", "waivers"]
    assert steps(samples.compliant())[0]["title"]["en"] == "Circuit SHA-HKG-EPL-0007: contract in force, expires soon"


def test_nothing_to_do_is_nothing() -> None:
    assert steps(samples.nothing()) == []
