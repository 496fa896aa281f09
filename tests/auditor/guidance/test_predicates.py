"""Every value of every enumeration against every control, written out from the guidance's section 6."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from auditor.guidance.predicates import PREDICATES
from auditor.guidance.scope import derive_scope
from auditor.model.enumerations import WORDS
from auditor.model.facts import Facts
from auditor.model.judgement import Outcome

PLACES: dict[str, dict[str, Any]] = {
    "domestic": {"local_location": "CN", "remote_location": "CN", "remote_location_confidence": "high"},
    "cross_border": {"local_location": "CN", "remote_location": "SG", "remote_location_confidence": "high"},
    "offshore": {"local_location": "HK", "remote_location": "SG", "remote_location_confidence": "high"},
    "remote_unknown": {"local_location": "CN"},
    "all_unknown": {},
}
CASES = tomllib.loads((Path(__file__).parents[2] / "fixtures/guidance/outcomes.toml").read_text("utf-8"))["case"]


def outcome(control: str, place: str, **facts: Any) -> str:
    stated = Facts().replace(**PLACES[place] | facts)
    return PREDICATES[control](stated, derive_scope(stated)).outcome.value


@pytest.mark.parametrize("case", CASES, ids=[f"{case['control']}-{case['fact']}-{n}" for n, case in enumerate(CASES)])
def test_outcome_of_each_value(case: dict[str, Any]) -> None:
    named = {value: name.value for name in Outcome for value in case.get(name, [])}
    assert named.keys() <= set(WORDS[case["fact"]])
    given = {name: tuple(value) if isinstance(value, list) else value for name, value in case.get("given", {}).items()}
    for value in WORDS[case["fact"]]:
        found = outcome(case["control"], case["place"], **given | {case["fact"]: value})
        assert found == named.get(value, case["rest"]), value


def test_every_control_has_cases() -> None:
    assert {case["control"] for case in CASES} | {"X-08"} == set(PREDICATES)


@pytest.mark.parametrize(("value", "expected"), [(False, "pass"), (True, "review"), (None, "review")])
def test_x08_reads_the_default_route(value: bool | None, expected: str) -> None:
    assert outcome("X-08", "cross_border", tunnel_family="proxy", default_route=value) == expected


@pytest.mark.parametrize(
    ("local", "remote", "confidence", "scope"),
    [
        ("CN", "CN", "high", "domestic"),
        ("CN", "SG", "high", "cross_border"),
        ("SG", "CN", "high", "cross_border"),
        ("CN", "HK", "high", "cross_border"),
        ("CN", "MO", "high", "cross_border"),
        ("TW", "CN", "high", "cross_border"),
        ("HK", "MO", "high", "offshore"),
        ("SG", "SG", "high", "offshore"),
        ("CN", "SG", "low", "unknown"),
        ("CN", "CN", "none", "unknown"),
        ("HK", "SG", "low", "unknown"),
        ("unknown", "SG", "high", "unknown"),
        ("CN", "unknown", "high", "unknown"),
        ("unknown", "unknown", "none", "unknown"),
    ],
)
def test_scope(local: str, remote: str, confidence: str, scope: str) -> None:
    facts = Facts().replace(local_location=local, remote_location=remote, remote_location_confidence=confidence)
    assert derive_scope(facts) == scope
    assert derive_scope(facts.replace(object_type="public_network_access")) == "public_network"


@pytest.mark.parametrize("place", ["XX", "ZZ", "EU", "cn", "", "CHN"])
def test_a_code_that_is_no_place_is_unknown(place: str) -> None:
    for facts in (
        Facts(local_location=place, remote_location="SG", remote_location_confidence="high"),
        Facts(local_location="SG", remote_location=place, remote_location_confidence="high"),
    ):
        assert derive_scope(facts) == "unknown"
        assert PREDICATES["L-01"](facts, derive_scope(facts)).outcome is Outcome.REVIEW


def test_unstated_match_is_no_route_and_leaves_the_circuit_open() -> None:
    crossing = {"tunnel_family": "network_tunnel", "provisioning": "self_built", "remote_network": "own"}
    assert outcome("X-01", "cross_border", **crossing) == "fail"
    assert outcome("X-01", "cross_border", public_network_review="recorded_valid", **crossing) == "review"
    assert outcome("X-02", "cross_border", service_provider="reseller", **crossing) == "fail"
    assert outcome("X-04", "cross_border", contract_status="expired", **crossing) == "fail"
    assert outcome("X-06", "cross_border", declared_purpose="resale", **crossing) == "fail"
    assert outcome("X-06", "cross_border", **crossing) == "review"
    assert outcome("X-06", "cross_border", circuit_match="none", **crossing) == "not_applicable"


def test_unstated_family_leaves_remote_access_open() -> None:
    assert outcome("R-01", "cross_border") == "review"
    assert outcome("R-01", "remote_unknown") == "review"
    assert outcome("R-01", "domestic") == "not_applicable"
    assert outcome("X-01", "cross_border") == "fail"
    assert outcome("P-04", "domestic") == "review"
