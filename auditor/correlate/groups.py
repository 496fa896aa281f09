"""Processes that are one daemon: a master with its workers, the halves of a session."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from auditor.correlate.owners import recognised
from auditor.correlate.tables import ScopeTable, Tables
from auditor.model.address import parse
from auditor.model.rows import DaemonInstance, Process, Socket
from auditor.model.tunnel import Family
from auditor.technologies import Recognition

_X11_PORTS = range(6010, 6110)  # X11DisplayOffset 10 and up, sshd_config(5)
EPHEMERAL_FROM = 32768  # net.ipv4.ip_local_port_range


@dataclass(frozen=True, slots=True)
class Group:
    """The processes of one daemon, first the one that speaks for it, with their sockets and configuration.

    `silent`: everything that it holds was read, and no socket is among it.
    """

    processes: tuple[Process, ...]
    recognition: Recognition
    sockets: tuple[Socket, ...]
    instances: tuple[DaemonInstance, ...]
    silent: bool = False

    @property
    def holds_device(self) -> bool:
        """Return whether one of the processes holds a TUN/TAP device."""
        return any(process.tun_devices for process in self.processes)

    def listeners(self) -> list[Socket]:
        """Return the sockets at which others can come in, those open to other hosts first, then by port.

        A UDP socket without a far end is one if its port is no passing one. Nodes of networks speak UDP before
        TCP, proxies and servers for people TCP.
        """
        found = [row for row in self.sockets if row.state == "LISTEN" or _is_bound(row)]
        known = self.recognition
        network = known.technology.family is Family.NETWORK_TUNNEL and not known.signature.people
        first = "udp" if network and not known.signature.forwards else "tcp"
        return sorted(
            found, key=lambda row: (parse(row.local).is_loopback, row.protocol != first, row.local_port, row.local)
        )

    def connections(self) -> list[Socket]:
        """Return the connections to other hosts, oldest first: the kernel numbers sockets as they are made."""
        made = [row for row in self.sockets if row.state == "ESTABLISHED"]
        found = [row for row in made if row.remote and not parse(row.remote).is_loopback]
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


@dataclass(slots=True)
class Daemons:
    """The processes whose programs the technology table knows, by namespace, and what they are configured for.

    `all_read`: what processes hold was read of every one.
    """

    known: dict[int, Recognition] = field(default_factory=dict)
    homes: dict[int | None, list[Process]] = field(default_factory=lambda: defaultdict(list))
    instances: dict[int, list[DaemonInstance]] = field(default_factory=lambda: defaultdict(list))
    all_read: bool = False


def daemons(tables: Tables) -> Daemons:
    """Return the daemons of the whole host, looked up once for all namespaces."""
    found = Daemons(all_read=any(probe == "processes" for probe, _ in tables.read))
    for process in sorted(tables.processes.values()):
        if recognition := recognised(process):
            found.known[process.pid] = recognition
            found.homes[process.netns].append(process)
    for row in tables.instances:
        found.instances[row.pid].append(row)
    return found


def groups(every: Daemons, table: ScopeTable) -> Iterator[Group]:
    """Yield the daemons that send their packets from this namespace, by the lowest PID.

    Processes of one technology belong together if they share a socket, or if one is the other's parent. A
    process whose namespace is not known counts to the host's own.
    """
    here = [*every.homes.get(table.scope.inode, ()), *(every.homes.get(None, ()) if table.scope.name is None else ())]
    together = {process.pid: process.pid for process in here}

    def top(pid: int) -> int:
        while together[pid] != pid:
            pid = together[pid]
        return pid

    holders: dict[tuple[str, int], int] = {}
    for process in here:
        recognition = every.known[process.pid]
        others = [holders.setdefault((recognition.technology.id, inode), process.pid) for inode in process.sockets]
        parent = every.known.get(process.ppid or 0)
        # NOTE: each session of sshd is a tunnel or none by itself, whoever started it.
        if parent and process.ppid in together and not recognition.signature.forwards:
            others += [process.ppid] if parent.technology is recognition.technology else []
        for other in others:
            first, second = sorted((top(process.pid), top(other)))
            together[second] = first
    members: dict[int, list[Process]] = {}
    for process in here:
        members.setdefault(top(process.pid), []).append(process)
    for processes in members.values():
        yield _group(every, table, processes)


def _group(every: Daemons, table: ScopeTable, processes: list[Process]) -> Group:
    """Return the group of `processes`, one that counts without a device foremost."""
    processes.sort(key=lambda process: (not every.known[process.pid].signature.deviceless, process.pid))
    inodes = dict.fromkeys(inode for process in processes for inode in process.sockets)
    instances: dict[DaemonInstance, None] = {}
    for row in (row for process in processes for row in every.instances.get(process.pid, ())):
        instances.setdefault(row._replace(pid=processes[0].pid))  # NOTE: workers have the arguments of their master
    return Group(
        tuple(processes),
        every.known[processes[0].pid],
        tuple(table.sockets[inode] for inode in inodes if inode in table.sockets),
        tuple(instances),
        silent=every.all_read and not inodes,
    )
