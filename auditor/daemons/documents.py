"""Which reader a configuration document needs, and rows that describe a proxy; shared by the readers of proxies."""

from collections.abc import Iterable, Iterator
from typing import Any

from auditor.daemons.files import ProcessFiles
from auditor.errors import ParseError
from auditor.formats import hosts, json, yaml
from auditor.formats.events import Event, Path
from auditor.model.rows import DaemonInstance, NamedEnd, Process

_FILES_LIMIT = 64
_UDP = frozenset(["hysteria", "hysteria2", "hy2", "kcp", "mkcp", "quic", "tuic", "wireguard"])


def document(files: ProcessFiles, path: str, wanted: frozenset[str]) -> Iterator[Event]:
    """Yield the wanted settings of the file `path` by its suffix, JSON where that says nothing; raises SourceError."""
    suffix = path.rpartition(".")[2].lower()
    if suffix in ("toml", "pb"):
        raise ParseError(f"{suffix.upper()} is not read for this program")
    reader = yaml if suffix in ("yaml", "yml") else json
    yield from reader.events(files.lines(path), wanted)


def listed(files: ProcessFiles, directory: str, suffixes: tuple[str, ...]) -> list[str]:
    """Return the paths of the files in `directory` that end like that; raises SourceError."""
    return [f"{directory}/{name}" for name in files.names(directory) if name.endswith(suffixes)][:_FILES_LIMIT]


def transport_of(words: Iterable[object]) -> str:
    """Return "udp" if one of the protocols or transports named runs over it, else "tcp"."""
    return "udp" if any(str(word).lower() in _UDP for word in words) else "tcp"


def grouped(found: Iterable[Event]) -> dict[Path, dict[str, Any]]:
    """Return the values by the path of the mapping they stand in, then by key; the first of a key counts."""
    groups: dict[Path, dict[str, Any]] = {}
    for path, value in found:
        key = path[-1] if isinstance(path[-1], str) else ""
        groups.setdefault(path[:-1], {}).setdefault(key, value)
    return groups


def proxy(
    process: Process,
    technology: str,
    remotes: Iterable[NamedEnd],
    *,
    source: str,
    local: str | None = None,
    local_port: int | None = None,
    server: bool | None = None,
) -> DaemonInstance:
    """Return what a proxy is set to do: a client if it names a far end, unless `server` says it."""
    named = tuple(dict.fromkeys(remotes))
    serves = not named if server is None else server
    return DaemonInstance(
        pid=process.pid,
        technology=technology,
        role="server" if serves else "client",
        local=hosts.address(local or ""),
        local_port=local_port,
        remotes=() if serves else named,
        device=None,
        clients=None,
        source=source,
        transport=named[0].transport if named else None,
    )
