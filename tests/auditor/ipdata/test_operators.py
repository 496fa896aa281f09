"""The operators: whole, unambiguous, with a source and a day each."""

from datetime import date
from ipaddress import ip_address, ip_network

from auditor.ipdata.operators import shipped, stated
from auditor.model.enumerations import CATEGORIES, PLACES, WORDS
from auditor.model.register import StatedOperator


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


def test_an_operator_of_the_register_goes_before_those_shipped() -> None:
    own = StatedOperator(
        name="Example Transit Ltd",
        name_zh="示例传输",
        class_="overseas_isp",
        source="Letter of the operator",
        dated=date(2026, 10, 15),
        home="SG",
        asns=(4134,),
        prefixes=(ip_network("202.96.0.0/16"),),
    )
    more = shipped().with_more((stated(own),))
    for address, asn in (("202.96.128.86", 4134), ("61.139.2.69", 4134), ("202.96.1.1", None)):
        found = more.of(ip_address(address).packed, asn)
        assert found is not None
        assert (found.name.zh, found.home) == ("示例传输", "SG")
    assert more.carriers == shipped().carriers
    assert shipped().with_more(()) is shipped()
