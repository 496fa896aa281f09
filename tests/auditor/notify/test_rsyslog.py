"""A real rsyslog reads what is sent, field by field, by all three ways."""

import json
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from auditor.model.register import NotifySettings
from auditor.notify.run import notify
from tests.auditor.notify.samples import STATUSES, record, shown
from tests.requires import requires_program

pytestmark = requires_program("rsyslogd")
CONFIG = """
module(load="imuxsock" SysSock.Use="off")
module(load="imudp")
module(load="imtcp")
module(load="mmpstrucdata")
input(type="imuxsock" Socket="{work}/log" UseSpecialParser="off" ParseHostname="on")
input(type="imudp" address="127.0.0.1" port="{port}")
input(type="imtcp" address="127.0.0.1" port="{port}")
template(name="all" type="list") {{
  property(name="jsonmesg") constant(value="\\n")
}}
action(type="mmpstrucdata")
action(type="omfile" file="{work}/got" template="all")
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[Path, int]]:
    work, port = tmp_path / "server", free_port()
    work.mkdir()
    (work / "conf").write_text(CONFIG.format(work=work, port=port))
    program = shutil.which("rsyslogd", path="/usr/sbin:/sbin:/usr/bin")
    assert program
    daemon = subprocess.Popen([program, "-n", "-f", str(work / "conf"), "-i", str(work / "pid")])
    try:
        for _ in range(200):
            if (work / "log").exists() and listening(port):
                break
            assert daemon.poll() is None
            time.sleep(0.05)
        yield work, port
    finally:
        daemon.terminate()
        daemon.wait(20)


def listening(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.mark.parametrize("how", ["unix", "udp", "tcp"])
def test_rsyslog_reads_every_field(tmp_path: Path, server: tuple[Path, int], how: str) -> None:
    work, port = server
    where = str(work / "log") if how == "unix" else f"{how}://127.0.0.1:{port}"
    settings = NotifySettings(on="every", syslog=where, facility="local4", language="both")
    kept = record(tmp_path)
    for status in STATUSES:
        assert notify(settings, shown(status), kept, tmp_path, datetime.now(UTC)) == []
    lines: list[str] = []
    for _ in range(200):
        lines = (work / "got").read_text("utf-8").splitlines() if (work / "got").exists() else []
        if len(lines) >= len(STATUSES):
            break
        time.sleep(0.05)
    read = [json.loads(line) for line in lines]
    assert [entry["syslogseverity"] for entry in read] == ["5", "4", "2", "3"]
    for entry, status in zip(read, STATUSES, strict=True):
        assert entry["syslogfacility"] == "20"
        assert (entry["programname"], entry["msgid"], entry["protocol-version"]) == ("auditor", "status", "1")
        assert entry["hostname"] == "gw-sha-01"
        data = {key.lower(): value for key, value in entry["$!"]["rfc5424-sd"]["auditor@32473"].items()}
        assert data["status"] == status
        assert "网关" in entry["msg"] or "状态" in entry["msg"] or "：" in entry["msg"]
