"""Arguments and configuration of Miredo, a Teredo client or relay (miredo(8), miredo.conf(5); RFC 4380).

A client speaks to its server, and to whom its packets go to; both over one unconnected UDP socket. Of the two
processes that run, only the one without privileges has that socket. The configuration holds no secret.

Cannot see: peers, whose addresses are made of those of each packet.
"""

from collections.abc import Iterable, Iterator

from auditor.daemons.arguments import getopt
from auditor.daemons.files import ProcessFiles
from auditor.errors import ParseError
from auditor.model.rows import DaemonInstance, NamedEnd, Process
from auditor.netlink.wire import text

_DEFAULT = "/etc/miredo/miredo.conf"
_SERVER_PORT = 3544  # RFC 4380 2.7
_CLIENT = ("client", "autoclient")
_SHORT, _LONG = "c:p:u:t:", ("config", "pidfile", "user", "chroot")
_KEPT = ("interfacename", "relaytype", "serveraddress", "serveraddress2", "bindaddress", "bindport")


def parse_lines(lines: Iterable[bytes]) -> dict[str, str]:
    """Return the directives that matter, their names in lower case; of one that stands twice the first counts."""
    found: dict[str, str] = {}
    for line in lines:
        words = text(line.strip()).split(maxsplit=1)
        if len(words) == 2 and not words[0].startswith("#") and words[0].lower() in _KEPT:
            found.setdefault(words[0].lower(), words[1].strip())
    return found


def parse_arguments(arguments: Iterable[str]) -> tuple[str, str | None]:
    """Return the path of the configuration and the server that stands in its place on the command line."""
    path, server = _DEFAULT, None
    for name, value in getopt(arguments, _SHORT, _LONG, ("", "c", "config")):
        if name:
            path = value
        else:
            server = value
    return path, server


def read(process: Process, files: ProcessFiles) -> Iterator[DaemonInstance]:
    """Yield what the configuration of `process` says; raises SourceError if it cannot be read."""
    path, server = parse_arguments(files.arguments())
    found = parse_lines(files.lines(path))
    is_client = found.get("relaytype", "client").lower() in _CLIENT
    servers = (server,) if server else (found.get("serveraddress"), found.get("serveraddress2"))
    yield DaemonInstance(
        pid=process.pid,
        technology="teredo",
        role="client" if is_client else "p2p",
        local=found.get("bindaddress"),
        local_port=_port(found.get("bindport"), path, files),
        remotes=tuple(NamedEnd(host, _SERVER_PORT, "udp") for host in servers if host and is_client),
        device=found.get("interfacename"),
        clients=None,
        source=path,
        transport="udp",
    )


def _port(value: str | None, path: str, files: ProcessFiles) -> int | None:
    """Return a port, None if none is stated; what is no number is noted as unread."""
    if value is None:
        return None
    if value.isascii() and value.isdigit() and int(value) < 65536:
        return int(value) or None
    files.gap(path, ParseError("BindPort is no number of a port"))
    return None
