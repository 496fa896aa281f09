import errno
import struct
import subprocess

import pytest

from auditor.errors import ParseError
from auditor.model.rows import Underlay
from auditor.model.sightings import BlindSpot, Reason
from auditor.netlink import wire
from probes.underlay import PROBE, parse_underlay
from tests.auditor.netlink.fakes import error
from tests.netns import inside, namespace, needs_root

from .rtnetlink import ScriptedHost, message, replay, run_inside, survives, u32, view

FAR = "198.51.100.1"
GATEWAY, SOURCE = (5, b"\xc0\0\2\xfe"), (7, b"\xc0\0\2\1")


def answer(*attributes, kind=1, table=0):
    return message(wire.RTM_NEWROUTE, struct.pack("=BBBBBBBBI", 2, 32, 0, 0, table, 0, 0, kind, 0), *attributes)


def ask(*scripts, destinations=(FAR,), marked=()):
    return list(PROBE.run(view(ScriptedHost(*scripts), destinations=destinations, marked=marked)))


def test_way_to_a_destination():
    chunk = answer((4, u32(5)), GATEWAY, SOURCE, (15, u32(254)))
    assert parse_underlay(FAR, [chunk]) == Underlay(FAR, 5, "192.0.2.254", "192.0.2.1", 254)
    assert ask(replay(chunk, flags=0)) == [Underlay(FAR, 5, "192.0.2.254", "192.0.2.1", 254)]


def test_next_hop_of_the_other_family():
    chunk = answer((4, u32(5)), (18, b"\x0a\0" + bytes(15) + b"\1"), table=253)
    assert parse_underlay(FAR, [chunk]) == Underlay(FAR, 5, "::1", None, 253)


@pytest.mark.parametrize("kind", [6, 7, 8, 9])
def test_routes_that_lead_nowhere(kind):
    assert parse_underlay(FAR, [answer((4, u32(1)), kind=kind)]) == Underlay(FAR, None)


@pytest.mark.parametrize(
    "code", [errno.ENETUNREACH, errno.EHOSTUNREACH, errno.EACCES, errno.EINVAL, errno.EAFNOSUPPORT]
)
def test_refusals_that_mean_no_way(code):
    assert ask([error(code)]) == [Underlay(FAR, None)]


def test_one_failure_does_not_hide_the_others():
    good = replay(answer((4, u32(5))), flags=0)
    first, second, third = ask([error(errno.EPERM)], good, good, destinations=(FAR, "192.0.2.9", "192.0.2.8", FAR))
    assert isinstance(first, BlindSpot)
    assert (first.reason, first.source) == (Reason.PERMISSION, f"route to {FAR}")
    assert (second, third) == (Underlay("192.0.2.9", 5, table=0), Underlay("192.0.2.8", 5, table=0))


def test_destination_that_is_no_address():
    (spot,) = ask(destinations=("vpn.example",))
    assert isinstance(spot, BlindSpot)
    assert spot.reason is Reason.UNPARSED


def test_nothing_is_asked_without_destinations():
    assert ask(destinations=()) == []


def test_marked_far_ends_are_asked_with_their_mark():
    good = replay(answer((4, u32(5))), flags=0)
    host = ScriptedHost(good, good, [error(errno.ENETUNREACH)], [error(errno.EPERM)])
    wanted = {"destinations": (FAR,), "marked": ((FAR, 51820), (FAR, 51820), ("192.0.2.9", 7), ("192.0.2.8", 8))}
    plain, marked, none, spot = PROBE.run(view(host, **wanted))
    assert plain == Underlay(FAR, 5, table=0)
    assert marked == Underlay(FAR, 5, table=0, mark=51820)
    assert none == Underlay("192.0.2.9", None, mark=7)
    assert spot.source == "route to 192.0.2.8 with firewall mark 8"
    asked = [wire.attributes(sent[wire.HEADER_BYTES :], 12) for sent in host.kernel.sent]
    assert [bytes(found.get(16, b"")) for found in asked] == [b"", u32(51820), u32(7), u32(8)]


def test_not_one_answer():
    for chunks in ([], [answer((4, u32(5))) * 2]):
        with pytest.raises(ParseError):
            parse_underlay(FAR, chunks)


