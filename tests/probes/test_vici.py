"""The VICI probe against made and running daemons."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from auditor.daemons import vici
from auditor.host import Host, own_network_namespace
from auditor.model.rows import IkeSa, Process
from auditor.model.sightings import BlindSpot, Reason, Scope, Sighting
from auditor.probe import Targets, View
from probes import processes
from probes import vici as probe
from tests.child import become_nobody, in_child
from tests.fixtures.vici import FIXTURES, associations, packets, record
from tests.requires import requires_program, requires_root

UNIX = (
    b"Num       RefCount Protocol Flags    Type St Inode Path\n"
    b"000000004b2a38dd: 00000002 00000000 00010000 0001 01 86630 /var/run/charon.lkp\n"
    b"00000000128c0598: 00000002 00000000 00010000 0001 01 86643 /var/run/charon.vici\n"
    b"00000000128c0599: 00000003 00000000 00000000 0001 03 86644 /var/run/charon.vici\n"
    b"00000000128c059a: 00000002 00000000 00010000 0001 01 86645 @vici\n"
    b"000000003c0399ea: 00000002 00000000 00000000 0002 01 87691\n"
)


def test_listening_sockets_of_the_process() -> None:
    inodes = frozenset({86630, 86643, 86644, 86645, 87691})
    assert probe.parse_listening(UNIX, inodes) == ["/var/run/charon.vici"]
    assert probe.parse_listening(UNIX, frozenset({1})) == []


# The probe, against made daemons

ANSWERS = {name: (FIXTURES / f"gateway-{name}.bin").read_bytes() for name in ("list-sas", "list-conns")}


class Made:
    """A made root with this process in it as a daemon that answers with given bytes."""

    def __init__(self) -> None:
        self.root = Path(tempfile.mkdtemp(prefix="vici"))  # a short path: sun_path holds 107 bytes
        self.base = self.root / f"proc/{os.getpid()}"
        (self.base / "root/run").mkdir(parents=True)
        self.owner = Process(pid=os.getpid(), comm="charon", exe="/usr/lib/ipsec/charon", sockets=(86643,))
        self.received = b""

    def run(self) -> list[Sighting]:
        scope = Scope(name=None, inode=1, door="/")
        return list(probe.run(View(host=Host(str(self.root)), scope=scope, targets=Targets(owners=(self.owner,)))))

    @contextmanager
    def listening(self, talk: Callable[[socket.socket], None], path: str = "run/charon.vici") -> Iterator[None]:
        """Accept one connection at `path` below the daemon's root and have `talk` answer it."""
        (self.base / "root" / path).parent.mkdir(parents=True, exist_ok=True)
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(str(self.base / "root" / path))
            server.listen()
            server.settimeout(5)

            def serve() -> None:
                with suppress(OSError), server.accept()[0] as stream:
                    stream.settimeout(5)
                    talk(stream)

            thread = threading.Thread(target=serve)
            thread.start()
            try:
                yield
            finally:
                thread.join()

    def answer(self, stream: socket.socket) -> None:
        """Answer as the recorded daemon did, one packet for each one asked for until its events end."""
        for name in ANSWERS:
            left = ANSWERS[name]
            for expected in (vici.EVENT_CONFIRM, vici.CMD_RESPONSE, vici.EVENT_CONFIRM):
                self.received += stream.recv(1000)
                kind = -1
                while kind != expected:
                    (size,) = vici.LENGTH.unpack(left[:4])
                    kind = left[4]
                    for at in range(0, 4 + size, 97):  # in pieces, as streams come
                        stream.sendall(left[: 4 + size][at : at + 97])
                    left = left[4 + size :]


@pytest.fixture
def made() -> Iterator[Made]:
    made = Made()
    yield made
    shutil.rmtree(made.root)


def test_whole_conversation(made: Made) -> None:
    with made.listening(made.answer):
        rows = made.run()
    assert [(row.name, row.state) for row in rows if isinstance(row, IkeSa)] == [
        ("road", "ESTABLISHED"),
        ("branch-bj", "ESTABLISHED"),
        ("idle", "CONFIGURED"),
        ("idle", "CONFIGURED"),
    ]
    assert not [row for row in rows if isinstance(row, BlindSpot)]
    assert {row.pid for row in rows if isinstance(row, IkeSa)} == {os.getpid()}
    said = [(4, b"\x03\x07list-sa"), (0, b"\x00\x08list-sas"), (0, b"\x00\x0alist-conns"), (0, b"\x04\x09list-conn")]
    assert all(words in made.received for _, words in said)
    assert made.received.count(b"list-") == 6  # nothing else was ever asked


