"""Yggdrasil's configuration as the daemon writes it, in HJSON and JSON, and HJSON as people write it."""

import json
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.daemons.yggdrasil import read
from auditor.errors import ParseError
from auditor.formats.hjson import values
from auditor.model.rows import DaemonInstance, NamedEnd
from tests.auditor.daemons.made import SECRET, told

FIXTURES = Path(__file__).parents[2] / "fixtures" / "yggdrasil"
HJSON = f"""\
{{
  # Peers: [ "tls://192.0.2.66:1" ]
  Peers: [
    tls://203.0.113.84:9101?key=00&password={SECRET}
    "tcp://203.0.113.86:9101", 'quic://hub.example:1'
    socks://127.0.0.1:9050/203.0.113.87:5
  ]
  /* InterfacePeers of
     the uplink */
  "InterfacePeers": {{ "eth0": ["tcp://[2001:db8::85]:9101"], eth1: [] }} // end
  MulticastInterfaces: [ {{ Regex: ".*", Beacon: true, Port: 0 }} ]
  PrivateKey: {SECRET}
  IfName: lan9
  NodeInfo: {{ note: '''Peers: [
    tcp://192.0.2.66:1 ]''', PrivateKey: {SECRET}
  }}
}}
"""
ENDS = (
    NamedEnd("203.0.113.84", 9101, "tcp"),
    NamedEnd("203.0.113.86", 9101, "tcp"),
    NamedEnd("hub.example", 1, "udp"),
    NamedEnd("203.0.113.87", 5, "tcp"),
    NamedEnd("2001:db8::85", 9101, "tcp"),
)
WANTED = frozenset(("peers", "interfacepeers", "ifname"))


def instance(root: Path, content: str, *arguments: str, held: tuple[str, ...] = ()) -> DaemonInstance:
    arguments = arguments or ("-useconffile", "/y.conf")
    (row,), gaps = told(root, read, arguments, {"/y.conf": content}, held=held)
    assert gaps == []
    return row


def test_peers_of_both_kinds_are_far_ends_and_nothing_else_is_kept(tmp_path: Path) -> None:
    row = instance(tmp_path, HJSON)
    assert (row.role, row.device, row.source, row.remotes) == ("p2p", "lan9", "/y.conf", ENDS)


@pytest.mark.parametrize("arguments", [("-useconffile=/y.conf",), ("--useconffile", "/y.conf", "-loglevel", "error")])
def test_flags_are_written_as_go_takes_them(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    assert instance(tmp_path, HJSON, *arguments, held=("tun7",)).device == "tun7"


@pytest.mark.parametrize("name", ["generated.hjson", "generated.json"])
def test_what_the_daemon_itself_writes_is_read(tmp_path: Path, name: str) -> None:
    content = (FIXTURES / name).read_text()
    row = instance(tmp_path, content)
    assert (row.remotes, row.device) == ((), None)
    assert values(content.encode().splitlines(keepends=True), WANTED) == {
        "peers": (),
        "interfacepeers": (),
        "ifname": ("auto",),
    }
    for empty in ("Peers: []", '"Peers": []'):
        content = content.replace(empty, empty.replace("[]", '["tls://203.0.113.84:1"]'))
    assert instance(tmp_path, content).remotes == (NamedEnd("203.0.113.84", 1, "tcp"),)


def test_json_in_one_line_is_read(tmp_path: Path) -> None:
    made = {"PrivateKey": SECRET, "Peers": ["tcp://a.example:1?x=1&y=2"], "IfName": "a\u00e9b"}
    row = instance(tmp_path, json.dumps(made).replace("&", "\\u0026"))
    assert (row.remotes, row.device) == ((NamedEnd("a.example", 1, "tcp"),), "a\u00e9b")


def test_without_a_file_there_are_no_peers_or_they_are_not_known(tmp_path: Path) -> None:
    assert instance(tmp_path, "", "-autoconf").remotes == ()
    (row,), gaps = told(tmp_path, read, ["-useconf"])
    assert (row.remotes, gaps) == ((), ["configuration: the configuration was given on standard input"])


def test_a_file_that_is_gone_is_a_gap(tmp_path: Path) -> None:
    assert told(tmp_path, read, ["-useconffile", "/y.conf"]) == ([], ["reader: No such file or directory"])


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{\n Peers: [\n", "line 2: value without its end"),
        ("{\n Peers\n}", "line 3: a key without its value"),
        ('{\n IfName: "x\n}', "line 2: text without its end"),
        ("{\n IfName: '''x\n}", "line 2: text or comment without its end"),
        ("{ /* \n", "line 1: text or comment without its end"),
        ("{ a: " + "[" * 99, "line 1: nested too deeply"),
        ("{ a: 1", "line 1: object without its end"),
    ],
)
def test_what_is_no_hjson_is_refused_with_its_line(content: str, said: str) -> None:
    with pytest.raises(ParseError, match=f"^{said}$"):
        values(content.encode().splitlines(keepends=True), WANTED)


def test_the_outermost_braces_may_be_left_out() -> None:
    assert values([b"ifname: a b # c\n", b"Peers: [1, 2]\n"], WANTED) == {"ifname": ("a b # c",), "peers": ("1", "2")}


def test_every_beginning_of_a_file_is_refused_without_its_bytes() -> None:
    for length in range(1, len(HJSON) - 1):
        with pytest.raises(ParseError) as caught:
            values(HJSON[:length].encode().splitlines(keepends=True), WANTED)
        assert SECRET not in str(caught.value)


@given(st.one_of(st.binary(max_size=200), st.text("{}[]:,'\"#/* \n\\ua1", max_size=60).map(str.encode)))
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    with suppress(ParseError):
        values(raw.splitlines(keepends=True), WANTED)
