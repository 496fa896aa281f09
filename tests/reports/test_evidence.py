"""Evidence of each control, from the sample scan and from the papers behind it."""

from typing import Any

import pytest

from auditor.guidance.catalogue import controls
from reports.document import document
from tests.reports import samples


@pytest.fixture(scope="module")
def mixed() -> dict[str, Any]:
    return document(samples.mixed())


def evidence(found: dict[str, Any], name: str, control: str) -> list[str]:
    (entry,) = [entry for entry in (*found["tunnels"], *found["objects"]) if entry["name"] == name]
    (result,) = [result for result in entry["results"] if result["control"] == control]
    return [text["en"] for text in result["evidence"]]


@pytest.mark.parametrize(
    ("name", "control", "words"),
    [
        ("wg-sg", "L-01", "Far end 203.0.113.7: Singapore, stated by the register of 2026-10-15, confidence high"),
        ("wg-sg", "X-01", "Register entry SHA-SIN-IPLC-0042, match strong"),
        ("wg-sg", "X-01", "remote end: observed 203.0.113.7, registered 203.0.113.7/32: agrees"),
        ("wg-sg", "X-01", "Ordered by route 1 (leased from the mainland)"),
        ("wg-sg", "X-02", "Provider China Telecom Corporation Limited (China Telecom)"),
        (
            "wg-sg",
            "X-02",
            "Licence A1.A2-20160001, categories A11-4, A14-1, A14-4, valid 2021-01-01 to 2030-12-31,"
            " checked 2026-10-12",
        ),
        ("wg-sg", "X-03", "Contract party: directly with the carrier (route 1)"),
        ("wg-sg", "X-04", "Contract CT-INTL-2025-0042: 2025-04-01 to 2028-03-31, in force"),
        ("wg-sg", "X-05", "Network evidence: agrees with the register"),
        ("wg-sg", "X-05", "leaves by eth0, next hop 192.0.2.1, as registered"),
        ("wg-sg", "X-06", "Declared purpose: internal office use"),
        ("wg-sg", "X-07", "User record: yes, dated 2025-04-01"),
        ("wg-sg", "X-08", "1 prefix(es) routed into it, default route: no"),
        ("wg-sg", "V-01", "Realisation method: software VPN"),
        ("tun0", "X-01", "Register match none, no single entry"),
        ("tun0", "X-01", "Recorded review of public-network use: none"),
        ("IPsec → 203.0.113.40:4500", "X-01", "Provisioning: self-built; far network: the company"),
        ("gre-tpe", "X-08", "not known prefix(es) routed into it, default route: unknown"),
        ("blue/vx100", "P-01", "Provisioning: self-built; far network: the company"),
        ("blue/vx100", "P-04", "Onward reach: mainland only"),
        ("office-mesh", "V-02", "State: not known — nothing shows whether a peer is connected"),
        ("tun-staff", "R-01", "Clients: fewer than 5"),
        ("eth0", "U-01", "Uplink eth0: basic carrier, provider china-telecom, contract CT-2024-118"),
    ],
)
def test_what_an_outcome_rests_on(mixed: dict[str, Any], name: str, control: str, words: str) -> None:
    assert words in evidence(mixed, name, control)


def test_the_gateway_has_its_own(mixed: dict[str, Any]) -> None:
    results = {result["control"]: result for result in mixed["gateway_assessment"]["results"]}
    assert results["N-01"]["evidence"][0]["zh"] == "上联eth0：基础电信企业，提供方china-telecom，合同CT-2024-118"
    assert results["O-01"]["evidence"][0]["en"].startswith("Serves external customers: no; permit: ")
    bare = document(samples.without_config())["gateway_assessment"]["results"]
    (access,) = [result for result in bare if result["control"] == "N-01"]
    assert access["evidence"][0]["en"] == "No uplink is stated in the configuration"


def test_controls_that_do_not_apply_or_only_inform_have_none(mixed: dict[str, Any]) -> None:
    for entry in (*mixed["tunnels"], *mixed["objects"]):
        for result in entry["results"]:
            if result["outcome"] in ("not_applicable", "info"):
                assert result["evidence"] == []


def test_every_deciding_control_that_fails_or_needs_review_has_some(mixed: dict[str, Any]) -> None:
    for entry in (*mixed["tunnels"], *mixed["objects"]):
        for result in entry["results"]:
            if result["outcome"] in ("fail", "review") and controls()[result["control"]].deciding:
                assert result["evidence"], (entry["name"], result["control"])


def test_people_are_not_evidence(mixed: dict[str, Any]) -> None:
    assert evidence(mixed, "tun-staff", "L-01") == [
        "This end: mainland China (stated in the configuration)",
        "Own address 192.0.2.10: mainland China, by location data of 2026-09-16, confidence high;"
        " AS4134 China Telecom by origin-asn of 2026-09-16",
    ]