def test_socket_at_a_path_of_its_own_is_found_by_the_kernels_table(made: Made) -> None:
    (made.base / "net").mkdir()
    (made.base / "net/unix").write_bytes(UNIX.replace(b"/var/run/charon.vici", b"/srv/my vici.sock"))
    with made.listening(made.answer, "srv/my vici.sock"):
        assert len(made.run()) == 4


def test_link_to_run_leads_below_the_daemons_root(made: Made) -> None:
    (made.base / "root/var").mkdir()
    (made.base / "root/var/run").symlink_to("/run")
    (made.base / "net").mkdir()
    (made.base / "net/unix").write_bytes(UNIX)
    with made.listening(made.answer):
        assert len(made.run()) == 4


def test_daemon_without_a_socket_is_a_gap(made: Made) -> None:
    (spot,) = made.run()
    assert isinstance(spot, BlindSpot)
    assert (spot.reason, spot.hides, spot.source) == (Reason.ABSENT, ("ipsec",), f"VICI socket of PID {os.getpid()}")


def test_left_over_socket_is_a_gap(made: Made) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(made.base / "root/run/charon.vici"))
    (spot,) = made.run()
    assert isinstance(spot, BlindSpot)
    assert spot.detail == "Connection refused"


def test_another_process_listening_there_is_not_believed(made: Made) -> None:
    path = made.base / "root/run/charon.vici"
    code = "import socket, sys; s = socket.socket(socket.AF_UNIX); s.bind(sys.argv[1]); s.listen(); print(flush=True)"
    argv = [sys.executable, "-c", f"{code}; sys.stdin.read()", str(path)]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as impostor:
        try:
            assert impostor.stdout is not None
            impostor.stdout.readline()
            (spot,) = made.run()
        finally:
            impostor.kill()
    assert isinstance(spot, BlindSpot)
    assert spot.detail == "another process listens there"


CONFIRM, UNKNOWN = b"\x00\x00\x00\x01\x05", b"\x00\x00\x00\x01\x06"
SECRET = b"planted-secret-of-a-hostile-daemon"


@pytest.mark.parametrize(
    ("answers", "reason"),
    [
        ([b""], Reason.TRUNCATED),
        ([b"\x00\x00"], Reason.TRUNCATED),
        ([b"\x00\x00\x00\x00"], Reason.UNPARSED),
        ([b"\x7f\xff\xff\xff" + SECRET], Reason.UNPARSED),
        ([UNKNOWN], Reason.UNPARSED),
        ([CONFIRM, b"\x00\x00\x00\x01\x02"], Reason.UNPARSED),
        ([CONFIRM, b"\x00\x00\x00\x0b\x07\x07list-sa\x09" + SECRET[:1]], Reason.UNPARSED),
        ([CONFIRM, b"\x00\x00\x00\x50\x07\x07list-sa\x01\x05" + SECRET[:29]], Reason.TRUNCATED),
    ],
)
def test_daemon_that_does_not_keep_to_the_protocol_is_a_gap(made: Made, answers: list[bytes], reason: Reason) -> None:
    def talk(stream: socket.socket) -> None:
        for answer in answers:
            stream.recv(1000)
            stream.sendall(answer)

    with made.listening(talk):
        (spot,) = made.run()
    assert isinstance(spot, BlindSpot)
    assert spot.reason is reason
    assert "planted" not in repr(spot)


def test_what_came_before_a_break_is_kept(made: Made) -> None:
    def talk(stream: socket.socket) -> None:
        stream.recv(1000)
        stream.sendall(CONFIRM)
        stream.recv(1000)
        stream.sendall(b"".join(vici.LENGTH.pack(len(raw)) + raw for raw in packets("gateway-list-sas")[1:2]))

    with made.listening(talk):
        rows = made.run()
    assert [type(row) for row in rows] == [IkeSa, BlindSpot]


