"""Which other network namespaces there are, found without loading what a scan loads; and opening sockets in one.

The name of a namespace here is a first one: the next look knows better ones, of containers, and `between` uses those.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from socket import socket
from typing import NamedTuple

from auditor import procfs
from auditor.watch import sources

DOORS = "doors"
_MOUNTS = "/proc/self/mountinfo"


class Space(NamedTuple):
    """A network namespace: its inode, a name, and the file that leads to it."""

    inode: int
    name: str
    door: str

    @property
    def pid(self) -> int | None:
        """Return the process whose namespace it is by its door, None for one that is mounted."""
        parts = self.door.split("/")
        return int(parts[2]) if parts[1] == "proc" and parts[2].isdigit() else None


def mounted() -> Iterator[Space]:
    """Yield the namespaces mounted in this process's mount namespace (`ip netns`, Docker, Kubernetes)."""
    try:
        lines = Path(_MOUNTS).read_bytes().split(b"\n")
    except OSError:
        return
    for line in lines:
        fields = line.split(b" ")
        if len(fields) > 4 and fields[3].startswith(b"net:[") and fields[3][5:-1].isdigit():
            path = fields[4].decode("utf-8", "replace")
            yield Space(int(fields[3][5:-1]), path.removeprefix("/run/netns/"), path)


def of_process(pid: int, known: Callable[[int], bool] = lambda _: False) -> Space | None:
    """Return the namespace that process `pid` is in; None if that is `known`, by inode. Raises OSError."""
    door = f"/proc/{pid}/ns/net"
    inode = os.stat(door).st_ino  # noqa: PTH116 - of every program that starts
    if known(inode):
        return None
    return Space(inode, f"process:{_program(pid)}", door)


def _program(pid: int) -> str:
    """Return the name of the program that process `pid` runs."""
    try:
        return Path(f"/proc/{pid}/exe").readlink().name
    except OSError:
        return "unknown"


def of_processes(known: set[int]) -> tuple[list[Space], bool]:
    """Return the namespaces that processes are in and that are not `known`, and whether all could be asked."""
    found: dict[int, Space] = {}
    whole = True
    for name in os.listdir("/proc"):  # noqa: PTH208 - there may be thousands
        if not name.isdigit():
            continue
        try:
            space = of_process(int(name), lambda inode: inode in known or inode in found)
        except PermissionError:
            whole = False
        except OSError:
            continue  # ended meanwhile
        else:
            if space is not None:
                found[space.inode] = space
    return list(found.values()), whole


def by_looks(directory: Path) -> list[Space]:
    """Return the namespaces that the last look found, with its names; those whose door is closed are left out."""
    found = []
    try:
        lines = (directory / DOORS).read_text("utf-8").splitlines()
    except (OSError, ValueError):
        return []
    for line in lines:
        inode, name, door = line.split("\t")
        space = Space(int(inode), name, door)
        if leads_there(space):
            found.append(space)
    return found


def leads_there(space: Space) -> bool:
    """Return whether the door of `space` still leads to it."""
    try:
        return Path(space.door).stat().st_ino == space.inode
    except OSError:
        return False


class Opened(NamedTuple):
    """Sockets in another namespace, each with what it tells of, and the devices that were there as they opened."""

    devices: socket
    others: tuple[socket, ...]
    present: list[sources.Device]


def number_of(space: Space) -> int | None:
    """Return the number that this namespace has for `space`, None if it has none or is gone."""
    try:
        descriptor, inode = procfs.open_namespace(space.door)
    except OSError:
        return None
    try:
        return sources.nsid_of(descriptor) if inode == space.inode else None
    finally:
        os.close(descriptor)


def inside(space: Space) -> Opened:
    """Return sockets opened in `space`; raises OSError (EPERM: CAP_SYS_ADMIN is missing), SourceError.

    This thread enters it and comes back.
    """
    home = os.open("/proc/self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    try:
        there, inode = procfs.open_namespace(space.door)
        try:
            if inode != space.inode:
                raise FileNotFoundError("the namespace is gone")
            procfs.set_network_namespace(there)
        finally:
            os.close(there)
        try:
            return _open_all()
        finally:
            procfs.set_network_namespace(home)
    finally:
        os.close(home)


def _open_all() -> Opened:
    """Return the sockets of the namespace that this thread is in now; raises OSError, SourceError.

    What this kernel or this process cannot hear besides devices is told once, for its own namespace.
    """
    opened = [sources.devices()]
    try:
        for source in (sources.changes, sources.ipsec):
            with suppress(OSError):
                opened.append(source())
        return Opened(opened[0], tuple(opened[1:]), sources.present())
    except BaseException:
        for found in opened:
            found.close()
        raise


def present_in(space: Space) -> list[sources.Device]:
    """Return the devices of `space`; raises OSError, SourceError."""
    opened = inside(space)
    for found in (opened.devices, *opened.others):
        found.close()
    return opened.present
