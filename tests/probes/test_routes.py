import struct
import subprocess

import pytest

from auditor.errors import ParseError
from auditor.model.rows import Route
from auditor.model.sightings import BlindSpot, Reason
from auditor.netlink import wire
from auditor.netlink.nexthops import Nexthop, parse_nexthops
from probes.routes import PROBE, parse_routes
from tests.auditor.netlink.fakes import done
from tests.fixtures.netlink import KERNELS, table
from tests.netns import namespace, needs_root

from .rtnetlink import (
    ScriptedHost,
    failures,
    message,
    pack,
    prefixes_are_refused,
    replay,
    run_inside,
    survives,
    u32,
    view,
)

V0, GRE1, GRE4, VX1 = 5, 18, 21, 50
NEXTHOPS = {1: (Nexthop(3, "192.0.2.20"),), 2: (Nexthop(7),), 3: (Nexthop(3, "192.0.2.20"), Nexthop(7)), 5: ()}


def recorded(family, *devices):
    nexthops = parse_nexthops(table("debian12", "nexthops"))
    chunks = table("debian12", "routes4" if family == 2 else "routes6")
    return list(parse_routes(chunks, family, devices=frozenset(devices), nexthops=nexthops))


def route(*attributes, family=2, length=16, table=254, kind=1, flags=0):
    fixed = struct.pack("=BBBBBBBBI", family, length, 0, 0, table, 3, 0, kind, flags)
    return message(wire.RTM_NEWROUTE, fixed, *attributes)


def parse(*messages, family=2, devices=(7,)):
    return list(parse_routes([b"".join(messages)], family, devices=frozenset(devices), nexthops=NEXTHOPS))


TEN = (1, b"\x0a\x01\0\0")


def test_default_routes_of_every_table_whatever_the_device():
    assert [row for row in recorded(2) if row.destination == "0.0.0.0/0"] == [
        Route("0.0.0.0/0", 100, V0, "192.0.2.253", metric=50),
        Route("0.0.0.0/0", 254, V0, "192.0.2.254"),
    ]
    assert [row for row in recorded(10) if row.destination == "::/0"] == [
        Route("::/0", 254, V0, "2001:db8::fe", metric=1024)
    ]


def test_encapsulating_routes_whatever_the_device():
    four = {(row.destination, row.encapsulation, row.ifindex) for row in recorded(2) if row.encapsulation}
    six = {(row.destination, row.encapsulation, row.ifindex) for row in recorded(10) if row.encapsulation}
    assert four == {
        ("10.4.0.0/16", "mpls", V0),
        ("10.5.0.0/16", "ip", GRE4),
        ("10.6.0.0/16", "ip6", V0),
        ("10.17.0.0/16", "mpls", V0),
        ("10.18.0.0/16", "mpls", V0),
    }
    assert six == {("2001:db8:6::/48", "seg6", V0), ("2001:db8:7::/48", "seg6local", V0)}


def test_routes_through_a_device_of_every_form():
    rows = {row.destination: row for row in recorded(2, GRE1) if row.ifindex == GRE1}
    assert set(rows) == {"10.1.0.0/16", "10.3.0.0/16", "10.14.0.0/16"}  # plain, multipath, nexthop group
    assert {row.destination for row in recorded(2, VX1) if row.ifindex == VX1} == {"10.7.0.0/16"}
    assert next(row for row in recorded(2, VX1) if row.ifindex == VX1).table == 200


def test_gateways_of_every_form():
    rows = {(row.destination, row.gateway) for row in recorded(2, V0) + recorded(10, V0)}
    assert {
        ("10.2.0.0/16", "2001:db8::fd"),
        ("10.3.0.0/16", "192.0.2.10"),
        ("10.13.0.0/16", "192.0.2.20"),
        ("10.14.0.0/16", "192.0.2.20"),
        ("2001:db8:3::/48", "2001:db8::10"),
        ("2001:db8:3::/48", "2001:db8::11"),
        ("2001:db8:d::/48", "2001:db8::20"),
        ("192.0.2.0/24", None),
    } <= rows


