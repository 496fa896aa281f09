"""WireGuard in user space: a socket that answers as wireguard-go does, or worse, and wireguard-go itself."""

import contextlib
import logging
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.errors import ParseError, SourceError, SourceTimeout, SourceTruncated
from auditor.host import Host
from auditor.model.sightings import BlindSpot, Process, Reason, Sighting, WireGuardDevice, WireGuardPeer
from auditor.probe import Targets
from probes import wireguard_uapi as uapi
from tests.probes.recorded import PLANTED, WIREGUARD_KEYS, leaks, view
from tests.requires import requires_program, requires_root

PRIVATE, PRESHARED = (key.hex() for key in PLANTED[:2])
PID, INODE, NOW_S = 4242, 777, 1_800_000_000
FAR = bytes(range(32))
ANSWER = f"""private_key={PRIVATE}
listen_port=51820
fwmark=51820
public_key={FAR.hex()}
preshared_key={PRESHARED}
protocol_version=1
endpoint=198.51.100.2:51821
last_handshake_time_sec=1795461767
last_handshake_time_nsec=12
tx_bytes=1
rx_bytes=2
persistent_keepalive_interval=25
allowed_ip=10.1.0.0/24
allowed_ip=fd00::/64
public_key={bytes(32).hex()}
preshared_key={PRESHARED}
protocol_version=1
endpoint=[fe80::1%eth0]:5
last_handshake_time_sec=0
last_handshake_time_nsec=0
persistent_keepalive_interval=0
public_key={bytes([7] * 32).hex()}
errno=0

""".encode()
PEERS = (
    WireGuardPeer(b64encode(FAR).decode(), "198.51.100.2", 51821, 1795461767, ("10.1.0.0/24", "fd00::/64"), 25),
    WireGuardPeer(b64encode(bytes(32)).decode(), "fe80::1", 5, None, (), 0),
    WireGuardPeer(b64encode(bytes([7] * 32)).decode()),
)
UNIX_HEAD = "Num       RefCount Protocol Flags    Type St Inode Path\n"
UNIX_ROW = "0000000000000000: 00000002 00000000 {:08X} 0001 01 {:5} {}\n"
LISTENS = 0x10000
Serve = Callable[[socket.socket], None]


