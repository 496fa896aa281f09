"""A tunnel's facts come from witnesses and register alone; what nobody states is unknown and never compliant."""

from dataclasses import replace
from ipaddress import ip_network

import pytest

from auditor.model.judgement import Outcome, Verdict
from auditor.model.match import Strength
from auditor.model.register import KnownNetwork, MatchKeys, PublicNetworkReview
from auditor.model.scan import Audited
from auditor.model.tunnel import Endpoint, Family, Layer, State, Tunnel
from auditor.objects.context import Context
from auditor.objects.tunnels import TunnelJudge
from auditor.objects.uplinks import find
from tests.auditor.objects.statements import CIRCUIT, KEY, REGISTER, WHERE, context, port, remote, tunnel

MATCHED = remote("203.0.113.9", identity=KEY, identity_kind="wireguard")


def judged(context: Context, *tunnels: Tunnel) -> tuple[Audited, ...]:
    ports = (port(),)
    return TunnelJudge(context, ports, tunnels).judge(find(context, ports, frozenset()))


def outcome(audited: Audited, control: str) -> Outcome:
    return next(result.outcome for result in audited.assessment.results if result.control == control)


def test_a_matched_leased_circuit_is_compliant() -> None:
    (audited,) = judged(context(), tunnel(MATCHED))
    facts = audited.paths[0].facts
    assert audited.verdict is Verdict.COMPLIANT, [
        r for r in audited.assessment.results if r.outcome is not Outcome.PASS
    ]
    assert (audited.circuit, audited.paths[0].match.strength) == ("CT-1", Strength.STRONG)
    assert (facts.provisioning, facts.service_provider, facts.contract_status) == ("leased", "china_telecom", "valid")
    assert (facts.remote_location, facts.remote_location_basis) == ("SG", "inventory")
    assert facts.network_evidence == "match"


def test_an_unmatched_tunnel_to_the_own_office_abroad_is_non_compliant() -> None:
    (audited,) = judged(context(register={"circuits": ()}), tunnel(remote("203.0.113.200")))
    assert audited.verdict is Verdict.NON_COMPLIANT
    assert outcome(audited, "X-01") is Outcome.FAIL
    assert audited.paths[0].facts.provisioning == "self_built"


def test_the_policy_switch_turns_it_into_review() -> None:
    policy = replace(context().config.policy, unmatched_cross_border="review")
    (audited,) = judged(context(register={"circuits": ()}, config={"policy": policy}), tunnel(remote("203.0.113.200")))
    assert audited.verdict is Verdict.NEEDS_REVIEW


def test_an_unknown_place_is_reviewed() -> None:
    (audited,) = judged(context(), tunnel(remote("8.8.8.8")))
    assert audited.verdict is Verdict.NEEDS_REVIEW
    assert outcome(audited, "L-01") is Outcome.REVIEW


def test_no_far_end_is_one_path_that_is_reviewed() -> None:
    (audited,) = judged(context(), tunnel())
    assert len(audited.paths) == 1
    assert audited.verdict is Verdict.NEEDS_REVIEW


def test_without_configuration_nothing_is_compliant() -> None:
    from auditor.config import load_config, load_register

    config = load_config(None)
    bare = Context(config=config, register=load_register(None, config), now=context().now)
    (audited,) = judged(bare, tunnel(MATCHED))
    assert audited.verdict is Verdict.NEEDS_REVIEW


def test_the_worst_path_decides() -> None:
    (audited,) = judged(context(), tunnel(MATCHED, remote("203.0.113.200")))
    assert [path.match.strength for path in audited.paths] == [Strength.STRONG, Strength.NONE]
    assert audited.verdict is Verdict.NON_COMPLIANT


@pytest.mark.parametrize(
    ("state", "fact", "recently"),
    [
        (State.UP, "up", True),
        (State.STALE, "unknown", None),
        (State.DOWN, "down", None),
        (State.UNKNOWN, "unknown", None),
    ],
)
def test_state_is_passed_on_without_guessing(state: State, fact: str, recently: bool | None) -> None:
    (audited,) = judged(context(), tunnel(MATCHED, state=state))
    assert (audited.paths[0].facts.tunnel_state, audited.paths[0].facts.seen_up_recently) == (fact, recently)


def test_an_ended_contract_fails() -> None:
    from datetime import date

    ended = replace(CIRCUIT, termination_date=date(2026, 11, 22))
    (audited,) = judged(context(register={"circuits": (ended,)}), tunnel(MATCHED))
    assert outcome(audited, "X-04") is Outcome.FAIL


def test_a_default_route_over_the_circuit_is_reviewed() -> None:
    (audited,) = judged(context(), tunnel(MATCHED, default_route=True))
    assert outcome(audited, "X-08") is Outcome.REVIEW
    (audited,) = judged(context(), tunnel(MATCHED, default_route=None, routes=None))
    assert outcome(audited, "X-08") is Outcome.REVIEW


def test_domestic_routes_inside_the_inventory_stay_domestic() -> None:
    far = replace(REGISTER.networks[1], prefixes=(ip_network("198.51.100.0/24"), ip_network("10.9.0.0/16")))
    register = {"circuits": (), "networks": (far,)}
    inside = tunnel(remote("198.51.100.7"), routes=("10.9.1.0/24",))
    (audited,) = judged(context(register=register), inside)
    assert audited.paths[0].facts.onward_reach == "domestic_only"
    assert audited.verdict is Verdict.PERMITTED
    (audited,) = judged(context(register=register), replace(inside, routes=("10.9.1.0/24", "172.16.0.0/24")))
    assert audited.paths[0].facts.onward_reach == "unknown"
    assert audited.verdict is Verdict.NEEDS_REVIEW


