"""Processes and what they hold: sockets, TUN/TAP devices, PPP, network namespaces. One walk over /proc.

A TUN/TAP device belongs to the process in whose fdinfo its name stands (`iff:`, linux/drivers/net/tun.c);
fdinfo is read only of descriptors whose link can be that device. What carries the frames of a pppd holds the
master of the pseudoterminal that pppd speaks to (`tty-index:`, linux/drivers/tty/pty.c). What opens what,
measured on Linux 6.18 for a process of root and one of another user:

| run as                                  | comm, cgroup, stat | exe, ns/* | list fd | links in fd | fdinfo |
|-----------------------------------------|--------------------|-----------|---------|-------------|--------|
| root                                    | yes                | yes       | yes     | yes         | yes    |
| root without CAP_SYS_PTRACE             | yes                | no        | yes     | no          | no     |
| root without CAP_DAC_*                  | yes                | yes       | root's  | root's      | yes    |
| other user                              | yes                | no        | no      | no          | no     |
| other user, CAP_SYS_PTRACE              | yes                | yes       | no      | no          | yes    |
| other user, CAP_DAC_READ_SEARCH         | yes                | no        | yes     | no          | no     |
| other user, both                        | yes                | yes       | yes     | yes         | yes    |

Cannot see: descriptors of a thread that has a table of its own (unshare(CLONE_FILES)) or that alone
changed namespace (setns); that a program names another file as its executable (prctl(PR_SET_MM_EXE_FILE),
a privilege); descriptors in flight over UNIX sockets or registered with io_uring only; a
TUN node outside /dev without "tun" in its path; processes outside the PID namespace this runs in. The
device that `iff:` names may have been moved to another namespace than its holder's. macvtap devices
(/dev/tapN) are ports of virtual machines and have no `iff:`. Command lines, environments and users are
never read. The process's own name, its unit, its parent and the package of its program are read only where it
may be shown as an owner: if it holds a device, its executable is called like one of the technology table, or
that could not be read.
"""

from collections.abc import Iterator

from auditor import broadband, procfiles, services, technologies
from auditor.daemons.packages import DIRECTORY, Packages
from auditor.errors import SourceAbsent, SourceDenied, SourceError
from auditor.host import Host
from auditor.model.rows import Process
from auditor.model.sightings import BlindSpot, Reason, Sighting
from auditor.netlink.wire import text
from auditor.probe import Extent, Phase, Probe, View
from auditor.procfs import Descriptors

_PTRACE = "CAP_SYS_PTRACE"
_BOTH = "CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH"
_DELETED = " (deleted)"
_CAP_SYS_PTRACE = 19  # linux/capability.h
_COVERS = (*technologies.load().carried, "tun", "tap")


class _Gaps:
    """What could not be read, counted by source and cause."""

    def __init__(self, host: Host) -> None:
        """Start with no gap."""
        self._host = host
        self._pids: dict[tuple[str, Reason, str, str | None], set[int]] = {}

    def add(self, pid: int, source: str, error: SourceError) -> None:
        """Count `error` unless the process is gone, has ended, or is a thread of the kernel."""
        if isinstance(error, SourceAbsent) or not _is_program(self._host, pid):
            return
        self._pids.setdefault((source, error.reason, error.detail, error.needs), set()).add(pid)

    def spots(self, view: View, pids: list[int]) -> Iterator[BlindSpot]:
        """Yield one gap a source and cause, saying of how many processes."""
        if not self._pids:
            return
        total = sum(_is_program(self._host, pid) for pid in pids)
        for (source, reason, detail, needs), missed in self._pids.items():
            yield BlindSpot(
                probe=PROBE.name,
                scope=view.scope.label,
                source=source,
                reason=reason,
                detail=f"{detail}: {len(missed)} of {max(total, len(missed))} processes",
                hides=PROBE.covers,
                needs=needs,
            )


def _is_program(host: Host, pid: int) -> bool:
    """Return whether `pid` is a running program; in doubt it is."""
    try:
        stat = procfiles.parse_stat(host.read(f"/proc/{pid}/stat"))
    except SourceAbsent:
        return False
    except SourceError:
        return True
    return not stat.kernel_thread and (stat.state != "Z" or stat.threads > 1)


