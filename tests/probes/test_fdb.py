import errno
import struct
import subprocess

import pytest

from auditor.model.rows import FdbRemote
from auditor.model.sightings import BlindSpot
from auditor.netlink import wire
from auditor.netlink.nexthops import Nexthop, parse_nexthops
from probes.fdb import PROBE, parse_fdb
from tests.auditor.netlink.fakes import done, error
from tests.fixtures.netlink import KERNELS, table
from tests.netns import namespace, needs_root

from .rtnetlink import ScriptedHost, failures, message, prefixes_are_refused, replay, run_inside, survives, u32, view

DEBIAN12 = [  # 50, 51, 52, 54: vx1, vx2, vx3, vx5
    FdbRemote(50, "198.51.100.11"),
    FdbRemote(51, "2001:db8:1::7"),
    FdbRemote(51, "2001:db8:1::8"),
    FdbRemote(52, "239.1.1.1"),
    FdbRemote(54, "198.51.100.20"),
    FdbRemote(54, "198.51.100.21", 4792),
    FdbRemote(54, "198.51.100.60"),
    FdbRemote(54, "198.51.100.61"),
]


def parse(chunks):
    return parse_fdb(chunks, {9: (Nexthop(gateway="198.51.100.60"),)})


def one(*attributes):
    return list(parse([message(wire.RTM_NEWNEIGH, struct.pack("=BxxxiHBB", 7, 7, 0, 0, 0), *attributes)]))


def test_far_ends_of_debian_12():
    nexthops = parse_nexthops(table("debian12", "nexthops"))
    rows = list(parse_fdb(table("debian12", "forwarding"), nexthops))
    assert sorted(rows) == sorted(DEBIAN12)


def test_entries_without_a_far_end():
    assert one((2, b"\2\0\0\0\0\1")) == []
    assert one((1, bytes(4))) == []
    assert one((1, bytes(16))) == []


def test_entry_by_nexthop_object():
    assert one((13, u32(9))) == [FdbRemote(7, "198.51.100.60")]
    assert one((13, u32(8))) == []


def test_many_hosts_behind_one_far_end_are_one_row():
    fixed = struct.pack("=BxxxiHBB", 7, 7, 0, 0, 0)
    entries = [message(wire.RTM_NEWNEIGH, fixed, (2, bytes([2, 0, 0, 0, 0, n])), (1, b"\xc0\0\2\1")) for n in range(9)]
    assert list(parse([b"".join(entries)])) == [FdbRemote(7, "192.0.2.1")]


@pytest.mark.parametrize("kernel", KERNELS)
def test_damaged_bytes(kernel):
    (chunk,) = table(kernel, "forwarding")
    assert survives(parse, chunk) > 500
    prefixes_are_refused(parse, chunk)


def test_run():
    (entries,), (objects,) = table("debian12", "forwarding"), table("debian12", "nexthops")
    host = ScriptedHost([*replay(entries), done()], [*replay(objects), done()])
    assert sorted(PROBE.run(view(host))) == sorted(DEBIAN12)


def test_kernel_without_nexthop_objects():
    (entries,) = table("debian12", "forwarding")
    host = ScriptedHost([*replay(entries), done()], [error(errno.EOPNOTSUPP)])
    assert sorted(PROBE.run(view(host))) == sorted(DEBIAN12[:6])


def test_nexthop_objects_that_cannot_be_read_are_a_blind_spot():
    (entries,) = table("debian12", "forwarding")
    (spot,) = PROBE.run(view(ScriptedHost([*replay(entries), done()], [error(errno.EIO)])))
    assert isinstance(spot, BlindSpot)


def test_failures_are_blind_spots():
    failures(PROBE)


@pytest.mark.root
@needs_root
def test_the_kernel_itself():
    with namespace(
        "link add lan type bridge",
        "link add vx index 100 type vxlan id 5 local 192.0.2.1 dstport 4789 nolearning",
        "link set vx up",
        "link set vx master lan",
    ) as name:
        for entry in (
            "00:00:00:00:00:00 dev vx dst 198.51.100.1",
            "02:00:00:00:00:01 dev vx dst 198.51.100.2 port 4790",
        ):
            subprocess.run(["bridge", "-n", name, "fdb", "append", *entry.split()], check=True)
        rows = run_inside(name, PROBE)
    assert set(rows) == {FdbRemote(100, "198.51.100.1"), FdbRemote(100, "198.51.100.2", 4790)}
    assert len(rows) == 2
