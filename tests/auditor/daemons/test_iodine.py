"""iodine by command lines that running clients and servers showed."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.daemons.iodine import parse, read
from auditor.model.rows import DaemonInstance, NamedEnd
from tests.auditor.daemons.made import SECRET, told

# As /proc/PID/cmdline of iodine 0.7.0 shows it: the password is overwritten with zeros.
CLIENT = b"iodine\0-f\0-d\0dns-relay\0-T\0NULL\0-r\0-P\0" + bytes(33) + b"203.0.113.90\0t.relay.example\0"
SERVER = (
    b"iodined\0-f\0-c\0-d\0dns-own\0-l\x00192.0.2.10\0-p\x005353\0-P\0"
    + bytes(33)
    + b"10.68.0.1\x0028\0t.own.example\0"
)


def client(root: Path, raw: bytes, held: tuple[str, ...] = ("dns0",)) -> tuple[DaemonInstance, list[str]]:
    (row,), gaps = told(root, read, raw, {"/etc/resolv.conf": RESOLVERS}, exe="/usr/sbin/iodine", held=held)
    return row, gaps


RESOLVERS = "# nameserver 192.0.2.1\nsearch corp.example\nnameserver 192.0.2.53\nnameserver 192.0.2.54\n"


def test_a_client_names_the_resolver_and_the_domain(tmp_path: Path) -> None:
    row, gaps = client(tmp_path, CLIENT)
    assert (row.role, row.device, row.source, gaps) == ("client", "dns0", "command line", [])
    assert row.remotes == (NamedEnd("203.0.113.90", 53, "udp"), NamedEnd("t.relay.example", None, None))


def test_a_server_names_nobody(tmp_path: Path) -> None:
    (row,), gaps = told(tmp_path, read, SERVER, exe="/usr/sbin/iodined")
    assert (row.role, row.device, row.local, row.local_port) == ("server", "dns-own", "192.0.2.10", 5353)
    assert (row.remotes, row.clients, gaps) == ((), None, [])


def test_without_a_name_server_the_first_resolver_is_asked(tmp_path: Path) -> None:
    row, _ = client(tmp_path, b"iodine\0-P\0" + SECRET.encode() + b"\0t.example\0")
    assert row.remotes == (NamedEnd("192.0.2.53", 53, "udp"), NamedEnd("t.example", None, None))


def test_resolvers_that_cannot_be_read_are_a_gap(tmp_path: Path) -> None:
    (row,), gaps = told(tmp_path, read, b"iodine\0t.example\0", exe="/usr/sbin/iodine")
    assert row.remotes == (NamedEnd("t.example", None, None),)
    assert gaps == ["/etc/resolv.conf: No such file or directory"]


@pytest.mark.parametrize(
    ("words", "names"),
    [
        (["-fr", "-P", SECRET, "a", "b"], ["a", "b"]),
        ([f"-P{SECRET}", "a", "b"], ["a", "b"]),
        (["-frP", SECRET, "-u", "nobody", "-t", "/var/empty", "b"], ["b"]),
        (["a", "-m", "1000", "b"], ["a", "b"]),
        (["-P"], []),
    ],
)
def test_values_of_options_are_no_names(words: list[str], names: list[str]) -> None:
    raw = b"".join(f"{word}\0".encode() for word in ("iodine", *words))
    options, found = parse(raw, server=False)
    assert (found, SECRET in repr(options)) == (names, False)


def test_every_beginning_of_a_command_line_is_read(tmp_path: Path) -> None:
    for raw, server in ((CLIENT, False), (SERVER, True)):
        for length in range(len(raw)):
            parse(raw[:length], server=server)


@given(st.binary(max_size=200))
def test_any_bytes_are_read(raw: bytes) -> None:
    parse(raw, server=True)
