"""WireGuard in user space, from the UAPI socket of the process that holds the TUN device.

wireguard-go, BoringTun and amneziawg-go answer on /run/wireguard/DEVICE.sock (/run/amneziawg) with
their state, keys included; `auditor.daemons.wireguard` drops those as they are read. Connecting and
asking change nothing and log nothing in the daemon.

Asked are only sockets that /proc/PID/net/unix shows as listening under such a name and whose inode is
among the descriptors of that process; so a renamed device is found too, and no other program is ever
spoken to. The file is reached through /proc/PID/root, never through a symbolic link below it, which
would be resolved outside the container.

Cannot see: the device's own public key (the protocol has only the private one); WireGuard inside a
program without this socket, such as Tailscale.
"""

import re
import time
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from auditor.daemons.wireguard import ask, parse_answer
from auditor.errors import ParseError, SourceAbsent, SourceDenied, SourceError
from auditor.host import Host
from auditor.model.rows import Process
from auditor.model.sightings import Sighting
from auditor.netlink.wire import text
from auditor.probe import Extent, Phase, Probe, View

_NEEDS = "CAP_SYS_PTRACE"
_NEEDS_TO_ASK = "CAP_SYS_PTRACE and CAP_DAC_OVERRIDE"  # connecting takes write permission on the socket (unix(7))
_SOCKET_PATH = re.compile(r"/(?:var/)?run/(?:wireguard|amneziawg)/([^/]+)\.sock")
_ACCEPTS = 0x00010000  # __SO_ACCEPTCON, linux/net.h
_TABLE_LIMIT_BYTES = 16 << 20


class Listener(NamedTuple):
    """A listening UAPI socket: its inode, the path it was bound to, and the device in that name."""

    inode: int
    path: str
    device: str


def parse_unix_table(lines: Iterable[bytes]) -> Iterator[Listener]:
    """Yield the UAPI sockets that listen, of a /proc/net/unix (proc_net(5)); raises ParseError."""
    rows = iter(lines)
    if next(rows, b"").split()[:4] != [b"Num", b"RefCount", b"Protocol", b"Flags"]:
        raise ParseError("table of UNIX sockets of unknown form")
    for line in rows:
        fields = line.rstrip(b"\n").split(None, 7)
        if len(fields) < 8:
            continue
        path = text(fields[7])
        found = _SOCKET_PATH.fullmatch(path)
        if found is None or found[1] in (".", ".."):
            continue
        try:
            flags, inode = int(fields[3], 16), int(fields[6])
        except ValueError:
            raise ParseError("UNIX socket of unknown form") from None
        if flags & _ACCEPTS:
            yield Listener(inode, path, found[1])


def run(view: View) -> Iterator[Sighting]:
    """Yield the device behind every UAPI socket that a holder of a TUN device listens on."""
    asked: set[int] = set()
    for owner in view.targets.owners:
        if not owner.tun_devices or not owner.sockets:
            continue
        source = f"/proc/{owner.pid}/net/unix"
        try:
            listening = parse_unix_table(view.host.lines(source, limit_bytes=_TABLE_LIMIT_BYTES))
            own = [listener for listener in listening if listener.inode in owner.sockets]
        except SourceAbsent:
            continue  # the process is gone
        except SourceError as error:
            yield PROBE.blind(view, source, error)
            continue
        for listener in own:
            if listener.inode not in asked:  # a parent and its child may hold the same one
                asked.add(listener.inode)
                yield _read(view, owner, listener, alone=len(own) == 1)


def _read(view: View, owner: Process, listener: Listener, *, alone: bool) -> Sighting:
    """Return the device behind one socket, or the gap it leaves."""
    interface = listener.device
    if interface not in owner.tun_devices and alone and len(owner.tun_devices) == 1:
        interface = owner.tun_devices[0]  # renamed since the daemon made its socket
    try:
        with view.host.unix_stream(_reach(view.host, owner.pid, listener.path), needs=_NEEDS_TO_ASK) as stream:
            pairs = ask(stream)
        return parse_answer(pairs, interface, owner.pid, int(time.time()))
    except SourceError as error:
        return PROBE.blind(view, f"{listener.path} of process {owner.pid}", error)


def _reach(host: Host, pid: int, path: str) -> str:
    """Return where the socket bound at `path` by process `pid` is found from here; raises SourceError."""
    base = f"/proc/{pid}/root"
    if path.startswith("/var/run/") and not _is_link(host, f"{base}/var") and _is_link(host, f"{base}/var/run"):
        path = path.removeprefix("/var")
    parts = path.split("/")
    for count in range(2, len(parts) + 1):
        if _is_link(host, base + "/".join(parts[:count])):
            raise SourceError("a symbolic link stands in the way to the socket")
    return base + path


def _is_link(host: Host, path: str) -> bool:
    """Return whether `path` is a symbolic link; raises SourceError when that cannot be told."""
    try:
        host.link(path, needs=_NEEDS)
    except (SourceAbsent, SourceDenied):
        raise
    except SourceError:
        return False  # readlink(2) refuses what is no link
    return True


PROBE = Probe(
    name="wireguard_uapi",
    summary="WireGuard devices that a program in user space drives, from its UAPI socket",
    reads=("/run/wireguard/*.sock", "/proc/*/net/unix"),
    needs=(_NEEDS, "CAP_DAC_OVERRIDE"),
    covers=("wireguard",),
    run=run,
    phase=Phase.DAEMONS,
    extent=Extent.HOST,
)
