"""Who is told when; what failed is told again; a scan never fails by it."""

import json
import socket
from datetime import UTC, datetime
from pathlib import Path

import pytest

from auditor.model.register import NotifySettings
from auditor.notify import told
from auditor.notify.run import due, notify
from tests.auditor.notify.rfc5424 import parse
from tests.auditor.notify.samples import STATUSES, record, shown

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


class Teller:
    """A report directory with a command that notes what it was told."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.notes = directory / "notes"
        self.program = directory / "notify"
        self.record = record(directory)
        self.works(True)

    def works(self, well: bool) -> None:
        self.program.write_text(
            f"#!/bin/sh\ncat >>{self.notes}\nexit {0 if well else 1}\n" if well else "#!/bin/sh\nexit 1\n"
        )
        self.program.chmod(0o755)

    def tell(self, status: str, on: str = "change", **more: object) -> list[str]:
        settings = NotifySettings(on=on, command=str(self.program), **more)  # type: ignore[arg-type]
        return notify(settings, shown(status), self.record, self.directory, NOW)

    @property
    def statuses(self) -> list[tuple[str | None, str]]:
        lines = self.notes.read_text().splitlines() if self.notes.exists() else []
        return [(entry["previous_status"], entry["status"]) for entry in map(json.loads, lines)]


@pytest.fixture
def teller(tmp_path: Path) -> Teller:
    return Teller(tmp_path)


def test_off_by_default_nothing_is_written(tmp_path: Path) -> None:
    assert notify(NotifySettings(), shown("critical"), record(tmp_path), tmp_path, NOW) == []
    assert not (tmp_path / told.NAME).exists()


def test_a_change_is_told_once(teller: Teller) -> None:
    for status in ("ok", "ok", "critical", "critical", "unknown", "warning", "ok"):
        assert teller.tell(status) == []
    assert teller.statuses == [("ok", "critical"), ("critical", "unknown"), ("unknown", "warning"), ("warning", "ok")]


def test_the_first_status_is_told_unless_it_is_ok(teller: Teller) -> None:
    teller.tell("warning")
    assert teller.statuses == [(None, "warning")]


def test_worse_tells_of_getting_worse_from_where_it_is_now(teller: Teller) -> None:
    for status in ("critical", "ok", "warning", "warning", "unknown", "critical"):
        teller.tell(status, on="worse")
    assert [status for _, status in teller.statuses] == ["critical", "warning", "unknown", "critical"]


def test_every_tells_each_time(teller: Teller) -> None:
    for status in ("ok", "ok", "warning"):
        teller.tell(status, on="every")
    assert teller.statuses == [(None, "ok"), ("ok", "ok"), ("ok", "warning")]


def test_what_failed_is_told_by_the_next_scan(teller: Teller) -> None:
    teller.tell("ok")
    teller.works(False)
    assert teller.tell("critical") == ["notification by command: ended in 1"]
    kept = told.read(teller.directory)["command"]
    assert (kept.status, kept.problem, kept.failed_at) == ("ok", "ended in 1", "2026-11-24T12:00:00+00:00")
    teller.works(True)
    assert teller.tell("critical") == []
    assert teller.statuses == [("ok", "critical")]
    assert told.read(teller.directory)["command"].problem is None


def test_one_way_failing_does_not_hold_the_other_up(teller: Teller) -> None:
    failed = teller.tell("critical", syslog="/nowhere/at/all")
    assert len(failed) == 1
    assert failed[0].startswith("notification by syslog: ")
    assert teller.statuses == [(None, "critical")]


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"command": 5}', b'{"command": {"status": 5}}', b"\xff"])
def test_a_damaged_note_of_what_was_told_tells_anew(teller: Teller, content: bytes) -> None:
    teller.tell("critical")
    (teller.directory / told.NAME).write_bytes(content)
    assert teller.tell("critical") == []
    assert teller.statuses == [(None, "critical")] * 2


def test_a_directory_that_cannot_be_written_is_told_and_is_all(teller: Teller) -> None:
    (teller.directory / told.NAME).mkdir()
    (failed,) = teller.tell("critical")
    assert failed.startswith("notification: ")


@pytest.mark.parametrize("before", [None, *STATUSES, "nonsense"])
@pytest.mark.parametrize("status", STATUSES)
def test_every_way_of_choosing_is_decided(before: str | None, status: str) -> None:
    assert due("every", before, status)
    assert due("change", before, status) == (before != status if before else status != "ok")
    if due("worse", before, status):
        assert due("change", before, status)


@pytest.mark.parametrize("how", ["unix", "udp", "tcp"])
def test_syslog_arrives_whole(tmp_path: Path, how: str) -> None:
    family = socket.AF_UNIX if how == "unix" else socket.AF_INET
    kind = socket.SOCK_STREAM if how == "tcp" else socket.SOCK_DGRAM
    with socket.socket(family, kind) as server:
        server.settimeout(10)
        server.bind(str(tmp_path / "log") if how == "unix" else ("127.0.0.1", 0))
        where = str(tmp_path / "log") if how == "unix" else f"{how}://127.0.0.1:{server.getsockname()[1]}"
        if how == "tcp":
            server.listen()
        settings = NotifySettings(syslog=where)
        assert notify(settings, shown("critical"), record(tmp_path), tmp_path, NOW) == []
        if how == "tcp":
            stream, _ = server.accept()
            with stream:
                length, _, raw = b"".join(iter(lambda: stream.recv(4096), b"")).partition(b" ")
            assert int(length) == len(raw)
        else:
            raw = server.recv(9000)
    assert parse(raw).data["auditor@32473"]["status"] == "critical"