class Machine:
    """A tree that looks like a host with one WireGuard daemon; `start` makes it answer."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.path = "/var/run/wireguard/wgo0.sock"
        self.received: list[bytes] = []
        self._listener = socket.socket(socket.AF_UNIX)
        self._threads: list[threading.Thread] = []
        (root / f"proc/{PID}/root/run/wireguard").mkdir(parents=True)
        (root / f"proc/{PID}/root/var").mkdir()
        (root / f"proc/{PID}/root/var/run").symlink_to("/run")
        (root / f"proc/{PID}/net").mkdir()
        self.table(LISTENS, INODE, self.path)

    def table(self, flags: int, inode: int, path: str) -> None:
        row = UNIX_ROW.format(flags, inode, path)
        other = UNIX_ROW.format(LISTENS, 5, "/run/dbus/system_bus_socket") + "0000000000000000: 00000003 00000000\n"
        (self.root / f"proc/{PID}/net/unix").write_text(UNIX_HEAD + other + row)

    def start(self, serve: Serve, place: str = "run/wireguard/wgo0.sock") -> "Machine":
        self._listener.bind(str(self.root / f"proc/{PID}/root/{place}"))
        self._listener.listen()
        thread = threading.Thread(target=self._accept, args=(serve,), daemon=True)
        thread.start()
        self._threads.append(thread)
        return self

    def _accept(self, serve: Serve) -> None:
        with contextlib.suppress(OSError):
            connection, _ = self._listener.accept()
            with connection:
                self.received.append(connection.recv(64))
                serve(connection)

    def look(self, **fields: object) -> list[Sighting]:
        process = Process(PID, "wireguard-go", tun_devices=("wgo0",), sockets=(3, INODE))._replace(**fields)
        return list(uapi.run(view(Host(str(self.root)), Targets(owners=(process,)))))

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(timeout=5)


@pytest.fixture
def machine() -> Iterator[Machine]:
    root = Path(tempfile.mkdtemp(prefix="uapi-"))  # a socket's path has 108 bytes at most
    made = Machine(root)
    try:
        yield made
    finally:
        made.close()
        shutil.rmtree(root)


def parse(answer: bytes) -> WireGuardDevice:
    """Return what is made of `answer` when it comes in one piece."""
    near, far = socket.socketpair()
    with near, far:
        far.sendall(answer)
        far.shutdown(socket.SHUT_WR)
        return uapi.parse_answer(uapi.ask(near, deadline_s=1), "wgo0", PID, NOW_S)


def test_daemon_is_asked_and_understood(machine: Machine) -> None:
    machine.start(lambda connection: connection.sendall(ANSWER))
    assert machine.look() == [WireGuardDevice("wgo0", None, 51820, PEERS, "uapi", PID)]
    assert machine.received == [b"get=1\n\n"]


def test_answer_in_small_pieces(machine: Machine) -> None:
    def serve(connection: socket.socket) -> None:
        for start in range(0, len(ANSWER), 7):
            connection.sendall(ANSWER[start : start + 7])
            time.sleep(0.0005)

    (device,) = machine.start(serve).look()
    assert isinstance(device, WireGuardDevice)
    assert device.peers == PEERS


def test_answer_longer_than_the_buffer(machine: Machine) -> None:
    allowed = b"".join(b"allowed_ip=10.%d.%d.0/24\n" % (n >> 8, n & 255) for n in range(10_000))
    answer = ANSWER.replace(b"errno=0", allowed + b"errno=0")
    assert len(answer) > 3 * uapi._BUFFER_BYTES
    (device,) = machine.start(lambda connection: connection.sendall(answer)).look()
    assert isinstance(device, WireGuardDevice)
    assert len(device.peers[2].allowed_ips) == 10_000
    assert device.peers[2].allowed_ips[-1] == "10.39.15.0/24"


def test_socket_under_run_itself(machine: Machine) -> None:
    machine.table(LISTENS, INODE, "/run/wireguard/wgo0.sock")
    (device,) = machine.start(lambda connection: connection.sendall(ANSWER)).look()
    assert isinstance(device, WireGuardDevice)


def test_var_run_that_is_no_link(machine: Machine) -> None:
    link = machine.root / f"proc/{PID}/root/var/run"
    link.unlink()
    (link / "amneziawg").mkdir(parents=True)
    machine.table(LISTENS, INODE, "/var/run/amneziawg/wgo0.sock")
    machine.start(lambda connection: connection.sendall(ANSWER), "var/run/amneziawg/wgo0.sock")
    (device,) = machine.look()
    assert isinstance(device, WireGuardDevice)


def test_renamed_device_keeps_its_daemon(machine: Machine) -> None:
    (device,) = machine.start(lambda connection: connection.sendall(ANSWER)).look(tun_devices=("eth5",))
    assert isinstance(device, WireGuardDevice)
    assert device.interface == "eth5"


def test_of_several_devices_the_socket_names_the_one(machine: Machine) -> None:
    (device,) = machine.start(lambda connection: connection.sendall(ANSWER)).look(tun_devices=("tun1", "tun2"))
    assert isinstance(device, WireGuardDevice)
    assert device.interface == "wgo0"


@pytest.mark.parametrize(
    "fields", [{"sockets": (3,)}, {"tun_devices": ()}, {"sockets": ()}, {"pid": 1}], ids=lambda fields: str(fields)
)
def test_only_the_holder_of_device_and_socket_is_asked(machine: Machine, fields: dict[str, object]) -> None:
    machine.start(lambda connection: connection.sendall(ANSWER))
    assert machine.look(**fields) == []
    assert machine.received == []


@pytest.mark.parametrize(
    ("flags", "path"),
    [
        (0, "/run/wireguard/wgo0.sock"),
        (LISTENS, "/run/wireguard/../wgo0.sock"),
        (LISTENS, "/run/wireguard/...sock"),
        (LISTENS, "/run/wireguard/.sock"),
        (LISTENS, "/run/wireguard/a/b.sock"),
        (LISTENS, "@/run/wireguard/wgo0.sock"),
        (LISTENS, "/tmp/run/wireguard/wgo0.sock"),
        (LISTENS, "/run/docker.sock"),
    ],
)
def test_other_sockets_are_not_asked(machine: Machine, flags: int, path: str) -> None:
    machine.table(flags, INODE, path)
    assert machine.look() == []


@pytest.mark.parametrize("place", ["run/wireguard", "run/wireguard/wgo0.sock"])
def test_symbolic_links_of_a_container_are_not_followed(machine: Machine, place: str) -> None:
    root = machine.root / f"proc/{PID}/root"
    machine.start(lambda connection: connection.sendall(ANSWER), "elsewhere")
    if place == "run/wireguard":
        (root / place).rmdir()
        (root / place).symlink_to(root)
    else:
        (root / place).symlink_to(root / "elsewhere")
    (spot,) = machine.look()
    assert isinstance(spot, BlindSpot)
    assert "symbolic link" in spot.detail
    assert machine.received == []


def test_process_that_has_ended_is_no_gap(machine: Machine) -> None:
    (machine.root / f"proc/{PID}/net/unix").unlink()
    assert machine.look() == []


def test_table_of_another_form_is_a_gap(machine: Machine) -> None:
    (machine.root / f"proc/{PID}/net/unix").write_text("something else\n")
    (spot,) = machine.look()
    assert isinstance(spot, BlindSpot)
    assert (spot.reason, spot.source) == (Reason.UNPARSED, f"/proc/{PID}/net/unix")


def test_socket_that_is_gone_is_a_gap(machine: Machine) -> None:
    (spot,) = machine.look()
    assert isinstance(spot, BlindSpot)
    assert (spot.reason, spot.hides) == (Reason.ABSENT, ("wireguard",))
    assert spot.source == f"/var/run/wireguard/wgo0.sock of process {PID}"


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (b"errno=-22\n\n", Reason.CRASHED),
        (b"errno=1\n\n", Reason.CRASHED),
        (b"", Reason.TRUNCATED),
        (ANSWER[:-1], Reason.TRUNCATED),
        (ANSWER[:200], Reason.TRUNCATED),
        (b"\n", Reason.UNPARSED),
        (b"listen_port=1\n\n", Reason.UNPARSED),
        (b"HTTP/1.1 400 Bad Request\n\n", Reason.UNPARSED),
        (b"x" * 100_000, Reason.UNPARSED),
        (b"public_key=zz\nerrno=0\n\n", Reason.UNPARSED),
    ],
)
def test_other_answers_are_gaps(machine: Machine, answer: bytes, reason: Reason) -> None:
    def serve(connection: socket.socket) -> None:
        with contextlib.suppress(OSError):
            connection.sendall(answer)

    (spot,) = machine.start(serve).look()
    assert isinstance(spot, BlindSpot)
    assert (spot.reason, spot.probe) == (reason, "wireguard_uapi")


def test_daemon_that_never_answers_is_left(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uapi.ask, "__kwdefaults__", {"deadline_s": 0.2, "limit_bytes": 1 << 20})
    leave = threading.Event()
    try:
        (spot,) = machine.start(lambda connection: leave.wait(10)).look()
    finally:
        leave.set()
    assert isinstance(spot, BlindSpot)
    assert spot.reason is Reason.TIMEOUT


class Drip:
    """A daemon that sends one byte whenever it is asked for more, for ever."""

    def __init__(self, pause_s: float = 0.0) -> None:
        self.pause_s = pause_s
        self.count = 0

    def sendall(self, data: bytes, /) -> None:
        pass

    def settimeout(self, value: float | None, /) -> None:
        pass

    def recv_into(self, buffer: memoryview, /) -> int:
        time.sleep(self.pause_s)
        self.count += 1
        buffer[:1] = b"a=1\n"[self.count % 4 - 1 :][:1]
        return 1


def test_daemon_that_drips_is_left_after_the_time_in_all() -> None:
    with pytest.raises(SourceTimeout):
        uapi.ask(Drip(0.01), deadline_s=0.1)


def test_daemon_that_talks_for_ever_is_left_at_the_limit() -> None:
    with pytest.raises(SourceTruncated):
        uapi.ask(Drip(), deadline_s=30, limit_bytes=5_000)


@pytest.mark.parametrize(
    ("line", "right"),
    [
        (b"endpoint=1.2.3.4:0", None),
        (b"endpoint=1.2.3.4:65536", None),
        (b"endpoint=1.2.3.4", None),
        (b"endpoint=name:1", None),
        (b"endpoint=[::ffff:1.2.3.4]:1", PEERS[2]._replace(endpoint="::ffff:1.2.3.4", endpoint_port=1)),
        (b"allowed_ip=10.0.0.0/33", None),
        (b"allowed_ip=10.0.0.0/", None),
        (b"allowed_ip=10.0.0.0/-1", None),
        (b"persistent_keepalive_interval=x", None),
        (b"last_handshake_time_sec=-5", None),
        (b"last_handshake_time_sec=" + b"9" * 20, None),
        (b"last_handshake_time_nsec=5", PEERS[2]._replace(handshake_at_s=NOW_S)),
        (b"last_handshake_time_sec=90", PEERS[2]._replace(handshake_at_s=NOW_S - 90)),
        (b"something_new=1", PEERS[2]),
    ],
)
def test_lines_of_a_peer(line: bytes, right: WireGuardPeer | None) -> None:
    """The two small handshake times are BoringTun's: seconds since it, not its time."""
    answer = b"public_key=" + bytes([7] * 32).hex().encode() + b"\n" + line + b"\nerrno=0\n\n"
    if right is None:
        with pytest.raises(ParseError):
            parse(answer)
    else:
        assert parse(answer).peers == (right,)