def _directory(host: Host, pid: int) -> str | None:
    """Return where to look for a process without open descriptors, None if it can hold none.

    A process whose first thread has ended shows none of what its other threads hold, except below them.
    """
    stat = procfiles.parse_stat(host.read(f"/proc/{pid}/stat"))
    if stat.kernel_thread:
        return None
    if stat.state == "Z":
        others = (name for name in host.names(f"/proc/{pid}/task") if name != str(pid))
        return next((f"/proc/{pid}/task/{name}" for name in others), None)
    return f"/proc/{pid}"


def _look(host: Host, pid: int, own_netns: int, packages: Packages, gaps: _Gaps) -> Process | None:
    """Return what process `pid` holds, None if that is nothing and it is in the namespace `own_netns`."""
    base: str | None = f"/proc/{pid}"
    held = Descriptors()
    try:
        held = host.descriptors(f"{base}/fd", needs=_BOTH)
        if not held.sockets and not held.devices and not held.ppp:
            base = _directory(host, pid)
            if base is None:
                return None
            if base != f"/proc/{pid}":
                held = host.descriptors(f"{base}/fd", needs=_BOTH)
    except SourceAbsent:
        return None
    except SourceError as error:
        gaps.add(pid, "/proc/*/fd", error)
    base = base or f"/proc/{pid}"
    netns = _namespace(host, base, pid, "net", gaps)
    tun_devices, masters = _behind(host, base, pid, held.devices, gaps)
    exe, deleted = _executable(host, base, pid, gaps)
    elsewhere = netns not in (None, own_netns)
    if not (held.sockets or held.namespaces or tun_devices or held.ppp or elsewhere or _may_wait(exe)):
        return None
    owner = bool(tun_devices) or held.ppp or exe is None or technologies.load().may_be_known(exe)
    return Process(
        pid=pid,
        comm=_comm(host, base) if owner else None,
        exe=exe,
        exe_deleted=deleted,
        netns=netns,
        mntns=_namespace(host, base, pid, "mnt", gaps),
        tun_devices=tun_devices,
        sockets=held.sockets,
        unit=_unit(host, base) if owner else None,
        held_netns=held.namespaces,
        exe_here=_is_here(host, base, exe) if _would_clear(exe, tun_devices, held.sockets, masters) else None,
        packaged_by=_package(packages, exe, pid, gaps, owner=bool(tun_devices)) if owner and exe else None,
        ppid=_parent(host, base) if owner else None,
        holds_ppp=held.ppp,
        terminals=held.terminals if held.ppp else (),
        masters=masters,
    )


def _may_wait(exe: str | None) -> bool:
    """Return whether the program `exe` is a tunnel without a socket too, as OpenVPN that waits to connect again."""
    known = technologies.load().recognise(exe) if exe else None
    return known is not None and known.signature.deviceless and not known.signature.forwards


def _namespace(host: Host, base: str, pid: int, kind: str, gaps: _Gaps) -> int | None:
    """Return the inode of the namespace of `kind` that the process is in, None if not known."""
    try:
        return procfiles.parse_namespace(host.link(f"{base}/ns/{kind}", needs=_PTRACE), kind)
    except SourceError as error:
        gaps.add(pid, f"/proc/*/ns/{kind}", error)
        return None


def _behind(
    host: Host, base: str, pid: int, numbers: tuple[str, ...], gaps: _Gaps
) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """Return the TUN/TAP devices that the descriptors `numbers` hold, and the terminals that they are masters of."""
    names: dict[str, None] = {}
    masters: dict[int, None] = {}
    for number in numbers:
        try:
            raw = host.read(f"{base}/fdinfo/{number}", needs=_PTRACE)
        except SourceError as error:
            gaps.add(pid, "/proc/*/fdinfo", error)
            continue
        name, terminal = procfiles.parse_tun_name(raw), procfiles.parse_terminal(raw)
        if name is not None:
            names[name] = None
        if terminal is not None:
            masters[terminal] = None
    return tuple(names), tuple(masters)


