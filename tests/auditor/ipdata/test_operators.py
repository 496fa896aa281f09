"""The operators: whole, unambiguous, with a source and a day each."""

from ipaddress import ip_address

from auditor.ipdata.operators import shipped
from auditor.model.enumerations import CATEGORIES, PLACES, WORDS


def test_every_operator_is_whole() -> None:
    found = shipped()
    assert len(found.all) > 90
    assert len({operator.id for operator in found.all}) == len(found.all)
    for operator in found.all:
        assert operator.name.en
        assert operator.name.zh
        assert operator.source
        assert operator.class_ in WORDS["remote_operator_class"], operator.id
        assert operator.home in PLACES, operator.id
        assert operator.asns or operator.prefixes, operator.id
        assert operator.carrier is None or operator.carrier in found.carriers


def test_no_as_and_no_prefix_is_of_two_operators() -> None:
    asns = [asn for operator in shipped().all for asn in operator.asns]
    prefixes = [prefix for operator in shipped().all for prefix in operator.prefixes]
    assert len(asns) == len(set(asns))
    assert len(prefixes) == len(set(prefixes))


def test_the_three_basic_carriers_have_networks_at_home_and_affiliates_abroad() -> None:
    carriers = shipped().carriers
    assert {carrier.class_ for carrier in carriers.values()} == {"china_telecom", "china_mobile", "china_unicom"}
    assert CATEGORIES
    for carrier in carriers.values():
        classes = {operator.class_ for operator in shipped().all if operator.carrier == carrier.id}
        assert classes == {"mainland_basic_carrier", "carrier_overseas_affiliate"}
        assert carrier.licences


def test_the_longest_prefix_counts_before_the_as() -> None:
    found = shipped().of(ip_address("223.5.5.5").packed, 45102)
    assert found is not None
    assert found.id == "alidns"
    other = shipped().of(ip_address("47.88.0.1").packed, 45102)
    assert other is not None
    assert other.id == "alibaba-cloud-intl"
    assert shipped().of(ip_address("192.0.2.1").packed, None) is None
