"""Listening on a real interface: what is seen, what the kernel drops, whose addresses are told, and as whom it runs."""

import json
import mmap
import os
import resource
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from auditor.errors import SourceDenied, SourceError
from auditor.packets.details import describe
from auditor.packets.engine import MOST_STREAMS
from auditor.packets.live import Heard, listen
from auditor.packets.packet import TCP, UDP
from auditor.packets.prefilter import program
from auditor.packets.ring import Ring
from tests.auditor.packets import handshakes
from tests.auditor.packets.conversations import CONVERSATIONS, esp, openvpn_messages, quic, u16
from tests.auditor.packets.made import A, B, ethernet, ip, noise, stream, talk
from tests.auditor.packets.test_prefilter import conversations
from tests.child import in_child
from tests.netns import inside, namespace, needs_root
from tests.requires import requires_program

pytestmark = [needs_root, requires_program("ip")]
_NORESERVE = 0x4000  # MAP_NORESERVE of mmap(2), in `mmap` from Python 3.13 on
PAIR = "link add eth0 type veth peer name far0", "link set eth0 up", "link set far0 up"
OWN = f"address add {B}/24 dev eth0"


def _send(frames: list[bytes]) -> None:
    door = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    door.bind(("far0", 0))
    for frame in frames:
        door.send(frame[:1500])
    door.close()


def _await_listener() -> None:
    """Return once a packet socket of this network namespace is bound to all protocols, or after ten seconds."""
    deadline_s = time.monotonic() + 10
    while time.monotonic() < deadline_s:
        rows = Path("/proc/thread-self/net/packet").read_text().splitlines()[1:]
        if any(row.split()[3] == "0003" for row in rows):
            return
        time.sleep(0.02)


@contextmanager
def _sending(name: str, frames: list[bytes]) -> Iterator[None]:
    """Send `frames` from a child as soon as something in the block listens."""
    child = os.fork()
    if child == 0:
        try:
            inside(name, lambda: (_await_listener(), _send(frames)))
        finally:
            os._exit(0)
    yield
    os.waitpid(child, 0)


def _heard(frames: list[bytes], seconds: float = 1.6, own: tuple[str, ...] = (A, B)) -> Heard:
    with namespace(*PAIR) as name, _sending(name, frames):
        return inside(name, lambda: in_child(lambda: listen({"eth0": 1}, seconds, lambda address: address in own)))


def test_what_is_sent_is_heard_and_counted() -> None:
    frames = [frame for key in ("WireGuard", "GRE", "ESP in IPv6") for frame in CONVERSATIONS[key][1]]
    heard = _heard([*frames, *quic()])
    assert (heard.dropped, heard.problems, heard.others) == (0, (), {"esp": 1})
    assert [(one.protocol, one.packets) for one in heard.tunnels] == [("gre", 2), ("wireguard", 14)]
    assert all(abs(one.first_s - time.time()) < 60 for one in heard.tunnels)


def test_what_a_handshake_says_is_heard_too() -> None:
    heard = _heard(talk(500, 500, handshakes.sa_init()))
    assert [len(one.messages) for one in heard.tunnels] == [2]
    assert describe.add(heard.tunnels) == describe.Outcome()
    kinds = [detail.kind for detail in heard.tunnels[0].details]
    assert kinds == ["offer", "weak", "vendor", "vendors_unknown", "choice", "vendor"]


def test_of_others_only_the_number_is_told() -> None:
    heard = _heard(CONVERSATIONS["WireGuard"][1], own=())
    assert heard.tunnels == ()
    assert heard.others == {"wireguard": 1}


def test_a_recognised_stream_is_heard_whole() -> None:
    begin = [(ahead, u16(len(data)) + data) for ahead, data in openvpn_messages()]
    cut = [(True, u16(400) + b"\x48\0\0\0" + noise(100)), (True, noise(300))]
    (tunnel,) = _heard([*stream(41000, 443, begin), *stream(41000, 443, cut)]).tunnels
    assert tunnel.protocol == "openvpn"
    assert tunnel.packets >= len(begin)


def test_ordinary_traffic_never_reaches_this_process() -> None:
    with namespace(*PAIR) as name:

        def work() -> int:
            code = program(1, short=True)
            assert code is not None
            ring = Ring("eth0", code)
            _send([*stream(50000, 443, [(True, b"\x17\x03\x03" + noise(900))] * 50), *CONVERSATIONS["GRE"][1]])
            time.sleep(0.4)
            frames = [data for _, _, data in ring.frames() if data[12:14] == b"\x08\0"]  # not the device's own MLD
            ring.close()
            return len(frames)

        assert inside(name, work) == 2


