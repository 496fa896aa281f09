"""Which processes are one daemon."""

from auditor.correlate.groups import Group, daemons, groups
from auditor.correlate.tables import build
from auditor.model.rows import Process
from tests.auditor.correlate.rows import BRANCH, HOST, process, run, tcp, udp

DANTED, TINCD, SSHD = "/usr/sbin/danted", "/usr/sbin/tincd", "/usr/sbin/sshd"


def grouped(*processes: Process, branch: bool = False) -> list[list[int]]:
    tables = build((run("processes", *processes), run("links"), run("links", scope=BRANCH)))
    table = tables.scopes[BRANCH.inode if branch else HOST.inode]
    return [[one.pid for one in group.processes] for group in groups(daemons(tables), table)]


def test_a_shared_socket_or_a_parent_of_the_same_technology_binds() -> None:
    chain = (process(9, DANTED, sockets=(3,)), process(5, DANTED, sockets=(1, 2)), process(7, DANTED, sockets=(2, 3)))
    assert grouped(*chain, process(8, DANTED, sockets=(4,))) == [[5, 7, 9], [8]]
    assert grouped(process(5, DANTED), process(6, DANTED)._replace(ppid=5)) == [[5, 6]]
    assert grouped(process(5, TINCD), process(6, DANTED)._replace(ppid=5)) == [[5], [6]]
    assert grouped(process(5, SSHD), process(6, SSHD)._replace(ppid=5)) == [[5], [6]]


def test_unknown_programs_and_other_namespaces_are_apart() -> None:
    here, there = process(5, DANTED, sockets=(1,)), process(6, DANTED, sockets=(1,), netns=BRANCH.inode)
    assert grouped(here, there, process(7, "/bin/sh", sockets=(1,))) == [[5]]
    assert grouped(here, there, branch=True) == [[6]]
    assert grouped(process(5, DANTED)._replace(netns=None)) == [[5]]


def test_listeners_open_to_others_come_first_and_passing_ports_are_none() -> None:
    rows = (
        tcp(1, ("127.0.0.1", 80), None, "LISTEN"),
        udp(2, ("0.0.0.0", 40000)),
        udp(3, ("0.0.0.0", 655)),
        tcp(4, ("192.0.2.1", 5000), ("203.0.113.9", 443)),
        tcp(5, ("127.0.0.1", 5001), ("127.0.0.1", 443)),
    )
    tables = build((run("processes", process(5, TINCD, sockets=(5, 4, 3, 2, 1))), run("sockets", *rows)))
    group: Group
    (group,) = groups(daemons(tables), tables.scopes[HOST.inode])
    assert [row.inode for row in group.listeners()] == [3, 1]
    assert [row.inode for row in group.connections()] == [4]
