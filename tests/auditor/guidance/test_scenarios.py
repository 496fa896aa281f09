from typing import Any

import pytest

from auditor.guidance.assess import assess
from auditor.model.enumerations import WORDS
from auditor.model.facts import FACT_NAMES
from tests.auditor.guidance.scenarios import DOCUMENT, fact_set

ALL = DOCUMENT["scenarios"]


@pytest.mark.parametrize("scenario", ALL, ids=[scenario["id"] for scenario in ALL])
def test_scenario(scenario: dict[str, Any]) -> None:
    assessment = assess(fact_set(scenario["facts"]))
    assert {result.control: result.outcome.value for result in assessment.results} == scenario[
        "expected_control_results"
    ]
    assert assessment.tunnel_verdict == scenario["expected_tunnel_verdict"]
    assert assessment.overall_verdict == scenario["expected_overall_verdict"]
    assert assessment.severity == scenario["expected_severity"]
    scopes = scenario["derived_scope"]
    assert list(assessment.scopes) == (scopes if isinstance(scopes, list) else [scopes])


def test_all_scenarios_are_here() -> None:
    assert len(ALL) == 84


def test_enumerations_are_those_of_the_scenarios() -> None:
    stated = DOCUMENT["meta"]["enumerations"]
    special = ("seen_up_recently", "default_route", "address_family", "policy_unmatched_cross_border")
    words = {name: values for name, values in stated.items() if name not in special and isinstance(values, list)}
    assert {name: list(values) for name, values in WORDS.items() if name != "policy_unmatched_cross_border"} == words
    assert set(FACT_NAMES) == {name for scenario in ALL for name in scenario["facts"]} - {"paths"} | {
        "policy_unmatched_cross_border",
        "path_id",
    }
