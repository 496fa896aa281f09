"""Guidance 5.4: strong, weak, ambiguous, conflict, none; every reason kept, a name alone never enough."""

from dataclasses import replace
from ipaddress import ip_network

import pytest

from auditor.matching import CircuitIndex, Observed, match
from auditor.model.match import Match, NetworkEvidence, Place, Strength
from auditor.model.register import Circuit, End, MatchKeys, Where

KEY = "q" * 43 + "="
OTHER_KEY = "r" * 43 + "="


def nets(*texts: str) -> tuple:  # type: ignore[type-arg]
    return tuple(ip_network(text) for text in texts)


CIRCUIT = Circuit(
    provider="ct",
    cid="CT-SHA-SIN-001",
    type="vpn",
    status="active",
    a=End(location="CN", prefixes=nets("192.0.2.0/28"), interface="eth0", next_hop="192.0.2.14"),
    z=End(location="SG", prefixes=nets("203.0.113.0/28")),
    match=MatchKeys(wireguard_public_keys=(KEY,), ike_identities=("gw.sg",), hostnames=("vpn.sg.example",)),
    where=Where(file="register.toml", line=1, key="circuit[0]"),
)
FULL = Observed(
    local="192.0.2.1",
    remote="203.0.113.9",
    identity=KEY,
    identity_kind="wireguard",
    technology="wireguard",
    interface="eth0",
    next_hops=("192.0.2.14",),
    interface_addresses=("192.0.2.1/28",),
    site_location="CN",
)


def found(observed: Observed, *circuits: Circuit) -> Match:
    return match(observed, CircuitIndex(circuits or (CIRCUIT,)))


def attributes(answer: Match, *, agrees: bool) -> set[str]:
    return {reason.attribute for reason in answer.reasons if reason.agrees is agrees}


def test_endpoint_pair_and_key_are_strong() -> None:
    answer = found(replace(FULL, interface=None, next_hops=(), interface_addresses=()))
    assert (answer.strength, answer.cid, answer.provider) == (Strength.STRONG, "CT-SHA-SIN-001", "ct")
    assert attributes(answer, agrees=True) == {"endpoint pair", "key identity"}
    assert all(reason.cid == "CT-SHA-SIN-001" for reason in answer.reasons)


@pytest.mark.parametrize(
    ("observed", "attribute"),
    [
        (Observed(local="192.0.2.1", remote="203.0.113.9"), "endpoint pair"),
        (Observed(remote="203.0.113.9"), "remote end"),
        (Observed(remote_name="VPN.sg.example."), "host name"),
        (Observed(identity="gw.sg", identity_kind="ike"), "key identity"),
        (Observed(aliases=("leased: CT-SHA-SIN-001",)), "circuit id on the interface"),
        (Observed(interface="eth0", next_hops=("192.0.2.14",), dedicated=True), "hand-off interface"),
    ],
)
def test_one_attribute_is_weak(observed: Observed, attribute: str) -> None:
    answer = found(observed)
    assert (answer.strength, answer.cid) == (Strength.WEAK, "CT-SHA-SIN-001")
    assert attributes(answer, agrees=True) == {attribute}


def test_an_interface_name_alone_never_matches() -> None:
    assert found(Observed(interface="eth0")).strength is Strength.NONE
    assert found(Observed(interface="eth0", interface_addresses=("198.51.100.1/24",))).strength is Strength.NONE


def test_leaving_by_the_uplink_shows_no_circuit() -> None:
    by_uplink = Observed(interface="eth0", next_hops=("192.0.2.14",), local="192.0.2.1", remote="198.51.100.9")
    assert found(by_uplink).strength is Strength.NONE
    assert found(replace(by_uplink, dedicated=True)).strength is Strength.CONFLICT


def test_executable_and_technology_never_count() -> None:
    circuit = replace(CIRCUIT, match=MatchKeys(executables=("/usr/sbin/openvpn",), technologies=("openvpn",)))
    seen = Observed(remote="203.0.113.9", executable="/usr/sbin/openvpn", technology="openvpn")
    answer = found(seen, circuit)
    assert answer.strength is Strength.WEAK
    assert attributes(answer, agrees=True) == {"remote end", "executable", "technology"}
    assert found(replace(seen, remote=None), circuit).strength is Strength.NONE


