"""GOST: listeners and the first hop of its chain, by arguments or file (v2.gost.run, gost.run/en/getting-started).

Nodes are URLs with passwords in them; only host and port are taken. Hops behind the first are reached through
it and show nothing on this host.
"""

from collections.abc import Iterator

from auditor.daemons import arguments
from auditor.daemons.documents import document, proxy, transport_of
from auditor.daemons.files import ProcessFiles
from auditor.formats import hosts
from auditor.formats.events import Event
from auditor.model.rows import DaemonInstance, NamedEnd, Process

_KEYS = frozenset(["ServeNodes", "ChainNodes", "addr"])


def read(process: Process, files: ProcessFiles) -> Iterator[DaemonInstance]:
    """Yield what the program `process` is set to do; raises SourceError."""
    listeners: list[str] = []
    hops: list[str] = []
    path = None
    for name, value in arguments.flags(files.arguments(), frozenset(["L", "F", "C"])):
        if name == "C":
            path = value
        else:
            (listeners if name == "L" else hops).append(value)
    if path:
        for kind, value in _of_file(list(document(files, path, _KEYS))):
            (listeners if kind == "L" else hops).append(value)
    bind, port = _listener(listeners[0]) if listeners else (None, None)
    remotes = [end for hop in hops[:1] if (end := _node(hop))] or [end for one in listeners for end in _target(one)]
    yield proxy(process, "gost", remotes, source=path or "command line", local=bind, local_port=port)


def _of_file(found: list[Event]) -> Iterator[tuple[str, str]]:
    """Yield "L" or "F" with each address of a configuration file, of version 2 or 3."""
    for path, value in found:
        if "ServeNodes" in path or (path[0] == "services" and len(path) == 3):
            yield "L", str(value)
        elif "ChainNodes" in path or path[0] in ("chains", "hops"):
            yield "F", str(value)


def _node(url: str) -> NamedEnd | None:
    """Return the end that a hop names, with its transport as far as the scheme tells."""
    scheme, colon, _ = url.partition("://")
    end = hosts.of_url(url)
    return end._replace(transport=transport_of(scheme.split("+") if colon else ())) if end else None


def _listener(url: str) -> tuple[str | None, int | None]:
    """Return address and port of a listener."""
    rest = (url.partition("://")[2] or url).rpartition("@")[2]
    return hosts.split(rest.partition("/")[0].partition("?")[0])


def _target(url: str) -> Iterator[NamedEnd]:
    """Yield where a listener forwards to by itself ("tcp://:2222/HOST:22"), if that is another host."""
    scheme = url.partition("://")[0]
    rest = (url.partition("://")[2] or url).partition("?")[0]
    for target in rest.partition("/")[2].split(","):
        host, port = hosts.split(target) if target else (None, None)
        if host and port and not hosts.is_near(host):
            yield NamedEnd(host, port, "udp" if "udp" in scheme else "tcp")
