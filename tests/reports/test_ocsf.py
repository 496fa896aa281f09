"""OCSF: valid in three versions of the standard, findings keep their uid, nothing unread is fine."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from auditor.model.scan import Scan
from reports import ocsf
from reports.document import document
from tests.reports import hostile, samples

schemas: Any = pytest.importorskip("ocsf_json_schema", reason="needs ocsf-json-schema (PyPI)")
VERSIONS = ("1.3.0", "1.5.0", "1.8.0")
SCANS = ("mixed", "compliant", "unprivileged", "without_config", "nothing")


@cache
def validator(version: str) -> Draft202012Validator:
    embedded = schemas.OcsfJsonSchemaEmbedded(schemas.get_ocsf_schema(version))
    return Draft202012Validator(embedded.get_class_schema("compliance_finding", ["host"]))


def events(scan: Scan, languages: str = "both") -> list[dict[str, Any]]:
    written = ocsf.render(document(scan), languages)
    assert written.endswith("\n")
    return [json.loads(line) for line in written.removesuffix("\n").split("\n")]


def by_uid(scan: Scan) -> dict[str, dict[str, Any]]:
    found = events(scan)
    named = {event["finding_info"]["uid"]: event for event in found}
    assert len(named) == len(found)
    return named


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", SCANS)
def test_events_are_valid(name: str, version: str) -> None:
    for event in events(getattr(samples, name)()):
        assert [error.message for error in validator(version).iter_errors(event)] == []


@pytest.mark.parametrize("version", VERSIONS)
def test_the_validator_refuses_what_is_wrong(version: str) -> None:
    event = events(samples.mixed())[0]
    assert list(validator(version).iter_errors({**event, "severity_id": "high"}))
    assert list(validator(version).iter_errors({**event, "surprise": 1}))


@pytest.mark.parametrize("text", hostile.HOSTILE, ids=range(len(hostile.HOSTILE)))
def test_hostile_text_keeps_them_valid(text: str) -> None:
    for event in events(hostile.hostile(text)):
        assert [error.message for error in validator("1.5.0").iter_errors(event)] == []


def test_outcomes_are_mapped() -> None:
    found = by_uid(samples.mixed())

    def told(uid: str) -> tuple[str, str, int]:
        event = found[f"gw-sha-01/{uid}"]
        return event["compliance"]["status"], event["status"], event["severity_id"]

    assert told("scan") == ("Fail", "New", 4)
    assert told("t-5e6f7a8b9c0d/X-01") == ("Fail", "New", 4)
    assert told("t-1b2c3d4e5f60/X-01") == ("Warning", "New", 3)
    assert told("t-3d2a9c41f0b7/X-01") == ("Pass", "Resolved", 1)
    assert told("t-9f01c2d3e4a5/X-01") == ("Fail", "Suppressed", 4)
    assert told("gateway/N-01") == ("Pass", "Resolved", 1)
    gaps = {uid: event for uid, event in found.items() if "/blind_spot/" in uid}
    assert {(e["compliance"]["status"], e["compliance"]["status_id"]) for e in gaps.values()} == {("Unknown", 0)}
    assert sorted(event["status"] for event in gaps.values()) == ["New", "New", "Suppressed"]
    event = found["gw-sha-01/t-5e6f7a8b9c0d/X-01"]
    assert datetime.fromtimestamp(event["time"] / 1000, UTC).isoformat() == "2026-11-23T06:05:09+00:00"
    assert event["timezone_offset"] == 480
    assert event["compliance"]["control"] == "X-01"
    assert event["compliance"]["requirements"]
    assert event["remediation"]["desc"].startswith("Lease the connection")
    assert event["resources"][0]["name"] == "tun0"
    assert event["type_uid"] == 200301


def test_a_finding_keeps_its_uid_and_a_later_pass_closes_it() -> None:
    scan = samples.mixed()
    assert by_uid(scan).keys() == by_uid(replace(scan, started_at=scan.started_at + timedelta(days=1))).keys()


def test_chinese_is_chinese() -> None:
    (event,) = [e for e in events(samples.mixed(), "zh") if e["finding_info"]["uid"].endswith("t-5e6f7a8b9c0d/X-01")]
    assert event["remediation"]["desc"].startswith("向中国电信")


def test_a_host_name_that_is_none_is_only_a_name() -> None:
    assert all("hostname" not in event["device"] for event in events(hostile.hostile("<b>")))
    assert events(samples.mixed())[0]["device"]["hostname"] == "gw-sha-01"
