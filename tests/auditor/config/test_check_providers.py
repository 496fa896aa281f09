from pathlib import Path

import pytest

from tests.auditor.config.samples import CONFIG, REGISTER, warned


def said(directory: Path, *changes: tuple[str, str]) -> list[str]:
    register = REGISTER
    for old, new in changes:
        assert old in register, old
        register = register.replace(old, new)
    return [line.partition(": ")[2] for line in warned(directory, register, CONFIG)]


def other(class_: str, categories: str = '"A14-4"') -> tuple[tuple[str, str], ...]:
    """Return the changes that make the sample's provider another one."""
    return (
        ('class = "china_telecom"', f'class = "{class_}"'),
        ('categories = ["A14-4"]', f"categories = [{categories}]"),
        ("carrier_direct", "provider_direct"),
    )


DOMESTIC = (('location = "SG"', 'location = "CN"'), ('"iplc"', '"ip-vpn"'))


@pytest.mark.parametrize(
    ("class_", "categories", "words"),
    [
        ("b13_provider", '"B13"', "has a permit for domestic service only"),
        ("a241_provider", '"A24-1"', "has a permit for domestic service only"),
        ("reseller", '"B13"', "cannot lease international lines: control X-02 fails"),
        ("commercial_vpn_provider", '"B13"', "cannot lease international lines: control X-02 fails"),
        ("unlicensed_provider", '"B13"', "cannot lease international lines: control X-02 fails"),
        ("overseas_operator", '"A14-4"', "is not one of the three carriers: control X-02 stays in review"),
        ("china_broadnet", '"A14-2"', "is not one of the three carriers: control X-02 stays in review"),
        ("unknown", '"A14-4"', "is not one of the three carriers: control X-02 stays in review"),
        ("china_mobile", '"A24-1"', "has no licence with A11-4, A14-1 or A14-4"),
        ("china_unicom", '"A24-1", "B13"', "has no licence with A11-4, A14-1 or A14-4"),
    ],
)
def test_who_cannot_provide_a_cross_border_circuit(tmp_path: Path, class_: str, categories: str, words: str) -> None:
    (found,) = said(tmp_path, *other(class_, categories))
    assert found.startswith("circuit[0].provider: china-telecom ")
    assert words in found


@pytest.mark.parametrize(
    ("class_", "categories", "words"),
    [
        ("b13_provider", '"B13"', None),
        ("b13_provider", '"B14"', "has no licence with B13 or A24-1"),
        ("cloud_provider", '"B11"', "has no licence with B13 or A24-1"),
        ("a241_provider", '"A24-1"', None),
        ("china_broadnet", '"A14-2"', None),
        ("china_telecom", '"A24-1"', None),
        ("china_telecom", '"B11"', "has no licence with a basic category (A...)"),
        ("unlicensed_provider", '"B13"', "has no permit (class unlicensed_provider): control P-02 fails"),
    ],
)
def test_who_cannot_provide_a_domestic_circuit(tmp_path: Path, class_: str, categories: str, words: str | None) -> None:
    found = said(tmp_path, *other(class_, categories), *DOMESTIC)
    assert found == ([f"circuit[0].provider: china-telecom {words}"] if words else [])


def test_a_licence_that_is_not_held_covers_nothing(tmp_path: Path) -> None:
    found = said(tmp_path, ("checked_on = 2026-10-12", "checked_on = 2026-10-12\nheld = false"))
    assert found == ["circuit[0].provider: china-telecom has no licence with A11-4, A14-1 or A14-4"]


def test_a_decommissioned_circuit_claims_nothing(tmp_path: Path) -> None:
    found = said(tmp_path, *other("b13_provider", '"B13"'), ('status = "active"', 'status = "decommissioned"'))
    assert [line.partition(":")[0] for line in found] == ["circuit[0].status"]


@pytest.mark.parametrize(
    ("change", "warning"),
    [
        (("checked_on = 2026-10-12\n", ""), "checked_on: is not stated, so the licence counts as unverified"),
        (("2026-10-12", "2026-11-24"), "checked_on: 2026-11-24 lies in the future: the licence counts as unverified"),
        (("2030-12-31", "2026-11-22"), "valid_until: the licence ended on 2026-11-22"),
        (("2030-12-31", "2026-11-23"), "valid_until: the licence ends on 2026-11-23"),
        (("2030-12-31", "2026-12-23"), "valid_until: the licence ends on 2026-12-23"),
        (("2030-12-31", "2026-12-24"), None),
        (("valid_until = 2030-12-31", "valid_from = 2026-11-24"), "valid_from: the licence only begins on 2026-11-24"),
        (("valid_until = 2030-12-31\n", ""), None),
    ],
)
def test_the_days_of_a_licence(tmp_path: Path, change: tuple[str, str], warning: str | None) -> None:
    assert said(tmp_path, change) == ([f"provider[0].licence[0].{warning}"] if warning else [])


def test_an_old_look_up_of_a_licence_without_end(tmp_path: Path) -> None:
    (found,) = said(tmp_path, ("valid_until = 2030-12-31\n", ""), ("2026-10-12", "2025-11-22"))
    assert "2025-11-22 is more than 365 days ago and no last day is stated" in found


def test_a_lease_from_a_carrier_names_the_carrier(tmp_path: Path) -> None:
    found = said(tmp_path, ('class = "china_telecom"', 'class = "cloud_provider"'))
    assert found[-1] == (
        "circuit[0].contract_party: carrier_direct says that a carrier leases the line,"
        " but china-telecom is cloud_provider"
    )


def test_onward_circuits(tmp_path: Path) -> None:
    onward = """
[[provider]]
slug = "delta"
name = "Delta"
class = "b13_provider"
[[provider.licence]]
categories = ["B13"]
valid_until = 2030-12-31
checked_on = 2026-10-12
[[circuit]]
provider = "delta"
cid = "D-1"
type = "ip-vpn"
status = "active"
termination_date = 2029-12-31
onward_reach = "overseas_via_licensed_circuit"
onward_circuit = "C-1"
[circuit.a]
interface = "eth3"
prefixes = ["198.51.100.0/30"]
[circuit.z]
location = "CN"
prefixes = ["10.30.0.0/16"]
"""
    assert said(tmp_path, ("[[waiver]]", onward + "[[waiver]]")) == []
    found = said(tmp_path, ("[[waiver]]", onward + "[[waiver]]"), *other("reseller", '"B13"'), *DOMESTIC[:1])
    assert [line for line in found if "onward" in line] == [
        "circuit[1].onward_circuit: C-1 is leased from china-telecom, not one of the three carriers",
        "circuit[1].onward_circuit: C-1 has both ends in the mainland",
    ]
    found = said(
        tmp_path,
        ("[[waiver]]", onward + "[[waiver]]"),
        ('status = "active"\ninstall', 'status = "decommissioned"\ninstall'),
    )
    assert found[-1] == "circuit[1].onward_circuit: C-1 is decommissioned"
