"""The operators: whole, unambiguous, with a source and a day each."""

import re
from collections import Counter
from datetime import date
from ipaddress import ip_address, ip_network

import pytest

from auditor.ipdata import embedded
from auditor.ipdata.operators import Operator, shipped, stated
from auditor.ipdata.snapshot import COUNTRY_SOURCES, ORIGIN_SOURCE
from auditor.model.enumerations import CATEGORIES, PLACES, WORDS
from auditor.model.register import StatedOperator


def test_every_operator_is_whole() -> None:
    found = shipped()
    assert len(found.all) > 220
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


# Words of the names under which AS numbers are registered, where they are not those of the operator: who that is.
REGISTERED_AS = {
    "china-telecom": {
        "chinanet": "its backbone for the public",
        "jin-rong street": "its head office in Beijing",
        "net of ct": "its provincial networks",
        "jinhua, zhejiang province": "its data centre there",
        "wenzhou, zhejiang province": "its data centre there",
        "ct-hangzhou-idc": "its data centre in Hangzhou",
    },
    "china-telecom-global": {"china telecom": "the affiliates' own names", "ctgnet": "its network abroad"},
    "china-unicom": {"cncgroup": "China Netcom, merged into it in 2008"},
    "china-mobile": {"tietong": "China TieTong, merged into it"},
    "china-broadnet": {"broadcasting tv net": "its name before", "gehua": "Beijing", "hunan catv": "Hunan"},
    "provincial-cable": {"chongqing broadcast": "Chongqing", "sxbctv": "Shaanxi", "jishi media": "Jilin"},
    "dr-peng": {"dian-xin-tong": "Beijing Teletron, bought by it"},
    "jd-cloud": {"jingdong": "JD"},
    "azure-china": {"blue cloud": "subsidiary of 21Vianet that operates it"},
    "aws-china": {"guanghuan xinwang": "Sinnet", "west cloud data": "NWCD", "amazon": "Amazon in Beijing"},
    "21vianet": {"abitcool": "its name before"},
    "sinnet": {"guanghuan xinwang": "its name in Chinese"},
    "cnnic": {"china internet network": "its name in full"},
    "hkt": {"pccw": "its parent"},
    "hkbn": {"hong kong broadband": "its name in full", "hk broadband": "its name in full"},
    "chunghwa": {"data communication business": "the unit of Chunghwa Telecom that runs HiNet"},
    "chunghwa-global": {"taiwan internet gateway": "its network TWGATE"},
    "fareastone": {"digital united": "Seednet", "asia pacific": "Asia Pacific Telecom, merged into it in 2023"},
    "tanet": {"ministry of education": "runs it"},
    "singtel": {"singapore telecommunications": "its name in full", "singnet": "its service"},
    "kt": {"korea telecom": "its name in full"},
    "lumen": {"level 3": "bought by it", "centurylink": "its name before"},
    "bt": {"british telecommunications": "its name in full"},
    "starlink": {"space exploration": "SpaceX"},
    "alibaba-cloud-intl": {"taobao": "of the same group; the networks of this number are abroad"},
    "ais": {"sbn-iig": "Super Broadband Network, its subsidiary"},
    "pldt": {"philippine long distance": "its name in full"},
    "telkom-id": {"telekomunikasi": "Telkom and Telkomsel"},
    "optus": {"microplex": "a provider that it bought"},
    "route64": {"johannes ernst": "who runs it"},
}
# Words that many names have say nothing.
COMMON = frozenset(
    {
        *("abroad", "access", "affiliates", "ai", "and", "broker", "by", "china", "cloud", "communications", "company"),
        *("de", "france", "germany", "global", "hong", "hosts", "in", "indonesia", "international", "internet", "it"),
        *("japan", "kong", "macao", "mainland", "malaysia", "many", "media", "network", "networks", "next", "of"),
        *("online", "operated", "other", "outside", "russia", "services", "spain", "taiwan", "telecom", "the"),
        *("tunnel", "uk", "us", "vpn"),
    }
)


def plain(text: str) -> str:
    return re.sub("[^a-z0-9]", "", text.lower())


