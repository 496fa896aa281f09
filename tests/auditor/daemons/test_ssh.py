"""ssh: every way to ask for a forward, and every session that has none."""

from pathlib import Path

import pytest

from auditor.daemons.ssh import read
from tests.auditor.daemons.made import SECRET, Daemon, ends

SSH, DBCLIENT = "/usr/bin/ssh", "/usr/bin/dbclient"
PASSWD = "root:x:0:0:root:/root:/bin/sh\nzhang:x:1000:1000:Zhang San,,,:/home/zhang:/bin/sh\n"


def daemon(root: Path, *given: str, exe: str = SSH) -> Daemon:
    return Daemon(root, exe, *given).write("/etc/passwd", PASSWD)


@pytest.mark.parametrize(
    ("given", "local", "end"),
    [
        (["-D", "1080", "zhang@hk.example"], (None, 1080), ("hk.example", 22)),
        (["-ND1080", "-p2222", "203.0.113.9"], (None, 1080), ("203.0.113.9", 2222)),
        (["-NfL", "10.8.0.1:8080:web:80", "hk"], ("10.8.0.1", 8080), ("hk", 22)),
        (["hk", "-L", "8080:web:80", "-p", "443", "sleep", "-D", "1"], (None, 8080), ("hk", 443)),
        (["-L", "[::1]:8080:web:80", "ssh://zhang@[2001:db8::1]:2200"], ("::1", 8080), ("2001:db8::1", 2200)),
        (["-R", "9000:localhost:22", "hk"], (None, None), ("hk", 22)),
        (["-R", "9000", "-oPort=2022", "hk"], (None, None), ("hk", 2022)),
        (["-o", "LocalForward 8080 web:80", "-o", "HostName = 192.0.2.9", "hk"], (None, 8080), ("192.0.2.9", 22)),
        (["-o", "DynamicForward=127.0.0.1:1080", "hk"], ("127.0.0.1", 1080), ("hk", 22)),
        (["-L", "/run/s.sock:web:80", "hk"], (None, None), ("hk", 22)),
        (["-R", "9000:a:1", "-L", "8080:a:1", "--", "hk"], (None, 8080), ("hk", 22)),
    ],
)
def test_forwards(tmp_path: Path, given: list[str], local: tuple[str | None, int | None], end: tuple[str, int]) -> None:
    made = daemon(tmp_path, *given)
    row = made.one(read)
    assert ((row.local, row.local_port), ends(row)) == (local, [(*end, "tcp")])
    assert (row.role, row.transport, made.gaps) == ("client", "tcp", [])
    assert "zhang" not in repr(row)


@pytest.mark.parametrize(
    "given",
    [
        ["hk"],
        ["-t", "hk", "ssh", "-L", "1:a:1", "x"],
        ["hk", "git-upload-pack", "'x'"],
        ["-W", "a:22", "-L", "1:a:1", "jump"],
        ["-O", "forward", "-L", "1:a:1", "hk"],
        ["-o", "ClearAllForwardings=yes", "-L", "1:a:1", "hk"],
        ["-w", "7:7", "hk"],
        ["-A", "-X", "-Y", "hk"],
        ["-E", "-L", "hk"],
        ["-V"],
        [],
    ],
)
def test_sessions_without_a_forward(tmp_path: Path, given: list[str]) -> None:
    assert daemon(tmp_path, *given).read(read) == []


def test_servers_are_not_looked_at(tmp_path: Path) -> None:
    assert daemon(tmp_path, "-D", "-p", "22", exe="/usr/sbin/sshd").read(read) == []


def test_the_configuration_of_the_user_and_of_the_host(tmp_path: Path) -> None:
    made = daemon(tmp_path, "-N", "hk-1")
    made.write("/home/zhang/.ssh/config", f"Include conf.d/*\nHost hk-*\n  HostName %h.example\n  SetEnv A={SECRET}\n")
    made.write("/home/zhang/.ssh/conf.d/a", "Host hk-1\n  RemoteForward 9000 a:22\n")
    made.write("/etc/ssh/ssh_config", "Host *\n  Port 2222\n")
    row = made.one(read)
    assert ends(row) == [("hk-1.example", 2222, "tcp")]
    assert made.gaps == []


@pytest.mark.parametrize(("given", "rows"), [(["-F", "none", "hk"], 0), (["-F", "/x", "hk"], 1)])
def test_another_file(tmp_path: Path, given: list[str], rows: int) -> None:
    made = daemon(tmp_path, *given).write("/x", "RemoteForward 1 a:1\n")
    made.write("/home/zhang/.ssh/config", "RemoteForward 1 a:1\nRemoteForward 2 a:1\n")
    assert len(made.read(read)) == rows


def test_a_user_of_a_directory_service_is_told(tmp_path: Path) -> None:
    made = Daemon(tmp_path, SSH, "hk").write("/etc/passwd", "root:x:0:0:root:/root:/bin/sh\n")
    assert made.read(read) == []
    assert [source for source, _ in made.gaps] == ["configuration of the user who runs ssh"]


def test_a_jump_has_no_connection_of_its_own(tmp_path: Path) -> None:
    row = daemon(tmp_path, "-J", "jump", "-L", "1:a:1", "hk").one(read)
    assert (row.transport, ends(row)) == (None, [("hk", 22, "tcp")])


@pytest.mark.parametrize(
    ("given", "end"),
    [
        (["-N", "-L", "8080:a:80", "-p", "2222", "root@hk"], ("hk", 2222)),
        (["-R", "9000:a:80", "root@jump,root@hk/2200"], ("hk", 2200)),
    ],
)
def test_dropbear(tmp_path: Path, given: list[str], end: tuple[str, int]) -> None:
    assert ends(daemon(tmp_path, *given, exe=DBCLIENT).one(read)) == [(*end, "tcp")]


def test_dropbear_without_a_forward(tmp_path: Path) -> None:
    assert daemon(tmp_path, "-B", "a:22", "-L", "1:a:1", "hk", exe=DBCLIENT).read(read) == []
