"""The sockets probe: which way it takes, its gaps, and the real kernel."""

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest

from auditor.errors import SourceAbsent, SourceError, SourceTimeout
from auditor.host import Host, own_network_namespace
from auditor.model.rows import Socket
from auditor.model.sightings import BlindSpot, Reason, Scope, Sighting
from auditor.netlink.dump import Dump
from auditor.probe import View
from probes import sockets
from tests.child import in_child, set_namespace
from tests.fixtures.sockets import RECORDED, TABLES, record, recorded
from tests.netns import namespace
from tests.requires import requires_root

NET = "proc/thread-self/net"


# Which way is taken


class Kernel:
    """Stands for a netlink socket: answers with `answer`, a cause or a recorded dump."""

    def __init__(self, answer: SourceError | None) -> None:
        self.answer = answer
        self.asked = 0

    def __enter__(self) -> "Kernel":
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def dump(self, message: int, body: bytes) -> Dump:
        self.asked += 1
        assert message == 20
        if self.answer is not None:
            raise self.answer
        name = {6: "tcp", 17: "udp"}[body[1]] + {2: "", 10: "6"}[body[0]]
        return Dump([bytearray((RECORDED / f"{name}.bin").read_bytes())])


class MadeHost(Host):
    """A host with given files and a given kernel."""

    def __init__(self, root: Path, answer: SourceError | None = None) -> None:
        super().__init__(str(root))
        self.kernel = Kernel(answer)

    def netlink(self, family: int) -> Any:
        assert family == 4
        return self.kernel


def tables(root: Path, *names: str) -> None:
    """Give the host below `root` the recorded tables `names`."""
    (root / NET).mkdir(parents=True)
    (root / NET / "if_inet6").touch()
    for name in names:
        (root / NET / name).write_bytes((RECORDED / f"{name}.txt").read_bytes())


def write(root: Path, path: str, content: str) -> None:
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text(content)


def run(host: Host) -> list[Sighting]:
    return list(sockets.run(View(host=host, scope=Scope(name=None, inode=1, door="/"))))


EVERYTHING = sorted(row for name in TABLES for row in recorded(name))


@pytest.mark.parametrize(
    ("files", "protocols"),
    [
        ({}, {"tcp", "udp"}),  # a kernel without modules
        ({"proc/modules": "tcp_diag 16384 0 - Live 0x0\nudp_diag 16384 0 - Live 0x0\n"}, {"tcp", "udp"}),
        ({"proc/modules": "tcp_diag 16384 0 - Live 0x0\nxudp_diag 1 0 -\n"}, {"tcp"}),
        ({"proc/modules": ""}, set()),
        ({"proc/modules": "", "proc/sys/kernel/modules_disabled": "1\n"}, {"tcp", "udp"}),
        ({"proc/modules": "", "proc/sys/kernel/modules_disabled": "0\n"}, set()),
        (
            {
                "proc/modules": "tcp_diag 16384 0 - Live 0x0\n",
                "proc/sys/kernel/osrelease": "6.1.0-x\n",
                "lib/modules/6.1.0-x/modules.builtin": "kernel/net/ipv4/udp_diag.ko\nkernel/net/ipv4/inet_diag.ko\n",
            },
            {"tcp", "udp"},
        ),
        (
            {
                "proc/modules": "",
                "proc/sys/kernel/osrelease": "6.1.0-x\n",
                "lib/modules/6.0/modules.builtin": "kernel/net/ipv4/udp_diag.ko\n",
            },
            set(),
        ),
    ],
)
def test_kernel_is_asked_only_where_that_loads_no_module(
    tmp_path: Path, files: dict[str, str], protocols: set[str]
) -> None:
    for path, content in files.items():
        write(tmp_path, path, content)
    tables(tmp_path, *TABLES)
    host = MadeHost(tmp_path)
    assert sockets.answerable(host) == protocols
    assert sorted(run(host)) == EVERYTHING  # type: ignore[type-var]
    assert host.kernel.asked == 2 * len(protocols)


@pytest.mark.parametrize("cause", [SourceAbsent("No such file or directory"), SourceTimeout("no answer in time")])
def test_kernel_that_does_not_answer_is_replaced_by_the_tables(tmp_path: Path, cause: SourceError) -> None:
    tables(tmp_path, *TABLES)
    host = MadeHost(tmp_path, cause)
    assert sorted(run(host)) == EVERYTHING  # type: ignore[type-var]
    assert host.kernel.asked == 4