def words(operator: Operator) -> set[str]:
    """Return what the name of an AS of `operator` can be known by."""
    own = re.findall("[a-z0-9&]+", f"{operator.name.en} {operator.id.replace('-', ' ')}".lower())
    return (
        {plain(word) for word in own if len(word) > 1 and word not in COMMON}
        | {plain(operator.name.en)}
        | {plain(word) for word in REGISTERED_AS.get(operator.id, ())}
    )


@pytest.mark.parametrize("operator", shipped().all, ids=lambda operator: operator.id)
def test_every_as_is_registered_under_the_name_of_its_operator(operator: Operator) -> None:
    known = words(operator)
    wrong = {asn: embedded.as_name(asn) for asn in operator.asns}
    assert {asn: name for asn, name in wrong.items() if not any(word in plain(name or "") for word in known)} == {}


def test_an_as_of_somebody_else_would_be_found() -> None:
    telecom = next(operator for operator in shipped().all if operator.id == "china-telecom")
    for asn in (4837, 9808, 7018, 138338):
        assert not any(word in plain(embedded.as_name(asn) or "") for word in words(telecom)), asn


def test_every_explained_name_is_needed() -> None:
    names = {
        operator.id: [plain(embedded.as_name(asn) or "") for asn in operator.asns]
        for operator in shipped().all
        if operator.id in REGISTERED_AS
    }
    for operator, explained in REGISTERED_AS.items():
        for word, reason in explained.items():
            assert reason
            assert any(plain(word) in name for name in names[operator]), (operator, word)


def test_networks_of_mainland_operators_are_mostly_in_the_mainland() -> None:
    """Where both tables place the networks that an operator announces: the class of an operator fits them."""
    origins, tables = embedded.table(ORIGIN_SOURCE), [embedded.table(name) for name in COUNTRY_SOURCES]
    by_asn = {asn: operator for operator in shipped().all for asn in operator.asns}
    counts: dict[str, Counter[bool]] = {}
    for start, number in zip(origins.four.starts, origins.four.values, strict=True):
        operator = by_asn.get(origins.values[number - 1]) if number else None
        if operator is None or operator.class_ not in ("mainland_basic_carrier", "mainland_isp", "mainland_cloud"):
            continue
        places = {table.get(start.to_bytes(4)) for table in tables}
        if len(places) == 1:
            counts.setdefault(operator.id, Counter())[places == {"CN"}] += 1
    assert len(counts) > 20
    assert {name for name, count in counts.items() if count[False] > count[True]} == set()


def test_what_the_guidance_turns_on_is_known() -> None:
    found = shipped()
    for asn, operator in {
        **dict.fromkeys((4134, 4809, 4812, 58466), "china-telecom"),
        **dict.fromkeys((23764, 36678, 44218), "china-telecom-global"),
        **dict.fromkeys((4837, 9929, 4808, 17816), "china-unicom"),
        **dict.fromkeys((10099, 19174), "china-unicom-global"),
        **dict.fromkeys((9808, 56040, 9394, 38019), "china-mobile"),
        **dict.fromkeys((58453, 58807, 9231), "china-mobile-international"),
        **{7641: "china-broadnet", 18118: "citic-networks", 4538: "cernet", 23910: "cernet", 7497: "cstnet"},
        **{55960: "aws-china", 135629: "aws-china", 58593: "azure-china", 37963: "alibaba-cloud-cn"},
        **{45102: "alibaba-cloud-intl", 45090: "tencent-cloud-cn", 132203: "tencent-cloud-intl"},
        **{4760: "hkt", 3491: "pccw-global", 9304: "hgc", 9269: "hkbn", 9908: "i-cable", 10118: "hutchison-hk"},
        **{4609: "ctm", 133613: "mtel-macau", 3462: "chunghwa", 9924: "taiwan-fixed", 4780: "fareastone"},
        **{2914: "ntt", 3356: "lumen", 174: "cogent", 3257: "gtt", 1299: "telia", 6453: "tata", 7473: "singtel"},
        **{6939: "hurricane-electric", 29632: "netassist", 212895: "route64"},
        **{39351: "mullvad", 216025: "mullvad", 62371: "proton-vpn", 207137: "packethub", 9009: "m247"},
    }.items():
        got = found.of(bytes(4), asn)
        assert got is not None, asn
        assert got.id == operator, asn
