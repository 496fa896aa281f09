"""HTTP proxies that pass requests on to a proxy elsewhere: squid, Privoxy and Tinyproxy by their configuration.

One that goes out by itself leads to no far end of its own and yields nothing. Sources: squid's cache_peer and
http_port, Privoxy's "forward" and "forward-socks*", tinyproxy.conf(5). Passwords for the parent are dropped.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from auditor.daemons import arguments
from auditor.daemons.documents import proxy
from auditor.daemons.files import ProcessFiles
from auditor.errors import SourceError
from auditor.formats import hosts
from auditor.model.rows import DaemonInstance, NamedEnd, Process

_DEFAULTS = {
    "squid": "/etc/squid/squid.conf",
    "privoxy": "/etc/privoxy/config",
    "tinyproxy": "/etc/tinyproxy/tinyproxy.conf",
}
_OPTIONS = {"squid": "f:a:d:k:n:s:u:l:", "privoxy": "", "tinyproxy": "c:"}
_PORTS = {"squid": 3128, "privoxy": 8118, "tinyproxy": 8888}
_FILES_LIMIT = 32


@dataclass(slots=True)
class Settings:
    """Where a proxy listens, the parents that it names, and the files that it includes."""

    local: str | None = None
    port: int | None = None
    parents: list[NamedEnd] = field(default_factory=list)
    includes: list[str] = field(default_factory=list)

    def take(self, program: str, words: list[str]) -> None:
        """Take the words of one line."""
        name = words[0].lower()
        if name == "include" and len(words) > 1:
            self.includes += words[1:]
        elif name in ("http_port", "listen-address") and len(words) > 1 and self.port is None:
            self.local, self.port = hosts.split(words[1])
        elif program == "tinyproxy" and name == "port" and len(words) > 1:
            self.port = hosts.port(words[1])
        elif program == "tinyproxy" and name == "listen" and len(words) > 1:
            self.local = words[1]
        elif name == "cache_peer" and len(words) > 3 and words[2].lower() == "parent":
            self._add(words[1], hosts.port(words[3]))
        elif name == "upstream":
            self._add_first(words[1:])
        elif name.startswith("forward"):
            self._add_first(words[2:])  # behind the pattern of what goes there

    def _add_first(self, words: list[str]) -> None:
        """Take the first word that is HOST:PORT, with or without a user before it."""
        for word in words:
            host, port = hosts.split(word.strip('"').rpartition("@")[2])
            if host and port:
                self._add(host, port)
                return

    def _add(self, name: str, port: int | None) -> None:
        """Take a parent, unless it is on this host: that is a proxy of its own."""
        host = hosts.host(name)
        if host and not hosts.is_near(host):
            self.parents.append(NamedEnd(host, port, "tcp"))


def parse(program: str, lines: Iterable[bytes], settings: Settings) -> None:
    """Take the lines of a configuration file into `settings`."""
    for line in lines:
        words = line.decode("utf-8", "replace").split()
        if words and not words[0].startswith("#"):
            settings.take(program, words)


def read(process: Process, files: ProcessFiles) -> Iterator[DaemonInstance]:
    """Yield a row if the HTTP proxy `process` has a parent elsewhere; raises SourceError."""
    program = (process.exe or "").rpartition("/")[2]
    if program not in _DEFAULTS:
        return
    wanted = frozenset(["f", "c", ""] if program == "privoxy" else ["f", "c"])
    given = [
        value
        for _, value in arguments.getopt(
            files.arguments(), _OPTIONS[program], frozenset(["config"]), wanted, shortened=True
        )
    ]
    path = given[-1] if given else _DEFAULTS[program]
    settings = Settings()
    parse(program, files.lines(path), settings)
    for included in settings.includes[:_FILES_LIMIT]:
        for one in _named(files, included):
            try:
                parse(program, files.lines(one), settings)
            except SourceError as error:
                files.gap(one, error)
    if settings.parents:
        port = settings.port or _PORTS[program]
        yield proxy(process, "http-proxy", settings.parents, source=path, local=settings.local, local_port=port)


def _named(files: ProcessFiles, pattern: str) -> list[str]:
    """Return the files that an include names; a wildcard stands for all that ends alike in its directory."""
    directory, _, name = pattern.rpartition("/")
    if "*" not in name:
        return [pattern]
    try:
        return [f"{directory}/{one}" for one in files.names(directory) if one.endswith(name.rpartition("*")[2])]
    except SourceError as error:
        files.gap(pattern, error)
        return []
