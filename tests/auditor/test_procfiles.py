"""The texts of /proc, real and hostile."""

import os
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor import procfiles
from auditor.errors import ParseError
from auditor.host import Host

STAT = b"%d (%s) %s 1 1 1 0 -1 %d 1 2 3 4 5 6 7 8 20 0 %d 0 100 0 0\n"


def test_stat_is_read_after_the_last_bracket() -> None:
    raw = b"7 (a) S 1) R) S 1 1 1 0 -1 4194560 0 0 0 0 0 0 0 0 20 0 12 0 0\n"
    assert procfiles.parse_stat(raw) == procfiles.Stat("S", False, 12)
    assert procfiles.parse_stat(STAT % (2, b"kthreadd", b"S", 0x00208040, 1)).kernel_thread


def test_the_parent_is_read_after_the_last_bracket() -> None:
    assert procfiles.parse_parent(STAT % (40, b"a) S 9 (b", b"S", 0, 1)) == 1
    for raw in (b"", b"40 (x) S", b"40 (x) S x"):
        with pytest.raises(ParseError):
            procfiles.parse_parent(raw)


@pytest.mark.parametrize("raw", [b"", b"1 (x)", b"1 (x) S", b"1 (x) S 1 1 1 0 -1 zz 0 0 0 0 0 0 0 0 0 0 1", b")\xff"])
def test_stat_of_another_form_is_refused(raw: bytes) -> None:
    with pytest.raises(ParseError):
        procfiles.parse_stat(raw)


@pytest.mark.parametrize("link", ["", "net:[]", "net:[12", "mnt:[12]", "net:[-1]", "net:[١٢]", "net:[1]x", "/etc"])
def test_namespace_of_another_form_is_refused(link: str) -> None:
    with pytest.raises(ParseError):
        procfiles.parse_namespace(link, "net")


def test_namespace_inode() -> None:
    assert procfiles.parse_namespace("net:[4026532266]", "net") == 4026532266


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        (b"pos:\t0\nflags:\t0104002\nmnt_id:\t29\nino:\t97\niff:\ttun0\n", "tun0"),
        (b"pos:\t0\niff:\t\n", None),  # opened, no device attached
        (b"pos:\t0\nflags:\t0\n", None),
        (b"iff:\tt\xff\x1b[31m\n", "t\\xff\x1b[31m"),
        (b"", None),
    ],
)
def test_tun_name(raw: bytes, name: str | None) -> None:
    assert procfiles.parse_tun_name(raw) == name


@pytest.mark.parametrize(
    ("raw", "number"),
    [
        (b"pos:\t0\nflags:\t0104002\ntty-index:\t12\n", 12),
        (b"tty-index:\t\n", None),
        (b"tty-index:\t-1\n", None),
        (b"tty-index:\t" + b"9" * 40 + b"\n", None),
        (b"pos:\t0\n", None),
    ],
)
def test_terminal_of_a_master(raw: bytes, number: int | None) -> None:
    assert procfiles.parse_terminal(raw) == number


def test_the_kernel_tells_the_terminal_of_a_master() -> None:
    master, slave = os.openpty()
    try:
        raw = Path(f"/proc/self/fdinfo/{master}").read_bytes()
        assert f"/dev/pts/{procfiles.parse_terminal(raw)}" == os.ttyname(slave)
        held = Host().descriptors("/proc/self/fd")
        assert procfiles.parse_terminal(raw) in held.terminals
        assert str(master) in held.devices
    finally:
        os.close(master)
        os.close(slave)


@pytest.mark.parametrize(
    ("raw", "unit"),
    [
        (b"0::/system.slice/openvpn-client@hq.service\n", "openvpn-client@hq.service"),
        (b"0::/system.slice/docker-3fa9.scope/init\n", "docker-3fa9.scope"),
        (b"0::/lxc.payload/inner\n", "inner"),
        (b"12:cpu:/x\n1:name=systemd:/system.slice/charon.service\n0::/\n", "charon.service"),
        (b"1:name=systemd:/old.service\n0::/system.slice/new.service\n", "new.service"),
        (b"4:memory:/process_api/50ef\n0::/\n", None),
        (b"0::/system.slice/a\xff.service\n", "a\\xff.service"),
        (b"", None),
        (b"garbage\n\x00\xff", None),
    ],
)
def test_unit(raw: bytes, unit: str | None) -> None:
    assert procfiles.parse_unit(raw) == unit


@pytest.mark.parametrize(
    ("mounts", "hiding"),
    [
        (b"proc /proc proc rw,relatime,hidepid=invisible 0 0\n", True),
        (b"proc /proc proc rw,hidepid=2 0 0\n", True),
        (b"proc /proc proc rw,gid=4,hidepid=ptraceable 0 0\n", True),
        (b"proc /proc proc rw,relatime 0 0\n", False),
        (b"proc /proc proc rw,hidepid=noaccess 0 0\n", False),  # shown, only not readable
        (b"proc /proc proc rw 0 0\nproc /chroot/proc proc rw,hidepid=2 0 0\n", False),
        (b"proc /proc proc rw,hidepid=2 0 0\nproc /proc proc rw 0 0\n", False),  # the last mount is the one seen
        (b"", False),
    ],
)
def test_hidden_processes(mounts: bytes, hiding: bool) -> None:
    assert procfiles.hides_processes(mounts) is hiding


def test_capability() -> None:
    status = b"Name:\tx\nCapPrm:\tffffffff\nCapEff:\t0000000000080000\n"
    assert procfiles.holds_capability(status, 19)
    assert not procfiles.holds_capability(status, 21)
    assert not procfiles.holds_capability(b"CapEff:\tnone\n", 19)


@given(st.binary(max_size=200))
def test_parsers_meet_any_bytes(raw: bytes) -> None:
    procfiles.parse_unit(raw)
    procfiles.parse_tun_name(raw)
    procfiles.hides_processes(raw)
    procfiles.holds_capability(raw, 19)
    with suppress(ParseError):
        procfiles.parse_stat(raw)
