"""Network namespaces of the host: which there are, and moving into one.

Found are those that a process is in or holds open, and those that a mount keeps, wherever in the mount
namespaces of the processes it is. Cannot be found: a namespace kept only by a socket, by one thread of a
process, or by a descriptor in flight, and one whose only processes are outside this PID namespace.
"""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from auditor import containers, technologies
from auditor.errors import ParseError, SourceAbsent, SourceError
from auditor.host import Host, enter_network_namespace, own_network_namespace
from auditor.model.rows import Process
from auditor.model.sightings import BlindSpot, Scope
from auditor.netlink.wire import text

_NAMED = ("/run/netns/", "/var/run/netns/")
_DOCKER = ("/run/docker/netns/", "/var/run/docker/netns/")
_MADE_BY_MACHINE = re.compile(r"docker/|(cni|netns)-[0-9a-f]{8}-")  # Docker; Kubernetes; Podman
_ESCAPE = re.compile(rb"\\([0-7]{3})")
_UNSAFE = re.compile(r"[^\w.+@:/-]")
_LABEL_CHARACTERS = 128
_BY_PROGRAM = "process:"
_ASKED = 4  # processes of one namespace, of which the first can be the engine's own


class NamespaceMount(NamedTuple):
    """A network namespace that is mounted on the file `path`."""

    inode: int
    path: str


def parse_mounts(mountinfo: bytes) -> list[NamespaceMount]:
    """Return the network namespaces mounted in `mountinfo` (proc_pid_mountinfo(5)); raises ParseError."""
    found: list[NamespaceMount] = []
    for line in mountinfo.split(b"\n"):
        if b" net:[" not in line:
            continue
        fields = line.split(b" ")
        if len(fields) < 7 or not fields[3].startswith(b"net:["):
            continue
        number = fields[3][5:-1]
        if not number.isdigit() or not fields[3].endswith(b"]"):
            raise ParseError("namespace mount of unknown form")
        path = _ESCAPE.sub(lambda match: bytes([int(match[1], 8) & 0xFF]), fields[4])
        found.append(NamespaceMount(int(number), path.decode("utf-8", "surrogateescape")))
    return found


def own() -> Scope:
    """Return the network namespace that the calling thread is in, as the host's own; raises SourceError.

    Its door is this process's by number, so that a child that has moved away finds back.
    """
    inode, door = own_network_namespace()
    return Scope(name=None, inode=inode, door=door)


def discover(host: Host, processes: tuple[Process, ...]) -> tuple[tuple[Scope, ...], tuple[BlindSpot, ...]]:
    """Return every network namespace once, the host's own first, and what could not be looked at.

    Mounted ones are called by their file name (`ip netns`) or path. The others, and those of container
    engines, whose file names change with every start, are called by their container ("podman:vpn"), else by
    the program of their first process: "process:nginx", then "process:nginx#2" in the order of PIDs.
    `processes` are the rows of the processes probe, whose own gaps say which namespaces may be missing for
    want of privilege.
    """
    home = own()
    gaps: dict[BlindSpot, None] = {}
    named: dict[int, Scope] = {}
    for mount, door in _mounts(host, home, processes, gaps):
        scope = Scope(name=_mount_name(mount.path), inode=mount.inode, door=door)
        named[mount.inode] = min(named.get(mount.inode, scope), scope, key=_rank)
    started = _started(processes)
    for inode, scope in started.items():
        kept = named.get(inode)
        if kept is None or _made_by_machine(kept):
            named[inode] = Scope(name=scope.name, inode=inode, door=kept.door if kept else scope.door)
    named.pop(home.inode, None)
    _name_containers(host, named, processes)
    ordered = sorted(named.values(), key=lambda scope: _order(scope, started))
    return (home, *_distinct(ordered)), tuple(gaps)


def _name_containers(host: Host, named: dict[int, Scope], processes: Iterable[Process]) -> None:
    """Call namespaces without a name of their own by the container that one of their first processes is in."""
    inside: dict[int, list[int]] = {}
    for process in sorted(processes):
        if process.netns in named and len(inside.setdefault(process.netns, [])) < _ASKED:
            inside[process.netns].append(process.pid)
    for inode, pids in inside.items():
        scope = named[inode]
        if (scope.name or "").startswith(_BY_PROGRAM):
            label = next((found for pid in pids if (found := containers.label(host, pid))), None)
            if label:
                named[inode] = Scope(name=_safe(label), inode=inode, door=scope.door)


