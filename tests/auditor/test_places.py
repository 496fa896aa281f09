"""Where a far end is: the company's word before the register's, that before location data, and data only if sure."""

from dataclasses import replace
from ipaddress import ip_network

import pytest

from auditor.ipdata.locate import Locator
from auditor.model.match import Match, Place, Strength
from auditor.model.register import KnownNetwork
from auditor.model.tunnel import Endpoint
from auditor.places import KnownNetworks, inherited, observed, with_register
from tests.auditor.config.samples import circuit_of

LOCATOR = Locator()
CARRIER, ABROAD, CLOUD, ANYCAST = "202.96.128.86", "168.95.1.1", "54.251.0.1", "1.1.1.1"


def known(prefix: str, location: str | None) -> KnownNetworks:
    network = KnownNetwork(name="branch", relation="own", location=location, prefixes=(ip_network(prefix),))
    return KnownNetworks((network,))


def place(address: str | None, networks: KnownNetworks | None = None) -> Place:
    return observed(Endpoint(address=address), networks or KnownNetworks(()), LOCATOR)


def test_data_place_an_address_that_nobody_lists() -> None:
    found = place(CARRIER)
    assert (found.location, found.basis, found.confidence) == ("CN", "geoip", "high")
    assert (found.asn, found.operator, found.operator_class) == (4134, "China Telecom", "mainland_basic_carrier")
    assert [answer.location for answer in found.answers] == ["CN", "CN"]
    assert found.why is not None


@pytest.mark.parametrize(("address", "class_"), [(CLOUD, "public"), (ANYCAST, "anycast")])
def test_data_that_may_be_wrong_are_not_sure(address: str, class_: str) -> None:
    found = place(address)
    assert (found.confidence, found.address_class) == ("low", class_)


@pytest.mark.parametrize("address", [None, "10.1.2.3", "203.0.113.7", "fd00::1"])
def test_addresses_without_a_place_have_none(address: str | None) -> None:
    found = place(address)
    assert (found.location, found.basis, found.confidence, found.asn) == (None, "none", "none", None)


def test_the_companys_own_list_counts_and_is_sure_where_data_do_not_contradict_it() -> None:
    agreed = place(CARRIER, known("202.96.128.0/24", "CN"))
    assert (agreed.location, agreed.basis, agreed.confidence, agreed.relation) == ("CN", "inventory", "high", "own")
    assert agreed.asn == 4134
    unsure = place(CLOUD, known("54.251.0.0/24", "JP"))
    assert (unsure.location, unsure.confidence) == ("JP", "high")


def test_a_list_that_data_are_sure_against_is_not_sure_and_says_why() -> None:
    found = place(ABROAD, known("168.95.1.0/24", "CN"))
    assert (found.location, found.basis, found.confidence) == ("CN", "inventory", "low")
    assert found.why is not None
    assert "TW" in found.why.en


def test_a_network_without_a_place_leaves_it_to_the_data() -> None:
    found = place(CARRIER, known("202.96.128.0/24", None))
    assert (found.location, found.basis, found.relation) == ("CN", "geoip", "own")


def test_the_register_counts_before_data_that_are_not_sure() -> None:
    line = circuit_of(a="CN", z="JP")
    for strength, confidence in ((Strength.STRONG, "high"), (Strength.WEAK, "low")):
        found = with_register(place(CLOUD), Match(strength=strength), line)
        assert (found.location, found.basis, found.confidence) == (line.z.location, "register", confidence)


def test_the_register_does_not_overrule_data_that_are_sure() -> None:
    found = with_register(place(ABROAD), Match(strength=Strength.STRONG), circuit_of(a="CN", z="JP"))
    assert (found.location, found.basis) == ("TW", "geoip")


def test_an_inner_tunnel_is_where_its_outer_one_is() -> None:
    outer = place(CARRIER)
    inner = inherited(place("10.0.0.1"), outer)
    assert (inner.location, inner.basis, inner.confidence) == ("CN", "outer_tunnel", "high")
    elsewhere = inherited(replace(place("10.0.0.1"), location="SG"), outer)
    assert elsewhere.confidence == "low"
