"""stunnel.conf (stunnel(8)): the services, which way each one wraps, and its two ends; pure but for includes."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from auditor.daemons.files import ProcessFiles
from auditor.errors import ParseError, SourceError
from auditor.formats import hosts
from auditor.model.rows import DaemonInstance, NamedEnd, Process

_DEFAULT = "/etc/stunnel/stunnel.conf"
_KEPT = ("accept", "client", "connect", "include")
_FILES_LIMIT = 64
_DEPTH_LIMIT = 5


@dataclass(slots=True)
class Service:
    """One service section; the part before the first section gives the defaults."""

    client: bool = False
    accept: str | None = None
    connect: list[str] = field(default_factory=list)


def parse_line(line: bytes) -> tuple[str, str] | None:
    """Return ("[", name) of a section, (option, value) of a kept option, None for anything else.

    The name of a section is not kept. Raises ParseError for a line that is neither.
    """
    text = line.removeprefix(b"\xef\xbb\xbf").strip().decode("utf-8", "replace")
    if not text or text[0] in ";#":
        return None
    if text.startswith("["):
        return ("[", "")
    name, equals, value = text.partition("=")
    if not equals:
        raise ParseError("neither a section nor an option")
    name = name.strip().lower()
    return (name, value.strip()) if name in _KEPT else None


@dataclass(slots=True)
class _Reader:
    """Reads a configuration with what it includes; gaps go into `files`."""

    files: ProcessFiles
    services: list[Service] = field(default_factory=lambda: [Service()])
    count: int = 0

    def read(self, path: str, depth: int = 0) -> None:
        """Read the file `path`; raises SourceError."""
        self.count += 1
        if depth > _DEPTH_LIMIT or self.count > _FILES_LIMIT:
            raise ParseError("configuration files include each other too deeply")
        self._take(path, self.files.lines(path), depth)

    def _take(self, path: str, lines: Iterable[bytes], depth: int) -> None:
        """Take the lines of one file."""
        for number, line in enumerate(lines, 1):
            try:
                option = parse_line(line)
            except ParseError as error:
                self.files.gap(path, ParseError(f"line {number}: {error.detail}"))
                continue
            if option is None:
                continue
            name, value = option
            if name == "include":
                self._include(value, depth)
            elif name == "[":
                self.services.append(replace(self.services[0], connect=list(self.services[0].connect)))
            elif name == "client":
                self.services[-1].client = value.lower() == "yes"
            elif name == "accept":
                self.services[-1].accept = value
            else:
                self.services[-1].connect.append(value)

    def _include(self, directory: str, depth: int) -> None:
        """Read every file of a directory, as stunnel does in the order of their names."""
        for name in (name for name in self.files.names_or_gap(directory) if not name.startswith(".")):
            try:
                self.read(f"{directory}/{name}", depth + 1)
            except SourceError as error:
                self.files.gap(f"{directory}/{name}", error)


def read(process: Process, files: ProcessFiles) -> Iterator[DaemonInstance]:
    """Yield one row for each service of the stunnel `process`; raises SourceError."""
    given = [argument for argument in files.arguments() if not argument.startswith("-")]
    if "-fd" in files.arguments():
        raise ParseError("the configuration came in by a descriptor and lies nowhere")
    path = given[0] if given else _DEFAULT
    reader = _Reader(files)
    reader.read(path)
    services = reader.services[1:] or reader.services
    yield from (_instance(process, path, service) for service in services)


def _instance(process: Process, path: str, service: Service) -> DaemonInstance:
    """Return one service; behind a server's far side lies what it serves, which is no far end of the tunnel."""
    bind, number = _end(service.accept) if service.accept else (None, None)
    named = [_end(value) for value in service.connect]
    return DaemonInstance(
        pid=process.pid,
        technology="stunnel",
        role="client" if service.client else "server",
        local=hosts.address(bind or ""),
        local_port=number,
        remotes=tuple(NamedEnd(host or "localhost", to, "tcp") for host, to in named) if service.client else (),
        device=None,
        clients=None,
        source=path,
        transport="tcp",
    )


def _end(value: str) -> tuple[str | None, int | None]:
    """Return host and port of "[HOST:]PORT"; what stands after the last colon is the port, of IPv6 addresses too."""
    host, colon, number = value.rpartition(":")
    return (hosts.host(host.strip("[]")), port) if colon and (port := hosts.port(number)) else hosts.split(value)
