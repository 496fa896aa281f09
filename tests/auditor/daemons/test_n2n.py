"""n2n's arguments in its three versions, and the file of the third."""

from pathlib import Path

import pytest

from auditor.daemons import n2n
from auditor.errors import ParseError, SourceAbsent
from auditor.model.rows import DaemonInstance, NamedEnd, Process
from tests.auditor.daemons.made import Made, ask

EDGE = Process(40, "edge", "/usr/sbin/edge", netns=1, mntns=7, tun_devices=("depots",))
SUPERNODE = Process(40, "supernode", "/usr/bin/supernode", netns=1, mntns=7)
KEY, COMMUNITY = "planted-n2n-key", "planted-community"
ENDS = (NamedEnd("sn.example", 7654, "udp"),)


def edge(root: Path, *arguments: str, **files: str) -> Made:
    made = ask(n2n.read, root, EDGE, *arguments, files={f"/start/{name}": text for name, text in files.items()})
    assert KEY not in made.said
    assert COMMUNITY not in made.said
    return made


def test_an_edge_of_debian(tmp_path: Path) -> None:
    made = edge(
        tmp_path, "-d", "n2n0", "-c", COMMUNITY, "-k", KEY, "-a", "10.1.2.3", "-l", "sn.example:7654", "-p", "99"
    )
    assert made.rows == [
        DaemonInstance(40, "n2n", "p2p", None, 99, ENDS, "depots", None, "command line", transport="udp")
    ]


@pytest.mark.parametrize("arguments", [("-t",), ("-t", "-f"), ("-S2",)])
def test_tcp(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    row = edge(tmp_path, "-c" + COMMUNITY, "-k" + KEY, "-lsn.example:7654", *arguments).row
    assert row.remotes == (NamedEnd("sn.example", 7654, "tcp"),)


@pytest.mark.parametrize("arguments", [("-t", "5645"), ("-S",), ("-S1",), ("-A2",), ("-z2", "-H")])
def test_what_looks_like_tcp_and_is_not(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    assert edge(tmp_path, "-l", "sn.example:7654", *arguments).row.remotes == ENDS


def test_the_file_of_version_3_and_what_the_command_line_adds(tmp_path: Path) -> None:
    text = f"# -l=no.example:1\n\n-d=x\n-c={COMMUNITY}\n-k={KEY}\n-p=192.0.2.1:50001\n"
    text += '--supernode-list="sn.example:7654"\n-l sn2.example:1\n'
    row = edge(tmp_path, "edge.conf", "-k", KEY, "-l", "192.0.2.9", **{"edge.conf": text}).row
    assert (row.local, row.local_port, row.source) == ("192.0.2.1", 50001, "edge.conf")
    assert row.remotes == (*ENDS, NamedEnd("sn2.example", 1, "udp"), NamedEnd("192.0.2.9", 7654, "udp"))


def test_a_file_that_is_gone_is_an_error(tmp_path: Path) -> None:
    made = edge(tmp_path, "/etc/n2n/edge.conf")
    assert isinstance(made.error, SourceAbsent)
    assert made.rows == []


def test_nonsense_is_a_gap_and_quotes_nothing(tmp_path: Path) -> None:
    made = edge(tmp_path, "-l", f"{KEY}:x")
    assert made.rows == []
    ((source, error),) = made.gaps
    assert (source, type(error)) == ("command line", ParseError)


@pytest.mark.parametrize("size", range(40))
def test_every_truncation_of_a_line_is_an_option_or_none(size: int) -> None:
    line = f"--tap-device=n2n0 -k={KEY}".encode()[:size]
    option = n2n.parse_line(line)
    assert option is None or option.name == "d"


@pytest.mark.parametrize(
    ("arguments", "port", "remotes"),
    [
        (("-l", "1234"), 1234, ()),
        (("-p", "1234", "-l", "other.example:7654"), 1234, (NamedEnd("other.example", 7654, "udp"),)),
        (("-v",), 7654, ()),
    ],
)
def test_a_supernode(tmp_path: Path, arguments: tuple[str, ...], port: int, remotes: tuple[NamedEnd, ...]) -> None:
    row = ask(n2n.read, tmp_path, SUPERNODE, *arguments).row
    assert (row.role, row.local_port, row.remotes, row.device) == ("server", port, remotes, None)
