"""PPP sessions, from the files of a Debian kernel with one PPPoE and two L2TP sessions."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.errors import ParseError
from auditor.host import Host
from auditor.model.rows import PppSession, Socket
from auditor.model.sightings import BlindSpot, Reason
from probes import ppp
from tests.probes.recorded import FIXTURES, view

PPPOE = (FIXTURES / "ppp/pppoe").read_bytes()
L2TP = (FIXTURES / "ppp/pppol2tp").read_bytes()
PPPOE_HEAD = b"Id       Address              Device\n"
OVER_ETHERNET = PppSession("pppoe", device="veth0")
UNATTACHED = PppSession("l2tp", local="198.51.100.1", tunnel_id=11, session_id=6, server=False)
OVER_L2TP = PppSession("l2tp", local="198.51.100.1", interface="ppp1", tunnel_id=11, session_id=7, server=False)


def host(root: Path, **files: bytes) -> Host:
    net = root / "proc/thread-self/net"
    net.mkdir(parents=True)
    for name, content in files.items():
        (net / name).write_bytes(content)
    return Host(str(root))


def test_sessions_as_the_kernel_lists_them(tmp_path: Path) -> None:
    rows = list(ppp.run(view(host(tmp_path, pppoe=PPPOE, pppol2tp=L2TP))))
    assert rows == [OVER_ETHERNET, UNATTACHED, OVER_L2TP]


def test_far_mac_address_is_dropped() -> None:
    assert b"02:00:5e:10:aa:01" in PPPOE
    assert "5e:10" not in repr(list(ppp.parse_pppoe(PPPOE)))


def test_no_driver_no_session(tmp_path: Path) -> None:
    assert list(ppp.run(view(host(tmp_path)))) == []


def test_loaded_drivers_without_sessions(tmp_path: Path) -> None:
    empty = b"".join(L2TP.splitlines(keepends=True)[:6])
    assert list(ppp.run(view(host(tmp_path, pppoe=PPPOE_HEAD, pppol2tp=empty)))) == []


def test_device_names_as_long_and_hostile_as_the_kernel_takes_them() -> None:
    lines = b"00000100 02:00:5e:10:aa:01 enp0s31f6.12345\n00000200 02:00:5e:10:aa:02    <b>\xff\n"
    assert [row.device for row in ppp.parse_pppoe(PPPOE_HEAD + lines)] == ["enp0s31f6.12345", "<b>\\xff"]


def test_sessions_of_several_tunnels_and_one_not_yet_attached() -> None:
    more = (
        b"\nTUNNEL 'tunl 12', Y 2\n 00000000 0/0/0 0/0/0\n"
        b"  SESSION 'sess 12/9' 7F000006/1701 000C/0009 -> 0017/0001 1 Y\n"
        b"   0/0/-/-/LNS 00000000 0\n   0/0 0/0/0 0/0/0\n   interface (null)\n"
        b"  SESSION 'sess 12/10' 00000000/1701 000C/000A -> 0017/0002 1 N\n"
    )
    rows = [
        PppSession("l2tp", tunnel_id=12, session_id=number, server=side) for number, side in ((9, True), (10, None))
    ]
    assert list(ppp.parse_l2tp(L2TP + more)) == [UNATTACHED, OVER_L2TP, *rows]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("pppoe", b""),
        ("pppoe", b"Id Address\n"),
        ("pppoe", PPPOE[:-1]),
        ("pppoe", PPPOE_HEAD + b"00000100 not-a-mac eth0\n"),
        ("pppoe", PPPOE_HEAD + b"\n"),
        ("pppol2tp", b""),
        ("pppol2tp", b"PPPoL2TP\n"),
        ("pppol2tp", L2TP[:-1]),
        ("pppol2tp", L2TP + b"  SESSION 'sess 1/1' somewhere\n"),
    ],
)
def test_other_layouts_are_gaps(tmp_path: Path, name: str, content: bytes) -> None:
    (spot,) = (row for row in ppp.run(view(host(tmp_path, **{name: content}))) if isinstance(row, BlindSpot))
    assert (spot.reason, spot.source, spot.hides) == (
        Reason.UNPARSED,
        f"/proc/thread-self/net/{name}",
        ("l2tp", "pptp"),
    )


@pytest.mark.parametrize(("parse", "whole"), [(ppp.parse_pppoe, PPPOE), (ppp.parse_l2tp, L2TP)])
def test_cut_at_every_offset(parse: Callable[[bytes], Iterator[PppSession]], whole: bytes) -> None:
    right = list(parse(whole))
    for size in range(len(whole)):
        try:
            rows = list(parse(whole[:size]))
        except ParseError:
            continue
        assert len(rows) <= len(right)
        assert whole[:size].endswith(b"\n"), "a line cut short was taken for a whole one"


@given(st.binary(max_size=300))
def test_any_bytes_are_refused_or_right(noise: bytes) -> None:
    for parse, head in ((ppp.parse_pppoe, PPPOE_HEAD), (ppp.parse_l2tp, L2TP)):
        for data in (noise, head + noise, head + noise + b"\n"):
            try:
                rows = list(parse(data))
            except ParseError:
                continue
            assert all(row.carrier in ("pppoe", "l2tp") for row in rows)


# Sockets of GRE: a pptp client on a Debian kernel

RAW = b"""  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref
 191: 0A0200C0:002F 327100CB:0000 01 00000000:00000000 00:00000000 00000000     0        0 12385 2 000000002711c0ee 0
   1: 00000000:0001 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 12386 2 000000002711c0ef 0
  47: 00000000:002F 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 12387 2 000000002711c0f0 0
  89: 0A0200C0:0059 327100CB:0000 01 00000000:00000000 00:00000000 00000000     0        0 12388 2 000000002711c0f1 0
"""


def test_connected_sockets_of_gre_are_rows_and_other_raw_sockets_are_none(tmp_path: Path) -> None:
    rows = list(ppp.run(view(host(tmp_path, raw=RAW))))
    assert rows == [Socket("gre", "ESTABLISHED", "192.0.2.10", 0, "203.0.113.50", 0, 12385)]


def test_raw_sockets_of_another_form_are_a_gap(tmp_path: Path) -> None:
    (spot,) = ppp.run(view(host(tmp_path, raw=b"head\n 1: nonsense\n")))
    assert isinstance(spot, BlindSpot)
    assert (spot.reason, spot.source) == (Reason.UNPARSED, "/proc/thread-self/net/raw")


@given(st.integers(0, len(RAW)))
def test_every_truncation_of_the_raw_table_is_refused_or_whole(end: int) -> None:
    with suppress(ParseError):
        assert len(list(ppp.parse_raw(RAW[:end]))) <= 1
