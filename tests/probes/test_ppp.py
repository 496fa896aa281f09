"""PPP sessions, from the files of a Debian kernel with one PPPoE and two L2TP sessions."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.errors import ParseError
from auditor.host import Host
from auditor.model.rows import PppSession
from auditor.model.sightings import BlindSpot, Reason
from probes import ppp
from tests.probes.recorded import FIXTURES, view

PPPOE = (FIXTURES / "ppp/pppoe").read_bytes()
L2TP = (FIXTURES / "ppp/pppol2tp").read_bytes()
PPPOE_HEAD = b"Id       Address              Device\n"
OVER_ETHERNET = PppSession("pppoe", device="veth0")
UNATTACHED = PppSession("l2tp", local="198.51.100.1", tunnel_id=11, session_id=6)
OVER_L2TP = PppSession("l2tp", local="198.51.100.1", interface="ppp1", tunnel_id=11, session_id=7)


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
        b"   0/0/-/-/LAC 00000000 0\n   0/0 0/0/0 0/0/0\n   interface (null)\n"
        b"  SESSION 'sess 12/10' 00000000/1701 000C/000A -> 0017/0002 1 N\n"
    )
    rows = [PppSession("l2tp", tunnel_id=12, session_id=number) for number in (9, 10)]
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
    assert (spot.reason, spot.source, spot.hides) == (Reason.UNPARSED, f"/proc/thread-self/net/{name}", ("l2tp",))


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
