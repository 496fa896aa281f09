"""Far ends of multipoint GRE, from bytes that a Debian kernel answered with; neighbours on real links are dropped."""

import struct

import pytest

from auditor.errors import ParseError
from auditor.model.rows import FarEnd
from auditor.netlink import wire
from probes.neighbours import PROBE, parse_neighbours
from tests.auditor.netlink.fakes import done
from tests.netns import namespace, needs_root
from tests.probes.recorded import FIXTURES
from tests.probes.rtnetlink import (
    ScriptedHost,
    failures,
    message,
    prefixes_are_refused,
    replay,
    run_inside,
    survives,
    view,
)

NEIGHBOURS = (FIXTURES / "encap/neighbours.bin").read_bytes()
PERMANENT, NOARP = 0x80, 0x40


def neighbour(link_address: bytes | None, *, state: int = PERMANENT, index: int = 7) -> bytes:
    fixed = struct.pack("=BxxxiHBB", 2, index, state, 0, 1)
    attributes = [] if link_address is None else [(2, link_address)]
    return message(wire.RTM_NEWNEIGH, fixed, (1, b"\x0a\0\0\1"), *attributes)


def test_outer_addresses_of_the_kernel_and_no_station_of_a_link() -> None:
    rows = list(parse_neighbours([NEIGHBOURS]))
    assert {row.address for row in rows} == {"203.0.113.80", "203.0.113.81"}
    assert len({row.ifindex for row in rows}) == 1
    assert bytes.fromhex("02005e000077") in NEIGHBOURS, "the recording lost the station that must be dropped"
    assert "02:00" not in repr(rows)
    assert "198.51.100.77" not in repr(rows)


def test_what_is_no_far_end_is_left_out() -> None:
    for entry in (
        neighbour(bytes.fromhex("02005e000077")),
        neighbour(bytes(20)),
        neighbour(bytes(4)),
        neighbour(None),
        neighbour(b"\xe0\0\0\x16", state=NOARP),  # a multicast group
    ):
        assert list(parse_neighbours([entry])) == []
    assert list(parse_neighbours([neighbour(bytes(15) + b"\1") * 2])) == [FarEnd(7, "::1", "neighbours")]


def test_damaged_bytes() -> None:
    assert survives(parse_neighbours, NEIGHBOURS) > 100
    prefixes_are_refused(parse_neighbours, NEIGHBOURS)
    with pytest.raises(ParseError):
        list(parse_neighbours([b"\1\2\3"]))


def test_run_asks_for_both_families() -> None:
    host = ScriptedHost([*replay(NEIGHBOURS), done()], [done()])
    assert len(list(PROBE.run(view(host)))) == 2
    assert [sent[wire.HEADER_BYTES] for sent in host.kernel.sent] == [2, 10]


def test_failures_are_blind_spots() -> None:
    failures(PROBE)


@pytest.mark.root
@needs_root
def test_the_kernel_itself() -> None:
    with namespace(
        "link add v0 type veth peer name v1",
        "link set v0 up",
        "link set v1 up",
        "neigh add 192.0.2.7 lladdr 02:00:5e:00:00:77 dev v0 nud permanent",
    ) as name:
        assert run_inside(name, PROBE) == []