@pytest.mark.parametrize(
    ("changes", "attribute"),
    [
        ({"identity": OTHER_KEY}, "key identity"),
        ({"remote": "198.51.100.9"}, "remote end"),
        ({"local": "198.51.100.9"}, "local end"),
        ({"next_hops": ("192.0.2.13",)}, "next hop"),
        ({"interface": "eth9"}, "hand-off interface"),
        ({"place": Place(location="DE", confidence="high")}, "place of the remote end"),
        ({"site_location": "HK"}, "place of this end"),
    ],
)
def test_a_contradiction_beside_agreement_is_a_conflict(changes: dict[str, object], attribute: str) -> None:
    answer = found(replace(FULL, **changes))  # type: ignore[arg-type]
    assert (answer.strength, answer.cid) == (Strength.CONFLICT, "CT-SHA-SIN-001")
    assert attribute in attributes(answer, agrees=False)


def test_a_place_of_low_confidence_contradicts_nothing() -> None:
    assert found(replace(FULL, place=Place(location="DE", confidence="low"))).strength is Strength.STRONG


def test_a_domestic_circuit_for_a_far_end_abroad_is_a_conflict() -> None:
    domestic = replace(CIRCUIT, z=replace(CIRCUIT.z, location="CN"))
    assert found(replace(FULL, place=Place(location="SG", confidence="high")), domestic).strength is Strength.CONFLICT


def test_a_name_and_its_address_are_one_attribute() -> None:
    bare = replace(CIRCUIT, match=MatchKeys(hostnames=("vpn.sg.example",)), a=End())
    answer = found(Observed(remote="203.0.113.9", remote_name="vpn.sg.example"), bare)
    assert attributes(answer, agrees=True) == {"remote end", "host name"}
    assert answer.strength is Strength.WEAK


def test_an_entry_that_states_no_far_end_matches_no_seen_one_strongly() -> None:
    """Guidance 5.4: the registered ends cover the observed ends; a key and a text beside it do not show where."""
    bare = replace(CIRCUIT, z=End(location="SG"))
    seen = Observed(remote="198.51.100.9", identity=KEY, identity_kind="wireguard", aliases=(CIRCUIT.cid,))
    assert found(seen, bare).strength is Strength.WEAK
    assert found(replace(seen, remote=None), bare).strength is Strength.STRONG


def test_two_entries_that_fit_equally_are_ambiguous() -> None:
    answer = found(FULL, CIRCUIT, replace(CIRCUIT, cid="CT-SHA-SIN-002"))
    assert (answer.strength, answer.cid) == (Strength.AMBIGUOUS, None)
    assert answer.candidates == ("CT-SHA-SIN-001", "CT-SHA-SIN-002")


def test_the_better_of_two_entries_wins() -> None:
    weaker = replace(CIRCUIT, cid="X-2", match=MatchKeys(), a=End())
    assert found(FULL, weaker, CIRCUIT).cid == "CT-SHA-SIN-001"


def test_a_clean_entry_wins_over_a_contradicted_one() -> None:
    contradicted = replace(CIRCUIT, cid="X-2", match=MatchKeys(wireguard_public_keys=(OTHER_KEY,)))
    assert found(FULL, contradicted, CIRCUIT).cid == "CT-SHA-SIN-001"


def test_no_entry_is_none_without_reasons() -> None:
    answer = found(Observed(remote="198.51.100.200", local="198.51.100.1"))
    assert (answer.strength, answer.cid, answer.candidates) == (Strength.NONE, None, ())
    assert answer.network_evidence is NetworkEvidence.NOT_APPLICABLE


def test_peer_prefixes_replace_the_far_site_for_outer_addresses() -> None:
    circuit = replace(
        CIRCUIT,
        z=End(location="SG", prefixes=nets("10.2.0.0/16")),
        match=MatchKeys(peer_prefixes=nets("203.0.113.9/32")),
    )
    assert "endpoint pair" in attributes(found(FULL, circuit), agrees=True)


def test_circuit_id_is_a_whole_word_of_the_alias() -> None:
    assert found(Observed(aliases=("CT-SHA-SIN-0012",))).strength is Strength.NONE
    assert found(Observed(aliases=("x (CT-SHA-SIN-001)",))).strength is Strength.WEAK