def test_other_routes_are_left_out():
    assert {row.destination for row in recorded(2) if not row.encapsulation} == {"0.0.0.0/0"}
    assert all(row.table != 255 for row in recorded(2, V0) + recorded(10, V0))


@pytest.mark.parametrize(
    ("number", "name"),
    [
        (1, "mpls"),
        (2, "ip"),
        (3, "ila"),
        (4, "ip6"),
        (5, "seg6"),
        (6, "bpf"),
        (7, "seg6local"),
        (8, "rpl"),
        (9, "ioam6"),
        (10, "xfrm"),
        (77, "77"),
    ],
)
def test_names_of_encapsulations(number, name):
    rows = parse(route(TEN, (4, u32(3)), (21, struct.pack("=H", number)), (22, b"")))
    assert rows == [Route("10.1.0.0/16", 254, 3, encapsulation=name)]


def test_encapsulating_route_of_the_local_table_is_kept():
    assert parse(route(TEN, (4, u32(7)), table=255, kind=2)) == []
    (row,) = parse(route(TEN, (4, u32(3)), (21, b"\7\0"), table=255, kind=2))
    assert (row.table, row.kind, row.encapsulation) == (255, "local", "seg6local")


def test_large_table_numbers():
    (row,) = parse(route(TEN, (4, u32(7)), (15, u32(51820)), table=252))
    assert row.table == 51820


@pytest.mark.parametrize(
    ("kind", "name"), [(6, "blackhole"), (7, "unreachable"), (8, "prohibit"), (9, "throw"), (99, "99")]
)
def test_default_routes_that_lead_nowhere(kind, name):
    assert parse(route(length=0, kind=kind)) == [Route("0.0.0.0/0", 254, None, kind=name)]


def test_half_of_everything_is_no_default_route():
    half = (1, bytes(4))
    assert parse(route(half, (4, u32(3)), length=1)) == []
    assert parse(route(half, (4, u32(7)), length=1)) == [Route("0.0.0.0/1", 254, 7)]


def test_learnt_exceptions_are_no_routes():
    assert parse(route(TEN, (4, u32(7)), flags=0x200)) == []


def test_ipv4_answers_to_a_question_for_ipv6():
    assert parse(route(TEN, (4, u32(7))), family=10) == []


def test_multipath():
    def way(index, *attributes):
        packed = pack(*attributes)
        return struct.pack("=HBBi", 8 + len(packed), 0, 0, index) + packed

    paths = (
        way(3, (5, b"\xc0\0\2\x0a"))
        + way(7, (18, b"\x0a\0" + bytes(15) + b"\1"))
        + way(4, (21, b"\1\0"), (5, b"\xc0\0\2\x0b"))
    )
    assert parse(route(TEN, (9, paths))) == [
        Route("10.1.0.0/16", 254, 7, "::1"),
        Route("10.1.0.0/16", 254, 4, "192.0.2.11", encapsulation="mpls"),
    ]
    assert len(parse(route((9, paths), length=0))) == 3
    for cut in (1, 7, 9, 15, len(paths) - 1):
        with pytest.raises(ParseError):
            parse(route(TEN, (9, paths[:cut])))
    for length in (0, 7, 0xFFFF):
        with pytest.raises(ParseError):
            parse(route(TEN, (9, struct.pack("=H", length) + paths[2:])))


def test_nexthop_objects_that_the_route_alone_names():
    # As with the sysctl nexthop_compat_mode off: the route carries nothing but the number.
    assert parse(route(TEN, (30, u32(2)))) == [Route("10.1.0.0/16", 254, 7)]
    assert parse(route(TEN, (30, u32(3)))) == [Route("10.1.0.0/16", 254, 7)]
    assert parse(route(TEN, (30, u32(1)))) == []
    assert parse(route((30, u32(5)), length=0, kind=6)) == [Route("0.0.0.0/0", 254, None, kind="blackhole")]


