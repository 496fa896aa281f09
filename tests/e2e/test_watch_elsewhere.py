"""The watch in other namespaces: joined to its own, apart from it, of processes; as root and as its service."""

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

import pytest

from tests.e2e.test_watch import ROOT, events, inside, lines, report, watching
from tests.lab.lab import service_user
from tests.lab.node import wait_until
from tests.netns import namespace
from tests.requires import requires_program, requires_root

pytestmark = [requires_root, requires_program("strace", "systemd-analyze", "wireguard-go")]
UNIT = ROOT / "deploy/systemd/auditor-watch.service"
SERVICE = service_user(UNIT)


def ip(name: str, *commands: str) -> None:
    subprocess.run(["ip", "-n", name, "-batch", "-"], input="\n".join(commands) + "\n", text=True, check=True)


def policies(verb: str) -> tuple[str, str]:
    """Return the commands for a pair of IPsec policies, which have no device."""
    outward, inward = "src 10.1.0.0/16 dst 10.2.0.0/16 dir out", "src 10.2.0.0/16 dst 10.1.0.0/16 dir in"
    if verb == "delete":
        return f"xfrm policy delete {outward}", f"xfrm policy delete {inward}"
    ends = ("src 192.0.2.1 dst 203.0.113.77", "src 203.0.113.77 dst 192.0.2.1")
    how = "proto esp mode tunnel"
    return (
        f"xfrm policy add {outward} tmpl {ends[0]} {how}",
        f"xfrm policy add {inward} tmpl {ends[1]} {how}",
    )


@contextmanager
def container() -> Iterator[tuple[int, str]]:
    """Run a process in a network namespace of its own that has no other name; yield its PID and how it is called."""
    child = subprocess.Popen(["unshare", "--net", "sleep", "300"])
    own = os.readlink("/proc/self/ns/net")
    try:
        wait_until("a namespace", lambda: os.readlink(f"/proc/{child.pid}/ns/net") != own)
        yield child.pid, "process:sleep"
    finally:
        child.kill()
        child.wait()


def in_container(pid: int, *command: str) -> None:
    subprocess.run(["nsenter", f"--net=/proc/{pid}/ns/net", *command], check=True, cwd=ROOT)


def seconds(entry: dict[str, Any]) -> int:
    said = re.fullmatch(r"not there now; seen between two scans at .* for (\d+) s", entry["state_reason"]["en"])
    assert said, entry["state_reason"]
    return int(said[1])


def gone(directory: Path) -> set[str]:
    return {event["name"] for event in lines(directory, "device") if not event["there"]}


def test_tunnels_of_five_seconds_are_told_wherever_they_were(tmp_path: Path) -> None:
    """TUN by a daemon, WireGuard by wireguard-go, IPsec without a device; at home, joined, apart, in a container."""
    with namespace() as home, namespace() as joined, namespace() as apart:
        ip(joined, f"link add up0 type veth peer name down0 netns {home}")
        with watching(home, tmp_path), container() as (pid, called):
            in_container(pid, "ip", "link", "set", "lo", "up")
            daemon = subprocess.Popen(
                ["ip", "netns", "exec", apart, "wireguard-go", "--foreground", "wgapart"],
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            )  # fmt: skip
            began = time.monotonic()
            for name, device in ((home, "tunhome"), (joined, "tunjoined"), (apart, "tunapart")):
                ip(name, f"tuntap add {device} mode tun", f"link set {device} up")
            ip(home, *policies("add"))
            in_container(pid, "ip", "tuntap", "add", "tunbox", "mode", "tun")
            in_container(pid, "ip", "link", "set", "tunbox", "up")
            wait_until("wireguard-go", lambda: b"wgapart" in events(tmp_path))
            time.sleep(max(0.0, 5 - (time.monotonic() - began)))
            wait_until("a look, late on a busy machine", lambda: b"203.0.113.77" in events(tmp_path))
            daemon.terminate()
            daemon.wait()
            for name, device in ((home, "tunhome"), (joined, "tunjoined"), (apart, "tunapart")):
                ip(name, f"tuntap del {device} mode tun")
            in_container(pid, "ip", "tuntap", "del", "tunbox", "mode", "tun")
            ip(home, *policies("delete"))
            devices = {"tunhome", "tunjoined", "tunapart", "tunbox", "wgapart"}
            there_s = time.monotonic() - began
            wait_until("the end of every device", lambda: devices <= gone(tmp_path))
            found = report(home, tmp_path)
        told = {(entry["namespace"], entry["interface"]): entry for entry in found["tunnels"]}
        boxes = [entry for (name, device), entry in told.items() if device == "tunbox" and name.startswith(called)]
        wanted = [told[None, "tunhome"], told[joined, "tunjoined"], told[apart, "tunapart"], *boxes]
        assert len(wanted) == 4
        for entry in [*wanted, told[apart, "wgapart"]]:
            good = there_s - 3 <= seconds(entry) <= there_s + 3
            assert (entry["state"], good) == ("down", True), entry["state_reason"]
            assert any(witness["probe"] == "watch" for witness in entry["witnesses"])
        (pair,) = [entry for entry in found["tunnels"] if entry["technology"] == "ipsec" and entry["namespace"] is None]
        assert [end["address"] for end in pair["remotes"]] == ["203.0.113.77"]
        assert "between two scans" in pair["state_reason"]["en"]
        assert not [spot for spot in found["blind_spots"] if spot["probe"] == "watch"]


