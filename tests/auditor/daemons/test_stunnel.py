"""stunnel: a row for each service, defaults before the first, includes, and no key."""

from pathlib import Path

import pytest

from auditor.daemons.stunnel import read
from auditor.errors import ParseError, SourceAbsent
from tests.auditor.daemons.made import SECRET, Daemon, ends

STUNNEL = "/usr/bin/stunnel4"
CONFIG = f"""\
\ufeff; comment
pid = /run/stunnel.pid
client = yes
PSKsecrets = {SECRET}
[mail {SECRET}]
accept  = 127.0.0.1:25
Connect = mail.example:465
connect = [2001:db8::1]:465
[server]
client = no
accept = 443
connect = 127.0.0.1:80
key = {SECRET}
[inetd]
connect = 9000
"""


def test_each_service_is_a_row(tmp_path: Path) -> None:
    daemon = Daemon(tmp_path, STUNNEL, "/etc/stunnel/x.conf").write("/etc/stunnel/x.conf", CONFIG)
    mail, server, inetd = daemon.read(read)
    assert (mail.role, mail.local, mail.local_port) == ("client", "127.0.0.1", 25)
    assert ends(mail) == [("mail.example", 465, "tcp"), ("2001:db8::1", 465, "tcp")]
    assert (server.role, server.local, server.local_port, server.remotes) == ("server", None, 443, ())
    assert (inetd.role, inetd.local_port, ends(inetd)) == ("client", None, [("localhost", 9000, "tcp")])
    assert daemon.gaps == []


def test_an_ipv6_address_needs_no_brackets(tmp_path: Path) -> None:
    config = "client = yes\n[x]\naccept = ::1:25\nconnect = 2001:db8::1:465\n[y]\naccept = :::26\nconnect = 465\n"
    one, other = Daemon(tmp_path, STUNNEL, "/x").write("/x", config).read(read)
    assert (one.local, one.local_port, ends(one)) == ("::1", 25, [("2001:db8::1", 465, "tcp")])
    assert (other.local, other.local_port, ends(other)) == ("::", 26, [("localhost", 465, "tcp")])


def test_includes_are_read_and_their_absence_is_told(tmp_path: Path) -> None:
    daemon = Daemon(tmp_path, STUNNEL).write("/etc/stunnel/stunnel.conf", "include = conf.d\ninclude = gone.d\n")
    daemon.write("/etc/daemon/conf.d/b.conf", "[b]\naccept = 2\n").write(
        "/etc/daemon/conf.d/a.conf", "[a]\naccept = 1\n"
    )
    daemon.write("/etc/daemon/conf.d/.hidden", "[c]\naccept = 3\n")
    assert [row.local_port for row in daemon.read(read)] == [1, 2]
    assert [(source, type(error)) for source, error in daemon.gaps] == [("gone.d", SourceAbsent)]


def test_includes_in_a_circle_end(tmp_path: Path) -> None:
    daemon = Daemon(tmp_path, STUNNEL, "/c/x").write("/c/x", "include = /c\n[x]\naccept = 1\n")
    assert len(daemon.read(read)) < 100
    assert any("too deeply" in error.detail for _, error in daemon.gaps)


def test_a_line_that_is_nothing_is_told_with_its_number_and_the_rest_is_read(tmp_path: Path) -> None:
    daemon = Daemon(tmp_path, STUNNEL, "/x").write("/x", f"[a]\n{SECRET}\naccept = 1\n")
    assert [row.local_port for row in daemon.read(read)] == [1]
    ((source, error),) = daemon.gaps
    assert (source, error.detail) == ("/x", "line 2: neither a section nor an option")


def test_a_configuration_that_lies_nowhere_is_told(tmp_path: Path) -> None:
    with pytest.raises(ParseError):
        Daemon(tmp_path, STUNNEL, "-fd", "0").read(read)
