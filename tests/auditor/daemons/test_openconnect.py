"""openconnect's arguments, and ocserv's processes with their configuration file."""

from pathlib import Path

import pytest

from auditor.daemons import openconnect
from auditor.errors import ParseError, SourceAbsent
from auditor.model.rows import DaemonInstance, NamedEnd, Process
from tests.auditor.daemons.made import ask

CLIENT = Process(40, "openconnect", "/usr/sbin/openconnect", netns=1, mntns=7, tun_devices=("partner0",))
MAIN = Process(40, "ocserv-main", "/usr/sbin/ocserv", netns=1, mntns=7)
WORKER = Process(40, "ocserv-worker", "/usr/sbin/ocserv-worker", netns=1, mntns=7, tun_devices=("vpns0",))
SECRET, PERSON = "planted-cookie", "zhang.san"
END = NamedEnd("vpn.example", 443, "tcp")
CONF = f"""\
auth = "radius[config=/etc/{SECRET}]"
# tcp-port = 1
tcp-port = 4433 # staff
udp-port = 4433
listen-host = 192.0.2.1
key-pin = {SECRET}
banner = "Welcome {PERSON}"
[vhost:other.example]
tcp-port = 9
"""


@pytest.mark.parametrize(
    "arguments",
    [
        ("https://vpn.example/",),
        ("https://vpn.example/staff?x=1",),
        ("vpn.example",),
        ("--server=vpn.example",),
        ("--server", f"https://{PERSON}:{SECRET}@vpn.example:443/"),
        ("-u", PERSON, "-C", SECRET, "-bi", "tun9", "vpn.example"),
        (f"--user={PERSON}", "--cookie", SECRET, "--token-secret", SECRET, "--protocol=gp", "vpn.example"),
        ("-p", SECRET, "--servercert", "pin-sha256:x", "--resolve", "vpn.example:192.0.2.9", "vpn.example"),
        ("--proxy=http://proxy.example", "--no-proxy", "vpn.example"),
    ],
)
def test_a_client(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    made = ask(openconnect.read, tmp_path, CLIENT, *arguments)
    assert made.rows == [
        DaemonInstance(
            40, "openconnect", "client", None, None, (END,), "partner0", None, "command line", transport="tcp"
        )
    ]
    assert SECRET not in made.said
    assert PERSON not in made.said


def test_a_client_with_a_file_and_an_address(tmp_path: Path) -> None:
    text = f"user={PERSON}\n# comment\nserver https://[2001:db8::1]:8443/\npasswd-on-stdin\nform-entry=a:b={SECRET}\n"
    made = ask(openconnect.read, tmp_path, CLIENT, "--config=c", files={"/start/c": text})
    assert made.row.remotes == (NamedEnd("2001:db8::1", 8443, "tcp"),)
    assert made.row.source == "c"
    assert SECRET not in made.said
    assert PERSON not in made.said


def test_behind_a_proxy_the_transport_of_the_server_is_not_its_own(tmp_path: Path) -> None:
    made = ask(openconnect.read, tmp_path, CLIENT, "-P", f"http://u:{SECRET}@proxy.example", "vpn.example")
    assert (made.row.remotes, made.row.complete) == ((NamedEnd("vpn.example", 443, None),), True)
    assert SECRET not in made.said


def test_a_client_without_server_or_with_nonsense(tmp_path: Path) -> None:
    assert ask(openconnect.read, tmp_path, CLIENT, "--version").rows == []
    made = ask(openconnect.read, tmp_path, CLIENT, f"https://{SECRET}:port/")
    assert made.rows == []
    assert [type(error) for _, error in made.gaps] == [ParseError]
    assert SECRET not in made.said


def test_a_file_that_is_gone_is_an_error(tmp_path: Path) -> None:
    assert isinstance(ask(openconnect.read, tmp_path, CLIENT, "--config", "/gone", "vpn.example").error, SourceAbsent)


def test_a_worker_has_the_arguments_of_its_server(tmp_path: Path) -> None:
    arguments = ("--foreground", "--pid-file", "/run/o.pid", "--config", "/etc/o.conf")
    made = ask(openconnect.read, tmp_path, WORKER, *arguments, files={"/etc/o.conf": CONF})
    assert made.rows == [
        DaemonInstance(
            *(40, "openconnect", "server", "192.0.2.1", 4433, (), "vpns0", None, "/etc/o.conf", True), transport="tcp"
        )
    ]
    assert SECRET not in made.said
    assert PERSON not in made.said


def test_the_main_process_has_a_title_for_arguments(tmp_path: Path) -> None:
    guess = ask(openconnect.read, tmp_path, MAIN, files={"/etc/ocserv/ocserv.conf": CONF}).row
    assert (guess.source, guess.local_port, guess.people) == ("/etc/ocserv/ocserv.conf", 4433, True)


def test_without_the_usual_file_it_is_a_server_all_the_same(tmp_path: Path) -> None:
    made = ask(openconnect.read, tmp_path, MAIN)
    assert (made.row.role, made.row.local_port, made.row.people) == ("server", None, True)
    assert made.gaps == []


def test_a_file_that_was_named_and_is_gone_is_a_gap(tmp_path: Path) -> None:
    made = ask(openconnect.read, tmp_path, WORKER, "-c", "/gone.conf")
    assert [(source, type(error)) for source, error in made.gaps] == [("/gone.conf", SourceAbsent)]
    assert made.row.people


@pytest.mark.parametrize("process", [MAIN._replace(comm="ocserv-sm"), CLIENT._replace(exe="/opt/cisco/bin/vpnagentd")])
def test_processes_that_carry_nothing_or_take_no_arguments(tmp_path: Path, process: Process) -> None:
    assert ask(openconnect.read, tmp_path, process, "x").rows == []


@pytest.mark.parametrize(
    "text", [b"tcp-port\n", b"tcp-port =\n", b"a = b\n\ntcp-port = " + SECRET.encode(), b"tcp-port = 99999"]
)
def test_what_is_not_understood_is_an_error_with_its_line(text: bytes) -> None:
    with pytest.raises(ParseError, match=r"line [13]: ") as caught:
        openconnect.parse_ocserv(text.splitlines())
    assert SECRET not in caught.value.detail


@pytest.mark.parametrize("size", range(0, len(CONF), 5))
def test_every_truncation_of_the_file(size: int) -> None:
    try:
        found = openconnect.parse_ocserv(CONF.encode()[:size].splitlines())
    except ParseError:
        return
    assert set(found) <= {"tcp-port", "listen-host"}
    assert SECRET not in repr(found)
