"""Who provides an uplink: what the network shows beside what is declared; a guess never helps and never accuses."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.model.judgement import Outcome, Verdict
from auditor.model.match import Agreement, NetworkEvidence
from auditor.model.register import Provider, Uplink
from auditor.model.sightings import Scope
from auditor.model.tunnel import Port
from auditor.model.uplink import UplinkSeen
from auditor.objects import uplinks
from auditor.objects.context import Context
from tests.auditor.objects.statements import CONFIG, context, port

TELECOM, TELECOM_V6, CN2 = "202.96.128.86/24", "240e:0:1::1/64", "59.43.1.1"
UNICOM, UNICOM_V6 = "202.106.0.20/24", "2408:8000::1/64"
EDUCATION, CLOUD, FOREIGN, BROKER_V6 = "101.6.6.6/24", "47.96.1.1/20", "168.95.1.1/24", "2001:470:1::1/64"
NOBODY_CN, NOBODY_DE = "203.119.25.1/24", "91.194.108.176/24"
PRIVATE, SHARED, LOCAL_V6, DOCUMENTATION = "192.168.1.2/24", "100.64.3.4/10", "fe80::5/64", "203.0.113.9/24"
CARRIER = Provider(slug="ct", name="China Telecom", name_zh="中国电信", class_="china_telecom")
SMALL = Provider(slug="small", name="Small Net", class_="b13_provider")
CLASSES = ("foreign_confirmed", "foreign_suspected", "unknown", "licensed_isp", "basic_carrier")  # worst first


def here(*declared: Uplink, providers: tuple[Provider, ...] = (CARRIER, SMALL), location: str | None = "CN") -> Context:
    site = replace(CONFIG.site, uplinks=declared, location=location)
    return context(config={"site": site}, register={"providers": providers})


def told(around: Context, *ports: Port) -> tuple[UplinkSeen, ...]:
    return uplinks.find(around, ports, frozenset()).shown


def one(around: Context, *addresses: str, hops: tuple[str, ...] = (), **more: object) -> UplinkSeen:
    (found,) = told(around, port(addresses=addresses, next_hops=hops, **more))
    return found


DECLARED = Uplink(interface="eth0", provider="ct", class_="basic_carrier", contract="C-1")
LICENSED = replace(DECLARED, provider="small", class_="licensed_isp")


@pytest.mark.parametrize(
    ("declared", "address", "evidence", "class_"),
    [
        (DECLARED, TELECOM, "match", "basic_carrier"),
        (DECLARED, TELECOM_V6, "match", "basic_carrier"),
        (DECLARED, UNICOM, "mismatch", "basic_carrier"),  # another of the three: the class is the same
        (DECLARED, UNICOM_V6, "mismatch", "basic_carrier"),
        (DECLARED, EDUCATION, "mismatch", "unknown"),
        (DECLARED, CLOUD, "mismatch", "unknown"),
        (DECLARED, FOREIGN, "mismatch", "foreign_suspected"),
        (DECLARED, BROKER_V6, "mismatch", "foreign_suspected"),
        (DECLARED, NOBODY_DE, "mismatch", "foreign_suspected"),
        (DECLARED, NOBODY_CN, "unknown", "basic_carrier"),
        (LICENSED, TELECOM, "unknown", "licensed_isp"),  # small providers use the carriers' addresses
        (LICENSED, EDUCATION, "unknown", "licensed_isp"),
        (LICENSED, FOREIGN, "mismatch", "foreign_suspected"),
        (replace(DECLARED, provider=None), TELECOM, "unknown", "basic_carrier"),
        (replace(DECLARED, provider=None), FOREIGN, "mismatch", "foreign_suspected"),
        (replace(DECLARED, class_="unknown"), TELECOM, "match", "unknown"),
        (replace(DECLARED, class_="foreign_suspected"), TELECOM, "match", "foreign_suspected"),
        (replace(DECLARED, class_="foreign_confirmed"), TELECOM, "match", "foreign_confirmed"),
        (replace(DECLARED, class_="foreign_confirmed", provider=None), FOREIGN, "unknown", "foreign_confirmed"),
    ],
)
def test_a_declared_uplink(declared: Uplink, address: str, evidence: str, class_: str) -> None:
    found = one(here(declared), address)
    assert (found.evidence.value, found.class_) == (evidence, class_)
    assert found.reason.en
    (row,) = found.comparisons
    assert row.observed is not None
    assert row.observed.en.startswith(address.partition("/")[0])
    assert row.registered is not None or declared.provider is None


@pytest.mark.parametrize(
    ("address", "words"),
    [
        (PRIVATE, "private or of carrier-grade NAT"),
        (SHARED, "private or of carrier-grade NAT"),
        (LOCAL_V6, "private or of carrier-grade NAT"),
        ("fd00::5/64", "private or of carrier-grade NAT"),
        (DOCUMENTATION, "no origin AS is known"),
    ],
)
@pytest.mark.parametrize("declared", [DECLARED, LICENSED])
def test_an_uplink_behind_address_translation_is_unknown_and_no_mismatch(
    declared: Uplink, address: str, words: str
) -> None:
    found = one(here(declared), address)
    assert (found.evidence, found.class_) == (NetworkEvidence.UNKNOWN, declared.class_)
    assert words in found.reason.en
    assert found.comparisons[0].agreement is Agreement.NOT_STATED
    assert found.comparisons[0].note is not None


def test_an_uplink_without_any_address_is_unknown() -> None:
    found = one(here(DECLARED))
    assert (found.evidence, found.comparisons) == (NetworkEvidence.UNKNOWN, ())
    assert "no origin AS" in found.reason.en


@pytest.mark.parametrize("address", [TELECOM, FOREIGN, NOBODY_DE, PRIVATE])
def test_an_undeclared_uplink_is_described_and_stays_unknown(address: str) -> None:
    found = one(here(), address)
    assert (found.declared, found.class_, found.evidence) == (None, "unknown", NetworkEvidence.UNKNOWN)
    assert found.reason.en.startswith("nobody declared this uplink; ")
    if address == TELECOM:
        assert "AS4134 China Telecom" in found.reason.en
        assert "no contract" in found.reason.en
        assert "AS4134 中国电信" in found.reason.zh


def test_registered_as_numbers_of_a_provider_decide_for_and_against() -> None:
    stated = replace(SMALL, asns=(4538,))
    around = here(LICENSED, providers=(stated,))
    assert one(around, EDUCATION).evidence is NetworkEvidence.MATCH
    other = one(around, NOBODY_CN)
    assert (other.evidence, other.class_) == (NetworkEvidence.MISMATCH, "unknown")
    own_abroad = here(LICENSED, providers=(replace(SMALL, asns=(43155,)),))  # listed where its owner is registered
    assert one(own_abroad, NOBODY_DE).evidence is NetworkEvidence.MATCH


def test_a_next_hop_speaks_where_the_address_is_hidden() -> None:
    found = one(here(DECLARED), PRIVATE, hops=(CN2,))
    assert found.evidence is NetworkEvidence.MATCH
    assert [row.attribute for row in found.comparisons] == ["uplink address", "next hop of the uplink"]
    assert one(here(DECLARED), TELECOM, hops=("168.95.1.254",)).class_ == "foreign_suspected"


def test_dial_up_shows_the_far_side_of_its_line() -> None:
    line = port("ppp0", addresses=("100.64.3.4/32",), next_hops=(), peers=("202.96.128.1",))
    (found,) = told(here(replace(DECLARED, interface="ppp0")), line)
    assert found.evidence is NetworkEvidence.MATCH
    assert [end.address for end in found.next_hops] == ["202.96.128.1"]


def test_every_address_is_judged_however_many_there_are() -> None:
    many = tuple(f"202.96.128.{number}/24" for number in range(1, 30))
    found = one(here(DECLARED), *many, BROKER_V6)
    assert (found.class_, len(found.ends), len(found.comparisons)) == ("foreign_suspected", 8, 8)
    assert found.ends[0].address == "2001:470:1::1"
    assert found.comparisons[0].agreement is Agreement.CONTRADICTS


def test_one_foreign_address_among_domestic_ones_is_suspicious() -> None:
    found = one(here(DECLARED), TELECOM, BROKER_V6)
    assert (found.evidence, found.class_) == (NetworkEvidence.MISMATCH, "foreign_suspected")
    assert "2001:470:1::1" in found.reason.en


def test_each_uplink_is_told_by_its_device_and_namespace() -> None:
    inside = Scope(name="backup", inode=7, door="/x")
    declared = (DECLARED, replace(LICENSED, namespace="backup"), replace(LICENSED, interface="wwan0"))
    found = told(
        here(*declared), port(addresses=(TELECOM,)), port(addresses=(FOREIGN,), scope=inside), port("eth9", ifindex=9)
    )
    assert [(item.namespace, item.interface, item.class_) for item in found] == [
        (None, "eth0", "basic_carrier"),
        ("backup", "eth0", "foreign_suspected"),
        (None, "eth9", "unknown"),
        (None, "wwan0", "licensed_isp"),
    ]
    assert "no such device with" in found[-1].reason.en
    assert found[-1].evidence is NetworkEvidence.UNKNOWN


def test_a_declared_uplink_without_a_default_route_can_be_suspicious() -> None:
    idle = port("wan1", ifindex=4, addresses=(FOREIGN,), default_route=False, routes=())
    ways = uplinks.find(
        here(DECLARED, replace(LICENSED, interface="wan1")), (port(addresses=(TELECOM,)), idle), frozenset()
    )
    assert ways.worst() == "foreign_suspected"
    assert ways.class_of(idle.scope, "wan1") == "foreign_suspected"
    assert ways.class_of(idle.scope, "eth0") == "basic_carrier"


def test_a_site_abroad_has_foreign_operators_without_suspicion() -> None:
    found = one(here(LICENSED, location="TW"), FOREIGN)
    assert (found.class_, found.evidence) == ("licensed_isp", NetworkEvidence.UNKNOWN)


def test_a_foreign_operator_turns_public_access_into_review_and_never_into_failure() -> None:
    around = here(DECLARED)
    for address, verdict, outcome in (
        (TELECOM, Verdict.PERMITTED, Outcome.PASS),
        (FOREIGN, Verdict.NEEDS_REVIEW, Outcome.REVIEW),
        (EDUCATION, Verdict.NEEDS_REVIEW, Outcome.REVIEW),
    ):
        ways = uplinks.find(around, (port(addresses=(address,)),), frozenset())
        (audited,) = uplinks.public_access(around, ways)
        assert audited.verdict is verdict
        assert next(r.outcome for r in audited.assessment.results if r.control == "N-01") is outcome
        assert [end.address for end in audited.paths[0].near] == [address.partition("/")[0]]


ADDRESSES = st.sampled_from(
    (TELECOM, TELECOM_V6, UNICOM, EDUCATION, CLOUD, FOREIGN, BROKER_V6, NOBODY_CN, NOBODY_DE)
    + (PRIVATE, SHARED, LOCAL_V6, DOCUMENTATION)
)
PROVIDERS = st.sampled_from((None, "ct", "small", "absent"))


@given(
    st.lists(ADDRESSES, max_size=4, unique=True),
    st.lists(ADDRESSES.map(lambda text: text.partition("/")[0]), max_size=2, unique=True),
    st.sampled_from(CLASSES),
    PROVIDERS,
    st.lists(st.sampled_from((4134, 4538, 3462)), max_size=2).map(tuple),
    st.sampled_from(("CN", "TW", None)),
)
def test_what_is_observed_never_helps_and_never_confirms(
    addresses: list[str],
    hops: list[str],
    class_: str,
    provider: str | None,
    asns: tuple[int, ...],
    location: str | None,
) -> None:
    declared = Uplink(interface="eth0", provider=provider, class_=class_)
    around = here(declared, providers=(replace(CARRIER, asns=asns), replace(SMALL, asns=asns)), location=location)
    found = one(around, *addresses, hops=tuple(hops))
    assert CLASSES.index(found.class_) <= CLASSES.index(class_)
    assert (found.class_ == "foreign_confirmed") is (class_ == "foreign_confirmed")
    assert (NetworkEvidence.MISMATCH is found.evidence) is any(
        row.agreement is Agreement.CONTRADICTS for row in found.comparisons
    )
    if found.class_ != class_:
        assert found.evidence is NetworkEvidence.MISMATCH
    assert len(found.comparisons) == len({a.partition("/")[0] for a in addresses}) + len(set(hops))
