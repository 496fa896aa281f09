"""Which pppd runs each PPP device, what it was told, and which program carries its frames."""

from dataclasses import dataclass

from auditor.correlate.l2tp import Sessions, is_ppp
from auditor.correlate.owners import recognised
from auditor.correlate.tables import ScopeTable, Tables
from auditor.model.address import parse
from auditor.model.rows import DaemonInstance, Process, Socket

_PROGRAM = "pppd"
_Place = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Carriage:
    """What stands behind one PPP device: its `daemon` as it was `told`, and the `carrier` of its frames, if any.

    The carrier is the program that holds the master of the pseudoterminal that the daemon speaks to.
    """

    daemon: Process
    told: DaemonInstance | None
    carrier: Process | None

    @property
    def technology(self) -> str | None:
        """Return what the carrier, else the daemon's own arguments, say that the session is; None: nothing."""
        known = recognised(self.carrier) if self.carrier else None
        if known:
            return known.technology.id
        if self.carrier or self.told is None or self.told.technology == "ppp":
            return None
        return self.told.technology


Lines = dict[_Place, Carriage]
"""By namespace inode and ifindex of the PPP device."""


def assign(tables: Tables, sessions: Sessions) -> Lines:
    """Return what stands behind each PPP device: by the daemon's own PID file, else where no other is left."""
    found: Lines = {}
    left: list[Carriage] = []
    told = {row.pid: row for row in reversed(tables.instances)}
    masters: dict[int, list[Process]] = {}
    for process in sorted(tables.processes.values()):
        for terminal in process.masters:
            masters.setdefault(terminal, []).append(process)
    for daemon in sorted(tables.processes.values()):
        if not (daemon.holds_ppp and (daemon.exe or "").rpartition("/")[2] == _PROGRAM):
            continue
        carriage = Carriage(daemon, told.get(daemon.pid), _carrier(masters, daemon))
        place = _place(tables, carriage)
        if place is None or place in found:
            left.append(carriage)
        else:
            found[place] = carriage
    for carriage in left:
        home = tables.scopes.get(carriage.daemon.netns or 0)
        alone = sum(other.daemon.netns == carriage.daemon.netns for other in left) == 1
        free = [place for place in _devices(home) if place not in found and place not in sessions.by_device]
        if alone and len(free) == 1:
            found[free[0]] = carriage
    return found


def _carrier(masters: dict[int, list[Process]], daemon: Process) -> Process | None:
    """Return which program holds the other end of the terminal of `daemon`: a recognised one, else the first.

    A shell between both holds it too. Terminals are numbered in each container anew.
    """
    holders = [
        process
        for terminal in daemon.terminals
        for process in masters.get(terminal, ())
        if process.mntns == daemon.mntns and (process.exe or "").rpartition("/")[2] != _PROGRAM
    ]
    return next((one for one in holders if recognised(one)), None) or next(
        (one for one in holders if one.sockets), holders[0] if holders else None
    )


def _devices(table: ScopeTable | None) -> list[_Place]:
    """Return where the PPP devices of a namespace are."""
    return [(table.scope.inode, link.ifindex) for link in table.links.values() if is_ppp(link)] if table else []


def _place(tables: Tables, carriage: Carriage) -> _Place | None:
    """Return the device that the daemon says it has: in its own namespace, else in the only one that has it."""
    name = carriage.told.device if carriage.told else None
    if name is None:
        return None
    home = tables.scopes.get(carriage.daemon.netns or 0)
    for tried in ([home] if home else [], list(tables.scopes.values())):
        named = [(table, table.by_name[name]) for table in tried if name in table.by_name]
        fitting = [(table.scope.inode, link.ifindex) for table, link in named if is_ppp(link)]
        if len(fitting) == 1:
            return fitting[0]
    return None


def sockets_of(tables: Tables, table: ScopeTable, process: Process | None) -> list[Socket]:
    """Return the sockets of `process` that lead off this host: those of GRE alone if it has such, as PPTP does."""
    out = [row for row in _held(tables, table, process) if row.remote and not parse(row.remote).is_loopback]
    return [row for row in out if row.protocol == "gre"] or out


def bound_port(tables: Tables, table: ScopeTable, process: Process | None, transport: str | None) -> int | None:
    """Return the local port of the only unconnected socket of `transport` that `process` has, None without such."""
    ports = {
        row.local_port
        for row in _held(tables, table, process)
        if row.protocol == transport and row.remote is None and not parse(row.local).is_loopback
    }
    return ports.pop() if len(ports) == 1 else None


def _held(tables: Tables, table: ScopeTable, process: Process | None) -> list[Socket]:
    """Return the sockets that `process` holds in the namespace that it sends its packets from."""
    if process is None:
        return []
    home = tables.home_of(process, table)
    return [home.sockets[inode] for inode in process.sockets if inode in home.sockets]
