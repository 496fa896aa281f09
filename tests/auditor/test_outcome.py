"""Critical outranks unknown outranks warning; nothing accepted turns green."""

from dataclasses import replace

import pytest

from auditor import outcome
from auditor.guidance.assess import assess
from auditor.guidance.verdict import highest_severity, worst_verdict
from auditor.model.facts import Facts, FactSet
from auditor.model.judgement import Assessment, Severity, Status, Verdict
from auditor.model.register import Acknowledgement
from auditor.model.scan import Audited, CircuitSeen, Gap
from auditor.model.sightings import BlindSpot, Reason
from auditor.model.text import Text
from tests.auditor.objects.statements import CIRCUIT, waiver

GOOD = assess(
    FactSet.of(
        Facts(
            object_type="public_network_access",
            local_location="CN",
            uplink_class="basic_carrier",
            serves_external_customers="no",
        )
    )
)
SPOT = BlindSpot(probe="xfrm", scope="host", source="xfrm", reason=Reason.PERMISSION, detail="d", hides=("ipsec",))
GAP = Gap(spot=SPOT)


def audited(verdict: Verdict, *, waived: bool = False) -> Audited:
    return Audited(
        id="t",
        kind="tunnel",
        tunnel=None,
        port=None,
        circuit=None,
        paths=(),
        assessment=GOOD,
        verdict=verdict,
        severity=Severity.NONE,
        waiver=waiver() if waived else None,
    )


def status(
    *objects: Audited,
    gateway: Assessment = GOOD,
    gaps: tuple[Gap, ...] = (),
    circuits: tuple[CircuitSeen, ...] = (),
    notices: tuple[Text, ...] = (),
) -> Status:
    found, reasons = outcome.decide(objects, gateway, gaps, circuits, notices)
    assert reasons
    assert all(reason.en and reason.zh for reason in reasons)
    return found


@pytest.mark.parametrize("verdict", [Verdict.COMPLIANT, Verdict.PERMITTED, Verdict.NOT_APPLICABLE])
def test_good_objects_are_ok(verdict: Verdict) -> None:
    assert status(audited(verdict)) is Status.OK


def test_the_ranks() -> None:
    bad, open_ = audited(Verdict.NON_COMPLIANT), audited(Verdict.NEEDS_REVIEW)
    assert status(open_) is Status.WARNING
    assert status(open_, gaps=(GAP,)) is Status.UNKNOWN
    assert status(bad, open_, gaps=(GAP,)) is Status.CRITICAL


def test_a_waived_object_or_gap_is_a_warning_never_ok_never_worse() -> None:
    accepted = Acknowledgement(
        id="A",
        probe="xfrm",
        reason="r",
        owner="o",
        approver="a",
        approved_on=waiver().approved_on,
        expires=waiver().expires,
        where=CIRCUIT.where,
    )
    assert status(audited(Verdict.NON_COMPLIANT, waived=True)) is Status.WARNING
    assert status(audited(Verdict.COMPLIANT), gaps=(replace(GAP, acknowledged=accepted),)) is Status.WARNING


def test_contracts_about_to_end_and_notices_warn() -> None:
    soon = CircuitSeen(circuit=CIRCUIT, seen_by="t", contract_status="expiring_soon")
    assert status(audited(Verdict.COMPLIANT), circuits=(soon,)) is Status.WARNING
    assert status(audited(Verdict.COMPLIANT), notices=(Text("x", "甲"),)) is Status.WARNING


def test_the_gateway_itself_counts() -> None:
    foreign = assess(FactSet.of(Facts(object_type="public_network_access", uplink_class="foreign_confirmed")))
    assert status(audited(Verdict.COMPLIANT), gateway=foreign) is Status.CRITICAL


def test_exit_codes_are_the_contract() -> None:
    assert [outcome.EXIT_CODES[item] for item in (Status.OK, Status.WARNING, Status.CRITICAL, Status.UNKNOWN)] == [
        0,
        1,
        2,
        3,
    ]


def test_worst_of_nothing_is_not_applicable() -> None:
    assert worst_verdict(()) is Verdict.NOT_APPLICABLE
    assert highest_severity(()) is Severity.NONE
