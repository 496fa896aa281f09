"""Processes as owners of tunnels."""

from auditor import technologies
from auditor.correlate.tables import ScopeTable, Tables
from auditor.model.rows import Process
from auditor.model.tunnel import Certainty, Owner
from auditor.technologies import Recognition

_RANKS = tuple(Certainty)  # surest first
_SWITCH_DATABASE = "ovsdb-server"
_SPEAK_VICI = ("charon", "charon-systemd")  # charon-nm has no such socket


def owner_of(process: Process) -> Owner:
    """Return the owner that `process` is: its program by the full path of the executable."""
    program = process.exe.rpartition("/")[2] if process.exe else process.comm or "?"
    return Owner(program=program, path=process.exe, pid=process.pid, unit=process.unit, deleted=process.exe_deleted)


def recognised(process: Process) -> Recognition | None:
    """Return what technology `process` carries by the table, None if the table knows none."""
    return technologies.load().recognise(process.exe, process.unit, process.packaged_by)


def silent_ike_daemons(tables: Tables, table: ScopeTable) -> list[Process]:
    """Return the IKE daemons of this namespace that could not be asked about their connections, by PID.

    strongSwan's name theirs over VICI, so what they did not name is not theirs.
    """
    return [
        process
        for process in sorted(tables.processes.values())
        if process.netns == table.scope.inode and _carries(process, "ipsec") and not told_all(tables, process.exe)
    ]


def told_all(tables: Tables, path: str | None) -> bool:
    """Return whether the IKE daemon at `path` is one that was asked over VICI, and answered in full."""
    return tables.vici_read and (path or "").rpartition("/")[2] in _SPEAK_VICI


def worth_asking(tables: Tables) -> tuple[Process, ...]:
    """Return the processes that daemon probes look at: TUN/TAP holders, programs that carry tunnels, switches."""
    return tuple(
        process
        for process in sorted(tables.processes.values())
        if process.tun_devices or _is_carrier(process) or (process.exe or "").rpartition("/")[2] == _SWITCH_DATABASE
    )


def likeliest(holders: list[Process]) -> Process | None:
    """Return which of the `holders` of one device carries it: the one that is recognised best, else the first."""
    return min(holders, key=_rank, default=None)


def _rank(process: Process) -> int:
    """Return how far back `process` stands among the holders of a device."""
    found = recognised(process)
    return len(_RANKS) if found is None else _RANKS.index(found.certainty) + found.signature.helper


def _is_carrier(process: Process) -> bool:
    """Return whether `process` is a program that carries tunnels by the table, not one that only controls them."""
    found = recognised(process)
    return found is not None and not found.signature.helper


def _carries(process: Process, technology: str) -> bool:
    """Return whether the executable of `process` is known to carry `technology`."""
    found = recognised(process)
    return found is not None and found.technology.id == technology and not found.signature.helper
