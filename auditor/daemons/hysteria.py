"""Hysteria: the server a client names, the port a server listens at (v2.hysteria.network/docs; version 1 alike)."""

from collections.abc import Iterator

from auditor.daemons import arguments
from auditor.daemons.documents import document, proxy
from auditor.daemons.files import ProcessFiles
from auditor.formats import hosts
from auditor.model.rows import DaemonInstance, NamedEnd, Process

_KEYS = frozenset(["server", "listen"])
_LOCAL = (("socks5", "listen"), ("http", "listen"), ("tcpRedirect", "listen"), ("listen",))
_DEFAULTS = ("config.yaml", "/etc/hysteria/config.yaml", "config.json")
_DEFAULT_PORT = 443


def read(process: Process, files: ProcessFiles) -> Iterator[DaemonInstance]:
    """Yield what the program `process` is set to do; raises SourceError."""
    given = dict(arguments.flags(files.arguments(), frozenset(["c", "config"])))
    path = given.get("c") or given.get("config") or _DEFAULTS[0]
    found = dict(document(files, path, _KEYS))
    server = found.get(("server",))
    listen = next((str(found[at]) for at in _LOCAL if found.get(at)), "")
    bind, port = hosts.split(listen)
    remotes = []
    if isinstance(server, str) and (end := hosts.of_url(server)):
        remotes = [NamedEnd(end.host, end.port or _first_port(server) or _DEFAULT_PORT, "udp")]
    elif "server" in files.arguments()[:1]:
        port = port or _DEFAULT_PORT
    yield proxy(process, "hysteria", remotes, source=path, local=bind, local_port=port)


def _first_port(server: str) -> int | None:
    """Return the first port of a range to hop over ("HOST:20000-50000"), None without one."""
    ports = server.rpartition("@")[2].rpartition(":")[2]
    return hosts.port(ports.replace(",", "-").partition("-")[0])
