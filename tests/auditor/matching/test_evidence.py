"""Network evidence (guidance 5.4, control X-05): the rule for all combinations, both sides always shown."""

from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from auditor.matching import CircuitIndex, Observed, match
from auditor.matching.evidence import INTERFACE, NEXT_HOP, ORIGIN, VLAN, comparisons, network_evidence
from auditor.model.match import Agreement, Comparison, Match, NetworkEvidence, Place, Strength
from auditor.model.register import Circuit, Provider
from auditor.model.text import Text
from tests.auditor.matching.test_matching import CIRCUIT, FULL

ASNS = st.sampled_from((4134, 4809, 23764, 64500))
HOPS = st.sampled_from(("192.0.2.14", "192.0.2.129", "2001:db8::1"))
DEVICES = st.sampled_from(("eth0", "eth2", "eth2.301"))
VLANS = st.sampled_from((301, 302))
MAYBE = st.none()

OBSERVED = st.builds(
    Observed,
    remote=st.just("203.0.113.9"),
    asn=MAYBE | ASNS,
    interface=MAYBE | DEVICES,
    parent=MAYBE | st.just("eth2"),
    vlan=MAYBE | VLANS,
    next_hops=st.lists(HOPS, max_size=2, unique=True).map(tuple),
    device_read=st.booleans(),
    dedicated=st.booleans(),
    handoff=st.booleans(),
)


@st.composite
def circuits(draw: st.DrawFn) -> Circuit:
    end = replace(CIRCUIT.a, interface=draw(MAYBE | DEVICES), vlan=draw(MAYBE | VLANS), next_hop=draw(MAYBE | HOPS))
    asns = tuple(draw(st.lists(ASNS, max_size=3, unique=True)))
    return replace(CIRCUIT, a=end, match=replace(CIRCUIT.match, asns=asns))


def told(observed: Observed, circuit: Circuit, provider: Provider | None = None) -> Match:
    return network_evidence(observed, circuit, Match(strength=Strength.STRONG), provider)


def by_attribute(rows: tuple[Comparison, ...]) -> dict[str, Comparison]:
    return {row.attribute: row for row in rows}


def by_the_guidance(observed: Observed, circuit: Circuit) -> NetworkEvidence:
    """Return the verdict as guidance 5.4 words it, written without a look at the program."""
    end = circuit.a
    known_and_registered = observed.asn is not None and observed.asn in circuit.match.asns
    names_device = end.interface is not None or end.vlan is not None
    right_vlan = end.vlan is None or observed.vlan == end.vlan
    on_it = observed.parent == end.interface and end.vlan is not None
    right_device = end.interface is None or (
        observed.interface is not None and (observed.interface == end.interface or on_it)
    )
    right_hop = end.next_hop is not None and end.next_hop in observed.next_hops
    if known_and_registered or (names_device and right_vlan and right_device and right_hop):
        return NetworkEvidence.MATCH
    far_end_seen = not observed.handoff  # the AS of a plain hand-off is that of its next hop
    if observed.asn is not None and circuit.match.asns and far_end_seen:
        return NetworkEvidence.MISMATCH
    return NetworkEvidence.UNKNOWN


@given(OBSERVED, circuits())
@example(replace(FULL, asn=64501), replace(CIRCUIT, match=replace(CIRCUIT.match, asns=(64500,))))
def test_the_verdict_is_that_of_the_guidance(observed: Observed, circuit: Circuit) -> None:
    answer = told(observed, circuit)
    assert answer.network_evidence is by_the_guidance(observed, circuit)
    assert answer.network_evidence_reason is not None


@given(OBSERVED, circuits())
def test_four_attributes_are_always_shown_with_both_sides(observed: Observed, circuit: Circuit) -> None:
    rows = comparisons(observed, circuit)
    assert [row.attribute for row in rows] == [ORIGIN, INTERFACE, NEXT_HOP, VLAN]
    for row in rows:
        silent = row.observed is None or row.registered is None
        silent |= row.attribute == ORIGIN and observed.handoff and observed.asn not in circuit.match.asns
        assert (row.agreement is Agreement.NOT_STATED) is silent
    by = by_attribute(rows)
    assert (by[ORIGIN].observed is None) is (observed.asn is None)
    assert (by[ORIGIN].registered is None) is (not circuit.match.asns)
    assert (by[INTERFACE].registered is None) is (circuit.a.interface is None)
    assert (by[NEXT_HOP].registered is None) is (circuit.a.next_hop is None)
    assert (by[VLAN].registered is None) is (circuit.a.vlan is None)


@given(OBSERVED, circuits())
def test_nothing_seen_is_never_a_match_and_no_asn_never_a_mismatch(observed: Observed, circuit: Circuit) -> None:
    blind = replace(observed, asn=None, interface=None, parent=None, vlan=None, next_hops=(), device_read=False)
    assert told(blind, circuit).network_evidence is NetworkEvidence.UNKNOWN
    assert told(replace(observed, asn=None), circuit).network_evidence is not NetworkEvidence.MISMATCH


