"""The watch on a real namespace: what lives between two scans is in the next report, and losses are said."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.lab.lab import service_user
from tests.lab.node import wait_until
from tests.netns import namespace
from tests.requires import requires_root

ROOT = Path(__file__).resolve().parents[2]
UNIT = ROOT / "deploy/systemd/auditor-watch.service"
pytestmark = requires_root


def inside(name: str, *command: str, check: bool = True) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        ["ip", "netns", "exec", name, *command], capture_output=True, text=True, check=check, cwd=ROOT
    )


@contextmanager
def watching(name: str, directory: Path, wrap: tuple[str, ...] = ()) -> Iterator["subprocess.Popen[bytes]"]:
    """Run the watch in namespace `name` until its first look is over; `wrap` is a command around it."""
    program = [sys.executable, "-m", "auditor", "watch", "--directory", str(directory)]
    command = ["ip", "netns", "exec", name, *wrap, *program]
    child = subprocess.Popen(command, cwd=ROOT)
    try:
        wait_until("the first look", lambda: b'"look"' in events(directory), limit_s=90)
        yield child
    finally:
        child.send_signal(signal.SIGTERM)
        assert child.wait(30) == 0


def events(directory: Path) -> bytes:
    path = directory / "watch/events"
    return path.read_bytes() if path.exists() else b""


def lines(directory: Path, what: str) -> list[dict[str, Any]]:
    found = [json.loads(line) for line in events(directory).splitlines()]
    return [event for event in found if event["what"] == what]


def report(name: str, directory: Path) -> dict[str, Any]:
    done = inside(name, sys.executable, "-m", "auditor", "scan", "--output", str(directory), "--quiet", check=False)
    assert done.returncode in (0, 1, 2, 3), done.stderr
    found: dict[str, Any] = json.loads((directory / "report.json").read_text("utf-8"))
    return found


def here(found: dict[str, Any]) -> list[dict[str, Any]]:
    return [entry for entry in found["tunnels"] if entry["namespace"] is None]


def test_a_tunnel_of_five_seconds_is_in_the_next_report_with_its_far_end(tmp_path: Path) -> None:
    with namespace() as name, watching(name, tmp_path):
        began_s = time.monotonic()
        inside(name, "ip", "link", "add", "vx9", "type", "vxlan", "id", "9", "remote", "203.0.113.9", "dstport", "4789")
        inside(name, "ip", "link", "set", "vx9", "up")
        time.sleep(5)
        wait_until("a look, late on a busy machine", lambda: b"203.0.113.9" in events(tmp_path))
        inside(name, "ip", "link", "del", "vx9")
        there_s = time.monotonic() - began_s
        wait_until("the end of the device", lambda: b'"there":false' in events(tmp_path))
        (tunnel,) = [entry for entry in report(name, tmp_path)["tunnels"] if entry["interface"] == "vx9"]
    assert (tunnel["technology"], tunnel["state"]) == ("vxlan", "down")
    assert [end["address"] for end in tunnel["remotes"]] == ["203.0.113.9"]
    said = re.fullmatch(r"not there now; seen between two scans at .* for (\d+) s", tunnel["state_reason"]["en"])
    assert said
    assert there_s - 2 <= int(said[1]) <= there_s + 3
    assert any(witness["probe"] == "watch" for witness in tunnel["witnesses"])


def test_a_tunnel_is_told_once_and_the_next_scan_has_nothing_more(tmp_path: Path) -> None:
    with namespace() as name, watching(name, tmp_path):
        inside(name, "ip", "tuntap", "add", "dev", "tun9", "mode", "tun")
        inside(name, "ip", "link", "del", "tun9")
        wait_until("the end of the device", lambda: b'"there":false' in events(tmp_path))
        assert [entry["interface"] for entry in here(report(name, tmp_path))] == ["tun9"]
        assert here(report(name, tmp_path)) == []


def test_what_is_still_there_is_no_second_tunnel(tmp_path: Path) -> None:
    with namespace() as name, watching(name, tmp_path):
        inside(name, "ip", "tuntap", "add", "dev", "tun9", "mode", "tun")
        wait_until("the device", lambda: bool(lines(tmp_path, "device")))
        (tunnel,) = here(report(name, tmp_path))
    assert not any(witness["probe"] == "watch" for witness in tunnel["witnesses"])


def test_a_watch_that_was_killed_is_a_blind_spot_and_one_that_was_stopped_is_none(tmp_path: Path) -> None:
    with namespace() as name:
        with watching(name, tmp_path):
            pass
        assert not [spot for spot in report(name, tmp_path)["blind_spots"] if spot["probe"] == "watch"]
        with watching(name, tmp_path) as child:
            os.kill(child.pid, signal.SIGSTOP)
            old = time.time() - 3600
            os.utime(tmp_path / "watch/alive", (old, old))
            spots = [spot for spot in report(name, tmp_path)["blind_spots"] if spot["probe"] == "watch"]
            os.kill(child.pid, signal.SIGCONT)
    assert [spot["reason"] for spot in spots] == ["killed"]


def test_a_thousand_events_a_second_lose_nothing_silently(tmp_path: Path) -> None:
    with namespace() as name, watching(name, tmp_path):
        inside(name, "ip", "tuntap", "add", "dev", "tun9", "mode", "tun")
        burst = "".join(f"link set tun9 mtu {mtu}\n" for mtu in range(1300, 1450))
        short = [f"short{number}" for number in range(20)]
        commands = "".join(f"{burst}tuntap add dev {dev} mode tun\ntuntap del dev {dev} mode tun\n" for dev in short)
        began = time.monotonic()
        subprocess.run(["ip", "-n", name, "-batch", "-"], input=commands, text=True, check=True)
        rate = commands.count("\n") / (time.monotonic() - began)

        def told() -> bool:
            return {event["name"] for event in lines(tmp_path, "device") if not event["there"]} >= set(short)

        def overflow() -> bool:
            return any(event["why"] == "overflow" for event in lines(tmp_path, "gap"))

        wait_until("every device to be told, or a gap", lambda: told() or overflow(), limit_s=60)
        lost = overflow()
        found = report(name, tmp_path)
    print(f"{rate:.0f} events a second, {'a gap told' if lost else 'all told'}")
    spots = [spot["reason"] for spot in found["blind_spots"] if spot["probe"] == "watch"]
    assert rate > 1000
    assert spots == (["overflow"] if lost else [])
    assert lost or {entry["interface"] for entry in here(found)} == {*short, "tun9"}


def test_an_idle_watch_is_small_and_does_next_to_nothing(tmp_path: Path) -> None:
    """With processes of its own, so that nothing happens: other tests run other programs meanwhile."""
    alone = ("unshare", "--pid", "--fork", "--kill-child", "--mount-proc", *service_user(UNIT))
    tmp_path.chmod(0o777)
    with namespace() as name, watching(name, tmp_path, alone) as child:
        pid = int(Path(f"/proc/{child.pid}/task/{child.pid}/children").read_text())
        time.sleep(2)
        before = Path(f"/proc/{pid}/stat").read_text().split()
        time.sleep(10)
        after = Path(f"/proc/{pid}/stat").read_text().split()
        status = Path(f"/proc/{pid}/status").read_text()
        os.kill(pid, signal.SIGTERM)
        child.wait(30)
    ticks = sum(int(after[n]) - int(before[n]) for n in (13, 14))
    used = ticks / os.sysconf("SC_CLK_TCK") / 10
    kib = int(re.search(r"VmRSS:\s+(\d+)", status)[1])  # type: ignore[index]
    print(f"idle watch: {used:.4%} of a core, {kib / 1024:.1f} MiB")
    assert used <= 0.002  # one tick of the clock in ten seconds
    assert kib < 40 * 1024


def test_no_key_of_ipsec_and_no_argument_of_a_program_is_written(tmp_path: Path) -> None:
    with namespace() as name, watching(name, tmp_path):
        secret = "0x" + "a7" * 20
        inside(
            name, "ip", "xfrm", "state", "add", "src", "192.0.2.1", "dst", "192.0.2.2", "proto", "esp", "spi", "0x77",
            "mode", "tunnel", "auth", "hmac(sha1)", secret, check=False,
        )  # fmt: skip
        inside(name, sys.executable, "-c", "pass", "argument-that-nobody-keeps")
        wait_until("quiet", lambda: not time.sleep(2))
    written = b"".join(path.read_bytes() for path in (tmp_path / "watch").iterdir())
    assert b"a7a7" not in written
    assert b"argument-that-nobody-keeps" not in written
