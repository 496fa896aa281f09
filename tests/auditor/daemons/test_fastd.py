"""fastd's configuration language, its files and arguments."""

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.daemons.fastd import read
from auditor.daemons.fastd_words import Word, statements, words
from auditor.errors import ParseError
from auditor.model.rows import DaemonInstance, NamedEnd
from tests.auditor.daemons.made import SECRET, told

MAIN = f"""\
# secret "{SECRET}";
include "secret.conf"; bind 192.0.2.10:10000 interface "eth0" default ipv4;
interface "backbone"; mode tap; /* peer "no" {{
remote 192.0.2.66:1; }} */ method "null"; log to syslog as "x" level warn;
on up "ip link set up dev $INTERFACE
peer \\"no\\" {{ remote 192.0.2.66:1; }}";
peer group "spokes" {{ peer limit 3; include peers from "peers"; }}
peer "caller" {{ key "{SECRET}"; }} // remote 192.0.2.66:1;
include peer "one/named" as "named";
"""
FILES = {
    "/etc/fastd/b/fastd.conf": MAIN,
    "/etc/fastd/b/secret.conf": f'secret "{SECRET}";\n',
    "/etc/fastd/b/peers/hub": f'key "{SECRET}"; remote ipv4 "hub.example" port 10001;remote "203.0.113.5":7;\n',
    "/etc/fastd/b/peers/six": "remote ipv6 [2001:DB8::80]:10002; float yes;\n",
    "/etc/fastd/b/peers/old~": "remote 192.0.2.66:1;\n",
    "/etc/fastd/b/peers/.hidden": "remote 192.0.2.66:1;\n",
    "/etc/fastd/b/one/named": 'include "more";\n',
    "/etc/fastd/b/one/more": "remote 203.0.113.6:8;\n",
}


def only(root: Path, arguments: list[str], files: dict[str, str], *held: str) -> tuple[DaemonInstance, list[str]]:
    (row,), gaps = told(root, read, arguments, files, held=held)
    return row, gaps


def test_every_peer_of_every_file_is_a_far_end(tmp_path: Path) -> None:
    row, gaps = only(tmp_path, ["--syslog-level", "info", "-c", "/etc/fastd/b/fastd.conf"], FILES, "backbone")
    assert (row.role, row.device, row.local, row.local_port) == ("p2p", "backbone", "192.0.2.10", 10000)
    assert row.source == "/etc/fastd/b/fastd.conf"
    assert row.remotes == (
        NamedEnd("hub.example", 10001, "udp"),
        NamedEnd("203.0.113.5", 7, "udp"),
        NamedEnd("2001:db8::80", 10002, "udp"),
        NamedEnd("203.0.113.6", 8, "udp"),
    )
    assert gaps == []


def test_arguments_name_peers_and_relative_files_start_where_the_process_is(tmp_path: Path) -> None:
    files = {
        "/start/p/a": "remote 203.0.113.1:1;",
        "/start/b": "remote 203.0.113.2:2;",
        "/start/c": 'mode tun;peer "x" {}\n',
    }
    arguments = [
        "-c",
        "c",
        "--config-peer-dir",
        "p",
        "--config-peer",
        "b",
        "-m",
        "tap",
        "-i",
        "x0",
        "-b",
        "[2001:db8::1]:9",
    ]
    row, gaps = only(tmp_path, arguments, files)
    assert (row.device, row.local, row.local_port, gaps) == ("x0", "2001:db8::1", 9, [])
    assert [end.port for end in row.remotes] == [1, 2]


def test_in_multitap_each_peer_has_its_device(tmp_path: Path) -> None:
    content = (
        'mode multitap; interface "l-%n%%"; peer "a" { remote 203.0.113.1:1; } peer "b" { remote 203.0.113.2:2; }\n'
        'peer "c" { interface "own"; remote 203.0.113.3:3; } peer "d" { remote 203.0.113.4:4; }\n'
        f'peer "e" {{ interface "k%k"; key "0123456789abcdef{SECRET}"; remote 203.0.113.5:5; }}\n'
    )
    held = ("l-a%", "l-b%", "own", "k0123456789abcdef")
    rows, _ = told(tmp_path, read, ["-c", "/f"], {"/f": content}, held=held)
    assert [(row.device, [end.port for end in row.remotes]) for row in rows] == [
        ("l-a%", [1]),
        ("l-b%", [2]),
        ("own", [3]),
        ("k0123456789abcdef", [5]),
        (None, [4]),
    ]


@pytest.mark.parametrize(
    ("content", "gap"),
    [
        ('mode tap;\ninterface "x\n\n', "/f: line 2: string without its end"),
        ("mode tap;\n/* x\n", "/f: line 2: comment without its end"),
        ("mode tap", "/f: statement without its end"),
        ('include "/f";', "/f: configuration files include each other too deeply"),
        ('include "/gone";', "/gone: No such file or directory"),
        ('include peers from "/gone";', "/gone: No such file or directory"),
    ],
)
def test_what_cannot_be_read_is_a_gap(tmp_path: Path, content: str, gap: str) -> None:
    assert only(tmp_path, ["-c", "/f"], {"/f": content})[1] == [gap]


def test_a_configuration_on_standard_input_is_a_gap(tmp_path: Path) -> None:
    assert only(tmp_path, ["-c", "-"], {})[1] == ["configuration: the configuration was given on standard input"]


def test_statements_keep_what_is_wanted_only() -> None:
    raw = (
        f'secret "{SECRET}"; on up "{SECRET}"; mode tap; bind any:5; x {{ remote [2001:db8::1] port 5; }} peer "p" {{}}'
    )
    assert list(statements([raw.encode()])) == [
        [Word("mode"), Word("tap")],
        [Word("bind"), Word("any"), Word(":"), Word("5")],
        [Word(""), Word("{")],
        [Word("remote"), Word("[2001:db8::1]"), Word("port"), Word("5")],
        [Word("}")],
        [Word("peer"), Word("p", quoted=True), Word("{")],
        [Word("}")],
    ]


def test_strings_are_unquoted_as_fastd_does() -> None:
    assert list(words([b'"a\\"b\\\n', b"c\n", b'd" x"y"'])) == [
        Word('a"bc\nd', quoted=True),
        Word("x"),
        Word("y", quoted=True),
    ]


def test_every_beginning_of_a_file_is_read_or_refused(tmp_path: Path) -> None:
    for length in range(len(MAIN)):
        told(tmp_path, read, ["-c", "/etc/fastd/b/fastd.conf"], FILES | {"/etc/fastd/b/fastd.conf": MAIN[:length]})


@given(st.one_of(st.binary(max_size=200), st.text('pereinclud" {};:[]#/*\\ \n', max_size=80).map(str.encode)))
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    with suppress(ParseError):
        list(statements(raw.splitlines(keepends=True)))
