"""What running OpenVPN processes are configured to do: from their command line, then their configuration file.

OpenVPN leaves its UDP socket unconnected, so no table of the kernel names its far end; its configuration
does. The management socket is left alone, for it serves one client.

Who connects to a server is a person with a device, and only counted, unless the status file shows a network
behind it: then it is a site, and a far end.

Cannot see: what was pushed by a server or set over the management interface; a file that changed since
the start; a proxy in between; which of several remotes is in use; the sites of a server without status file.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from auditor.daemons.files import ProcessFiles
from auditor.daemons.openvpn import Directive, Settings, parse_arguments, parse_lines, parse_status
from auditor.daemons.openvpn_status import parse_sites
from auditor.errors import ParseError, SourceAbsent, SourceError
from auditor.model.rows import NamedEnd
from auditor.model.sightings import Sighting
from auditor.probe import Extent, Phase, Probe, View

_PROGRAM = "openvpn"
_DEPTH_LIMIT = 10  # as OpenVPN's own for nested `config`
_FILES_LIMIT = 32


@dataclass(slots=True)
class _Reader:
    """Reads the configuration of one process; what cannot be read goes into the gaps of `files`."""

    files: ProcessFiles
    source: str | None = None
    count: int = 0

    def settings(self) -> Settings | None:
        """Return the settings of the process, None if it is gone."""
        try:
            raw = self.files.command_line()
        except SourceError:
            return None  # every process may read it, so this one has ended
        settings = Settings()
        for directive in self._expand(parse_arguments(raw), 0):
            settings.add(directive)
        return settings

    def clients(self, settings: Settings) -> int | None:
        """Return the number of clients in the status file, None if there is none yet or it is unreadable."""
        path = next(iter(settings.values.get("status", ())), None)
        if path is None or settings.role() != "server":
            return None
        try:
            return parse_status(self.files.lines(path))
        except SourceAbsent:
            return None
        except SourceError as error:
            self.files.gap(path, error)
            return None

    def sites(self, settings: Settings) -> tuple[NamedEnd, ...]:
        """Return the far ends among a server's clients that are sites, by the status file; `clients` tells of gaps."""
        path = next(iter(settings.values.get("status", ())), None)
        if path is None or settings.role() != "server":
            return ()
        protocol = next(iter(settings.values.get("proto", ())), "udp")
        try:
            return parse_sites(self.files.lines(path), "tcp" if protocol.startswith("tcp") else "udp")
        except SourceError:
            return ()

    def _expand(self, directives: Iterable[Directive], depth: int) -> Iterator[Directive]:
        """Yield `directives` with those of every file they name in its place."""
        for directive in directives:
            value = next(iter(directive.values), "")
            if directive.name == "cd" and value.startswith("/"):
                self.files.directory = value
            if directive.name == "config":
                yield from self._file(value, depth + 1)
            else:
                yield directive

    def _file(self, path: str, depth: int) -> Iterator[Directive]:
        """Yield the directives of the configuration file `path`."""
        name = path if path == "stdin" else self.files.named(path)
        self.source = self.source or name
        self.count += 1
        try:
            if depth > _DEPTH_LIMIT or self.count > _FILES_LIMIT:
                raise ParseError("configuration files include each other too deeply")
            if path == "stdin":
                raise SourceAbsent("the configuration was given on standard input")
            yield from self._expand(parse_lines(self.files.lines(path)), depth)
        except SourceError as error:
            self.files.gap(name if path else "configuration", error)


def run(view: View) -> Iterator[Sighting]:
    """Yield one row for each running OpenVPN process among the owners."""
    for process in view.targets.owners:
        if (process.exe or "").rpartition("/")[2] != _PROGRAM:
            continue
        files = ProcessFiles(view.host, process)
        reader = _Reader(files)
        settings = reader.settings()
        if settings is None:
            continue
        unread = bool(files.gaps)
        instance = settings.instance(process, reader.source or "command line", reader.clients(settings))
        if instance.people:
            instance = instance._replace(remotes=reader.sites(settings))
        for problem in dict.fromkeys(settings.problems):
            files.gap(reader.source or "command line", ParseError(problem))
        if not unread or instance.remotes or settings.role():
            yield instance
        for source, error in files.gaps:
            yield PROBE.blind(view, source, error)


PROBE = Probe(
    name="openvpn",
    summary="Configuration of running OpenVPN processes: role, remotes, ports, number of clients",
    reads=("/proc/PID/cmdline", "configuration file", "status file"),
    needs=("CAP_SYS_PTRACE", "CAP_DAC_READ_SEARCH"),
    covers=("openvpn",),
    run=run,
    phase=Phase.DAEMONS,
    extent=Extent.HOST,
)