def test_neither_way_is_a_gap_for_each_table(tmp_path: Path) -> None:
    tables(tmp_path, "tcp", "udp")
    rows = run(MadeHost(tmp_path, SourceAbsent("No such file or directory")))
    spots = [row for row in rows if isinstance(row, BlindSpot)]
    assert [(spot.source, spot.reason) for spot in spots] == [
        ("TCP sockets over IPv6", Reason.ABSENT),
        ("UDP sockets over IPv6", Reason.ABSENT),
    ]
    assert "openvpn" in spots[0].hides


def test_kernel_without_ipv6_leaves_no_gap(tmp_path: Path) -> None:
    tables(tmp_path, "tcp", "udp")
    (tmp_path / NET / "if_inet6").unlink()
    rows = run(MadeHost(tmp_path, SourceAbsent("No such file or directory")))
    assert sorted(rows) == sorted(recorded("tcp") + recorded("udp"))  # type: ignore[type-var]


def test_table_with_garbage_is_a_gap(tmp_path: Path) -> None:
    tables(tmp_path, "tcp", "tcp6", "udp6")
    write(tmp_path, f"{NET}/udp", "header\n\x00garbage secret\n")
    spots = [row for row in run(MadeHost(tmp_path, SourceAbsent("no"))) if isinstance(row, BlindSpot)]
    assert [(spot.source, spot.reason) for spot in spots] == [("UDP sockets over IPv4", Reason.UNPARSED)]
    assert "secret" not in repr(spots)


def test_socket_shown_twice_in_a_table_is_one(tmp_path: Path) -> None:
    tables(tmp_path, *TABLES)
    path = tmp_path / NET / "udp"
    path.write_bytes(path.read_bytes() + path.read_bytes().partition(b"\n")[2])
    assert sorted(run(MadeHost(tmp_path, SourceAbsent("no")))) == EVERYTHING  # type: ignore[type-var]


# The real kernel


@contextmanager
def busy() -> Iterator[None]:
    """Have sockets of every kind open in this namespace."""
    with ExitStack() as stack:
        for made in record.opened():
            stack.enter_context(made)
        deadline = time.monotonic() + 5
        while any(row.status == "FIN_WAIT1" for row in psutil.net_connections("tcp")) and time.monotonic() < deadline:
            time.sleep(0.01)  # the far end has yet to acknowledge
        yield


def by_psutil() -> set[tuple[Any, ...]]:
    """Return what psutil sees of sockets that have an owner: its own oracle of the same table."""
    found = set()
    for row in psutil.net_connections("inet"):
        if row.status == "TIME_WAIT":
            continue
        protocol = "tcp" if row.type == socket.SOCK_STREAM else "udp"
        local, remote = (tuple(end) if end else (None, None) for end in (row.laddr, row.raddr))
        plain = [(str(ip).removeprefix("::ffff:") if ip else None, port) for ip, port in (local, remote)]
        status = row.status if protocol == "tcp" else None
        found.add((protocol, status, *plain[0], *plain[1]))
    return found


@requires_root
def test_real_sockets_are_those_that_psutil_sees() -> None:
    def compare() -> tuple[set[tuple[Any, ...]], set[tuple[Any, ...]], list[Sighting]]:
        set_namespace(f"/run/netns/{name}")
        inode, door = own_network_namespace()
        with busy():
            rows = list(sockets.run(View(host=Host(), scope=Scope(name=name, inode=inode, door=door))))
            mine = {
                (r.protocol, r.state if r.protocol == "tcp" else None, *r[2:6]) for r in rows if isinstance(r, Socket)
            }
            return mine, by_psutil(), rows

    with namespace() as name:
        mine, theirs, rows = in_child(compare)
    assert mine == theirs
    assert len(mine) >= 15
    assert not [row for row in rows if isinstance(row, BlindSpot)]


@requires_root
def test_sockets_of_other_namespaces_are_not_seen() -> None:
    def look() -> list[Sighting]:
        set_namespace(f"/run/netns/{name}")
        inode, door = own_network_namespace()
        return list(sockets.run(View(host=Host(), scope=Scope(name=name, inode=inode, door=door))))

    with namespace() as name, socket.create_server(("127.0.0.1", 0)):
        assert in_child(look) == []