def test_a_vlan_hand_off_needs_vlan_parent_and_address() -> None:
    circuit = replace(CIRCUIT, a=End(prefixes=nets("192.0.2.0/28"), interface="eth2", vlan=300), match=MatchKeys())
    seen = Observed(
        interface="eth2.300",
        parent="eth2",
        vlan=300,
        interface_addresses=("192.0.2.1/28",),
        handoff=True,
        dedicated=True,
    )
    assert found(seen, circuit).strength is Strength.WEAK
    assert found(replace(seen, parent="eth3"), circuit).strength is Strength.NONE
    assert found(replace(seen, vlan=301), circuit).strength is Strength.NONE
    routed = replace(seen, remote_prefixes=("203.0.113.0/24",))
    assert found(routed, circuit).strength is Strength.STRONG
    for routes in (("0.0.0.0/0",), ("0.0.0.0/1", "128.0.0.0/1")):
        assert found(replace(seen, remote_prefixes=routes), circuit).strength is Strength.WEAK


def test_network_evidence_is_the_registered_hand_off() -> None:
    assert found(FULL).network_evidence is NetworkEvidence.MATCH
    away = replace(FULL, interface=None, next_hops=(), interface_addresses=())
    assert found(away).network_evidence is NetworkEvidence.UNKNOWN


def test_network_evidence_by_origin_as() -> None:
    circuit = replace(CIRCUIT, match=replace(CIRCUIT.match, asns=(64500,)))
    away = replace(FULL, interface=None, next_hops=(), interface_addresses=())
    assert found(replace(away, asn=64500), circuit).network_evidence is NetworkEvidence.MATCH
    assert found(replace(away, asn=64501), circuit).network_evidence is NetworkEvidence.MISMATCH


def test_the_index_finds_what_a_full_comparison_finds() -> None:
    circuits = [
        replace(
            CIRCUIT,
            cid=f"C-{number:04}",
            a=End(prefixes=nets(f"10.{number // 256}.{number % 256}.0/30")),
            z=End(prefixes=nets(f"2001:db8:{number:x}::/48")),
            match=MatchKeys(ike_identities=(f"gw{number}.example",)),
        )
        for number in range(600)
    ]
    index = CircuitIndex(circuits)
    seen = Observed(local="10.1.7.1", remote="2001:db8:107::9", identity="gw263.example", identity_kind="ike")
    assert [circuit.cid for circuit in index.candidates(seen)] == ["C-0263"]
    assert match(seen, index).strength is Strength.STRONG


def test_ipv4_and_ipv6_never_mix() -> None:
    assert found(Observed(remote="::cb00:7109")).strength is Strength.NONE


def test_circuits_that_share_only_the_near_end_are_not_even_compared() -> None:
    """All circuits of a gateway can end at one address on one device: 5,000 of them must not meet 1,000 tunnels."""
    many = [
        replace(
            CIRCUIT, cid=f"CT {number:05}", z=End(location="SG", prefixes=nets(f"10.{number >> 8}.{number & 255}.0/24"))
        )
        for number in range(2_000)
    ]
    index = CircuitIndex(replace(circuit, match=MatchKeys()) for circuit in many)
    assert [c.cid for c in index.candidates(replace(FULL, remote="10.1.2.3"))] == ["CT 00258"]
    assert index.candidates(replace(FULL, remote="198.51.100.9")) == ()
    named = replace(FULL, remote=None, identity=None, aliases=("leased line CT 00007 to Singapore",))
    assert "CT 00007" in [c.cid for c in index.candidates(named)]
    assert match(named, index).cid == "CT 00007"


@pytest.mark.parametrize("cid", ["上海-新加坡 1", "(A)", "##", "C/1 x", "a.b"])
def test_any_circuit_id_is_found_in_an_alias(cid: str) -> None:
    circuit = replace(CIRCUIT, cid=cid, match=MatchKeys())
    assert found(Observed(aliases=(f"to {cid}: primary",)), circuit).strength is Strength.WEAK
    assert found(Observed(aliases=("to nowhere",)), circuit).strength is Strength.NONE
