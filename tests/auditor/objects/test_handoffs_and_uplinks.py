"""Leased lines without a tunnel, ordinary access, circuits seen, waivers and acknowledgements."""

from dataclasses import replace
from datetime import UTC, date, datetime
from ipaddress import ip_network

import pytest

from auditor.model.judgement import Outcome, Verdict
from auditor.model.match import Strength
from auditor.model.register import Acknowledgement, End, MatchKeys, Uplink
from auditor.model.scan import Audited
from auditor.model.sightings import BlindSpot, Reason, Scope
from auditor.objects import circuits, exceptions, handoffs, uplinks
from auditor.objects.tunnels import TunnelJudge
from tests.auditor.objects.statements import CIRCUIT, CONFIG, WHERE, context, port, remote, tunnel, waiver

LINE = replace(
    CIRCUIT,
    cid="CM-MPLS-7",
    a=End(location="CN", prefixes=(ip_network("10.255.0.0/30"),), interface="eth2", vlan=300, next_hop="10.255.0.1"),
    z=End(location="SG", prefixes=(ip_network("10.20.0.0/16"),)),
    match=MatchKeys(),
)
HANDOFF = port(
    "eth2.300",
    ifindex=5,
    parent="eth2",
    vlan_id=300,
    hardware=False,
    addresses=("10.255.0.2/30",),
    next_hops=("10.255.0.1",),
    routes=("10.20.0.0/16",),
    default_route=False,
)
NO_CIRCUITS: frozenset[tuple[str, str]] = frozenset()


def test_a_vlan_hand_off_is_seen_and_compliant() -> None:
    here = context(register={"circuits": (LINE,)})
    found = handoffs.find(here, (port(), HANDOFF), NO_CIRCUITS)
    assert [(item.port.interface, item.match.strength) for item in found] == [("eth2.300", Strength.STRONG)]
    (audited,) = handoffs.judge(here, found, "basic_carrier")
    assert (audited.kind, audited.circuit, audited.verdict) == ("carrier_handoff", "CM-MPLS-7", Verdict.COMPLIANT)
    assert audited.paths[0].facts.realisation == "not_vpn"
    (seen,) = circuits.circuits(here, (audited,))
    assert seen.seen_by == audited.id


def test_an_uplink_is_no_hand_off_of_a_circuit_that_runs_over_it() -> None:
    assert handoffs.find(context(), (port(),), NO_CIRCUITS) == ()


def test_a_circuit_that_a_tunnel_shows_is_no_hand_off() -> None:
    here = context(register={"circuits": (LINE,)})
    assert handoffs.find(here, (HANDOFF,), frozenset({("ct", "CM-MPLS-7")})) == ()


def test_a_registered_circuit_that_nothing_shows_is_listed_unseen() -> None:
    (seen,) = circuits.circuits(context(), ())
    assert (seen.circuit.cid, seen.seen_by, seen.contract_status) == ("CT-1", None, "valid")


def test_declared_uplinks_are_permitted_and_undeclared_ones_reviewed() -> None:
    found = uplinks.find(context(), (port(), port("ppp0", ifindex=9)), frozenset())
    first, second = uplinks.public_access(context(), found)
    assert (first.verdict, second.verdict) == (Verdict.PERMITTED, Verdict.NEEDS_REVIEW)
    assert found.worst() == "unknown"


def test_a_containers_default_route_is_no_uplink_of_the_site() -> None:
    inside = Scope(name="docker", inode=7, door="/x")
    found = uplinks.find(context(), (port(), port("eth0", scope=inside, hardware=False)), frozenset())
    assert len(found.seen) == 1


def test_uplinks_whose_routes_were_not_read_are_not_what_the_configuration_says() -> None:
    found = uplinks.find(context(), (port(default_route=None, routes=None, next_hops=None),), frozenset())
    assert (found.seen, found.worst()) == ((), "unknown")
    read = uplinks.find(context(), (port(default_route=False, routes=()),), frozenset())
    assert (read.seen, read.worst()) == ((), "basic_carrier")


def test_a_vlan_moved_into_a_namespace_is_an_uplink_of_the_site() -> None:
    inside = Scope(name="wan", inode=7, door="/x")
    moved = port("eth1.9", scope=inside, hardware=False, vlan_id=9)
    on_a_containers_own_port = replace(moved, interface="eth0.9", parent="eth0")
    found = uplinks.find(context(), (port(), moved, on_a_containers_own_port), frozenset())
    assert ([p.interface for p in found.seen], found.worst()) == (["eth0", "eth1.9"], "unknown")


def test_a_declared_foreign_terminal_fails_the_gateway() -> None:
    foreign = replace(CONFIG.site, uplinks=(*CONFIG.site.uplinks, Uplink(interface="sat0", class_="foreign_confirmed")))
    here = context(config={"site": foreign})
    assert uplinks.find(here, (port(),), frozenset()).worst() == "foreign_confirmed"


