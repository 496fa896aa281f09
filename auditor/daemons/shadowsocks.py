"""Shadowsocks: arguments and JSON configuration of its programs (ss-local(1), shadowsocks-rust, go-shadowsocks2).

Kept are hosts and ports. Passwords stand in arguments, in the file and in ss:// URLs; none leaves its line.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from auditor.daemons import arguments
from auditor.daemons.files import ProcessFiles
from auditor.formats import hosts
from auditor.formats.events import Path, Scalar
from auditor.formats.json import events
from auditor.model.rows import DaemonInstance, NamedEnd, Process

_SHORT = "c:s:p:l:b:k:m:f:t:i:a:n:L:T6uUvhA"
_LONG = frozenset(
    ["acl", "config", "encrypt-method", "executable", "key", "local-addr", "manager-address", "mtu", "nftables-sets"]
    + ["password", "plugin", "plugin-opts", "server-addr", "server-url", "workdir"]
)
_WANTED = frozenset(["", "c", "s", "p", "l", "b", "U", "config", "local-addr", "server-addr", "server-url"])
_KEYS = frozenset(["server", "server_port", "local_address", "local_port", "address", "port", "mode"])
_SERVERS = ("ss-server", "ss-manager", "ssserver", "ssmanager")
_GO = ("go-shadowsocks2", "shadowsocks2", "shadowsocks2-linux")


@dataclass(slots=True)
class _Settings:
    """What arguments and file say so far; `hosts` and `ports` are by server entry, local ones by their own."""

    hosts: dict[Path, str] = field(default_factory=dict)
    ports: dict[Path, int] = field(default_factory=dict)
    local: str | None = None
    local_port: int | None = None
    transport: str = "tcp"
    config: str | None = None
    server: bool = False

    def take(self, path: Path, value: Scalar) -> None:
        """Take one setting of the file."""
        place, key = path[:-1], path[-1]
        if isinstance(key, int):  # NOTE: "server" may be a list of hosts; all of them use the one port
            place, key = path, path[-2] if len(path) > 1 else ""
        if key in ("server", "address") and isinstance(value, str) and self.is_server_entry(path):
            name, number = hosts.split(value)
            self.hosts[place] = name or ""
            if number:
                self.ports[place] = number
        elif key in ("server_port", "port") and (number := hosts.port(value)) and self.is_server_entry(path):
            self.ports.setdefault(place, number)
        elif key == "local_port":
            self.local_port = self.local_port or hosts.port(value)
        elif key == "local_address":
            self.local = self.local or hosts.address(value)
        elif key == "mode" and value == "udp_only":
            self.transport = "udp"

    def is_server_entry(self, path: Path) -> bool:
        """Return whether `path` is of a server: at the top, or in the list `servers`."""
        return path[0] in ("server", "server_port", "servers")

    def remotes(self) -> tuple[NamedEnd, ...]:
        """Return every server with its port."""
        default = self.ports.get(())
        found = [(name, self.ports.get(place, default)) for place, name in self.hosts.items() if name]
        return tuple(dict.fromkeys(NamedEnd(name, number, self.transport) for name, number in found))


def read(process: Process, files: ProcessFiles) -> Iterator[DaemonInstance]:
    """Yield what the Shadowsocks program `process` is set to do; raises SourceError."""
    program = (process.exe or "").rpartition("/")[2]
    settings = _Settings(server=program in _SERVERS)
    if program in _GO:
        _take_go(settings, files.arguments())
    else:
        _take_arguments(settings, files.arguments())
    if settings.config and (not settings.hosts or not settings.local_port):
        for path, value in events(files.lines(settings.config), _KEYS):
            settings.take(path, value)
    remotes = settings.remotes()
    if settings.server:
        bind = next((end for end in remotes), NamedEnd("", settings.ports.get(())))
        settings.local, settings.local_port = hosts.address(bind.host), bind.port
    yield DaemonInstance(
        pid=process.pid,
        technology="shadowsocks",
        role="server" if settings.server else "client",
        local=settings.local,
        local_port=settings.local_port,
        remotes=() if settings.server else remotes,
        device=None,
        clients=None,
        source=settings.config or "command line",
        transport=settings.transport,
    )


def _take_arguments(settings: _Settings, given: list[str]) -> None:
    """Take the arguments of the C and Rust programs, which count before the file."""
    for number, (name, value) in enumerate(arguments.getopt(given, _SHORT, _LONG, _WANTED, shortened=True)):
        if name == "" and value in ("local", "server", "manager"):  # ssservice
            settings.server = value != "local"
        elif name in ("c", "config"):
            settings.config = value
        elif name in ("s", "server-addr"):
            settings.hosts[("argument", number)], port = hosts.split(value)[0] or "", hosts.split(value)[1]
            settings.ports.update({("argument", number): port} if port else {})
        elif name == "server-url":
            _take_url(settings, value)
        elif name == "p" and (port := hosts.port(value)):
            settings.ports[()] = port
        elif name == "l":
            settings.local_port = hosts.port(value)
        elif name in ("b", "local-addr"):
            settings.local, settings.local_port = (
                hosts.address(hosts.split(value)[0] or ""),
                hosts.split(value)[1] or settings.local_port,
            )
        elif name == "U":
            settings.transport = "udp"


def _take_go(settings: _Settings, given: list[str]) -> None:
    """Take the arguments of go-shadowsocks2: -c URL of a client, -s URL of a server, listeners of a client."""
    for name, value in arguments.flags(given, frozenset(["c", "s", "socks", "redir"])):
        if name in ("c", "s"):
            settings.server = name == "s"
            _take_url(settings, value)
        else:
            settings.local, settings.local_port = hosts.address(hosts.split(value)[0] or ""), hosts.split(value)[1]


def _take_url(settings: _Settings, url: str) -> None:
    """Take the server of an ss:// URL; one that hides it in base64 with the password is left alone."""
    if "@" in url and (end := hosts.of_url(url)):
        settings.hosts["url",] = end.host
        settings.ports.update({("url",): end.port} if end.port else {})
