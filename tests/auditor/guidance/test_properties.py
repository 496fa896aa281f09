"""What the guidance's text promises whatever the facts are."""

from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.guidance.assess import assess
from auditor.guidance.catalogue import SCOPE_FACTS, controls
from auditor.guidance.predicates import PREDICATES
from auditor.guidance.scope import DerivedScope, derive_scope
from auditor.guidance.verdict import OUTCOME_RANK, SEVERITY_RANK, VERDICT_RANK
from auditor.model.enumerations import WORDS
from auditor.model.facts import FACT_NAMES, Facts, FactSet
from auditor.model.judgement import Assessment, Outcome, Severity, Verdict
from tests.auditor.guidance.strategies import CROSSING, FACT_SETS, FACTS

WELL = (Verdict.COMPLIANT, Verdict.PERMITTED, Verdict.NOT_APPLICABLE)


def outcomes(assessment: Assessment) -> dict[str, Outcome]:
    return {result.control: result.outcome for result in assessment.results}


@given(FACT_SETS)
def test_every_control_gives_one_result_with_a_reason(facts: FactSet) -> None:
    results = assess(facts).results
    assert [result.control for result in results] == list(PREDICATES)
    for result in results:
        assert result.reason.en.endswith(".")
        assert result.reason.zh.endswith("。")
        assert "{" not in result.reason.en + result.reason.zh


@given(FACT_SETS)
def test_unknown_places_are_never_well(facts: FactSet) -> None:
    assessment = assess(facts)
    if DerivedScope.UNKNOWN in assessment.scopes:
        assert assessment.tunnel_verdict not in WELL


@given(FACTS, st.sampled_from([name for name, control in controls().items() if not control.deciding]))
def test_advisory_controls_never_change_the_verdict(facts: Facts, control: str) -> None:
    if control not in PREDICATES or control in ("V-02", "T-01", "G-01"):
        return  # V-02 reads the state, which 5.6 reads too; the others read nothing of their own
    assessment = assess(FactSet.of(facts))
    for name in set(controls()[control].facts) - {"tunnel_family", "circuit_match"}:
        for value in WORDS[name]:
            changed = assess(FactSet.of(replace(facts, **{name: value})))
            assert changed.overall_verdict == assessment.overall_verdict
            assert changed.severity == assessment.severity


@given(FACTS)
def test_the_switch_turns_a_fail_of_x01_into_review_and_nothing_else(facts: Facts) -> None:
    strict = outcomes(assess(FactSet.of(replace(facts, policy_unmatched_cross_border="fail"))))
    lenient = outcomes(assess(FactSet.of(replace(facts, policy_unmatched_cross_border="review"))))
    assert lenient.pop("X-01") == (Outcome.REVIEW if strict["X-01"] is Outcome.FAIL else strict["X-01"])
    strict.pop("X-01")
    assert lenient == strict


@given(FACT_SETS)
def test_the_worst_path_decides(facts: FactSet) -> None:
    together = assess(facts)
    alone = [assess(FactSet.of(path)) for path in facts.paths]
    for result in together.results:
        seen = [outcomes(assessment)[result.control] for assessment in alone]
        assert result.outcome == min(seen, key=OUTCOME_RANK.__getitem__)
        assert seen[result.path] == result.outcome
    for verdict in ("tunnel_verdict", "gateway_verdict", "overall_verdict"):
        assert getattr(together, verdict) == min(
            (getattr(assessment, verdict) for assessment in alone), key=VERDICT_RANK.__getitem__
        )


@given(FACT_SETS)
def test_severity_is_that_of_the_worst_deciding_result(facts: FactSet) -> None:
    assessment = assess(facts)
    deciding = [result for result in assessment.results if controls()[result.control].deciding]
    if assessment.tunnel_verdict is Verdict.NOT_APPLICABLE:
        deciding = [result for result in deciding if controls()[result.control].scope == "G"]
    worst = min((result.severity for result in deciding), key=SEVERITY_RANK.__getitem__)
    if assessment.overall_verdict in WELL:
        assert assessment.severity is Severity.NONE
        assert worst is Severity.NONE
    else:
        assert assessment.severity == worst != Severity.NONE