def test_cut_at_every_offset_or_spoiled_anywhere() -> None:
    for size in range(len(ANSWER) - 1):
        with pytest.raises((SourceTruncated, ParseError)) as caught:
            parse(ANSWER[:size])
        assert not leaks(str(caught.value))
    for offset in range(len(ANSWER)):
        for byte in b"\n=0\xff":
            shown: object
            try:
                shown = parse(ANSWER[:offset] + bytes([byte]) + ANSWER[offset + 1 :])
            except SourceError as error:
                shown = str(error)
            assert not leaks(shown)


@given(st.binary(max_size=400))
def test_any_bytes_are_refused_or_right(noise: bytes) -> None:
    for answer in (noise + b"\n\n", noise + b"\nerrno=0\n\n"):
        with contextlib.suppress(SourceError):
            assert parse(answer).interface == "wgo0"


def test_planted_keys_reach_no_row_error_or_log(machine: Machine, caplog: pytest.LogCaptureFixture) -> None:
    assert PRIVATE.encode() in ANSWER
    assert PRESHARED.encode() in ANSWER
    caplog.set_level(logging.DEBUG)
    rows = machine.start(lambda connection: connection.sendall(ANSWER)).look()
    assert isinstance(rows[0], WireGuardDevice)
    near, far = socket.socketpair()
    with near, far:
        far.sendall(ANSWER)
        assert not leaks(uapi.ask(near))
    assert not leaks(*rows, caplog.text)


