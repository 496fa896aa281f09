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

from auditor.daemons.wireguard import BUFFER_BYTES, ask
from auditor.host import Host
from auditor.model.rows import Process, WireGuardDevice, WireGuardPeer
from auditor.model.sightings import BlindSpot, Reason, Sighting
from auditor.probe import Targets
from probes import wireguard_uapi as uapi
from tests.fixtures.wireguard import ANSWER, PEERS, PID, PRESHARED, PRIVATE
from tests.probes.recorded import WIREGUARD_KEYS, leaks, view
from tests.requires import requires_program, requires_root

INODE = 777
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


def test_daemon_is_asked_and_understood(machine: Machine) -> None:
    machine.start(lambda connection: connection.sendall(ANSWER))
    assert machine.look() == [WireGuardDevice("wgo0", None, 51820, PEERS, "uapi", PID, 51820)]
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
    assert len(answer) > 3 * BUFFER_BYTES
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
    monkeypatch.setattr(ask, "__kwdefaults__", {"deadline_s": 0.2, "limit_bytes": 1 << 20})
    leave = threading.Event()
    try:
        (spot,) = machine.start(lambda connection: leave.wait(10)).look()
    finally:
        leave.set()
    assert isinstance(spot, BlindSpot)
    assert spot.reason is Reason.TIMEOUT


def test_planted_keys_reach_no_row_error_or_log(machine: Machine, caplog: pytest.LogCaptureFixture) -> None:
    assert PRIVATE.encode() in ANSWER
    assert PRESHARED.encode() in ANSWER
    caplog.set_level(logging.DEBUG)
    rows = machine.start(lambda connection: connection.sendall(ANSWER)).look()
    assert isinstance(rows[0], WireGuardDevice)
    assert not leaks(*rows, caplog.text)


DAEMON = "mount -t tmpfs tmpfs /run && ip link set lo up && exec wireguard-go -f wgt0"


@pytest.mark.root
@requires_root
@requires_program("wireguard-go", "wg", "unshare", "nsenter", "ip")
def test_wireguard_go_answers_from_another_mount_namespace() -> None:
    private = b64encode(WIREGUARD_KEYS["private"]["wg0"].encode()).decode()
    preshared = b64encode(WIREGUARD_KEYS["preshared"]["wgA"].encode()).decode()
    public = WIREGUARD_KEYS["public"]
    configuration = (
        f"[Interface]\nPrivateKey={private}\nListenPort=51820\nFwMark=51820\n[Peer]\nPublicKey={public['wgA']}\n"
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
        assert row == WireGuardDevice("wgt0", None, 51820, (peer,), "uapi", daemon.pid, 51820)
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
