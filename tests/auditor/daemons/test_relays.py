"""Port relays: a row for each port that is passed on to another host, none within this one, no password."""

from pathlib import Path

import pytest

from auditor.daemons.relays import read
from tests.auditor.daemons.made import SECRET, Daemon, ends


@pytest.mark.parametrize(
    ("program", "given", "local", "found"),
    [
        ("redir", ["-n", "-x", SECRET, "10.8.0.1:80", "a.example:8080"], ("10.8.0.1", 80), ("a.example", 8080, "tcp")),
        ("redir", [":80", "[2001:db8::1]:81"], (None, 80), ("2001:db8::1", 81, "tcp")),
        ("redir", ["-n", "", "80", "192.0.2.9", "81"], (None, 80), ("192.0.2.9", 81, "tcp")),
        ("redir", ["--lport=80", "--caddr", "192.0.2.9", "--cport", "81"], (None, 80), ("192.0.2.9", 81, "tcp")),
        ("simpleproxy", ["-d", "-L", "80", "-R", "192.0.2.9:81"], (None, 80), ("192.0.2.9", 81, "tcp")),
        (
            "simpleproxy",
            ["-L10.8.0.1:80", "-R", "x.example:1", "-S", "p.example:3128", "-a", f"me:{SECRET}"],
            ("10.8.0.1", 80),
            ("p.example", 3128, "tcp"),
        ),
        ("6tunnel", ["-d", "-i", SECRET, "80", "a.example", "81"], (None, 80), ("a.example", 81, "tcp")),
        ("6tunnel", ["-l", "10.8.0.1", "-4", "80", "a.example"], ("10.8.0.1", 80), ("a.example", 80, "tcp")),
    ],
)
def test_relays(tmp_path: Path, program: str, given: list[str], local: object, found: object) -> None:
    row = Daemon(tmp_path, f"/usr/bin/{program}", *given).one(read)
    assert ((row.local, row.local_port), ends(row), row.role) == (local, [found], "client")


@pytest.mark.parametrize(
    ("program", "given"),
    [
        ("redir", [":80", "127.0.0.1:8080"]),
        ("redir", [":80", ":8080"]),
        ("redir", []),
        ("simpleproxy", ["-L", "80", "-R", "localhost:81"]),
        ("simpleproxy", ["-f", "/etc/x"]),
        ("6tunnel", ["80", "::1"]),
        ("6tunnel", ["80"]),
    ],
)
def test_no_relays(tmp_path: Path, program: str, given: list[str]) -> None:
    assert Daemon(tmp_path, f"/usr/bin/{program}", *given).read(read) == []


def test_each_rule_of_rinetd_is_a_row_and_what_is_none_a_gap_with_its_line(tmp_path: Path) -> None:
    rules = "# x\nallow 10.*\nlogfile /x\n0.0.0.0 80 192.0.2.9 81\n10.8.0.1 53/udp a.example 54/udp [timeout=9]\n"
    daemon = Daemon(tmp_path, "/usr/sbin/rinetd", "-f").write(
        "/etc/rinetd.conf", f"{rules}127.0.0.1 1 127.0.0.1 2\n{SECRET}\n"
    )
    one, other = daemon.read(read)
    assert (one.local, one.local_port, ends(one)) == ("0.0.0.0", 80, [("192.0.2.9", 81, "tcp")])
    assert (other.local, other.local_port, ends(other)) == ("10.8.0.1", 53, [("a.example", 54, "udp")])
    assert other.source == "/etc/rinetd.conf"
    assert [(source, error.detail) for source, error in daemon.gaps] == [
        ("/etc/rinetd.conf", "line 7: neither a rule nor a setting")
    ]