def test_an_inner_tunnel_inherits_place_and_circuit() -> None:
    outer = tunnel(MATCHED)
    inner = tunnel(remote("10.9.9.2"), id="t-2", technology="gre", interface="gre1", outer_id="t-1")
    _, audited = judged(context(), outer, inner)
    assert audited.paths[0].place.basis == "outer_tunnel"
    assert (audited.circuit, audited.verdict) == ("CT-1", Verdict.COMPLIANT)


def test_remote_access_is_counted_and_reviewed_not_failed() -> None:
    (audited,) = judged(context(), tunnel(family=Family.REMOTE_ACCESS, peers_count=7))
    assert outcome(audited, "R-01") is Outcome.REVIEW
    assert outcome(audited, "X-01") is Outcome.NOT_APPLICABLE


@pytest.mark.parametrize(("until", "fact"), [("2026-11-23", "recorded_valid"), ("2026-11-22", "recorded_expired")])
def test_a_recorded_review_of_public_network_use_counts_while_it_lasts(until: str, fact: str) -> None:
    from datetime import date

    review = PublicNetworkReview(
        title="opinion",
        author="counsel",
        reviewed_on=date(2026, 1, 1),
        valid_until=date.fromisoformat(until),
        prefixes=(ip_network("203.0.113.200/32"),),
        where=WHERE,
    )
    (audited,) = judged(context(register={"circuits": (), "reviews": (review,)}), tunnel(remote("203.0.113.200")))
    assert audited.paths[0].facts.public_network_review == fact


def test_the_longest_prefix_of_the_inventory_decides_the_place() -> None:
    narrow = KnownNetwork(name="HK", relation="affiliate", location="HK", prefixes=(ip_network("203.0.113.200/29"),))
    (audited,) = judged(
        context(register={"circuits": (), "networks": (*REGISTER.networks, narrow)}), tunnel(remote("203.0.113.201"))
    )
    assert (audited.paths[0].place.location, audited.paths[0].place.relation) == ("HK", "affiliate")


def test_of_several_outer_far_ends_the_one_that_carries_the_inner_tunnel_vouches_for_it() -> None:
    good = remote("203.0.113.9", identity=KEY, identity_kind="wireguard", prefixes=("10.9.0.0/16",))
    rogue = remote("203.0.113.200", prefixes=("10.8.0.0/16",))
    outer = tunnel(good, rogue)
    for address, strength in (("10.9.9.2", Strength.STRONG), ("10.8.9.2", Strength.NONE), ("10.7.0.1", Strength.NONE)):
        inner = tunnel(remote(address), id="t-2", interface="gre1", outer_id="t-1", local=Endpoint(address="10.9.0.1"))
        _, audited = judged(context(), outer, inner)
        assert audited.paths[0].match.strength is strength, address
        assert (audited.verdict is Verdict.COMPLIANT) is (strength is Strength.STRONG)


def test_three_tunnels_in_each_other_are_told_in_any_order() -> None:
    outer = tunnel(MATCHED)
    middle = tunnel(remote("10.9.9.2"), id="t-2", interface="gre1", outer_id="t-1")
    inner = tunnel(remote("10.9.9.3"), id="t-3", interface="gre2", outer_id="t-2")
    for order in ((inner, middle, outer), (outer, inner, middle)):
        assert {audited.id: audited.circuit for audited in judged(context(), *order)} == dict.fromkeys(
            ("t-1", "t-2", "t-3"), "CT-1"
        )


def test_tunnels_that_name_each_other_as_outer_vouch_for_nobody() -> None:
    one = tunnel(remote("10.9.9.2"), id="t-1", outer_id="t-2")
    other = tunnel(remote("10.9.9.3"), id="t-2", outer_id="t-1")
    assert {audited.verdict for audited in judged(context(), one, other)} == {Verdict.NEEDS_REVIEW}


def test_an_inner_far_end_that_the_inventory_knows_elsewhere_is_reviewed() -> None:
    elsewhere = remote("198.51.100.7")  # Beijing, though the outer tunnel ends in Singapore
    inner = tunnel(elsewhere, id="t-2", technology="gre", interface="gre1", outer_id="t-1")
    _, audited = judged(context(), tunnel(MATCHED), inner)
    assert (audited.paths[0].place.confidence, audited.verdict) == ("low", Verdict.NEEDS_REVIEW)


def test_a_tunnel_that_has_ipsec_as_a_layer_is_matched_by_its_ike_identity() -> None:
    keys = MatchKeys(ike_identities=("gw.sg",), technologies=("ipsec",))
    leased = context(register={"circuits": (replace(CIRCUIT, match=keys),)})
    end = remote("203.0.113.9", identity="gw.sg", identity_kind="ike")
    layers = (Layer(technology="ipsec", door="xfrm state"), Layer(technology="gre", door="link"))
    folded = tunnel(end, technology="gre", interface="gre1", layers=layers)
    (audited,) = judged(leased, folded)
    found = audited.paths[0].match
    assert (audited.circuit, found.strength) == ("CT-1", Strength.STRONG)
    assert all(reason.agrees for reason in found.reasons if reason.attribute == "technology")
    (bare,) = judged(leased, replace(folded, layers=layers[1:]))
    assert not all(reason.agrees for reason in bare.paths[0].match.reasons if reason.attribute == "technology")