@given(FACTS)
def test_caps_apply_to_inactive_tunnels_only_and_never_to_the_gateway(facts: Facts) -> None:
    plain = assess(FactSet.of(replace(facts, tunnel_state="up")))
    inactive = assess(FactSet.of(replace(facts, tunnel_state="down", seen_up_recently=False)))
    failing = plain.tunnel_verdict is Verdict.NON_COMPLIANT
    assert inactive.capped is failing
    assert inactive.tunnel_verdict is (Verdict.NEEDS_REVIEW if failing else plain.tunnel_verdict)
    assert inactive.gateway_verdict is plain.gateway_verdict
    for before, after in zip(plain.results, inactive.results, strict=True):
        if controls()[before.control].scope == "T" and failing and before.control != "V-02":
            assert SEVERITY_RANK[after.severity] == max(SEVERITY_RANK[before.severity], SEVERITY_RANK[Severity.MEDIUM])
        elif before.control != "V-02":
            assert after == before
    if not inactive.capped:
        assert inactive.severity == plain.severity


@given(FACTS, st.sampled_from((True, None)), st.sampled_from(WORDS["tunnel_state"]))
def test_recent_or_unknown_history_counts_as_up(facts: Facts, seen: bool | None, state: str) -> None:
    up = assess(FactSet.of(replace(facts, tunnel_state="up")))
    other = assess(FactSet.of(replace(facts, tunnel_state=state, seen_up_recently=seen)))
    assert (other.overall_verdict, other.severity, other.capped) == (up.overall_verdict, up.severity, False)


@given(FACTS | CROSSING, st.sampled_from([name for name in FACT_NAMES if name != "object_type"]))
def test_leaving_a_fact_out_never_turns_a_finding_into_none(facts: Facts, name: str) -> None:
    stated = assess(FactSet.of(facts))
    default = next(field.default for field in fields(Facts) if field.name == name)
    silent = assess(FactSet.of(replace(facts, **{name: default})))
    if stated.tunnel_verdict not in WELL:
        assert silent.tunnel_verdict not in WELL
    if stated.gateway_verdict not in WELL:
        assert silent.gateway_verdict not in WELL


@given(CROSSING)
def test_an_unstated_match_hides_nothing_that_is_stated_of_the_circuit(facts: Facts) -> None:
    unstated = assess(FactSet.of(replace(facts, circuit_match=Facts().circuit_match)))
    for word in WORDS["circuit_match"]:
        found, stated = outcomes(unstated), outcomes(assess(FactSet.of(replace(facts, circuit_match=word))))
        for control in stated:
            assert OUTCOME_RANK[found[control]] <= OUTCOME_RANK[stated[control]], (control, word)


@given(FACTS | CROSSING)
def test_the_catalogue_names_every_fact_that_decides_a_control(facts: Facts) -> None:
    scope = derive_scope(facts)
    for control, predicate in PREDICATES.items():
        named = {*controls()[control].facts, *SCOPE_FACTS}
        silent = Facts(**{name: getattr(facts, name) for name in named})
        assert derive_scope(silent) is scope
        assert predicate(silent, scope) == predicate(facts, scope), control


@given(FACTS | CROSSING, st.sampled_from(sorted(WORDS)))
def test_a_value_outside_the_enumeration_never_helps(facts: Facts, name: str) -> None:
    if name in ("object_type", "tunnel_family"):
        return
    junk = assess(FactSet.of(replace(facts, **{name: "no such value"})))
    for word in WORDS[name]:
        stated = assess(FactSet.of(replace(facts, **{name: word})))
        assert stated.tunnel_verdict in WELL or junk.tunnel_verdict not in WELL
        assert stated.gateway_verdict in WELL or junk.gateway_verdict not in WELL


@given(CROSSING)
def test_a_cross_border_connection_is_compliant_only_with_all_the_evidence(facts: Facts) -> None:
    if assess(FactSet.of(facts)).tunnel_verdict is Verdict.COMPLIANT:
        assert facts.circuit_match == "strong"
        assert facts.service_provider in ("china_telecom", "china_mobile", "china_unicom")
        assert facts.provider_licence_status == "valid"
        assert facts.contract_status in ("valid", "expiring_soon")
        assert facts.network_evidence == "match"
        assert facts.declared_purpose == "internal_office"
        assert facts.default_route is False
        assert facts.tunnel_family != "remote_access"


@pytest.mark.parametrize("family", WORDS["tunnel_family"])
def test_no_cross_border_tunnel_of_any_family_passes_on_nothing(family: str) -> None:
    facts = Facts(tunnel_family=family, local_location="CN", remote_location="SG", remote_location_confidence="high")
    assert assess(FactSet.of(facts)).tunnel_verdict not in WELL
