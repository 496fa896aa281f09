"""VICI: codec and mapping on recorded and hostile bytes, the probe against made and running daemons."""

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
from hypothesis import given
from hypothesis import strategies as st

from auditor.daemons import strongswan, vici
from auditor.daemons.vici import Section, Wanted, parse_message, parse_packet
from auditor.errors import ParseError
from auditor.host import Host, own_network_namespace
from auditor.model.sightings import BlindSpot, IkeChild, IkeSa, Process, Reason, Scope, Sighting
from auditor.probe import Targets, View
from probes import processes
from probes import vici as probe
from tests.child import become_nobody, in_child
from tests.fixtures.vici import record
from tests.requires import requires_program, requires_root

FIXTURES = Path(record.__file__).parent
UNIX = (
    b"Num       RefCount Protocol Flags    Type St Inode Path\n"
    b"000000004b2a38dd: 00000002 00000000 00010000 0001 01 86630 /var/run/charon.lkp\n"
    b"00000000128c0598: 00000002 00000000 00010000 0001 01 86643 /var/run/charon.vici\n"
    b"00000000128c0599: 00000003 00000000 00000000 0001 03 86644 /var/run/charon.vici\n"
    b"00000000128c059a: 00000002 00000000 00010000 0001 01 86645 @vici\n"
    b"000000003c0399ea: 00000002 00000000 00000000 0002 01 87691\n"
)


def packets(name: str) -> list[bytes]:
    """Return the recorded packets `name` without their lengths."""
    raw = (FIXTURES / f"{name}.bin").read_bytes()
    found = []
    while raw:
        (size,) = vici.LENGTH.unpack(raw[:4])
        found.append(raw[4 : 4 + size])
        raw = raw[4 + size :]
    return found


def sections(name: str, wanted: Wanted) -> Iterator[tuple[str, Section]]:
    """Yield what the events of recording `name` hold."""
    for raw in packets(name):
        packet = parse_packet(raw)
        if packet.kind == vici.EVENT:
            yield from parse_message(packet.message, wanted).sections.items()


def associations(name: str) -> dict[str, IkeSa]:
    return {sa: strongswan.ike_sa(sa, section, 40) for sa, section in sections(f"{name}-list-sas", strongswan.SA)}


# Codec


def test_packet_as_it_is_sent() -> None:
    assert vici.pack(vici.EVENT_REGISTER, "list-sa") == b"\x00\x00\x00\x09\x03\x07list-sa"


def test_recorded_conversation_has_the_protocols_order() -> None:
    kinds = [parse_packet(raw).kind for raw in packets("gateway-list-sas")]
    assert kinds == [vici.EVENT_CONFIRM, vici.EVENT, vici.EVENT, vici.CMD_RESPONSE, vici.EVENT_CONFIRM]
    assert {parse_packet(raw).name for raw in packets("gateway-list-sas")} == {None, "list-sa"}


def test_only_wanted_keys_are_kept() -> None:
    wanted = Wanted(frozenset({"state", "local-ts"}), frozenset({"remote-xauth-id", "remote-vips"}))
    (road,) = [section for name, section in sections("gateway-list-sas", wanted) if name == "road"]
    assert road.values == {"state": "ESTABLISHED", "remote-xauth-id": "", "remote-vips": ""}
    (child,) = road.sections["child-sas"].sections.values()
    assert child == Section({"state": "INSTALLED"}, {"local-ts": ("10.8.0.0/24",)}, {})


@pytest.mark.parametrize("name", ["gateway-list-sas", "gateway-list-conns", "laptop-list-sas", "laptop-list-conns"])
def test_message_cut_short_is_refused(name: str) -> None:
    for raw in packets(name):
        if raw[0] != vici.EVENT:
            continue
        message = parse_packet(raw).message
        for end in range(1, len(message)):
            with pytest.raises(ParseError):
                parse_message(message[:end], strongswan.SA)
        for end in range(2 + raw[1]):
            with pytest.raises(ParseError):
                parse_packet(raw[:end])


@pytest.mark.parametrize(
    "message",
    [
        b"\x02",  # an end without a begin
        b"\x06",
        b"\x05\x00\x01a",  # an item outside a list
        b"\x00",
        b"\x07\x01a",
        b"\x04\x01a\x03\x01b\x00\x00\x06",  # a key inside a list
        b"\x01\x01a" * 20 + b"\x02" * 20,
        b"\x03\x05state\xff\xffx",
        b"\x01\xffa\x02",
    ],
)
def test_message_out_of_order_is_refused(message: bytes) -> None:
    with pytest.raises(ParseError):
        parse_message(message, strongswan.SA)


@given(st.binary(max_size=300))
def test_codec_meets_any_bytes(raw: bytes) -> None:
    for parse in (parse_packet, lambda data: parse_message(data, strongswan.SA)):
        with suppress(ParseError):
            parse(raw)
    probe.parse_listening(raw, frozenset({1}))


def element(kind: int, name: str, *values: bytes) -> bytes:
    """Return one key (3), list (4) or section (1) of a message."""
    head = bytes((kind, len(name.encode()))) + name.encode()
    if kind == 3:
        return head + len(values[0]).to_bytes(2) + values[0]
    if kind == 4:
        return head + b"".join(b"\x05" + len(value).to_bytes(2) + value for value in values) + b"\x06"
    return head + b"".join(values) + b"\x02"


