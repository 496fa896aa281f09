"""EasyTier's arguments and files as its documentation has them."""

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.daemons.easytier import parse_arguments, parse_lines, read
from auditor.errors import ParseError
from auditor.model.rows import NamedEnd
from tests.auditor.daemons.made import SECRET, told

TOML = f"""\
instance_name = "default"
listeners = [
    "tcp://0.0.0.0:11010",
    "wg://0.0.0.0:11011",
]
[network_identity]
network_name = "corp"
network_secret = "{SECRET}"

[[peer]]
uri = "tcp://hub.example:11010"
[[ peer ]] # the second
uri = 'udp://203.0.113.5:11010'
[[proxy_network]]
cidr = "10.0.0.0/24"
uri = "tcp://192.0.2.66:1"
[flags]
dev_name = "et7"
"""


def test_peers_of_a_file_and_of_the_command_line(tmp_path: Path) -> None:
    arguments = ["--network-secret", SECRET, "-c", "/et.toml", "-p", "wss://203.0.113.6:443", "tcp://[2001:db8::6]:1"]
    (row,), gaps = told(tmp_path, read, [*arguments, "--no-tun"], {"/et.toml": TOML})
    assert (row.role, row.device, row.source, gaps) == ("p2p", "et7", "/et.toml", [])
    assert row.remotes == (
        NamedEnd("203.0.113.6", 443, "tcp"),
        NamedEnd("2001:db8::6", 1, "tcp"),
        NamedEnd("hub.example", 11010, "tcp"),
        NamedEnd("203.0.113.5", 11010, "udp"),
    )


def test_each_file_of_a_directory_is_a_network(tmp_path: Path) -> None:
    files = {"/d/a.toml": TOML, "/d/b.toml": "[flags]\ndev_name = 'et8'\n", "/d/c.txt": "x"}
    rows, gaps = told(tmp_path, read, ["--config-dir=/d"], files, held=("et7", "et8"))
    assert ([(row.device, len(row.remotes)) for row in rows], gaps) == ([("et7", 2), ("et8", 0)], [])


def test_arguments_alone_are_enough(tmp_path: Path) -> None:
    arguments = ["-d", "--peers=tcp://a.example:1,udp://b.example:2", "--dev-name", "et9", "--network-secret", SECRET]
    (row,), gaps = told(tmp_path, read, arguments)
    assert ([end.host for end in row.remotes], row.device, gaps) == (["a.example", "b.example"], "et9", [])


def test_what_comes_from_elsewhere_or_cannot_be_read_is_a_gap(tmp_path: Path) -> None:
    _, gaps = told(tmp_path, read, ["-w", "corp", "-c", "/gone.toml", "--config-dir", "/none"])
    assert gaps == [
        "configuration: the configuration comes from a server of the network",
        "/none: No such file or directory",
        "/gone.toml: No such file or directory",
    ]


@pytest.mark.parametrize("line", [b"uri = 5\n", b"uri = \n", b'uri = "x\n', b"uri = \xff\n"])
def test_a_value_that_is_no_text_is_refused_with_its_line(line: bytes) -> None:
    with pytest.raises(ParseError, match=r"^line 2: not a text$"):
        parse_lines([b"[[peer]]\n", line])


def test_a_form_that_is_not_read_is_refused() -> None:
    with pytest.raises(ParseError, match=r"^line 1: "):
        parse_lines([b'peer = [{uri = "tcp://a.example:1"}]\n'])


def test_secrets_are_no_values_of_what_is_wanted() -> None:
    found = parse_arguments(["--network-secret", SECRET, "-p", "a", "--network-secret", SECRET, "--dev-name", "b"])
    assert found == {"-p": ["a"], "--dev-name": ["b"]}


def test_every_beginning_of_a_file_is_read_or_refused(tmp_path: Path) -> None:
    for length in range(len(TOML)):
        told(tmp_path, read, ["-c", "/et.toml"], {"/et.toml": TOML[:length]})


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    with suppress(ParseError):
        parse_lines(raw.splitlines(keepends=True))