def test_silent_and_slow_daemons_end_at_the_deadline(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe, "_DEADLINE_S", 0.3)

    def talk(stream: socket.socket) -> None:
        with suppress(OSError):
            for byte in b"\x00\x00\x00\x64" + bytes(100):
                stream.sendall(bytes((byte,)))
                time.sleep(0.02)

    started = time.monotonic()
    with made.listening(talk):
        (spot,) = made.run()
    assert isinstance(spot, BlindSpot)
    assert spot.reason is Reason.TIMEOUT
    assert time.monotonic() - started < 3


def test_endless_answers_end_at_the_limit(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe, "_ANSWER_LIMIT_BYTES", 10_000)
    event = packets("gateway-list-sas")[1]

    def talk(stream: socket.socket) -> None:
        stream.recv(1000)
        stream.sendall(CONFIRM)
        with suppress(OSError):
            while True:
                stream.sendall(vici.LENGTH.pack(len(event)) + event)

    with made.listening(talk):
        *rows, spot = made.run()
    assert isinstance(spot, BlindSpot)
    assert spot.reason is Reason.TRUNCATED
    assert 0 < len(rows) < 20


@pytest.mark.parametrize("exe", ["/usr/lib/ipsec/starter", "/usr/sbin/pluto", None])
def test_other_programs_are_left_alone(made: Made, exe: str | None) -> None:
    made.owner = made.owner._replace(exe=exe)
    assert made.run() == []


# Running daemons


@pytest.fixture(scope="module")
def running() -> Iterator[record.Hosts]:
    work = Path(tempfile.mkdtemp(prefix="auditor-vici-"))
    work.chmod(0o711)
    try:
        with record.hosts(work) as hosts:
            yield hosts
    finally:
        shutil.rmtree(work)


def owners(netns: int) -> tuple[Process, ...]:
    inode, door = own_network_namespace()
    rows = processes.run(View(host=Host(), scope=Scope(name=None, inode=inode, door=door)))
    return tuple(row for row in rows if isinstance(row, Process) and row.netns == netns)


def view_of(pid: int) -> View:
    asked = owners(Path(f"/proc/{pid}/ns/net").stat().st_ino)
    return View(host=Host(), scope=Scope(name=None, inode=1, door="/"), targets=Targets(owners=asked))


@requires_root
@requires_program("charon-systemd", "swanctl", "nsenter")
@pytest.mark.lab
def test_running_daemons_tell_and_give_nothing_away(running: record.Hosts) -> None:
    rows = list(probe.run(view_of(running.gateway.pid)))
    found = {row.name: row for row in rows if isinstance(row, IkeSa)}
    expected = associations("gateway") | {"idle": found.get("idle")}
    assert {name: row._replace(pid=40, children=()) for name, row in found.items() if name != "idle"} == {
        name: row._replace(children=()) for name, row in expected.items() if name != "idle" and row
    }
    assert [row.state for row in rows if isinstance(row, IkeSa) and row.name == "idle"] == ["CONFIGURED"] * 2
    assert [child.state for child in found["branch-bj"].children] == ["INSTALLED"]
    assert not [row for row in rows if isinstance(row, BlindSpot)]
    for secret in (record.PSK, record.PASSWORD, record.PERSON, "lisi"):
        assert secret not in repr(rows)


@requires_root
@requires_program("charon-systemd", "swanctl", "nsenter")
@pytest.mark.lab
def test_running_daemon_of_the_older_kind(running: record.Hosts) -> None:
    (row,) = probe.run(view_of(running.branch.pid))
    assert isinstance(row, IkeSa)
    assert (row.remote, row.remote_id, row.initiator) == ("203.0.113.1", record.GATEWAY_ID, False)


@requires_root
@requires_program("charon-systemd", "swanctl", "nsenter")
@pytest.mark.lab
def test_want_of_privilege_is_a_gap(running: record.Hosts) -> None:
    view = view_of(running.gateway.pid)

    def run() -> list[Sighting]:
        become_nobody()
        return list(probe.run(view))

    (spot,) = in_child(run)
    assert isinstance(spot, BlindSpot)
    assert (spot.reason, spot.needs) == (Reason.PERMISSION, "CAP_SYS_PTRACE and CAP_DAC_OVERRIDE")
