"""The probe of nf_tables: one state of the ruleset, no module loaded, gaps, and the real kernel."""

import errno
import struct
import subprocess
import time
from pathlib import Path

import pytest

from auditor.errors import SourceError
from auditor.host import Host
from auditor.model.rows import Diversion
from auditor.model.sightings import BlindSpot, Reason, Sighting
from auditor.netlink import nftables, wire
from auditor.probe import Targets
from auditor.worker import Job, run_jobs
from probes.nftables import PROBE
from tests.auditor.netlink.fakes import FakeKernel, Step, answer, error
from tests.auditor.netlink.test_nftables import EXPECTED
from tests.fixtures.netfilter import chunk
from tests.netns import inside, namespace
from tests.requires import requires_program, requires_root

from .recorded import SCOPE, RecordedHost, replay, view


def state(number: int) -> list[Step]:
    """Return the script that tells the number of the ruleset's state."""
    payload = nftables.ANY_FAMILY + wire.pack_attribute(1, struct.pack(">I", number))
    return [answer(payload, kind=nftables.NEW_GENERATION, flags=0)]


def reading(before: int, after: int) -> list[list[Step]]:
    return [state(before), replay(chunk("chains")), replay(chunk("rules")), state(after)]


def looked(tmp_path: Path, *scripts: list[Step]) -> tuple[list[Sighting], FakeKernel]:
    kernel = FakeKernel(*scripts)
    host = RecordedHost({wire.NETLINK_NETFILTER: kernel}, str(tmp_path))
    (run,) = run_here(host)
    return run, kernel


def run_here(host: Host) -> list[list[Sighting]]:
    """Return what the probe yields, with what it raises as the gap that the worker makes of it."""
    found: list[Sighting] = []
    try:
        found += PROBE.run(view(host))
    except SourceError as cause:
        found.append(PROBE.blind(view(host), "ruleset", cause))
    return [found]


def test_rules_of_one_state(tmp_path: Path) -> None:
    found, kernel = looked(tmp_path, *reading(5, 5))
    assert sorted(found, key=repr) == sorted(EXPECTED, key=repr)
    assert len(kernel.sent) == 4


def test_a_ruleset_that_changes_is_read_again(tmp_path: Path) -> None:
    found, kernel = looked(tmp_path, *reading(5, 6), *reading(6, 6))
    assert len(found) == len(EXPECTED)
    assert len(kernel.sent) == 8


def test_a_ruleset_that_never_rests_is_a_gap(tmp_path: Path) -> None:
    scripts = [script for number in range(5) for script in reading(number, number + 1)]
    (spot,), _ = looked(tmp_path, *scripts)
    assert isinstance(spot, BlindSpot)
    assert (spot.reason, spot.hides) == (Reason.INTERRUPTED, ("proxy",))


def test_without_the_privilege_it_is_a_gap(tmp_path: Path) -> None:
    (spot,), _ = looked(tmp_path, [error(errno.EPERM)])
    assert isinstance(spot, BlindSpot)
    assert (spot.reason, spot.needs) == (Reason.PERMISSION, "CAP_NET_ADMIN")


def kernel_files(root: Path, modules: str, built_in: str | None) -> None:
    """Write what a kernel says of its modules."""
    files = {"proc/modules": modules, "proc/sys/kernel/osrelease": "6.1.0-x\n"}
    if built_in is not None:
        files["lib/modules/6.1.0-x/modules.builtin"] = built_in
    for path, content in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(content)


def test_a_kernel_without_nf_tables_is_not_asked(tmp_path: Path) -> None:
    kernel_files(tmp_path, "ip_tables 16384 0 - Live 0x0\n", "kernel/net/ipv4/udp_diag.ko\n")
    found, kernel = looked(tmp_path)
    assert (found, kernel.opened) == ([], [])


def test_a_kernel_that_does_not_tell_its_modules_is_a_gap(tmp_path: Path) -> None:
    kernel_files(tmp_path, "ip_tables 16384 0 - Live 0x0\n", None)
    (spot,), kernel = looked(tmp_path)
    assert isinstance(spot, BlindSpot)
    assert kernel.opened == []


@pytest.mark.root
@requires_root
@requires_program("nft")
def test_real_kernel() -> None:
    with namespace() as name:
        rules = "table ip t { chain c { type nat hook output priority -100; tcp dport 80 redirect to :3128; }; }"
        subprocess.run(["ip", "netns", "exec", name, "nft", "-f", "-"], input=rules, text=True, check=True)
        (found,) = inside(name, lambda: list(PROBE.run(view(Host()))))
    hooks = ("output",)
    assert found == Diversion(
        "nf_tables", "ip", "t", "c", hooks, "redirect", to_port=3128, protocol="tcp", ports=((80, 80),)
    )


@pytest.mark.root
@requires_root
@requires_program("iptables-nft")
def test_rules_of_a_large_cluster_are_read_in_seconds() -> None:
    count = 3000
    lines = ["*nat", ":PREROUTING ACCEPT", ":SERVICES -"]
    lines += [line for number in range(count) for line in (f":SVC{number} -", f":SEP{number} -")]
    lines += ["-A PREROUTING -j SERVICES"]
    for number in range(count):
        address = f"10.96.{number >> 8}.{number & 255}"
        lines += [
            f"-A SERVICES -d {address}/32 -p tcp -m tcp --dport 443 -j SVC{number}",
            f"-A SVC{number} -j SEP{number}",
            f"-A SEP{number} -p tcp -m tcp -j DNAT --to-destination 10.244.{number >> 8}.{number & 255}:8443",
        ]
    with namespace() as name:
        rules = "\n".join((*lines, "COMMIT", ""))
        subprocess.run(["ip", "netns", "exec", name, "iptables-nft-restore"], input=rules, text=True, check=True)
        started_s = time.monotonic()
        found = inside(name, lambda: list(PROBE.run(view(Host()))))
        took_s = time.monotonic() - started_s
    assert len(found) == count
    assert {row.destinations for row in found if isinstance(row, Diversion)} == {
        (f"10.96.{number >> 8}.{number & 255}/32",) for number in range(count)
    }
    assert took_s < 10
    print(f"{3 * count} rules in {took_s:.2f} s")


def test_what_it_raises_becomes_a_gap_of_the_scan(tmp_path: Path) -> None:
    kernel_files(tmp_path, "x 1 0 - Live 0x0\n", None)
    own = Job(
        probe=PROBE,
        scope=SCOPE.__class__(name=None, inode=Host().inode("/proc/self/ns/net"), door=SCOPE.door),
        targets=Targets(),
    )
    (run,) = run_jobs([own], time_limit_s=10, host=Host(str(tmp_path)))
    assert [spot.reason for spot in run.blind_spots] == [Reason.ABSENT]
