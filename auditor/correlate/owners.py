"""Processes as owners of tunnels."""

from auditor import technologies
from auditor.correlate.tables import ScopeTable, Tables
from auditor.model.rows import Process
from auditor.model.tunnel import Owner
from auditor.technologies import Recognition

_SWITCH_DATABASE = "ovsdb-server"
_SPEAK_VICI = ("charon", "charon-systemd")  # charon-nm has no such socket


def owner_of(process: Process) -> Owner:
    """Return the owner that `process` is: its program by the full path of the executable."""
    program = process.exe.rpartition("/")[2] if process.exe else process.comm or "?"
    return Owner(program=program, path=process.exe, pid=process.pid, unit=process.unit, deleted=process.exe_deleted)


def recognised(process: Process) -> Recognition | None:
    """Return what technology `process` carries by the table, None if the table knows none."""
    return technologies.load().recognise(process.exe, process.unit)


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
    """Return the processes that daemon probes look at: TUN/TAP holders, programs of the table, switches."""
    return tuple(
        process
        for process in sorted(tables.processes.values())
        if process.tun_devices or recognised(process) or (process.exe or "").rpartition("/")[2] == _SWITCH_DATABASE
    )


def _carries(process: Process, technology: str) -> bool:
    """Return whether the executable of `process` is known to carry `technology`."""
    found = recognised(process)
    return found is not None and found.technology.id == technology
