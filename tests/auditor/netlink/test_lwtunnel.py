"""Outer headers of routes, from bytes that a Debian kernel answered with, and of forms that it does not have."""

import struct

import pytest

from auditor.errors import ParseError
from auditor.model.rows import Route, RouteOuter
from auditor.netlink import lwtunnel
from auditor.netlink.nexthops import Nexthop
from auditor.netlink.wire import pack_attribute
from probes.routes import parse_routes
from tests.probes.recorded import FIXTURES


def recorded(family: int) -> dict[str, Route]:
    chunk = (FIXTURES / f"encap/routes{4 if family == 2 else 6}.bin").read_bytes()
    nexthops = {9: (Nexthop(2, "198.51.100.9", 1, RouteOuter(labels=(400,))),)}
    rows = parse_routes([chunk], family, devices=frozenset(), nexthops=nexthops)
    return {row.destination: row for row in rows if row.encapsulation}


def test_headers_of_the_kernel() -> None:
    outers = {name: row.outer for name, row in recorded(2).items()}
    assert outers == {
        "10.70.0.0/16": RouteOuter(remote="203.0.113.82", identifier=100),
        "10.71.0.0/16": RouteOuter(local="198.51.100.1", remote="203.0.113.83", identifier=101),
        "10.72.0.0/16": RouteOuter(remote="203.0.113.83", identifier=101),
        "10.73.0.0/16": RouteOuter(remote="2001:db8:3::83", identifier=102),
        "10.74.0.0/16": RouteOuter(labels=(100, 200)),
        "10.75.0.0/16": RouteOuter(labels=(300,)),
        "10.76.0.0/16": RouteOuter(labels=(400,)),
        "10.77.0.0/16": RouteOuter(remote="2001:db8:9::3", segments=("2001:db8:9::3",), mode="encap"),
    }


def test_segments_of_the_kernel() -> None:
    rows = recorded(10)
    path = ("2001:db8:9::1", "2001:db8:9::2")
    for name in ("2001:db8:80::/48", "2001:db8:81::/48"):
        assert rows[name].outer == RouteOuter(remote=path[-1], segments=path, mode="encap")
    inline = rows["2001:db8:82::/48"].outer
    assert inline == RouteOuter(remote="2001:db8:9::5", segments=("2001:db8:9::5",), mode="inline")
    assert rows["2001:db8:1:f::4/128"].outer == RouteOuter(mode="End.DX4")
    assert rows["2001:db8:1:f::6/128"].outer == RouteOuter(mode="End.DT6")


def header(*segments: bytes, last: int | None = None, length: int | None = None, more: bytes = b"") -> bytes:
    """Return a segment routing header; `more` stands for TLVs behind the segments."""
    body = b"".join(segments) + more
    size = len(body) // 8 if length is None else length
    return struct.pack("=BBBBBBH", 41, size, 4, 0, len(segments) - 1 if last is None else last, 0, 0) + body


FIRST, LAST = bytes(15) + b"\1", bytes(15) + b"\2"
HMAC = b"\5\x26" + b"PLANTED-" * 5


def test_an_hmac_behind_the_segments_is_left_alone() -> None:
    value = pack_attribute(1, struct.pack("=i", 1) + header(LAST, FIRST, more=HMAC[:40]))
    assert lwtunnel.outer(5, value) == RouteOuter(remote="::2", segments=("::1", "::2"), mode="encap")


def test_a_binding_segment_names_its_path() -> None:
    value = pack_attribute(1, struct.pack("=I", 10)) + pack_attribute(2, header(LAST, FIRST))
    assert lwtunnel.outer(7, value) == RouteOuter(remote="::2", segments=("::1", "::2"), mode="End.B6.Encaps")


def test_forms_that_the_recorded_kernel_does_not_have() -> None:
    inside = pack_attribute(1, b"\2") + pack_attribute(2, LAST)
    assert lwtunnel.outer(9, inside) == RouteOuter(remote="::2", mode="encap")
    assert lwtunnel.outer(9, pack_attribute(1, b"\1")) == RouteOuter(mode="inline")
    assert lwtunnel.outer(10, pack_attribute(1, struct.pack("=I", 42))) == RouteOuter(identifier=42)
    assert lwtunnel.outer(7, pack_attribute(1, struct.pack("=I", 99))) == RouteOuter(mode="99")
    assert [lwtunnel.outer(kind, b"\7\7\7\7") for kind in (3, 6, 8, 77)] == [None] * 4
    assert lwtunnel.outer(1, None) is None


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (1, pack_attribute(1, b"")),
        (1, pack_attribute(1, b"\0\0\1")),
        (1, pack_attribute(2, b"\1")),
        (2, pack_attribute(2, b"\1\2\3")),
        (5, pack_attribute(2, b"")),
        (5, pack_attribute(1, b"\1\0")),
        (5, pack_attribute(1, struct.pack("=i", 1) + header(LAST)[:20])),
        (5, pack_attribute(1, struct.pack("=i", 1) + header(LAST, last=9))),
        (5, pack_attribute(1, struct.pack("=i", 1) + header(LAST, FIRST, length=1))),
        (7, pack_attribute(1, b"\1")),
        (9, pack_attribute(1, b"\1\2")),
        (10, pack_attribute(1, b"\1")),
        (2, b"\7\0\1"),
    ],
)
def test_damaged_headers_are_refused(kind: int, value: bytes) -> None:
    with pytest.raises(ParseError):
        lwtunnel.outer(kind, value)


def test_every_truncation_is_refused_or_harmless() -> None:
    value = pack_attribute(1, struct.pack("=i", 1) + header(LAST, FIRST, more=HMAC[:40]))
    for cut in range(1, len(value)):
        with pytest.raises(ParseError) as caught:
            lwtunnel.outer(5, value[:cut])
        assert "PLANTED" not in str(caught.value)
