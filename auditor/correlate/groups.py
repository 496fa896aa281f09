"""Processes that are one daemon: a master with its workers, the halves of a session."""

from collections.abc import Iterator
from dataclasses import dataclass

from auditor.correlate.owners import recognised
from auditor.correlate.tables import ScopeTable, Tables
from auditor.model.address import parse
from auditor.model.rows import DaemonInstance, Process, Socket
from auditor.technologies import Recognition

_X11_PORTS = range(6010, 6110)  # X11DisplayOffset 10 and up, sshd_config(5)
EPHEMERAL_FROM = 32768  # net.ipv4.ip_local_port_range


@dataclass(frozen=True, slots=True)
class Group:
    """The processes of one daemon, first the one that speaks for it, with their sockets and configuration."""

    processes: tuple[Process, ...]
    recognition: Recognition
    sockets: tuple[Socket, ...]
    instances: tuple[DaemonInstance, ...]

    @property
    def holds_device(self) -> bool:
        """Return whether one of the processes holds a TUN/TAP device."""
        return any(process.tun_devices for process in self.processes)

    def listeners(self) -> list[Socket]:
        """Return the sockets at which others can come in, those open to other hosts first, then by port.

        A UDP socket without a far end is one if its port is no passing one.
        """
        found = [row for row in self.sockets if row.state == "LISTEN" or _is_bound(row)]
        return sorted(found, key=lambda row: (parse(row.local).is_loopback, row.protocol, row.local_port, row.local))

    def connections(self) -> list[Socket]:
        """Return the connected sockets to other hosts, oldest first: the kernel numbers sockets as they are made."""
        found = [row for row in self.sockets if row.remote and not parse(row.remote).is_loopback]
        return sorted(found, key=lambda row: row.inode)

    def forwards(self) -> list[Socket]:
        """Return the TCP listeners of a session: what a connected ssh or sshd listens at is a forward.

        X11 forwarding of sshd listens on loopback at ports of its own and is left out.
        """
        if not self.connections():
            return []
        return [
            row
            for row in self.listeners()
            if row.protocol == "tcp" and not (parse(row.local).is_loopback and row.local_port in _X11_PORTS)
        ]


def _is_bound(row: Socket) -> bool:
    """Return whether a UDP socket waits for anybody at a port that somebody chose."""
    return row.protocol == "udp" and row.remote is None and row.local_port < EPHEMERAL_FROM


def groups(tables: Tables, table: ScopeTable) -> Iterator[Group]:
    """Yield the daemons of this namespace whose programs the technology table knows, by the lowest PID.

    Processes of one technology belong together if they share a socket, or if one is the other's parent.
    """
    known: dict[int, Recognition] = {}
    for process in sorted(tables.processes.values()):
        recognition = recognised(process) if _is_here(process, table) else None
        if recognition:
            known[process.pid] = recognition
    together = {pid: pid for pid in known}

    def top(pid: int) -> int:
        while together[pid] != pid:
            pid = together[pid]
        return pid

    holders: dict[tuple[str, int], int] = {}
    for pid, recognition in known.items():
        process = tables.processes[pid]
        others = [holders.setdefault((recognition.technology.id, inode), pid) for inode in process.sockets]
        if process.ppid in known and known[process.ppid].technology is recognition.technology:
            others += [] if recognition.signature.forwards else [process.ppid]
        for other in others:
            first, second = sorted((top(pid), top(other)))
            together[second] = first
    members: dict[int, list[int]] = {}
    for pid in known:
        members.setdefault(top(pid), []).append(pid)
    for pids in members.values():
        yield _group(tables, table, [tables.processes[pid] for pid in pids], known)


def _is_here(process: Process, table: ScopeTable) -> bool:
    """Return whether `process` sends its packets from this namespace; the host's own if that is not known."""
    return process.netns == table.scope.inode or (process.netns is None and table.scope.name is None)


def _group(tables: Tables, table: ScopeTable, processes: list[Process], known: dict[int, Recognition]) -> Group:
    """Return the group of `processes`, one that counts without a device foremost."""
    processes = sorted(processes, key=lambda process: (not known[process.pid].signature.deviceless, process.pid))
    pids = {process.pid for process in processes}
    rows: dict[int, Socket] = {}
    for inode in (inode for process in processes for inode in process.sockets):
        homes = (table, *tables.scopes.values())
        if found := next((home.sockets[inode] for home in homes if inode in home.sockets), None):
            rows[inode] = found
    instances: dict[DaemonInstance, None] = {}
    for row in tables.instances:
        if row.pid in pids:  # NOTE: workers often have the arguments of their master
            instances.setdefault(row._replace(pid=processes[0].pid))
    return Group(tuple(processes), known[processes[0].pid], tuple(rows.values()), tuple(instances))
