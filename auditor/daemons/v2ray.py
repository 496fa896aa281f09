"""V2Ray and Xray: inbounds and outbounds of their JSON configuration (v2fly.org, xtls.github.io: Inbounds, Outbounds).

Kept are protocols, hosts and ports. User ids and passwords stand beside them and are passed over.
"""

from collections.abc import Iterator

from auditor.daemons import arguments
from auditor.daemons.documents import document, grouped, listed, proxy, transport_of
from auditor.daemons.files import ProcessFiles
from auditor.errors import ParseError
from auditor.formats import hosts
from auditor.formats.events import Event
from auditor.model.rows import DaemonInstance, NamedEnd, Process

_KEYS = frozenset(["address", "endpoint", "listen", "network", "port", "protocol"])
_NO_FAR_END = ("blackhole", "dns", "freedom", "loopback")
_DEFAULT = "config.json"
_SUFFIXES = (".json", ".jsonc", ".yaml", ".yml")


def read(process: Process, files: ProcessFiles) -> Iterator[DaemonInstance]:
    """Yield what the program `process` is set to do; raises SourceError."""
    technology = "xray" if (process.exe or "").rpartition("/")[2].startswith("xray") else "v2ray"
    paths: list[str] = []
    for name, value in arguments.flags(files.arguments(), frozenset(["c", "config", "confdir", "d"])):
        paths += [value] if name in ("c", "config") else listed(files, value, _SUFFIXES)
    if any(path == "stdin:" or "://" in path for path in paths):
        raise ParseError("the configuration came from elsewhere and lies in no file")
    paths = paths or [_DEFAULT]
    inbound, remotes = None, []
    for path in paths:
        found = list(document(files, path, _KEYS))
        inbound = inbound or next(_inbounds(found), None)
        remotes += list(_outbounds(found))
    local, port = inbound or (None, None)
    yield proxy(process, technology, remotes, source=paths[0], local=local, local_port=port)


def _inbounds(found: list[Event]) -> Iterator[tuple[str | None, int | None]]:
    """Yield address and port of each listener."""
    for path, values in grouped(found).items():
        is_entry = str(path[0] if path else "").startswith("inbound") and len(path) <= 2
        if is_entry and (port := hosts.port(values.get("port"))):
            yield values.get("listen"), port


def _outbounds(found: list[Event]) -> Iterator[NamedEnd]:
    """Yield each server that an outbound names; the protocols that leave by themselves name none."""
    groups = {path: values for path, values in grouped(found).items() if str(path[0] if path else "")[:8] == "outbound"}
    for path, values in groups.items():
        entry = path[:2] if len(path) > 1 and isinstance(path[1], int) else path[:1]
        protocol = groups.get(entry, {}).get("protocol")
        if protocol in _NO_FAR_END or "streamSettings" in path:
            continue
        network = groups.get((*entry, "streamSettings"), {}).get("network")
        host, port = hosts.split(str(values["endpoint"])) if "endpoint" in values else (None, None)
        host = host or hosts.host(values.get("address"))
        if host:
            yield NamedEnd(host, port or hosts.port(values.get("port")), transport_of((protocol, network)))