def test_a_namespace_ends_although_it_was_listened_to(tmp_path: Path) -> None:
    """A socket keeps its namespace alive: the watch lets go as soon as nobody else has it."""
    with namespace() as home, namespace() as witness, watching(home, tmp_path):

        def ended(device: str) -> bool:
            show = ["ip", "-n", witness, "link", "show", device]
            return subprocess.run(show, capture_output=True, check=False).returncode != 0

        name = f"auditor-test-{os.getpid()}-short"
        subprocess.run(["ip", "netns", "add", name], check=True)
        ip(name, f"link add inside type veth peer name mounted netns {witness}", "tuntap add tmounted mode tun")
        wait_until("the device", lambda: b'"tmounted"' in events(tmp_path))
        subprocess.run(["ip", "netns", "del", name], check=True)
        wait_until("the end of a namespace that was mounted", lambda: ended("mounted"))
        with container() as (pid, _):
            in_container(pid, "ip", "link", "add", "in", "type", "veth", "peer", "name", "inhabited", "netns", witness)
            in_container(pid, "ip", "tuntap", "add", "tinhabited", "mode", "tun")
            wait_until("the device", lambda: b'"tinhabited"' in events(tmp_path))
        wait_until("the end of a namespace that was inhabited", lambda: ended("inhabited"))
        wait_until("devices that ended with it", lambda: {"tmounted", "tinhabited"} <= gone(tmp_path))


@pytest.fixture
def of_service(tmp_path: Path) -> Path:
    """Return a directory for reports that the service's user owns."""
    for path in (tmp_path, *tmp_path.parents[:2]):
        path.chmod(0o755)
    directory = tmp_path / "report"
    directory.mkdir()
    os.chown(directory, 65534, 65534)
    return directory


def test_the_service_hears_joined_namespaces_and_names_the_others(of_service: Path) -> None:
    with namespace() as home, namespace() as joined, namespace() as apart:
        ip(joined, f"link add up0 type veth peer name down0 netns {home}", "tuntap add before mode tun")
        with watching(home, of_service, SERVICE):
            ip(joined, "tuntap add tunjoined mode tun", "link set tunjoined up")
            wait_until("the device", lambda: b"tunjoined" in events(of_service))
            ip(joined, "tuntap del tunjoined mode tun", "tuntap del before mode tun")
            wait_until("their end", lambda: {"tunjoined", "before"} <= gone(of_service))
            state = json.loads((of_service / "watch/alive").read_text())
            found = report(home, of_service)
            again = report(home, of_service)
            doctor = inside(
                home, sys.executable, "-m", "auditor", "doctor", "-d", str(of_service), "--format", "json", check=False
            )
    told = {(entry["namespace"], entry["interface"]): entry for entry in found["tunnels"]}
    assert seconds(told[joined, "tunjoined"]) <= 3
    assert "it was there before, and until" in told[joined, "before"]["state_reason"]["en"]
    for each in (found, again):
        spots = [spot for spot in each["blind_spots"] if spot["probe"] == "watch" and spot["namespace"] == apart]
        assert [spot["needs"] for spot in spots] == ["CAP_SYS_ADMIN"], each["blind_spots"]
        assert not [spot for spot in each["blind_spots"] if spot["probe"] == "watch" and spot["namespace"] == joined]
    assert (joined, "tunjoined") not in {(entry["namespace"], entry["interface"]) for entry in again["tunnels"]}
    assert apart in {name for name, _ in state["deaf"].values()}
    (runs, deaf) = [entry for entry in json.loads(doctor.stdout) if entry["about"]["en"] == "watch between scans"]
    assert (runs["health"], deaf["health"]) == ("fine", "care")


