"""What a pppd was told (pppd(8)): which plugin or program carries its frames, to which server, on which device.

Arguments and option files are the same stream of words. Of them only the names of plugins and of the program
behind `pty`, and the server that either names, are kept; what follows any other option, passwords and names
of persons among it, is dropped as it is read. The device is the one whose PID file (/run/pppN.pid, or
/run/ppp-LINK.pid, which names it) holds this process.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice

from auditor import technologies
from auditor.daemons.files import ProcessFiles
from auditor.errors import ParseError, SourceAbsent, SourceError
from auditor.formats.pppd import PLUGINS, options, plugin, words
from auditor.model.rows import DaemonInstance, NamedEnd, Process
from auditor.netlink.wire import text

_PROGRAM = "pppd"
_OPTIONS, _PEERS = "/etc/ppp/options", "/etc/ppp/peers"
_RUN = ("/run", "/run/pppd", "/var/run")
_DEPTH_LIMIT = 8
_PID_FILES_LIMIT = 1024
_NAME_LIMIT = 15  # IFNAMSIZ without the end
_PPPOE_PROGRAM = "pppoe"
_WANTED = frozenset(("plugin", "pty", "call", "file", "pptp_server"))


def device_of(stem: str, lines: list[bytes]) -> tuple[int | None, str]:
    """Return the process and the device that a PID file called `stem`.pid names; pppd writes LINK's device below."""
    first = lines[0].strip() if lines else b""
    pid = int(first) if first.isdigit() and len(first) <= _NAME_LIMIT else None
    named = text(lines[1].strip()) if len(lines) > 1 and stem.startswith("ppp-") else ""
    return pid, named or stem


@dataclass(slots=True)
class _Settings:
    """What the words say so far: the technology that carries the frames, and the server that it goes to."""

    files: ProcessFiles
    source: str = "command line"
    carrier: str | None = None
    server: str | None = None
    _seen: set[str] = field(default_factory=set)

    def take(self, stream: Iterable[str], depth: int = 0) -> None:
        """Go through `stream`, following the files that it names."""
        for name, value in options(stream, _WANTED):
            self._option(name, value, depth)

    def file(self, path: str, depth: int) -> None:
        """Go through the options file `path`; what cannot be read is a gap."""
        if path in self._seen:
            return
        self._seen.add(path)
        try:
            if depth > _DEPTH_LIMIT:
                raise ParseError("option files include each other too deeply")
            self.take(words(enumerate(self.files.lines(path), 1)), depth)
        except SourceError as error:
            self.files.gap(path, error)

    def _option(self, name: str, value: str, depth: int) -> None:
        """Take one option that matters."""
        if name == "plugin":
            self.carrier = PLUGINS.get(plugin(value), self.carrier)
        elif name == "pptp_server":
            self.server = value
        elif name == "pty":
            self._program(value.split())
        else:
            path = f"{_PEERS}/{value}" if name == "call" else value
            self.source = path if name == "call" else self.source
            self.file(path, depth + 1)

    def _program(self, command: list[str]) -> None:
        """Take the program that carries the frames; only pptp(8) has its server in a fixed place, the first."""
        program = command[0].rpartition("/")[2] if command else ""
        if program == _PPPOE_PROGRAM:
            self.carrier = "pppoe"
        elif known := technologies.load().recognise(f"/usr/sbin/{program}"):
            self.carrier = known.technology.id
            if program == "pptp" and len(command) > 1 and not command[1].startswith("-"):
                self.server = command[1]


def read(process: Process, files: ProcessFiles) -> Iterator[DaemonInstance]:
    """Yield what this pppd carries and on which device; raises SourceError when it has ended."""
    if (process.exe or "").rpartition("/")[2] != _PROGRAM:
        return
    settings = _Settings(files)
    try:
        settings.take(words(enumerate(files.lines(_OPTIONS), 1)))
    except SourceAbsent:
        pass  # NOTE: pppd does without it as well
    except SourceError as error:
        files.gap(_OPTIONS, error)
    settings.take(files.arguments())
    yield DaemonInstance(
        pid=process.pid,
        technology=settings.carrier or "ppp",
        role=None,
        local=None,
        local_port=None,
        remotes=(NamedEnd(settings.server),) if settings.server else (),
        device=_device(files),
        clients=None,
        source=settings.source,
    )


def _device(files: ProcessFiles) -> str | None:
    """Return the device whose PID file holds this process, None if there is none."""
    own = files.inner_pid()
    for directory in _RUN:
        try:
            names = [name for name in files.names(directory) if name.endswith(".pid")]
        except SourceError:
            continue  # NOTE: pppd of another version or system keeps its files elsewhere
        if len(names) > _PID_FILES_LIMIT:
            files.gap(directory, ParseError(f"more than {_PID_FILES_LIMIT} PID files"))
        for name in names[:_PID_FILES_LIMIT]:
            stem = name.removesuffix(".pid")
            if len(stem) > _NAME_LIMIT and not stem.startswith("ppp-"):
                continue
            try:
                pid, device = device_of(stem, list(islice(files.lines(f"{directory}/{name}"), 2)))
            except SourceError:
                continue  # another program's, or gone by now
            if pid == own:
                return text(device.encode("utf-8", "surrogateescape"))
    return None
