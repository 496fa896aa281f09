import time
from datetime import date

from auditor.guidance.assess import assess, assess_gateway
from auditor.guidance.audit import audit_controls
from auditor.guidance.catalogue import controls
from auditor.guidance.consequences import consequences_of
from auditor.model.facts import Facts, FactSet
from auditor.model.judgement import ControlResult, Outcome, Severity, Verdict
from auditor.model.text import Text
from tests.auditor.guidance.scenarios import DOCUMENT, fact_set

LEASED = Facts(
    tunnel_family="network_tunnel",
    realisation="integrated_vpn",
    tunnel_state="up",
    seen_up_recently=True,
    local_location="CN",
    remote_location="SG",
    remote_location_confidence="high",
    remote_network="own",
    provisioning="leased",
    default_route=False,
    circuit_match="strong",
    service_provider="china_telecom",
    provider_licence_status="valid",
    contract_party="carrier_direct",
    contract_status="valid",
    network_evidence="match",
    declared_purpose="internal_office",
    user_record="yes",
    uplink_class="basic_carrier",
    serves_external_customers="no",
)
SELF_BUILT = LEASED.replace(provisioning="self_built", circuit_match="none", service_provider="none")


def by_id(facts: Facts | FactSet) -> dict[str, ControlResult]:
    together = facts if isinstance(facts, FactSet) else FactSet.of(facts)
    return {result.control: result for result in assess(together).results}


def test_nothing_known_is_never_well() -> None:
    assessment = assess(FactSet.of(Facts()))
    assert assessment.tunnel_verdict is Verdict.NEEDS_REVIEW
    assert assessment.gateway_verdict is Verdict.NEEDS_REVIEW
    assert assessment.severity is Severity.HIGH  # whether the gateway serves outsiders is not known
    deciding = [r for r in assessment.results if controls()[r.control].deciding]
    assert not [r for r in deciding if r.outcome is Outcome.PASS]


def test_expiring_contract_warns_beside_the_verdict() -> None:
    assessment = assess(FactSet.of(LEASED.replace(contract_status="expiring_soon")))
    assert assessment.overall_verdict is Verdict.COMPLIANT
    assert assessment.severity is Severity.NONE
    assert assessment.warnings == (Text("The contract on file expires soon.", "登记的合同即将到期。"),)
    assert assess(FactSet.of(LEASED)).warnings == ()


def test_expiring_contract_warns_for_domestic_services_too_and_only_where_it_is_read() -> None:
    domestic = LEASED.replace(remote_location="CN", onward_reach="domestic_only", contract_status="expiring_soon")
    assert assess(FactSet.of(domestic)).overall_verdict is Verdict.PERMITTED
    assert len(assess(FactSet.of(domestic)).warnings) == 1
    unread = SELF_BUILT.replace(contract_status="expiring_soon")
    assert assess(FactSet.of(unread)).warnings == ()


def test_a_path_that_is_up_is_not_capped_by_one_that_is_down() -> None:
    down = SELF_BUILT.replace(tunnel_state="down", seen_up_recently=False)
    both_failing = assess(FactSet.of(SELF_BUILT, down))
    assert both_failing.tunnel_verdict is Verdict.NON_COMPLIANT
    assert (both_failing.severity, both_failing.capped) == (Severity.HIGH, False)
    only_inactive = assess(FactSet.of(LEASED, down))
    assert only_inactive.tunnel_verdict is Verdict.NEEDS_REVIEW
    assert (only_inactive.severity, only_inactive.capped) == (Severity.MEDIUM, True)


def test_result_names_the_path_that_decided() -> None:
    results = by_id(FactSet.of(LEASED, SELF_BUILT, LEASED.replace(default_route=True)))
    assert (results["X-01"].path, results["X-08"].path, results["L-01"].path) == (1, 2, 0)


def test_offshore_path_beside_a_cross_border_one() -> None:
    offshore = SELF_BUILT.replace(local_location="HK")
    assessment = assess(FactSet.of(offshore, LEASED))
    assert assessment.tunnel_verdict is Verdict.COMPLIANT
    assert assessment.scopes == ("offshore", "cross_border")


def test_offshore_counts_gateway_controls_only() -> None:
    offshore = SELF_BUILT.replace(local_location="HK", serves_external_customers="suspected")
    assessment = assess(FactSet.of(offshore))
    assert assessment.tunnel_verdict is Verdict.NOT_APPLICABLE
    assert (assessment.overall_verdict, assessment.severity) == (Verdict.NEEDS_REVIEW, Severity.HIGH)


def test_cap_leaves_the_gateway_alone() -> None:
    inactive = SELF_BUILT.replace(
        tunnel_state="down", seen_up_recently=False, serves_external_customers="yes", serving_permit_status="none"
    )
    assessment = assess(FactSet.of(inactive))
    assert assessment.tunnel_verdict is Verdict.NEEDS_REVIEW
    assert (assessment.overall_verdict, assessment.severity) == (Verdict.NON_COMPLIANT, Severity.CRITICAL)
    assert assessment.capped


def test_interruption_follows_only_where_a_provider_is_involved() -> None:
    own = by_id(SELF_BUILT)["X-01"]
    assert [item.id for item in consequences_of(own, SELF_BUILT)] == ["other_channel"]
    bought = LEASED.replace(circuit_match="none")
    assert [item.id for item in consequences_of(by_id(bought)["X-01"], bought)] == ["interruption", "other_channel"]
    assert consequences_of(by_id(LEASED)["X-01"], LEASED) == ()


def test_gateway_alone() -> None:
    one = Facts(local_location="CN", uplink_class="basic_carrier", serves_external_customers="no")
    other = one.replace(uplink_class="foreign_suspected")
    extra = audit_controls(local_location="CN", aging=(), today=date(2026, 1, 1))
    assessment = assess_gateway(FactSet.of(one, other), extra)
    assert [r.control for r in assessment.results] == ["G-01", "N-01", "O-01", "O-02", "T-02", "T-03", "A-02"]
    assert assessment.gateway_verdict is assessment.overall_verdict is Verdict.NEEDS_REVIEW
    assert (assessment.severity, assessment.scopes) == (Severity.MEDIUM, ())
    assert assess_gateway(FactSet.of(one)).gateway_verdict is Verdict.NOT_APPLICABLE
    assert assess_gateway(FactSet.of(one)).severity is Severity.NONE


def test_a_thousand_objects_cost_little() -> None:
    sets = [fact_set(scenario["facts"]) for scenario in DOCUMENT["scenarios"]]
    many = (sets * 12)[:1000]
    assert min(_cost_s(many) for _ in range(3)) < 0.15


def _cost_s(many: list[FactSet]) -> float:
    began_s = time.process_time()
    for facts in many:
        assess(facts)
    return time.process_time() - began_s
