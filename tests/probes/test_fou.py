"""Ports on which the kernel takes tunnels out of UDP, from bytes that a Debian kernel answered with."""

import struct

import pytest

from auditor.errors import ParseError
from auditor.model.rows import FouPort
from probes import fou
from tests.auditor.netlink.fakes import done
from tests.probes.generic import asks_nothing_of_a_kernel_without_it, failures_are_gaps, host, message
from tests.probes.recorded import FIXTURES, messages, replay, view, withstands

PORTS = (FIXTURES / "encap/fou.bin").read_bytes()
RECORDED = {
    FouPort(5555, "fou", 47),
    FouPort(6080, "gue", None),
    FouPort(7777, "fou", 41),
    FouPort(7778, "fou", 41),
}


def test_ports_as_the_kernel_lists_them() -> None:
    rows = list(fou.run(view(host("fou", replay(PORTS)))))
    assert len(rows) == len(RECORDED)
    assert set(rows) == RECORDED


def test_a_port_that_is_connected_names_its_far_end() -> None:
    four = (1, struct.pack(">H", 5)), (4, b"\1"), (3, b"\4"), (6, b"\xc0\0\2\1"), (8, b"\xc6\x33\x64\1"), (10, b"\0\6")
    assert fou.parse_port(message(*four)) == FouPort(5, "fou", 4, "192.0.2.1", "198.51.100.1", 6)
    six = (1, struct.pack(">H", 5)), (4, b"\2"), (3, b"\4"), (7, bytes(15) + b"\1"), (9, bytes(16)), (10, bytes(2))
    assert fou.parse_port(message(*six)) == FouPort(5, "gue", None, "::1")


@pytest.mark.parametrize(
    "attributes", [((1, b"\0\5"),), ((4, b"\1"),), ((1, b"\0\5"), (4, b"\x09")), ((1, b"\5"), (4, b"\1"))]
)
def test_what_no_port_looks_like_is_refused(attributes: tuple[tuple[int, bytes], ...]) -> None:
    with pytest.raises(ParseError):
        fou.parse_port(message(*attributes))


def test_damaged_answers_are_refused_or_harmless() -> None:
    (first, *_) = messages("encap/fou.bin")
    assert withstands(lambda data: fou.parse_port(first._replace(payload=data)), bytes(first.payload)) > 20


def test_a_kernel_without_fou_is_not_asked_and_one_without_ports_says_nothing() -> None:
    asks_nothing_of_a_kernel_without_it(fou.PROBE)
    assert list(fou.run(view(host("fou", [done()])))) == []


def test_failures_are_blind_spots() -> None:
    failures_are_gaps(fou.PROBE, "fou")