def test_nexthop_object_that_is_not_there():
    with pytest.raises(ParseError):
        parse(route(TEN, (30, u32(99))))


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize(("name", "family"), [("routes4", 2), ("routes6", 10)])
def test_damaged_bytes(kernel, name, family):
    nexthops = parse_nexthops(table(kernel, "nexthops"))

    def parse_all(chunks):
        return parse_routes(chunks, family, devices=frozenset({V0, GRE1}), nexthops=nexthops)

    (chunk,) = table(kernel, name)
    assert survives(parse_all, chunk) > 500
    prefixes_are_refused(parse_all, chunk)


def test_run():
    (objects,), (four,), (six,) = (table("debian12", name) for name in ("nexthops", "routes4", "routes6"))
    host = ScriptedHost(*([*replay(chunk), done()] for chunk in (objects, four, six)))
    assert list(PROBE.run(view(host, tunnel_indexes=(GRE1,)))) == recorded(2, GRE1) + recorded(10, GRE1)


def test_ipv6_that_cannot_be_read_leaves_ipv4_and_a_gap():
    (objects,), (four,) = (table("debian12", name) for name in ("nexthops", "routes4"))
    host = ScriptedHost([*replay(objects), done()], [*replay(four), done()], [lambda _: b"\1\2\3"])
    *rows, spot = PROBE.run(view(host, tunnel_indexes=(GRE1,)))
    assert rows == recorded(2, GRE1)
    assert isinstance(spot, BlindSpot)
    assert spot.reason is Reason.UNPARSED


def test_failures_are_blind_spots():
    failures(PROBE, tunnel_indexes=(GRE1,))


@pytest.mark.root
@needs_root
def test_the_kernel_itself():
    with namespace(
        "link add v0 index 100 type veth peer name v1",
        "link set v0 up",
        "link set v1 up",
        "addr add 192.0.2.1/24 dev v0",
        "addr add 2001:db8::1/64 dev v0 nodad",
        "link add vx index 101 type vxlan id 5 local 192.0.2.1 remote 198.51.100.1 dstport 4789",
        "link set vx up",
        "route add default via 192.0.2.254",
        "route add default dev vx table 51820 metric 7",
        "route add 10.1.0.0/16 dev vx",
        "route add 10.2.0.0/16 via 192.0.2.253",
        "route add 10.3.0.0/16 nexthop via 192.0.2.2 nexthop dev vx",
        "route add 2001:db8:5::/48 dev vx table 77",
        "route add default via 2001:db8::2",
        "nexthop add id 1 dev vx",
        "nexthop add id 2 via 192.0.2.3 dev v0",
        "nexthop add id 3 group 1/2",
        "route add 10.4.0.0/16 nhid 1",
        "route add 10.5.0.0/16 nhid 3",
    ) as name:
        rows = run_inside(name, PROBE, tunnel_indexes=(101,))
        subprocess.run(["ip", "netns", "exec", name, "sysctl", "-qw", "net.ipv4.nexthop_compat_mode=0"], check=True)
        again = run_inside(name, PROBE, tunnel_indexes=(101,))
    assert {row for row in rows if row.ifindex == 101} >= {
        Route("0.0.0.0/0", 51820, 101, metric=7),
        Route("10.1.0.0/16", 254, 101),
        Route("10.3.0.0/16", 254, 101),
        Route("10.4.0.0/16", 254, 101),
        Route("10.5.0.0/16", 254, 101),
        Route("2001:db8:5::/48", 77, 101, metric=1024),
    }
    assert {row for row in rows if row.ifindex != 101} == {
        Route("0.0.0.0/0", 254, 100, "192.0.2.254"),
        Route("::/0", 254, 100, "2001:db8::2", metric=1024),
    }
    assert sorted(again, key=str) == sorted(rows, key=str)
