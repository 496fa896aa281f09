"""Label routes, from bytes that a Debian kernel answered with."""

import errno
import struct
from pathlib import Path

import pytest

from auditor.errors import ParseError
from auditor.model.rows import LabelRoute
from auditor.model.sightings import BlindSpot
from auditor.netlink import wire
from auditor.netlink.socket import Netlink
from auditor.netlink.wire import Message
from probes.mpls import PROBE, parse_labels
from tests.auditor.netlink.fakes import answer, done, error
from tests.netns import namespace, needs_root
from tests.probes.recorded import FIXTURES, messages, withstands
from tests.probes.rtnetlink import ScriptedHost, failures, pack, replay, run_inside, u32, view

LABELS = (FIXTURES / "encap/labels.bin").read_bytes()
SETTINGS = answer(struct.pack("=Bxxx", 28) + pack((1, u32(1))), kind=80, flags=0)  # of the loopback device
EXPECTED = {
    (100, (200,), "198.51.100.2"),
    (101, (201, 202), "2001:db8:1::9"),
    (102, (), "198.51.100.2"),
    (103, (), None),
}


def label(number: int, *, bottom: bool = True) -> bytes:
    return struct.pack(">I", number << 12 | bottom << 8)


def route(*attributes: tuple[int, bytes], family: int = 28) -> Message:
    fixed = struct.pack("=BBBBBBBBI", family, 20, 0, 0, 254, 3, 0, 1, 0)
    return Message(wire.RTM_NEWROUTE, 0, memoryview(fixed + pack(*attributes)))


def via(family: int, address: bytes) -> tuple[int, bytes]:
    return 18, struct.pack("=H", family) + address


def told(rows: list[LabelRoute]) -> set[tuple[int, tuple[int, ...], str | None]]:
    return {(row.label, row.labels, row.gateway) for row in rows}


def test_label_routes_of_the_kernel() -> None:
    assert told(list(parse_labels(messages("encap/labels.bin")))) == EXPECTED


def test_several_ways_and_a_next_hop_that_is_a_hardware_address() -> None:
    def way(index: int, *attributes: tuple[int, bytes]) -> bytes:
        packed = pack(*attributes)
        return struct.pack("=HBBi", 8 + len(packed), 0, 0, index) + packed

    ways = way(3, (19, label(7)), via(2, b"\xc0\0\2\1")) + way(4, via(17, bytes(6)))
    assert list(parse_labels([route((1, label(16)), (9, ways))])) == [
        LabelRoute(16, (7,), 3, "192.0.2.1"),
        LabelRoute(16, (), 4, None),
    ]
    for cut in (1, 7, 9, len(ways) - 1):
        with pytest.raises(ParseError):
            list(parse_labels([route((1, label(16)), (9, ways[:cut]))]))


@pytest.mark.parametrize(
    "attributes", [(), ((1, b"\0"),), ((1, b""),), ((1, label(1)), (18, b"\2")), ((1, label(1)), via(2, bytes(3)))]
)
def test_what_no_label_route_looks_like_is_refused(attributes: tuple[tuple[int, bytes], ...]) -> None:
    with pytest.raises(ParseError):
        list(parse_labels([route(*attributes)]))


def test_damaged_answers_are_refused_or_harmless() -> None:
    (first, *_) = messages("encap/labels.bin")
    assert withstands(lambda data: list(parse_labels([first._replace(payload=data)])), bytes(first.payload)) > 20


def test_routes_of_other_families_are_left_out() -> None:
    assert list(parse_labels([route((1, bytes(4)), (4, u32(3)), family=2)])) == []


def test_a_kernel_without_mpls_is_not_asked_for_its_routes() -> None:
    host = ScriptedHost([error(errno.EOPNOTSUPP)])
    assert list(PROBE.run(view(host))) == []
    (asked,) = host.kernel.sent
    assert not wire.HEADER.unpack_from(asked)[2] & wire.NLM_F_DUMP  # such a kernel answers a dump, of all families
    loaded = ScriptedHost([SETTINGS], [*replay(LABELS), done()])
    assert told([row for row in PROBE.run(view(loaded)) if isinstance(row, LabelRoute)]) == EXPECTED


def test_failures_are_blind_spots() -> None:
    failures(PROBE)
    (spot,) = PROBE.run(view(ScriptedHost([SETTINGS], [error(errno.EPERM)])))
    assert isinstance(spot, BlindSpot)


@pytest.mark.root
@needs_root
def test_this_kernel_says_nothing_or_label_routes_only() -> None:
    with namespace("route add blackhole 10.9.0.0/16") as name:
        assert run_inside(name, PROBE) == []


@pytest.mark.root
@needs_root
@pytest.mark.skipif(Path("/proc/sys/net/mpls").exists(), reason="this kernel has MPLS")
def test_this_kernel_without_mpls_is_not_asked_for_its_routes(monkeypatch: pytest.MonkeyPatch) -> None:
    dumps: list[int] = []
    monkeypatch.setattr(Netlink, "dump", lambda _, message, *__: dumps.append(message))
    with namespace() as name:
        assert (run_inside(name, PROBE), dumps) == ([], [])