def _started(processes: Iterable[Process]) -> dict[int, Scope]:
    """Return the namespaces that processes are in, else hold open, by inode; each named by its first process."""
    ordered = sorted(processes)
    ways = [(process, process.netns, "ns/net") for process in ordered]
    ways += [(process, inode, f"fd/{fd}") for process in ordered for inode, fd in process.held_netns]
    found: dict[int, Scope] = {}
    for process, inode, way in ways:
        if inode is not None and inode not in found:
            name = f"{_BY_PROGRAM}{_program(process)}"
            found[inode] = Scope(name=name, inode=inode, door=f"/proc/{process.pid}/{way}")
    return found


def _mounts(
    host: Host, home: Scope, processes: Iterable[Process], gaps: dict[BlindSpot, None]
) -> Iterator[tuple[NamespaceMount, str]]:
    """Yield every namespace mount and the path that leads to it from here: own mounts first, then others'."""
    try:
        for mount in parse_mounts(host.read("/proc/self/mountinfo")):
            yield mount, mount.path
    except SourceError as error:
        gaps[_gap(home, "/proc/self/mountinfo", error)] = None
    seen: set[int | None] = {None, _own_mount_namespace(host)}
    elsewhere = [1] + [process.pid for process in sorted(processes) if _new(process.mntns, seen)]
    for pid in elsewhere:
        try:
            for mount in parse_mounts(host.read(f"/proc/{pid}/mountinfo", needs="CAP_SYS_PTRACE")):
                yield mount, f"/proc/{pid}/root{mount.path}"
        except SourceAbsent:
            continue  # ended meanwhile
        except SourceError as error:
            gaps[_gap(home, "/proc/*/mountinfo", error)] = None


def _new(mntns: int | None, seen: set[int | None]) -> bool:
    """Return whether `mntns` is not in `seen`, and add it."""
    known = mntns in seen
    seen.add(mntns)
    return not known


def _own_mount_namespace(host: Host) -> int | None:
    """Return the inode of the mount namespace that this process is in, None if it cannot be read."""
    try:
        return int(host.link("/proc/self/ns/mnt").removeprefix("mnt:[").removesuffix("]"))
    except (SourceError, ValueError):
        return None


def _gap(home: Scope, source: str, error: SourceError) -> BlindSpot:
    """Return the gap of a source that may name further namespaces: everything in those is hidden."""
    return BlindSpot(
        probe="namespaces",
        scope=home.label,
        source=source,
        reason=error.reason,
        detail=f"{error.detail}: network namespaces may be missing",
        hides=tuple(technologies.load().by_id),
        needs=error.needs,
    )


def _mount_name(path: str) -> str:
    """Return what to call a namespace mounted on `path`: the file name for `ip netns`, else the path."""
    for prefix in _NAMED:
        if path.startswith(prefix):
            return _safe(path.removeprefix(prefix))
    for prefix in _DOCKER:
        if path.startswith(prefix):
            return "docker/" + _safe(path.removeprefix(prefix))
    return _safe(path)


def _safe(name: str) -> str:
    """Return `name` without characters that a terminal or a report could take for anything but letters."""
    shown = text(name.encode("utf-8", "surrogateescape"))
    return _UNSAFE.sub("_", shown)[:_LABEL_CHARACTERS] or "_"


def _program(process: Process) -> str:
    """Return the name of the process's program."""
    return _safe((process.exe or "").rpartition("/")[2] or process.comm or "unknown")


def _made_by_machine(scope: Scope) -> bool:
    """Return whether the name of `scope` is another after every start."""
    return _MADE_BY_MACHINE.match(scope.name or "") is not None


def _rank(scope: Scope) -> tuple[bool, bool, bool, str]:
    """Return how good a name is, the best lowest: names of `ip netns`, then paths; own doors before others'."""
    name = scope.name or ""
    return _made_by_machine(scope), name.startswith("/"), scope.door.startswith("/proc/"), name


def _order(scope: Scope, started: dict[int, Scope]) -> tuple[bool, str, int]:
    """Return where `scope` comes: named ones by name, then those called by programs in the order of PIDs."""
    pid = int(started[scope.inode].door.split("/")[2]) if scope.inode in started else 0
    return (scope.name or "").startswith(_BY_PROGRAM), scope.name or "", pid


def _distinct(scopes: Iterable[Scope]) -> Iterator[Scope]:
    """Yield `scopes` with "#2", "#3" and so on added to names that came before."""
    count: dict[str | None, int] = {"host": 1}  # what the host's own is called
    for scope in scopes:
        number = count[scope.name] = count.get(scope.name, 0) + 1
        yield scope if number == 1 else Scope(name=f"{scope.name}#{number}", inode=scope.inode, door=scope.door)


def enter(scope: Scope) -> None:
    """Move the calling thread into `scope`; nothing happens if it is there already.

    Raises SourceDenied (CAP_SYS_ADMIN), SourceAbsent when the namespace is gone or its door leads to
    another by now, and SourceError.
    """
    if own_network_namespace()[0] != scope.inode:
        enter_network_namespace(scope.door, scope.inode)
