"""Tunnel ports of Open vSwitch: its database, read as a file (ovsdb-server(1), ovs-vswitchd.conf.db(5)).

Neither the server nor the switch is asked anything. The database is that of each running server, by its
arguments; where none runs, the one in the usual place, whose tunnels come back with the switch.

Cannot see: far ends that flows set per packet; what an agent made in a switch over OpenFlow; a database
that a server outside this host keeps.
"""

from collections.abc import Iterable, Iterator

from auditor.daemons import openvswitch
from auditor.daemons.files import ProcessFiles
from auditor.errors import ParseError, SourceAbsent, SourceError
from auditor.model.sightings import Sighting
from auditor.probe import Extent, Phase, Probe, View

_SERVER = "ovsdb-server"
_USUAL = "/etc/openvswitch/conf.db"
_NEEDS = "CAP_DAC_READ_SEARCH"
_LIMIT_BYTES = 64 << 20
_ATTEMPTS = 3  # the server may be writing just now


def run(view: View) -> Iterator[Sighting]:
    """Yield the tunnel ports of every switch."""
    servers = [owner for owner in view.targets.owners if (owner.exe or "").rpartition("/")[2] == _SERVER]
    for process in servers:
        files = ProcessFiles(view.host, process)
        try:
            databases = [word for word in files.arguments() if not word.startswith("-")] or [_USUAL]
        except SourceError:
            continue  # every process may read it, so this one has ended
        for path in databases:
            try:
                found = view.host.inside(process.pid, files.absolute(path))
            except SourceError as error:
                yield PROBE.blind(view, path, error)
                continue
            yield from _read(view, found, path, process.pid)
    if not servers:
        yield from _read(view, _USUAL, _USUAL, None)


def _read(view: View, path: str, called: str, pid: int | None) -> Iterator[Sighting]:
    """Yield the tunnel ports in the database at `path`, nothing if there is none, or the gap it leaves."""
    try:
        interfaces = _interfaces(view, path)
    except SourceAbsent as error:
        if pid is not None:
            yield PROBE.blind(view, called, error)
        return
    except SourceError as error:
        yield PROBE.blind(view, called, error)
        return
    rows, unknown = openvswitch.tunnels(interfaces, pid, called)
    yield from rows
    if unknown:
        yield PROBE.blind(view, called, ParseError(f"{len(unknown)} interfaces of unknown type; they may be tunnels"))


def _interfaces(view: View, path: str) -> list[openvswitch.Interface]:
    """Return the interfaces in a database; a log that its server is writing is read again. Raises SourceError."""
    failure = ParseError("no attempt was made")
    for _ in range(_ATTEMPTS):
        lines: Iterable[bytes] = view.host.lines(path, limit_bytes=_LIMIT_BYTES, needs=_NEEDS)
        try:
            return openvswitch.parse_database(lines)
        except ParseError as error:
            failure = error
    raise failure


PROBE = Probe(
    name="openvswitch",
    summary="Tunnel ports of Open vSwitch, from its database file",
    reads=("/proc/PID/cmdline", _USUAL),
    needs=("CAP_SYS_PTRACE", "CAP_DAC_READ_SEARCH"),
    covers=("vxlan", "geneve", "gre", "ip6gre", "erspan", "gtp", "bareudp", "srv6", "stt", "lisp"),
    run=run,
    phase=Phase.DAEMONS,
    extent=Extent.HOST,
)