def test_receive_buffer_is_zeros_once_read() -> None:
    class Keeper(Drip):
        buffer = bytearray()

        def recv_into(self, buffer: memoryview, /) -> int:
            if self.count == 0:
                Keeper.buffer = buffer.obj
            part = ANSWER[self.count : self.count + 100]
            assert not self.count or not any(buffer)
            buffer[: len(part)] = part
            self.count += len(part)
            return len(part)

    assert uapi.parse_answer(uapi.ask(Keeper()), "wgo0", PID, NOW_S).peers == PEERS
    assert len(Keeper.buffer) == uapi._BUFFER_BYTES
    assert not any(Keeper.buffer)


DAEMON = "mount -t tmpfs tmpfs /run && ip link set lo up && exec wireguard-go -f wgt0"


@pytest.mark.root
@requires_root
@requires_program("wireguard-go", "wg", "unshare", "nsenter", "ip")
def test_wireguard_go_answers_from_another_mount_namespace() -> None:
    private = b64encode(WIREGUARD_KEYS["private"]["wg0"].encode()).decode()
    preshared = b64encode(WIREGUARD_KEYS["preshared"]["wgA"].encode()).decode()
    public = WIREGUARD_KEYS["public"]
    configuration = (
        f"[Interface]\nPrivateKey={private}\nListenPort=51820\n[Peer]\nPublicKey={public['wgA']}\n"
        f"PresharedKey={preshared}\nEndpoint=192.0.2.7:51821\nAllowedIPs=10.9.0.0/16\n"
    )
    daemon = subprocess.Popen(["unshare", "-n", "-m", "sh", "-c", DAEMON], stderr=subprocess.DEVNULL)
    try:
        inside = ["nsenter", "-t", str(daemon.pid), "-n", "-m", "wg"]
        give_up_at = time.monotonic() + 20
        while subprocess.run([*inside, "show", "wgt0"], capture_output=True, check=False).returncode:
            assert time.monotonic() < give_up_at, "wireguard-go did not start"
            time.sleep(0.05)
        subprocess.run([*inside, "setconf", "wgt0", "/dev/stdin"], input=configuration.encode(), check=True)
        sockets = tuple(
            int(link[8:-1]) for link in map(_target, Path(f"/proc/{daemon.pid}/fd").iterdir()) if "socket:" in link
        )
        owner = Process(daemon.pid, "wireguard-go", tun_devices=("wgt0",), sockets=sockets)
        (row,) = uapi.run(view(Host(), Targets(owners=(owner,))))
        peer = WireGuardPeer(public["wgA"], "192.0.2.7", 51821, None, ("10.9.0.0/16",), 0)
        assert row == WireGuardDevice("wgt0", None, 51820, (peer,), "uapi", daemon.pid)
        (again,) = uapi.run(view(Host(), Targets(owners=(owner,))))
        assert again == row, "asking changed something"
    finally:
        daemon.kill()
        daemon.wait(timeout=10)


def _target(path: Path) -> str:
    """Return where a descriptor points, an empty text if it was closed meanwhile."""
    try:
        return str(path.readlink())
    except OSError:
        return ""
