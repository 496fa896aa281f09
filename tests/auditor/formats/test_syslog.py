"""Messages keep to RFC 5424 whatever a host is called, and destinations are what they say."""

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.formats.syslog import FACILITIES, MOST_BYTES, Target, encode, target
from auditor.notify.message import message
from tests.auditor.notify.rfc5424 import parse
from tests.auditor.notify.samples import STATUSES, record, shown

NOON = datetime(2026, 11, 24, 12, 0, 0, 5000, tzinfo=timezone(timedelta(hours=8)))
SEVERITY = {"ok": 5, "warning": 4, "critical": 2, "unknown": 3}


@pytest.mark.parametrize("status", STATUSES)
def test_each_status_has_its_severity_and_its_data(tmp_path: Path, status: str) -> None:
    told = message(shown(status), record(tmp_path), "warning", "both")
    read = parse(encode(told, NOON, "local3", 64500))
    assert (read.facility, read.severity, read.version) == (19, SEVERITY[status], 1)
    assert read.timestamp == "2026-11-24T12:00:00.005+08:00"
    assert (read.hostname, read.app_name, read.procid, read.msgid) == ("gw-sha-01", "auditor", "-", "status")
    assert read.data["origin"]["software"] == "auditor"
    values = read.data["auditor@64500"]
    assert values["status"] == status
    assert values["previousStatus"] == "warning"
    assert values["record"] == told["record"]
    assert read.text is not None
    assert read.text.startswith(told["subject"])


def test_what_is_not_known_is_left_out(tmp_path: Path) -> None:
    told = message(shown("ok"), record(tmp_path), None, "en")
    assert "previousStatus" not in parse(encode(told, NOON, "daemon", 1)).data["auditor@1"]


@given(
    gateway=st.text(max_size=400),
    lines=st.lists(st.text(max_size=500), max_size=30),
    facility=st.sampled_from(sorted(FACILITIES)),
    enterprise=st.integers(1, 2**32 - 1),
)
def test_any_text_makes_a_message_of_bounded_length(
    gateway: str, lines: list[str], facility: str, enterprise: int
) -> None:
    told: dict[str, Any] = {
        **{"gateway": gateway, "status": "critical", "previous_status": "ok", "exit_code": 2, "scan": 1},
        **{"record": "0" * 64, "subject": "s", "reasons": lines, "findings": lines},
        "counts": {"not_in_line": 1, "to_review": 2, "blind_spots": 0},
    }
    raw = encode(told, datetime.now(UTC), facility, enterprise)
    assert len(raw) <= MOST_BYTES
    read = parse(raw)
    shown_name = gateway.encode("utf-8", "replace").decode()[:120]
    assert read.data[f"auditor@{enterprise}"]["gateway"] == shown_name
    whole = "; ".join(["s", *lines, *lines]).encode("utf-8", "replace").decode()
    assert whole.startswith(read.text or "")


@pytest.mark.parametrize(
    ("text", "means"),
    [
        ("/dev/log", Target("unix", "/dev/log", 0)),
        ("udp://192.0.2.5", Target("udp", "192.0.2.5", 514)),
        ("tcp://logs.example.com", Target("tcp", "logs.example.com", 601)),
        ("tcp://[2001:db8::5]:6514", Target("tcp", "2001:db8::5", 6514)),
    ],
)
def test_where_messages_go(text: str, means: Target) -> None:
    assert target(text) == means


@pytest.mark.parametrize(
    "text",
    [
        "",
        "dev/log",
        "udp://",
        "udp://a b",
        "tcp://x:0",
        "tcp://x:99999",
        "tls://x",
        "udp://x:514/y",
        "/" + "x" * 200,
        "/a\nb",
    ],
)
def test_what_is_no_destination(text: str) -> None:
    with pytest.raises(ValueError, match=r"not|neither"):
        target(text)
