"""frp: where a client's server is, and where a server listens (frpc and frps; TOML, INI, YAML or JSON file).

Sources: frp's documentation "Client Configures", "Server Configures" (gofrp.org). Tokens are never kept.
"""

from collections.abc import Iterable, Iterator

from auditor.daemons import arguments
from auditor.daemons.files import ProcessFiles
from auditor.formats import hosts, json, settings, yaml
from auditor.formats.events import Scalar
from auditor.model.rows import DaemonInstance, NamedEnd, Process

_KEYS = frozenset(
    ["serverAddr", "server_addr", "serverPort", "server_port", "bindAddr", "bind_addr", "bindPort", "bind_port"]
    + ["protocol", "transport.protocol"]
)
_ARGUMENTS = frozenset(["c", "config", "s", "server-addr", "server_addr", "P", "server-port", "p", "protocol"])
_DEFAULT_PORT = 7000
_UDP = ("kcp", "quic")


def parse(lines: Iterable[bytes], suffix: str) -> dict[str, Scalar]:
    """Return the kept settings of a file by key, in the spelling of the newer format; raises ParseError."""
    found: dict[str, Scalar] = {}
    if suffix in ("json", "yaml", "yml"):
        reader = json if suffix == "json" else yaml
        for path, value in reader.events(lines, _KEYS):
            if len(path) == 1 or path == ("transport", "protocol"):
                found.setdefault(_camel(str(path[-1])), value)
        return found
    for setting in settings.settings(lines, _KEYS):
        if setting.key and setting.section in ("", "common", "transport"):
            found.setdefault(_camel(setting.key.removeprefix("transport.")), setting.value)
    return found


def _camel(key: str) -> str:
    """Return "serverAddr" for "server_addr"."""
    first, *others = key.split("_")
    return first + "".join(part.capitalize() for part in others)


def read(process: Process, files: ProcessFiles) -> Iterator[DaemonInstance]:
    """Yield what the frp program `process` is set to do; raises SourceError."""
    server = (process.exe or "").rpartition("/")[2].startswith("frps")
    default = "./frps.ini" if server else "./frpc.ini"
    given = dict(arguments.flags(files.arguments(), _ARGUMENTS))
    named = given.get("c") or given.get("config")
    host = given.get("s") or given.get("server-addr") or given.get("server_addr")
    path = named or (None if host else default)
    found = parse(files.lines(path), path.rpartition(".")[2].lower()) if path else {}
    if host:
        found["serverAddr"], number = hosts.split(host)
        found["serverPort"] = number or given.get("P") or given.get("server-port")
    if server:
        found.setdefault("bindPort", given.pop("p", None))
    protocol = str(found.get("protocol") or given.get("p") or given.get("protocol") or "tcp").lower()
    transport = "udp" if protocol in _UDP else "tcp"
    remote = hosts.host(found.get("serverAddr"))
    yield DaemonInstance(
        pid=process.pid,
        technology="frp",
        role="server" if server else "client",
        local=hosts.address(found.get("bindAddr")) if server else None,
        local_port=hosts.port(found.get("bindPort")) or _DEFAULT_PORT if server else None,
        remotes=()
        if server or remote is None
        else (NamedEnd(remote, hosts.port(found.get("serverPort")) or _DEFAULT_PORT, transport),),
        device=None,
        clients=None,
        source=path or "command line",
        transport=transport,
    )