def non_compliant(address: str = "203.0.113.200") -> tuple[Audited, ...]:
    here = context(register={"circuits": ()})
    return TunnelJudge(here, (port(),), (tunnel(remote(address)),)).judge(uplinks.find(here, (port(),), frozenset()))


@pytest.mark.parametrize(
    ("now", "holds"),
    [
        (datetime(2026, 12, 31, 15, 59, 59, tzinfo=UTC), True),
        (datetime(2026, 12, 31, 16, 0, 0, tzinfo=UTC), False),
        (datetime(2026, 10, 31, 15, 59, 59, tzinfo=UTC), False),
        (datetime(2026, 10, 31, 16, 0, 0, tzinfo=UTC), True),
    ],
)
def test_a_waiver_holds_to_midnight_in_the_configured_zone(now: datetime, holds: bool) -> None:
    waived = exceptions.waive(context(register={"waivers": (waiver(),)}, now=now), non_compliant())
    (audited,) = waived.objects
    assert (audited.waiver is not None) is holds
    assert audited.verdict is Verdict.NON_COMPLIANT
    assert bool(waived.expired) is not holds


def test_a_waiver_must_cover_every_open_control() -> None:
    here = context(register={"waivers": (waiver(controls=("X-08",)),)})
    (audited,) = exceptions.waive(here, non_compliant()).objects
    assert (audited.waiver, audited.waivers) == (None, ())
    here = context(register={"waivers": (waiver(controls=("X-01",)),)})
    (audited,) = exceptions.waive(here, non_compliant()).objects
    assert audited.waiver is not None
    assert audited.waivers == (audited.waiver,)
    assert audited.waived_controls == ("X-01",)
    assert next(r.outcome for r in audited.assessment.results if r.control == "X-01") is Outcome.FAIL


def test_a_waiver_by_prefix_needs_every_far_end_inside() -> None:
    by_prefix = waiver(objects=(), prefixes=(ip_network("203.0.113.192/28"),))
    here = context(register={"waivers": (by_prefix,)})
    assert exceptions.waive(here, non_compliant()).objects[0].waiver is not None
    outside = exceptions.waive(here, non_compliant("203.0.113.8"))
    assert outside.objects[0].waiver is None
    assert outside.unused == (by_prefix,)


def test_the_gateway_itself_can_be_waived_by_name() -> None:
    from auditor.guidance.assess import assess
    from auditor.model.facts import Facts, FactSet

    gateway = assess(FactSet.of(Facts(object_type="public_network_access", uplink_class="foreign_confirmed")))
    named = waiver(objects=("gateway",))
    assert exceptions.gateway_waiver(context(register={"waivers": (named,)}), gateway) is named
    assert exceptions.gateway_waiver(context(register={"waivers": (waiver(),)}), gateway) is None


def test_an_acknowledgement_accepts_its_own_gap_only() -> None:
    def spot(probe: str, scope: str) -> BlindSpot:
        return BlindSpot(probe=probe, scope=scope, source="/x", reason=Reason.PERMISSION, detail="d", hides=("gre",))

    accepted = Acknowledgement(
        id="A-1",
        probe="xfrm",
        namespace="branch",
        reason="vendor",
        owner="o",
        approver="a",
        approved_on=date(2026, 1, 1),
        expires=date(2026, 12, 31),
        where=WHERE,
    )
    here = context(register={"acknowledgements": (accepted,)})
    gaps = exceptions.acknowledge(here, (spot("xfrm", "branch"), spot("xfrm", "host"), spot("links", "branch")))
    assert [gap.acknowledged for gap in gaps] == [accepted, None, None]


@pytest.mark.parametrize(
    ("stated", "source", "accepts"),
    [
        ("/proc/*/fd", "/proc/*/fd", True),
        ("/proc/*/fd", "/proc/*/fdinfo", False),
        ("device tun1", "device tun10", False),
        ("e", "device tun1", False),
        ("VICI socket of PID *", "VICI socket of PID 812", True),
        ("device [x]", "device [x]", True),
    ],
)
def test_an_acknowledged_source_is_that_source_and_no_other(stated: str, source: str, accepts: bool) -> None:
    accepted = Acknowledgement(
        id="A-1",
        probe="links",
        reason="vendor",
        owner="o",
        approver="a",
        approved_on=date(2026, 1, 1),
        expires=date(2026, 12, 31),
        where=WHERE,
        source=stated,
    )
    spot = BlindSpot(probe="links", scope="host", source=source, reason=Reason.UNPARSED, detail="d", hides=("tun",))
    (gap,) = exceptions.acknowledge(context(register={"acknowledgements": (accepted,)}), (spot,))
    assert (gap.acknowledged is not None) is accepts