@pytest.mark.parametrize("protocol", [TCP, UDP])
def test_a_kernel_with_little_room_for_filters_takes_them_one_after_the_other(protocol: int) -> None:
    with namespace(*PAIR) as name:

        def work() -> None:
            limit = Path("/proc/sys/net/core/optmem_max")
            if limit.exists():  # of each network namespace since Linux 6.7; before it is what is written here
                limit.write_text("20480")
            ring = Ring("eth0", program(1, short=True) or b"")
            for count in (3, 30, MOST_STREAMS):
                ring.filter(program(1, conversations(count, protocol), short=True) or b"")
            ring.close()

        inside(name, work)


def test_drops_are_counted() -> None:
    with namespace(*PAIR) as name:

        def work() -> int:
            code = program(1, short=True)
            assert code is not None
            ring = Ring("eth0", code)
            frame = ethernet(ip(50, A, B, esp(0x1234)[0] + noise(1300)))
            _send([frame] * 8000)  # more than the ring holds, and nobody takes any out
            ring.count_drops()
            dropped = ring.dropped
            ring.close()
            return dropped

        assert inside(name, work) > 0


def test_privileges_are_given_up_before_a_packet_is_looked_at(tmp_path: Path) -> None:
    told = tmp_path / "status"
    told.touch()
    told.chmod(0o666)
    tmp_path.chmod(0o777)

    def known(_: str) -> bool:
        descriptor.write(Path("/proc/self/status").read_text())
        descriptor.flush()
        return True

    with told.open("w") as descriptor, namespace(*PAIR) as name, _sending(name, CONVERSATIONS["GRE"][1]):
        inside(name, lambda: in_child(lambda: listen({"eth0": 1}, 1.6, known)))
    status = dict(line.split(":", 1) for line in told.read_text().splitlines() if ":" in line)
    assert status["Uid"].split() == ["65534"] * 4
    assert status["Gid"].split() == ["65534"] * 4
    assert int(status["CapEff"], 16) == int(status["CapPrm"], 16) == 0
    assert status["NoNewPrivs"].strip() == "1"
    assert status["Groups"].strip() == ""


def test_a_child_of_a_large_process_can_listen_too() -> None:
    ballast = mmap.mmap(-1, 3 << 30, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | _NORESERVE)
    with ballast, namespace(*PAIR) as name, _sending(name, CONVERSATIONS["GRE"][1]):
        inside(name, lambda: in_child(lambda: listen({"eth0": 1}, 1.6, lambda _: True)))


def test_a_child_of_a_process_with_many_open_files_can_listen_too() -> None:
    def known(_: str) -> bool:
        return bool(Path("/proc/self/status").read_text())

    with ExitStack() as files, namespace(*PAIR) as name, _sending(name, CONVERSATIONS["GRE"][1]):
        for _ in range(100):
            files.enter_context(Path("/dev/null").open())
        inside(name, lambda: in_child(lambda: listen({"eth0": 1}, 1.6, known)))


def test_an_interface_that_goes_away_is_told() -> None:
    with namespace(*PAIR) as name:
        child = os.fork()
        if child == 0:
            try:
                time.sleep(0.5)
                subprocess.run(["ip", "-n", name, "link", "set", "eth0", "down"], check=True)
            finally:
                os._exit(0)
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        heard = inside(name, lambda: in_child(lambda: listen({"eth0": 1}, 1.5, lambda _: True)))
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        os.waitpid(child, 0)
        assert used.ru_utime + used.ru_stime - before.ru_utime - before.ru_stime < 0.7  # it waits, and does not spin
    assert [problem.en for problem in heard.problems] == ["eth0: Network is down"]


def test_what_cannot_be_listened_to_is_an_error() -> None:
    with pytest.raises(SourceError, match="nope: No such device"):
        in_child(lambda: listen({"nope": 1}, 1, lambda _: True))

    def without_privilege() -> None:
        os.setresuid(65534, 65534, 65534)
        listen({"lo": 1}, 1, lambda _: True)

    with pytest.raises(SourceDenied):
        in_child(without_privilege)


def test_the_command_listens_to_the_uplinks() -> None:
    with namespace(*PAIR, OWN, "route add default dev eth0") as name:
        with _sending(name, CONVERSATIONS["WireGuard"][1] + CONVERSATIONS["GRE"][1]):
            command = [sys.executable, "-m", "auditor", "capture", "--seconds", "4", "--format", "json"]
            done = subprocess.run(["ip", "netns", "exec", name, *command], capture_output=True, check=False)
        assert (done.returncode, done.stderr) == (0, b"")
        told = json.loads(done.stdout)
        assert told["file"] == "eth0"
        assert [one["technology"] for one in told["tunnels"]] == ["gre", "wireguard"]
        assert told["others"] == []
        command = [sys.executable, "-m", "auditor", "capture", "--interface", "nope"]
        done = subprocess.run(["ip", "netns", "exec", name, *command], capture_output=True, check=False)
        assert done.returncode == 3
        assert b"'nope'" in done.stderr
