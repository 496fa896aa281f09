"""What the network shows of the sample gateway's circuits and uplinks."""

from dataclasses import replace

from auditor.model.match import Agreement, Comparison, NearEnd, NetworkEvidence, Place
from auditor.model.text import Text, alike
from auditor.model.uplink import UplinkSeen
from tests.reports.sample_register import config

CARRIER = Place(
    location="CN",
    basis="geoip",
    confidence="high",
    address_class="public",
    operator="China Telecom",
    operator_name=Text("China Telecom", "中国电信"),
    operator_class="mainland_basic_carrier",
    source=Text("location data", "位置数据"),
    asn=4134,
    asn_source="origin-asn",
    asn_dated="2026-09-16",
    dated="2026-09-16",
)
PRIVATE = Place(address_class="private")
NEAR = (NearEnd("192.0.2.10", CARRIER),)
BY_HAND_OFF = (
    Comparison(
        attribute="origin AS",
        observed=None,
        registered=alike("AS64500"),
        agreement=Agreement.NOT_STATED,
        note=Text("no data names an origin AS of the far end", "数据中无对端地址的起源自治系统"),
    ),
    Comparison(
        attribute="egress interface", observed=alike("eth0"), registered=alike("eth0"), agreement=Agreement.AGREES
    ),
    Comparison(
        attribute="next hop", observed=alike("192.0.2.1"), registered=alike("192.0.2.1"), agreement=Agreement.AGREES
    ),
    Comparison(attribute="VLAN", observed=Text("untagged", "无标签"), registered=None, agreement=Agreement.NOT_STATED),
)
TAGGED = (
    Comparison(
        attribute="origin AS",
        observed=None,
        registered=None,
        agreement=Agreement.NOT_STATED,
        note=Text("the far end's address is not announced to the Internet", "对端地址未在公网宣告"),
    ),
    Comparison(
        attribute="egress interface",
        observed=Text("eth2.120 on eth2", "eth2.120（位于eth2）"),
        registered=alike("eth2"),
        agreement=Agreement.AGREES,
    ),
    Comparison(
        attribute="next hop", observed=alike("10.255.0.1"), registered=alike("10.255.0.1"), agreement=Agreement.AGREES
    ),
    Comparison(attribute="VLAN", observed=alike("120"), registered=alike("120"), agreement=Agreement.AGREES),
)
BY_AS = (
    Comparison(
        attribute="origin AS",
        observed=alike("AS64501"),
        registered=alike("AS64500"),
        agreement=Agreement.CONTRADICTS,
        note=Text("Example Transit; origin-asn 2026-09-16", "示例传输；origin-asn 2026-09-16"),
    ),
    *(replace(row, registered=None, agreement=Agreement.NOT_STATED) for row in BY_HAND_OFF[1:]),
)
_STATED = Text("China Telecom Corporation Limited; basic carrier", "中国电信股份有限公司；基础电信企业")
_DECLARED = config().site.uplinks[0]
UPLINKS = (
    UplinkSeen(
        interface="eth0",
        namespace=None,
        declared=_DECLARED,
        class_="basic_carrier",
        evidence=NetworkEvidence.MATCH,
        reason=Text(
            "the network agrees with the declared provider: AS4134 China Telecom",
            "网络与声明的提供方一致：AS4134 中国电信",
        ),
        ends=(*NEAR, NearEnd("10.9.8.7", PRIVATE)),
        comparisons=(
            Comparison(
                attribute="uplink address",
                observed=Text("192.0.2.10: AS4134 China Telecom", "192.0.2.10：AS4134 中国电信"),
                registered=Text(
                    "China Telecom Corporation Limited; basic carrier", "中国电信股份有限公司；基础电信企业"
                ),
                agreement=Agreement.AGREES,
                note=Text("mainland basic carrier; origin-asn 2026-09-16", "境内基础电信企业；origin-asn 2026-09-16"),
            ),
            Comparison(
                attribute="uplink address",
                observed=Text("10.9.8.7: private", "10.9.8.7：私有地址"),
                registered=Text(
                    "China Telecom Corporation Limited; basic carrier", "中国电信股份有限公司；基础电信企业"
                ),
                agreement=Agreement.NOT_STATED,
                note=Text("not announced", "未在公网宣告"),
            ),
        ),
        default_route=True,
    ),
    UplinkSeen(
        interface="ppp0",
        namespace="backup",
        declared=None,
        class_="unknown",
        evidence=NetworkEvidence.UNKNOWN,
        reason=Text("nobody declared this uplink", "该上联未声明"),
        default_route=True,
    ),
)