@given(OBSERVED, circuits(), st.lists(ASNS, max_size=3).map(tuple))
def test_what_is_known_of_the_provider_is_context_and_never_evidence(
    observed: Observed, circuit: Circuit, asns: tuple[int, ...]
) -> None:
    provider = Provider(slug="ct", name="China Telecom", class_="china_telecom", asns=asns)
    seen = replace(observed, place=Place(asn=observed.asn, carrier="china_telecom"))
    answer = told(seen, circuit, provider)
    assert answer.network_evidence is told(seen, circuit).network_evidence
    assert [row.agreement for row in answer.network_comparisons] == [
        row.agreement for row in comparisons(seen, circuit)
    ]


def test_an_as_that_the_entry_does_not_state_is_shown_as_its_providers() -> None:
    place = Place(
        asn=23764,
        asn_source="origin-asn",
        asn_dated="2026-09-16",
        operator="CTG",
        operator_name=Text("CTG", "电信国际"),
        carrier="china_telecom",
    )
    seen = replace(FULL, asn=23764, place=place, interface=None)
    listed = Provider(slug="ct", name="China Telecom", name_zh="中国电信", class_="china_telecom", asns=(23764,))
    for provider, words in ((listed, "lists it for the provider"), (replace(listed, asns=()), "or its affiliates")):
        row = by_attribute(told(seen, CIRCUIT, provider).network_comparisons)[ORIGIN]
        assert row.note is not None
        assert row.note.en.startswith("CTG; origin-asn 2026-09-16; ")
        assert words in row.note.en
        assert "不构成匹配" in row.note.zh
        assert row.agreement is Agreement.NOT_STATED
    other = told(seen, CIRCUIT, replace(listed, asns=(), class_="china_unicom"))
    note = by_attribute(other.network_comparisons)[ORIGIN].note
    assert note == Text("CTG; origin-asn 2026-09-16", "电信国际；origin-asn 2026-09-16")


def test_of_many_registered_as_numbers_the_one_that_is_seen_is_shown() -> None:
    circuit = replace(CIRCUIT, match=replace(CIRCUIT.match, asns=tuple(range(64500, 64520))))
    row = comparisons(replace(FULL, asn=64515), circuit)[0]
    assert row.registered == Text(
        "AS64515, AS64500, AS64501, AS64502, AS64503, AS64504 and 14 more",
        "AS64515, AS64500, AS64501, AS64502, AS64503, AS64504等另外14个",
    )
    assert row.agreement is Agreement.AGREES


@pytest.mark.parametrize(
    ("class_", "words"),
    [("private", "not announced"), ("cgnat", "not announced"), ("unresolved", "no address"), ("public", "no data")],
)
def test_an_as_that_is_not_known_says_why(class_: str, words: str) -> None:
    row = comparisons(replace(FULL, place=Place(address_class=class_)), CIRCUIT)[0]
    assert row.note is not None
    assert words in row.note.en


def test_a_hand_off_that_fits_outweighs_an_as_that_differs_and_both_are_said() -> None:
    circuit = replace(CIRCUIT, match=replace(CIRCUIT.match, asns=(64500,)))
    answer = told(replace(FULL, asn=64501), circuit)
    assert answer.network_evidence is NetworkEvidence.MATCH
    assert answer.network_evidence_reason is not None
    assert "AS64501 is not among the registered ones (AS64500)" in answer.network_evidence_reason.en
    assert by_attribute(answer.network_comparisons)[ORIGIN].agreement is Agreement.CONTRADICTS


def test_a_device_that_was_read_and_has_no_vlan_is_untagged() -> None:
    circuit = replace(CIRCUIT, a=replace(CIRCUIT.a, vlan=301))
    unread, read = (
        by_attribute(comparisons(replace(FULL, device_read=known), circuit))[VLAN] for known in (False, True)
    )
    assert (unread.observed, unread.agreement) == (None, Agreement.NOT_STATED)
    assert (read.observed, read.agreement) == (Text("untagged", "无标签"), Agreement.CONTRADICTS)


def test_a_register_that_names_no_device_is_no_hand_off() -> None:
    circuit = replace(CIRCUIT, a=replace(CIRCUIT.a, interface=None))
    assert told(FULL, circuit).network_evidence is NetworkEvidence.UNKNOWN
    assert told(replace(FULL, interface=None), circuit).network_evidence is NetworkEvidence.UNKNOWN


def test_the_provider_reaches_the_comparison_by_its_slug() -> None:
    provider = Provider(slug="ct", name="China Telecom", class_="china_telecom", asns=(4134,))
    seen = replace(FULL, asn=4134)
    answer = match(seen, CircuitIndex((CIRCUIT,)), {"ct": provider})
    note = by_attribute(answer.network_comparisons)[ORIGIN].note
    assert note is not None
    assert "China Telecom" in note.en
