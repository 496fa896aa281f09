"""The probe of running daemons, over a made tree: which reader is asked, and what its failures leave."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from auditor.daemons.files import ProcessFiles
from auditor.daemons.readers import READERS
from auditor.errors import ParseError
from auditor.host import Host
from auditor.model.rows import DaemonInstance, Process
from auditor.model.sightings import BlindSpot, Reason, Scope, Sighting
from auditor.probe import Targets, View
from probes import instances

TINCD = Process(pid=40, comm="tincd", exe="/usr/sbin/tincd", netns=1, mntns=7)


def run(root: Path, *owners: Process) -> list[Sighting]:
    scope = Scope(name=None, inode=1, door="/")
    return list(instances.run(View(host=Host(str(root)), scope=scope, targets=Targets(owners=owners))))


def row(pid: int, source: str) -> DaemonInstance:
    return DaemonInstance(pid, "tinc", "p2p", None, 655, (), "mesh", None, source)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    (tmp_path / "proc/40/root/etc").mkdir(parents=True)
    (tmp_path / "proc/40/cmdline").write_bytes(b"tincd\0-n\0mesh\0")
    (tmp_path / "proc/40/root/etc/tinc.conf").write_bytes(b"one\ntwo\n")
    return tmp_path


def test_a_reader_gets_arguments_and_files_as_its_daemon_sees_them(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def reader(process: Process, files: ProcessFiles) -> Iterator[DaemonInstance]:
        assert files.arguments() == ["-n", "mesh"]
        assert list(files.lines("/etc/tinc.conf")) == [b"one\n", b"two\n"]
        assert files.names("/etc") == ["tinc.conf"]
        yield row(process.pid, "/etc/tinc.conf")

    monkeypatch.setitem(READERS, "tinc", reader)
    assert run(tree, TINCD) == [row(40, "/etc/tinc.conf")]


def test_what_a_reader_cannot_read_is_a_gap_and_what_it_said_before_stays(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def reader(process: Process, files: ProcessFiles) -> Iterator[DaemonInstance]:
        yield row(process.pid, "command line")
        files.gap("/etc/tinc.conf", ParseError("line 3: no value"))
        list(files.lines("/etc/absent.conf"))

    monkeypatch.setitem(READERS, "tinc", reader)
    found, first, second = run(tree, TINCD)
    assert isinstance(found, DaemonInstance)
    assert isinstance(first, BlindSpot)
    assert isinstance(second, BlindSpot)
    assert (first.source, first.reason, first.detail) == ("/etc/tinc.conf", Reason.UNPARSED, "line 3: no value")
    assert (second.source, second.reason) == ("configuration of PID 40", Reason.ABSENT)


def test_programs_without_a_reader_and_processes_that_ended_are_passed_over(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(READERS, "tinc", lambda process, files: iter([row(process.pid, "never")]))
    assert run(tree, TINCD._replace(pid=41), TINCD._replace(exe="/usr/bin/tincd-like")) == []