def _executable(host: Host, base: str, pid: int, gaps: _Gaps) -> tuple[str | None, bool]:
    """Return the full path of the executable, None if not known, and whether its file was removed or replaced."""
    try:
        link = text(host.link(f"{base}/exe", needs=_PTRACE).encode("utf-8", "surrogateescape"))
    except SourceError as error:
        gaps.add(pid, "/proc/*/exe", error)
        return None, False
    return link.removesuffix(_DELETED), link.endswith(_DELETED)


def _would_clear(
    exe: str | None, tun_devices: tuple[str, ...], sockets: tuple[int, ...], masters: tuple[int, ...]
) -> bool:
    """Return whether the program, if it is the host's own, makes what it holds no tunnel or no proxy."""
    if tun_devices and technologies.load().plumbing_of(exe):
        return True
    return bool(masters and broadband.reason(exe)) or (bool(sockets) and services.known(exe) is not None)


def _is_here(host: Host, base: str, exe: str | None) -> bool | None:
    """Return whether the host's own file `exe` is what the process runs, None if that cannot be told.

    The link names the file as the process's mount namespace does, so any container can have one there.
    Looked at only for programs that would clear a device: another file can lie on a dead file server.
    """
    try:
        return exe is not None and host.same_file(f"{base}/exe", exe, needs=_PTRACE)
    except SourceAbsent:
        return False
    except SourceError:
        return None


def _package(packages: Packages, exe: str, pid: int, gaps: _Gaps, *, owner: bool) -> str | None:
    """Return the package of the program at `exe`, None if it is of none that matters or its place tells already."""
    try:
        return packages.of(exe, technologies.load().packages_of(exe, owner=owner))
    except SourceError as error:
        gaps.add(pid, DIRECTORY, error)
        return None


def _comm(host: Host, base: str) -> str | None:
    """Return the name that the process gives itself, None when it is gone."""
    try:
        return text(host.read(f"{base}/comm").rstrip(b"\n"))
    except SourceError:
        return None


def _parent(host: Host, base: str) -> int | None:
    """Return the parent of the process, None when it is not known."""
    try:
        return procfiles.parse_parent(host.read(f"{base}/stat"))
    except SourceError:
        return None


def _unit(host: Host, base: str) -> str | None:
    """Return the unit of the process, None when it is not known."""
    try:
        return procfiles.parse_unit(host.read(f"{base}/cgroup"))
    except SourceError:
        return None


def _hidden(view: View, pids: list[int]) -> Iterator[BlindSpot]:
    """Yield a gap if /proc leaves processes out: by its mount options, or because process 1 is not there."""
    host = view.host
    try:
        hiding = procfiles.hides_processes(host.read("/proc/self/mounts"))
        hiding = hiding and not procfiles.holds_capability(host.read("/proc/self/status"), _CAP_SYS_PTRACE)
    except SourceError:
        hiding = False
    if hiding or 1 not in pids:
        error = SourceDenied("/proc does not show every process", needs=_PTRACE)
        yield PROBE.blind(view, "/proc", error)


def run(view: View) -> Iterator[Sighting]:
    """Yield every process that holds a socket, a TUN/TAP device, PPP or a namespace, is in another one, or a tunnel."""
    host = view.host
    pids = sorted(int(name) for name in host.names("/proc") if name.isascii() and name.isdigit())
    gaps, packages = _Gaps(host), Packages(host)
    for pid in pids:
        row = _look(host, pid, view.scope.inode, packages, gaps)
        if row is not None:
            yield row
    yield from gaps.spots(view, pids)
    yield from _hidden(view, pids)


PROBE = Probe(
    name="processes",
    summary="Programs that hold sockets, TUN/TAP devices or network namespaces",
    reads=("/proc/*/fd", "/proc/*/fdinfo", "/proc/*/exe", "/proc/*/ns", "/proc/*/cgroup", f"{DIRECTORY}/*.list"),
    needs=("CAP_SYS_PTRACE", "CAP_DAC_READ_SEARCH"),
    covers=_COVERS,
    run=run,
    phase=Phase.KERNEL,
    extent=Extent.HOST,
)
