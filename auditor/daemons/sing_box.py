"""sing-box: inbounds, outbounds and endpoints of its JSON configuration (sing-box.sagernet.org/configuration)."""

from collections.abc import Iterator

from auditor.daemons import arguments
from auditor.daemons.documents import document, grouped, listed, proxy, transport_of
from auditor.daemons.files import ProcessFiles
from auditor.formats import hosts
from auditor.formats.events import Event
from auditor.model.rows import DaemonInstance, NamedEnd, Process

_KEYS = frozenset(["address", "listen", "listen_port", "port", "server", "server_port", "type"])
_NO_FAR_END = ("block", "direct", "dns", "selector", "urltest")
_DEFAULT = "config.json"
_ARGUMENTS = frozenset(["c", "config", "C", "config-directory", "D", "directory"])


def read(process: Process, files: ProcessFiles) -> Iterator[DaemonInstance]:
    """Yield what the program `process` is set to do; raises SourceError."""
    paths: list[str] = []
    for name, value in arguments.flags(files.arguments(), _ARGUMENTS):
        if name in ("D", "directory") and value.startswith("/"):
            files.directory = value
        elif name in ("c", "config"):
            paths.append(value)
        elif name in ("C", "config-directory"):
            paths += listed(files, value, (".json",))
    paths = paths or [_DEFAULT]
    found = [event for path in paths for event in document(files, path, _KEYS)]
    local, port = next(_inbounds(found), (None, None))
    yield proxy(process, "sing-box", _outbounds(found), source=paths[0], local=local, local_port=port)


def _inbounds(found: list[Event]) -> Iterator[tuple[str | None, int | None]]:
    """Yield address and port of each listener."""
    for path, values in grouped(found).items():
        if path[:1] == ("inbounds",) and (port := hosts.port(values.get("listen_port"))):
            yield values.get("listen"), port


def _outbounds(found: list[Event]) -> Iterator[NamedEnd]:
    """Yield each server that an outbound names, and each peer of a WireGuard endpoint."""
    groups = grouped(found)
    for path, values in groups.items():
        kind = groups.get(path[:2], {}).get("type")
        if path[:1] == ("outbounds",) and len(path) == 2 and kind not in _NO_FAR_END:
            host, port = hosts.host(values.get("server")), hosts.port(values.get("server_port"))
        elif path[:1] == ("endpoints",) and "peers" in path:
            host, port = hosts.host(values.get("address")), hosts.port(values.get("port"))
        else:
            continue
        if host:
            yield NamedEnd(host, port, transport_of((kind,)))