TEXTS = st.sampled_from(
    [b"", b"yes", b"203.0.113.1", b"\xff\xfe", b"%any", b"1e999", b"-1", b"10.0.0.0/8[tcp]", b"\x1b[2J"]
)


@given(
    st.dictionaries(st.sampled_from(sorted(strongswan.SA.values | strongswan.SA.noted)), TEXTS),
    st.dictionaries(
        st.sampled_from(["local-ts", "remote-ts", "remote-vips", "local_addrs", "remote_addrs"]), st.lists(TEXTS)
    ),
)
def test_mapping_meets_any_values(values: dict[str, bytes], lists: dict[str, list[bytes]]) -> None:
    inner = b"".join(element(3, key, value) for key, value in values.items())
    inner += b"".join(element(4, key, *items) for key, items in lists.items())
    outer = inner + element(1, "child-sas", element(1, "c", inner)) + element(1, "children", element(1, "c", inner))
    wanted = Wanted(strongswan.SA.values | strongswan.CONNECTION.values, strongswan.SA.noted)
    section = parse_message(outer, wanted)
    assert len(strongswan.ike_sa("n", section, 1).children) == 1
    strongswan.configured("n", section, 1)


# Mapping


def test_site_to_site_association() -> None:
    assert associations("gateway")["branch-bj"] == IkeSa(
        name="branch-bj",
        state="ESTABLISHED",
        local="203.0.113.1",
        local_port=4500,
        remote="203.0.113.77",
        remote_port=4500,
        local_id="gw-sha-01.corp.example",
        remote_id="gw-bjs-01.corp.example",
        initiator=True,
        children=(
            IkeChild(
                name="lan",
                state="INSTALLED",
                mode="TUNNEL",
                local_prefixes=("10.8.0.0/24",),
                remote_prefixes=("10.30.0.0/24",),
                reqid=1,
            ),
        ),
        pid=40,
        remote_access=False,
    )


def test_person_at_the_far_end_has_no_identity() -> None:
    road = associations("gateway")["road"]
    assert (road.remote_access, road.remote_id, road.local_id) == (True, None, record.GATEWAY_ID)
    assert road.initiator is False
    assert record.PERSON not in repr(road)


def test_client_of_a_server_keeps_the_servers_identity() -> None:
    road = associations("laptop")["road"]
    assert (road.remote, road.remote_id, road.remote_access) == ("192.0.2.1", record.GATEWAY_ID, False)


def test_configured_connections() -> None:
    found = dict(sections("gateway-list-conns", strongswan.CONNECTION))
    assert set(found) == {"idle", "bypass", "branch-bj", "road"}
    assert strongswan.configured("bypass", found["bypass"], 40) == []
    (branch,) = strongswan.configured("branch-bj", found["branch-bj"], 40)
    assert (branch.state, branch.local, branch.remote) == ("CONFIGURED", "203.0.113.1", "203.0.113.77")
    assert (branch.local_id, branch.remote_id, branch.children) == (record.GATEWAY_ID, record.BRANCH_ID, ())
    idle = strongswan.configured("idle", found["idle"], 40)
    assert [(row.remote, row.remote_name) for row in idle] == [("198.51.100.7", None), (None, "hub.example.net")]
    assert {(row.local, row.local_id, row.remote_id) for row in idle} == {(None, None, "hub.example.net")}
    (road,) = strongswan.configured("road", found["road"], 40)
    assert (road.remote, road.remote_name, road.remote_access, road.remote_id) == (None, None, True, None)


@pytest.mark.parametrize(
    ("identity", "kept"),
    [
        ("gw.corp.example", True),
        ("@gw.corp.example", True),
        ("192.0.2.1", True),
        ("moon", True),
        ("C=CN, O=Acme, CN=gw.corp.example", True),
        ("zhangsan@corp.example", False),
        ("C=CN, O=Acme, CN=Zhang San, E=zhangsan@corp.example", False),
        ("C=CN, O=Acme, UID=zhangsan", False),
        ("emailAddress = x, CN=gw", False),
        ("CN=a/UID=b", False),
        ("%any", False),
        ("", False),
    ],
)
def test_identity_of_a_person_is_dropped(identity: str, kept: bool) -> None:
    section = Section({"local-id": identity, "remote-id": identity}, {}, {})
    sa = strongswan.ike_sa("n", section, 1)
    assert (sa.local_id, sa.remote_id) == ((identity, identity) if kept else (None, None))


def test_selectors_become_prefixes() -> None:
    selectors = (
        "10.1.0.0/16[tcp/443]",
        "10.98.0.5..10.98.0.9",
        "dynamic",
        "fd00::/8",
        "x..y",
        "10.1.0.0/16",
        "fd00::..10.0.0.1",
    )
    child = Section({"if-id-out": "0000002a", "reqid": "x"}, {"remote-ts": selectors}, {})
    (row,) = strongswan.ike_sa("n", Section({}, {}, {"child-sas": Section({}, {}, {"c-1": child})}), 1).children
    assert row.remote_prefixes == ("10.1.0.0/16", "10.98.0.5/32", "10.98.0.6/31", "10.98.0.8/31", "fd00::/8")
    assert (row.name, row.if_id, row.reqid) == ("c-1", 42, None)


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
