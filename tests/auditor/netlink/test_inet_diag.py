"""Socket dumps and tables, recorded and hostile."""

import struct
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.errors import ParseError
from auditor.model.rows import Socket
from auditor.netlink import inet_diag
from tests.fixtures.sockets import RECORDED, TABLES, recorded


@pytest.mark.parametrize("name", TABLES)
def test_dump_and_table_of_one_kernel_say_the_same(name: str) -> None:
    table = list(inet_diag.parse_table((RECORDED / f"{name}.txt").read_bytes().splitlines(), name[:3]))
    assert sorted(table) == sorted(recorded(name))
    assert len({row.inode for row in table}) == len(table) >= 2


def test_every_form_of_socket_is_told_apart() -> None:
    rows = [row for name in TABLES for row in recorded(name)]
    known = {row._replace(inode=0) for row in rows}
    assert {row.state for row in rows if row.protocol == "tcp"} == {
        *("LISTEN", "ESTABLISHED", "FIN_WAIT2", "CLOSE_WAIT", "SYN_SENT")
    }
    assert Socket("tcp", "LISTEN", "0.0.0.0", 4001, None, None, 0) in known
    assert Socket("tcp", "LISTEN", "::", 4002, None, None, 0) in known
    assert Socket("udp", "CLOSE", "0.0.0.0", 5195, None, None, 0) in known
    assert Socket("udp", "CLOSE", "::", 5196, None, None, 0) in known
    assert Socket("udp", "ESTABLISHED", "::1", 9196, "::1", 53, 0) in known
    mapped = Socket("udp", "ESTABLISHED", "127.0.0.1", 6001, "192.0.2.1", 500, 0)
    assert mapped in known
    assert [(r.remote, r.remote_port) for r in rows if r.state == "SYN_SENT"] == [("198.51.100.9", 443)]
    assert b" 06 " in (RECORDED / "tcp.txt").read_bytes()  # a TIME_WAIT was there and is left out


@pytest.mark.parametrize("name", TABLES)
def test_dump_cut_short_is_refused(name: str) -> None:
    raw = (RECORDED / f"{name}.bin").read_bytes()
    ends = {0}
    while max(ends) < len(raw):
        ends.add(max(ends) + struct.unpack_from("=I", raw, max(ends))[0])
    for end in set(range(len(raw))) - ends:
        with pytest.raises(ParseError):
            list(inet_diag.parse([raw[:end]], name[:3]))


@pytest.mark.parametrize("length", [0, 15, 16, 87, 10**6, 0xFFFFFFFF])
def test_dump_with_an_impossible_length_is_refused(length: int) -> None:
    raw = bytearray((RECORDED / "tcp.bin").read_bytes())
    struct.pack_into("=I", raw, 0, length)
    with pytest.raises(ParseError):
        list(inet_diag.parse([raw], "tcp"))


def test_dump_of_another_family_is_refused() -> None:
    raw = bytearray((RECORDED / "tcp.bin").read_bytes())
    raw[16] = 99
    with pytest.raises(ParseError):
        list(inet_diag.parse([raw], "tcp"))


@given(st.binary(max_size=300))
def test_dump_meets_any_bytes(raw: bytes) -> None:
    with suppress(ParseError):
        list(inet_diag.parse([raw], "udp"))


@pytest.mark.parametrize(
    "line",
    [
        b"0:",
        b"0: 0100007F:0035 00000000:0000 zz 0 0 0 0 0 12",
        b"0: 0100007F:0035 00000000:0000 07 0 0 0 0 0 x",
        b"0: 0100007F0:0035 00000000:0000 07 0:0 0:0 0 0 0 12",
        b"0: 0100007F:00350 00000000:0000 07 0:0 0:0 0 0 0 12",
        b"0: 010000\xff\xff:0035 00000000:0000 07 0:0 0:0 0 0 0 12",
        b"0: 01 00007F:0035 00000000:0000 07 0:0 0:0 0 0 0 12",
    ],
)
def test_table_line_of_unknown_form_is_refused_without_its_bytes(line: bytes) -> None:
    with pytest.raises(ParseError) as caught:
        list(inet_diag.parse_table([b"header", line], "udp"))
    assert str(caught.value) == "socket table line of unknown form"


@given(st.lists(st.binary(max_size=200), max_size=4))
def test_table_meets_any_bytes(lines: list[bytes]) -> None:
    with suppress(ParseError):
        list(inet_diag.parse_table(lines, "udp"))