def test_damaged_bytes():
    chunk = answer((4, u32(5)), GATEWAY, SOURCE, (15, u32(254)))
    assert survives(lambda chunks: [parse_underlay(FAR, chunks)], chunk) > 100


@pytest.mark.root
@needs_root
def test_the_kernel_itself_without_sending_a_packet():
    with namespace(
        "link add v0 index 100 type veth peer name v1",
        "link set v0 up",
        "link set v1 up",
        "addr add 192.0.2.1/24 dev v0",
        "addr add 2001:db8::1/64 dev v0 nodad",
        "route add default via 192.0.2.254",
        "route add default via 2001:db8::2",
        "route add 198.51.100.64/26 via 192.0.2.253 table 77",
        "rule add to 198.51.100.64/26 table 77 priority 10",
        "route add blackhole 203.0.113.0/26",
        "route add prohibit 203.0.113.64/26",
        "route add unreachable 203.0.113.128/26",
        "route add unreachable 2001:db8:f::/48",
    ) as name:
        destinations = (
            FAR,
            "198.51.100.65",
            "192.0.2.7",
            "192.0.2.1",
            "203.0.113.1",
            "203.0.113.65",
            "203.0.113.129",
            "2001:db8:1::1",
            "2001:db8:f::1",
            "240.0.0.1",
        )
        before = inside(name, sent_packets)
        rows = run_inside(name, PROBE, destinations=destinations)
        assert inside(name, sent_packets) == before
        neighbours = subprocess.run(["ip", "-n", name, "neigh"], capture_output=True, check=True, text=True).stdout
    assert not [line for line in neighbours.splitlines() if line.startswith(("192.0.2.", "2001:db8::2"))]
    assert rows == [
        Underlay(FAR, 100, "192.0.2.254", "192.0.2.1", 254),
        Underlay("198.51.100.65", 100, "192.0.2.253", "192.0.2.1", 77),
        Underlay("192.0.2.7", 100, None, "192.0.2.1", 254),
        Underlay("192.0.2.1", 1, None, "192.0.2.1", 255),
        Underlay("203.0.113.1", None),
        Underlay("203.0.113.65", None),
        Underlay("203.0.113.129", None),
        Underlay("2001:db8:1::1", 100, "2001:db8::2", "2001:db8::1", 254),
        Underlay("2001:db8:f::1", None),
        Underlay("240.0.0.1", 100, "192.0.2.254", "192.0.2.1", 254),
    ]


@pytest.mark.root
@needs_root
def test_a_full_tunnel_does_not_hide_its_own_way_out():
    with namespace(
        "link add v0 index 100 type veth peer name v1",
        "link add wg0 index 200 type veth peer name wg1",
        "link set v0 up",
        "link set v1 up",
        "link set wg0 up",
        "link set wg1 up",
        "addr add 192.0.2.1/24 dev v0",
        "addr add 10.9.0.2/32 dev wg0",
        "addr add 2001:db8::1/64 dev v0 nodad",
        "addr add fd00::2/128 dev wg0 nodad",
        "route add default via 192.0.2.254",
        "route add default via 2001:db8::2",
        "route add default dev wg0 table 51820",
        "-6 route add default dev wg0 table 51820",
        "rule add not fwmark 51820 table 51820",
        "-6 rule add not fwmark 51820 table 51820",
    ) as name:
        ends = (FAR, "2001:db8:1::1")
        rows = run_inside(name, PROBE, destinations=ends, marked=tuple((end, 51820) for end in ends))
    assert rows == [
        Underlay(FAR, 200, None, "10.9.0.2", 51820),
        Underlay("2001:db8:1::1", 200, None, "fd00::2", 51820),
        Underlay(FAR, 100, "192.0.2.254", "192.0.2.1", 254, 51820),
        Underlay("2001:db8:1::1", 100, "2001:db8::2", "2001:db8::1", 254, 51820),
    ]


def sent_packets():
    """Return how many IPv4 packets this namespace has handed down (IPv6 sends of its own accord)."""
    with open("/proc/thread-self/net/snmp") as lines:
        names, values = (line.split() for line in lines if line.startswith("Ip:"))
    return dict(zip(names, values, strict=True))["OutRequests"]
