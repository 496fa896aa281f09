from typing import Any

import pytest

from auditor.model.sightings import BlindSpot, Reason
from reports import sections
from reports.document import document
from tests.reports import samples


@pytest.fixture(scope="module")
def mixed() -> dict[str, Any]:
    return document(samples.mixed())


def test_circuits_say_whether_they_were_seen_and_by_what(mixed: dict[str, Any]) -> None:
    found = {circuit["cid"]: circuit for circuit in mixed["circuits"]}
    assert list(found) == ["SHA-HKG-EPL-0007", "SHA-SIN-IPLC-0042", "SHA-TYO-MPLS-0003"]
    singapore = found["SHA-SIN-IPLC-0042"]
    assert (singapore["seen"], singapore["objects"]) == (True, ["t-3d2a9c41f0b7"])
    assert singapore["provider_name"] == {"en": "China Telecom Corporation Limited", "zh": "中国电信股份有限公司"}
    assert singapore["z"]["label"] == {
        "en": "Singapore head office, Singapore",
        "zh": "Singapore head office（新加坡）",
    }
    assert singapore["period"] == {"en": "2025-04-01 to 2028-03-31", "zh": "2025-04-01至2028-03-31"}
    tokyo = found["SHA-TYO-MPLS-0003"]
    assert (tokyo["seen"], tokyo["seen_by"], tokyo["objects"]) == (False, None, [])
    assert tokyo["period"]["en"] == "start not recorded to end not recorded"
    assert found["SHA-HKG-EPL-0007"]["remarks"][0]["zh"] == "合同将于2026-12-12到期"


def test_gaps_that_nobody_accepted_come_first(mixed: dict[str, Any]) -> None:
    assert [(gap["probe"], gap["namespace"], bool(gap["acknowledged"])) for gap in mixed["blind_spots"]] == [
        ("openvpn", None, False),
        ("xfrm", "blue", False),
        ("wireguard_uapi", None, True),
    ]


@pytest.mark.parametrize(
    ("reason", "needs", "words"),
    [
        (Reason.PERMISSION, "CAP_NET_ADMIN", "Run the scan as root, or give it CAP_NET_ADMIN."),
        (
            Reason.PERMISSION,
            "CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH",
            "Run the scan as root, or give it CAP_DAC_READ_SEARCH, CAP_SYS_PTRACE.",
        ),
        (Reason.ABSENT, "wireguard-tools", "Provide wireguard-tools and scan again."),
        (Reason.TIMEOUT, None, "Scan again; if it stays, raise probes.time_limit_s."),
        (Reason.SKIPPED, None, "Take the probe out of probes.disabled."),
    ],
)
def test_how_to_open_a_gap(reason: Reason, needs: str | None, words: str) -> None:
    spot = BlindSpot(probe="p", scope="host", source="s", reason=reason, detail="d", hides=(), needs=needs)
    assert sections.how_to_open(spot).en == words


def test_devices_keep_their_namespace(mixed: dict[str, Any]) -> None:
    assert len(mixed["not_tunnels"]) == 29
    assert {device["interface"] for device in mixed["not_tunnels"] if device["namespace"] == "blue"} == {"br-blue"}


def test_probes_are_listed_with_what_they_read(mixed: dict[str, Any]) -> None:
    found = {(probe["probe"], probe["namespace"]): probe for probe in mixed["probes"]}
    assert len(found) == 14
    assert found["xfrm", "blue"] == {
        "probe": "xfrm",
        "namespace": "blue",
        "rows": 4,
        "blind_spots": 1,
        "duration_s": 0.001,
    }


def test_providers_come_with_their_permits(mixed: dict[str, Any]) -> None:
    telecom, unicom = mixed["providers"]
    assert telecom["licences"][0]["checked_on"] == "2026-10-12"
    assert unicom["licences"] == []


def test_gateway_and_site_are_named(mixed: dict[str, Any]) -> None:
    assert mixed["gateway"]["privileges"] == ["CAP_NET_ADMIN", "CAP_SYS_ADMIN", "CAP_SYS_PTRACE"]
    assert mixed["gateway"]["namespaces"][0] == {"name": None, "label": "host"}
    assert mixed["site"]["label"] == {"en": "Shanghai office", "zh": "上海办公室"}
    assert mixed["policy"]["unmatched_cross_border"] == "fail"
