"""Miredo's configuration: the file that its package brings, and hostile ones."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.daemons.files import ProcessFiles
from auditor.daemons.miredo import parse_arguments, parse_lines, read
from auditor.errors import SourceAbsent, SourceError
from auditor.host import Host
from auditor.model.rows import DaemonInstance, NamedEnd, Process

PACKAGED = Path(__file__).resolve().parents[2] / "fixtures/miredo/miredo.conf"
OWNER = Process(pid=40, comm="miredo", exe="/usr/sbin/miredo")


def described(root: Path, content: bytes, *arguments: str, place: str = "etc/miredo/miredo.conf") -> DaemonInstance:
    process = root / "proc/40"
    (process / "root" / place).parent.mkdir(parents=True)
    (process / "root" / place).write_bytes(content)
    (process / "cmdline").write_bytes(b"".join(f"{word}\0".encode() for word in ("miredo", *arguments)))
    files = ProcessFiles(Host(str(root)), OWNER)
    (row,) = read(OWNER, files)
    assert not files.gaps
    return row


def test_the_configuration_of_the_package(tmp_path: Path) -> None:
    row = described(tmp_path, PACKAGED.read_bytes(), "-f")
    assert row == DaemonInstance(
        pid=40,
        technology="teredo",
        role="client",
        local=None,
        local_port=None,
        remotes=(NamedEnd("teredo-debian.remlab.net", 3544, "udp"),),
        device="teredo",
        clients=None,
        source="/etc/miredo/miredo.conf",
        transport="udp",
    )


def test_every_directive_of_a_client(tmp_path: Path) -> None:
    content = (
        b"interfacename t6\nSERVERADDRESS 192.0.2.1\nServerAddress2 192.0.2.9\nBindPort 3545\nBindAddress 192.0.2.7\n"
    )
    row = described(tmp_path, content, "-c", "/srv/m.conf", place="srv/m.conf")
    assert (row.device, row.local, row.local_port, row.source) == ("t6", "192.0.2.7", 3545, "/srv/m.conf")
    assert [end.host for end in row.remotes] == ["192.0.2.1", "192.0.2.9"]


@pytest.mark.parametrize("mode", ["relay", "cone", "RESTRICTED"])
def test_a_relay_has_no_server(tmp_path: Path, mode: str) -> None:
    row = described(tmp_path, f"RelayType {mode}\nServerAddress 192.0.2.1\n".encode())
    assert (row.role, row.remotes) == ("p2p", ())


@pytest.mark.parametrize(
    ("arguments", "path", "server"),
    [
        (["-f"], "/etc/miredo/miredo.conf", None),
        (["--config=/a", "-f", "srv"], "/a", "srv"),
        (["--config", "/a", "-u", "root", "-t", "/jail", "srv"], "/a", "srv"),
        (["-c/a"], "/a", None),
        (["-p", "/run/x"], "/etc/miredo/miredo.conf", None),
        (["-c"], "", None),
    ],
)
def test_arguments(arguments: list[str], path: str, server: str | None) -> None:
    assert parse_arguments(arguments) == (path, server)


def test_the_server_on_the_command_line_counts(tmp_path: Path) -> None:
    assert [end.host for end in described(tmp_path, PACKAGED.read_bytes(), "srv.example").remotes] == ["srv.example"]


@pytest.mark.parametrize("port", ["x", "-1", "70000", "3545 ", "٣"])
def test_a_port_that_is_none_is_a_gap(tmp_path: Path, port: str) -> None:
    process = tmp_path / "proc/40"
    (process / "root/etc/miredo").mkdir(parents=True)
    (process / "root/etc/miredo/miredo.conf").write_text(f"BindPort {port}\n")
    (process / "cmdline").write_bytes(b"miredo\0")
    files = ProcessFiles(Host(str(tmp_path)), OWNER)
    (row,) = read(OWNER, files)
    assert row.local_port == (3545 if port == "3545 " else None)
    assert bool(files.gaps) == (port != "3545 ")
    assert not any(port in error.detail for _, error in files.gaps if len(port) > 1)


def test_a_configuration_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "proc/40").mkdir(parents=True)
    (tmp_path / "proc/40/cmdline").write_bytes(b"miredo\0")
    with pytest.raises(SourceAbsent):
        list(read(OWNER, ProcessFiles(Host(str(tmp_path)), OWNER)))


def test_every_truncation_of_the_packages_file() -> None:
    raw = PACKAGED.read_bytes()
    for length in range(len(raw)):
        parse_lines(raw[:length].splitlines(keepends=True))


@given(st.lists(st.binary(max_size=60), max_size=8), st.lists(st.text(max_size=12), max_size=6))
def test_any_bytes(lines: list[bytes], arguments: list[str]) -> None:
    parse_lines(lines)
    parse_arguments(arguments)


def test_what_is_not_wanted_is_dropped() -> None:
    assert parse_lines([b"Secret hunter2\n", b"# ServerAddress hunter2\n", b"ServerAddress a\n"]) == {
        "serveraddress": "a"
    }


def test_a_denied_file_is_an_error(tmp_path: Path) -> None:
    place = tmp_path / "proc/40/root/etc/miredo/miredo.conf"
    place.mkdir(parents=True)  # no regular file
    (tmp_path / "proc/40/cmdline").write_bytes(b"miredo\0")
    with pytest.raises(SourceError):
        list(read(OWNER, ProcessFiles(Host(str(tmp_path)), OWNER)))
