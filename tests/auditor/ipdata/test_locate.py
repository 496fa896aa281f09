"""What the sources amount to together: sure only where all agree and nothing speaks against it."""

from datetime import date

import pytest

from auditor.ipdata.locate import Answer, Located, Locator, judge
from auditor.ipdata.operators import Operator, Operators, shipped
from auditor.model.text import Text

LOCATOR = Locator()


def answers(*countries: str | None) -> tuple[Answer, ...]:
    return tuple(Answer(f"source {number}", "2026-09-16", country) for number, country in enumerate(countries))


def operator(class_: str, home: str | None = None, *, spread: bool = False) -> Operator:
    return Operator(
        id="x", name=Text("X", "某"), class_=class_, home=home, source="s", dated=date(2026, 1, 1), spread=spread
    )


@pytest.mark.parametrize(
    ("countries", "who", "expected"),
    [
        (("CN", "CN"), None, ("CN", "low")),
        (("CN", "CN"), operator("mainland_basic_carrier", "CN"), ("CN", "high")),
        (("CN", "HK"), operator("mainland_basic_carrier", "CN"), (None, "low")),
        (("CN", None), None, ("CN", "low")),
        ((None, None), None, (None, "none")),
        ((), None, (None, "none")),
        (("HK", "HK"), None, ("HK", "low")),
        (("HK", "HK"), operator("overseas_isp", "HK"), ("HK", "high")),
        (("HK", "HK"), operator("overseas_isp", "SG"), ("HK", "low")),
        (("HK", "HK"), operator("mainland_basic_carrier", "CN"), ("HK", "low")),
        (("CN", "CN"), operator("carrier_overseas_affiliate", "HK", spread=True), ("CN", "low")),
        (("HK", "HK"), operator("carrier_overseas_affiliate", "HK", spread=True), ("HK", "low")),
        (("US", "US"), operator("overseas_cloud", "US", spread=True), ("US", "low")),
        (("SG", "SG"), operator("overseas_cloud", "US", spread=True), ("SG", "low")),
        (("SG", "SG"), operator("cdn_anycast", "US"), ("SG", "low")),
        (("SG", "SG"), operator("overseas_isp", "SG"), ("SG", "high")),
        (("US", "US"), operator("overseas_isp", "SG"), ("US", "low")),
        (("SE", "SE"), operator("commercial_vpn", "SE"), ("SE", "low")),
        (("US", "US"), operator("overseas_isp"), ("US", "high")),
        (("CN", "CN"), operator("mainland_isp", "CN"), ("CN", "high")),
        (("US", "US"), operator("mainland_isp", "CN"), ("US", "low")),
    ],
)
def test_judgement(countries: tuple[str | None, ...], who: Operator | None, expected: tuple[str | None, str]) -> None:
    location, confidence, why = judge(answers(*countries), who)
    assert (location, confidence) == expected
    assert why.en
    assert why.zh


@pytest.mark.parametrize(
    "address",
    ["10.0.0.1", "100.64.0.1", "169.254.1.1", "127.0.0.1", "203.0.113.9", "224.0.0.5", "198.18.0.1", "0.0.0.0"]
    + [
        "::1",
        "fe80::1",
        "fd00::1",
        "2001:db8::1",
        "ff02::1",
        "::",
        "64:ff9b::10.0.0.1",
        "2002:c0a8:1::1",
        "192.88.99.1",
    ],
)
def test_addresses_without_a_place_of_their_own(address: str) -> None:
    assert LOCATOR.locate(address) is None


def found(address: str) -> Located:
    located = LOCATOR.locate(address)
    assert located is not None
    return located


def test_an_address_that_stands_for_an_ipv4_one_is_where_that_is() -> None:
    plain = found("202.96.128.86")
    for address in ("2002:ca60:8056::1", "64:ff9b::202.96.128.86", "::ffff:202.96.128.86", "2001:0:1:2:3:4:359f:7fa9"):
        assert found(address) == plain, address


def test_space_that_nobody_announces_is_known_by_its_prefix() -> None:
    cn2 = found("59.43.246.1")
    assert (cn2.asn, cn2.location, cn2.confidence) == (None, "CN", "high")
    assert cn2.operator is not None
    assert cn2.operator.carrier == "china-telecom"


def test_a_companys_own_operators_win() -> None:
    own = operator("overseas_isp", "SG")
    mine = Operator(id="own", name=own.name, class_=own.class_, home="SG", source="s", dated=own.dated, asns=(4134,))
    located = Locator(Operators((*shipped().all, mine))).locate("202.96.128.86")
    assert located is not None
    assert located.operator == mine
    assert located.confidence == "low"
