"""tinc's command line, tinc.conf and hosts files: real forms, hostile ones, what is missing."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.daemons.tinc import parse_arguments, parse_lines, read
from auditor.model.rows import DaemonInstance, NamedEnd
from tests.auditor.daemons.made import SECRET, told

KEY = f"-----BEGIN RSA PUBLIC KEY-----\n{SECRET}\nAddress = 192.0.2.66\n-----END RSA PUBLIC KEY-----\n"
FILES = {
    "/etc/tinc/wan/tinc.conf": (
        f"Name = gw\nPrivateKey = {SECRET}\nProxy = socks5 192.0.2.9 1080 me {SECRET}\n# ConnectTo = nobody\n"
        "connectto=hub_a\n  ConnectTo   hub_b\nConnectTo = gw\nInterface = cable9\n"
    ),
    "/etc/tinc/wan/hosts/gw": f"Address = 192.0.2.1\nPort = 6550\n{KEY}",
    "/etc/tinc/wan/hosts/hub_a": (
        f"Address = 203.0.113.41 443\r\naddress=hub-a.example\nPort = 6551\n{KEY}Subnet = 10.0.0.0/8\n"
    ),
    "/etc/tinc/wan/hosts/hub_b": f"{KEY}Address = 2001:DB8::42\n",
    "/etc/tinc/wan/hosts/other": "Address = 203.0.113.99\n",
}


def instance(root: Path, *arguments: str, files: dict[str, str] = FILES) -> tuple[DaemonInstance, list[str]]:
    (row,), gaps = told(root, read, arguments, files, held=("cable9",))
    return row, gaps


def test_far_ends_are_the_addresses_of_the_hosts_it_connects_to(tmp_path: Path) -> None:
    row, gaps = instance(tmp_path, "-n", "wan", "-D")
    assert row == DaemonInstance(
        pid=40,
        technology="tinc",
        role="p2p",
        local=None,
        local_port=6550,
        remotes=(
            NamedEnd("203.0.113.41", 443, "tcp"),
            NamedEnd("hub-a.example", 6551, "tcp"),
            NamedEnd("2001:db8::42", 655, "tcp"),
        ),
        device="cable9",
        clients=None,
        source="/etc/tinc/wan/tinc.conf",
    )
    assert gaps == []


@pytest.mark.parametrize(
    ("arguments", "directory"),
    [
        (["-n", "wan"], "/etc/tinc/wan"),
        (["-nwan", "-d5", "-U", "nobody"], "/etc/tinc/wan"),
        (["--net=wan", "-L"], "/etc/tinc/wan"),
        (["--net", "wan"], "/etc/tinc/wan"),
        (["-c", "/srv/t", "-n", "wan"], "/srv/t"),
        (["--config=/srv/t"], "/srv/t"),
        (["-n", "."], "/etc/tinc"),
        ([], "/etc/tinc"),
    ],
)
def test_directory(arguments: list[str], directory: str) -> None:
    assert parse_arguments(arguments).directory() == directory


@pytest.mark.parametrize("option", [["-o", "ConnectTo=other"], ["-oConnectTo=other"], ["-o", "ConnectTo", "other"]])
def test_options_count_as_the_file_does_also_as_the_running_daemon_shows_them(
    tmp_path: Path, option: list[str]
) -> None:
    row, _ = instance(tmp_path, "-n", "wan", *option, "--option=other.Port=9", "-o", f"PrivateKey={SECRET}")
    assert row.remotes[0] == NamedEnd("203.0.113.99", 9, "tcp")
    assert len(row.remotes) == 4


def test_every_host_counts_where_tinc_chooses_for_itself(tmp_path: Path) -> None:
    files = FILES | {
        "/etc/tinc/wan/tinc.conf": "Name = gw\nAutoConnect = yes\n",
        "/etc/tinc/wan/hosts/x~": "Address = 1.2.3.4\n",
    }
    row, _ = instance(tmp_path, "-n", "wan", files=files)
    assert [end.host for end in row.remotes] == ["203.0.113.41", "hub-a.example", "2001:db8::42", "203.0.113.99"]


def test_a_configuration_that_is_not_there_is_a_gap(tmp_path: Path) -> None:
    assert told(tmp_path, read, ["-n", "wan"]) == ([], ["reader: No such file or directory"])


def test_a_host_without_a_file_cannot_be_connected_to_and_one_that_is_no_file_is_a_gap(tmp_path: Path) -> None:
    files = {
        "/etc/tinc/wan/tinc.conf": "Name = gw\nConnectTo = nobody\nConnectTo = folder\nConnectTo = ../../x\n",
        "/etc/tinc/wan/hosts/folder/x": "",
        "/etc/x": "Address = 192.0.2.66\n",
    }
    row, gaps = instance(tmp_path, "-n", "wan", files=files)
    assert (row.remotes, gaps) == ((), ["/etc/tinc/wan/hosts/folder: not a regular file"])


def test_only_one_bound_address_is_the_local_one(tmp_path: Path) -> None:
    files = {"/etc/tinc/tinc.conf": "Name = gw\nBindToAddress = 192.0.2.7 5\n"}
    assert instance(tmp_path, files=files)[0].local == "192.0.2.7"
    files["/etc/tinc/tinc.conf"] += "ListenAddress = *\n"
    assert instance(tmp_path, files=files)[0].local is None


def test_nothing_of_a_key_is_kept() -> None:
    assert parse_lines(f"Name = x\nEd25519PublicKey = {SECRET}\n{KEY}Port 5\n".encode().splitlines()) == [
        ("name", "x"),
        ("port", "5"),
    ]


@given(st.binary(max_size=300))
def test_any_bytes_are_read(raw: bytes) -> None:
    parse_lines(raw.splitlines(keepends=True))
    parse_arguments(raw.decode("latin-1").split("\0"))