def test_the_watch_needs_no_call_that_its_unit_forbids(of_service: Path) -> None:
    """Those of the daemon and of its look: `SystemCallFilter` of the unit, by systemd's own lists."""
    trace = of_service / "trace"
    with namespace() as home:
        strace = ("strace", "--follow-forks", "--summary-only", "--output", str(trace))
        with watching(home, of_service, (*SERVICE, *strace)) as child:
            ip(home, "tuntap add tun9 mode tun", "tuntap del tun9 mode tun")
            wait_until("a second look", lambda: len(lines(of_service, "look")) > 1, limit_s=60)
            os.kill(int(Path(f"/proc/{child.pid}/task/{child.pid}/children").read_text().split()[0]), signal.SIGTERM)
    # NOTE: nice(2) is asked for and may be refused: the unit says EPERM, and runs at that priority anyway.
    assert called(trace) - allowed_by(UNIT) <= {"setpriority", "getpriority", "strace"}


def test_the_scan_needs_no_call_that_its_unit_forbids(of_service: Path) -> None:
    unit, trace = UNIT.with_name("auditor.service"), of_service / "trace"
    strace = ("strace", "--follow-forks", "--summary-only", "--output", str(trace))
    with namespace("tuntap add tun9 mode tun") as home:
        scan = (sys.executable, "-m", "auditor", "scan", "--output", str(of_service / "report"), "--log")
        done = inside(home, *service_user(unit), *strace, *scan, check=False)
    assert (done.returncode, done.stderr) == (3, ""), done  # other namespaces are blind spots
    assert called(trace) <= allowed_by(unit)


def called(trace: Path) -> set[str]:
    """Return the system calls that a summary of strace lists."""
    used = {line.split()[-1] for line in trace.read_text().splitlines()[2:-2]}
    assert {"openat", "clone"} <= used, used
    return used


def allowed_by(unit: Path) -> set[str]:
    """Return the system calls that the filters of a unit let through."""
    allowed: set[str] = set()
    for line in unit.read_text().splitlines():
        if line.startswith("SystemCallFilter="):
            names = line.partition("=")[2].split()
            calls = calls_of({name.removeprefix("~") for name in names})
            allowed = allowed - calls if names[0].startswith("~") else allowed | calls
    return allowed


def calls_of(groups: set[str]) -> set[str]:
    """Return the system calls of some of systemd's groups, and of those in them."""
    shown = subprocess.run(["systemd-analyze", "syscall-filter", *groups], capture_output=True, text=True, check=True)
    names = {line.strip() for line in shown.stdout.splitlines() if line.startswith("    ") and "#" not in line}
    inner = {name for name in names if name.startswith("@")}
    return (names - inner) | (calls_of(inner - groups) if inner - groups else set())


def test_a_watch_that_was_killed_and_started_again_says_so_once_and_loses_nothing(tmp_path: Path) -> None:
    with namespace() as name:
        ip(name, "tuntap add stays mode tun", "tuntap add goes mode tun")
        command = ["ip", "netns", "exec", name, sys.executable, "-m", "auditor", "watch", "-d", str(tmp_path)]
        first = subprocess.Popen(command, cwd=ROOT)
        wait_until("the first look", lambda: b'"look"' in events(tmp_path), limit_s=90)
        ip(name, "tuntap add comes mode tun", "link set comes up")
        wait_until("the device", lambda: b'"comes"' in events(tmp_path))
        first.kill()
        first.wait()
        ip(name, "tuntap del goes mode tun")
        with watching(name, tmp_path):
            wait_until("the second start", lambda: len(lines(tmp_path, "start")) == 2)
            wait_until("another look", lambda: len(lines(tmp_path, "look")) >= 2, limit_s=60)
            ip(name, "tuntap del comes mode tun")
            wait_until("the end", lambda: "comes" in gone(tmp_path))
            found, again = report(name, tmp_path), report(name, tmp_path)
    told = {entry["interface"]: entry["state_reason"]["en"] for entry in found["tunnels"] if entry["namespace"] is None}
    assert told.keys() == {"stays", "goes", "comes"}
    assert "it was there before, and until" in told["goes"]
    assert "seen between two scans" in told["comes"]
    reasons = [spot["reason"] for spot in found["blind_spots"] if spot["probe"] == "watch"]
    assert reasons == ["killed"]
    assert not [spot for spot in again["blind_spots"] if spot["probe"] == "watch"]
    assert {entry["interface"] for entry in again["tunnels"] if entry["namespace"] is None} == {"stays"}
