"""What an xl2tpd is configured to do: whom it dials and whether it serves, and nothing that is secret."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.daemons import xl2tpd
from auditor.daemons.files import ProcessFiles
from auditor.errors import SourceAbsent
from auditor.host import Host
from auditor.model.rows import DaemonInstance, NamedEnd, Process

DAEMON = Process(pid=40, comm="xl2tpd", exe="/usr/sbin/xl2tpd", netns=1, mntns=7)
SECRET, PERSON = "hunter2-never-to-be-seen", "zhang.san"
FILE = f"""; lns = 192.0.2.9
[global]
auth file = /etc/{SECRET}
[lns default]
ip range = 10.67.0.10-10.67.0.20
name = {PERSON}
lns = 192.0.2.8
[lac hq]
lns = vpn.example.net ; {SECRET}
lns = 203.0.113.40
challenge = {SECRET}
[lac branch]
	lns=2001:db8::1
"""
ENDS = [
    (NamedEnd("vpn.example.net", 1701, "udp"), NamedEnd("203.0.113.40", 1701, "udp")),
    (NamedEnd("2001:db8::1", 1701, "udp"),),
]


def read(root: Path, path: str, content: str, *arguments: str, process: Process = DAEMON) -> list[DaemonInstance]:
    """Return the rows of a daemon that sees `content` at `path`."""
    target = root / f"proc/40/root{path}"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(content)
    (root / "proc/40/cmdline").write_bytes(b"\0".join(part.encode() for part in ("xl2tpd", *arguments, "")))
    return list(xl2tpd.read(process, ProcessFiles(Host(str(root)), process)))


@pytest.mark.parametrize(
    ("path", "arguments"),
    [
        ("/etc/xl2tpd/xl2tpd.conf", ("-D",)),
        ("/etc/l2tpd/l2tpd.conf", ("-D",)),
        ("/srv/l2tp.conf", ("-D", "-c", "/srv/l2tp.conf")),
        ("/srv/l2tp.conf", ("-c/srv/l2tp.conf",)),
    ],
)
def test_connections_and_service(tmp_path: Path, path: str, arguments: tuple[str, ...]) -> None:
    server, *clients = read(tmp_path, path, FILE, *arguments)
    assert (server.role, server.people, server.local_port, server.remotes) == ("server", True, 1701, ())
    assert [(row.role, row.people) for row in clients] == [("client", False)] * 2
    assert [row.remotes for row in clients] == ENDS
    assert {row.source for row in (server, *clients)} == {path}


def test_nothing_secret_is_kept_at_any_truncation(tmp_path: Path) -> None:
    for end in range(len(FILE) + 1):
        rows = read(tmp_path, "/etc/xl2tpd/xl2tpd.conf", FILE[:end])
        assert SECRET[:8] not in repr(rows)
        assert PERSON not in repr(rows)


def test_no_file_is_an_error_and_another_program_is_none(tmp_path: Path) -> None:
    with pytest.raises(SourceAbsent):
        read(tmp_path, "/etc/other.conf", FILE)
    assert read(tmp_path, "/etc/xl2tpd/xl2tpd.conf", FILE, process=DAEMON._replace(exe="/usr/sbin/kl2tpd")) == []


@given(st.binary())
def test_any_bytes(raw: bytes) -> None:
    settings = xl2tpd.parse(raw.splitlines(keepends=True))
    assert isinstance(settings.serves, bool)
