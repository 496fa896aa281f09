"""What an xl2tpd is configured to do (xl2tpd.conf(5)): whom it dials, and whether others may dial in to it.

Of the file only the headings and the far ends (`lns = HOST`) of connections are kept; challenges, names and
address pools are dropped as they are read.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from auditor.daemons.arguments import getopt
from auditor.daemons.files import ProcessFiles
from auditor.errors import SourceAbsent
from auditor.formats import ini
from auditor.formats.lines import numbered
from auditor.model.rows import DaemonInstance, NamedEnd, Process

_FILES = ("/etc/xl2tpd/xl2tpd.conf", "/etc/l2tpd/l2tpd.conf")
_PROGRAM = "xl2tpd"
_SHORT = "Dlc:s:p:C:"  # xl2tpd(8)
_PORT = 1701
_WANTED = frozenset(["lns"])
_CONNECTIONS_LIMIT = 4096


@dataclass(slots=True)
class Settings:
    """The far ends of each connection by its heading, and whether the host is an LNS for others."""

    dials: dict[str, list[str]] = field(default_factory=dict)
    serves: bool = False


def parse(lines: Iterable[bytes]) -> Settings:
    """Return what the lines of xl2tpd.conf say; what they say otherwise is dropped line by line."""
    settings = Settings()
    for section in ini.sections(numbered(lines), _WANTED, lambda number, what: None, trailing=";"):
        kind = section.name.partition(" ")[0]
        settings.serves |= kind == "lns"
        far = section.every("lns") if kind == "lac" else []
        if far and len(settings.dials) < _CONNECTIONS_LIMIT:
            settings.dials.setdefault(section.name, []).extend(far)
    return settings


def read(process: Process, files: ProcessFiles) -> Iterator[DaemonInstance]:
    """Yield a row for each connection that this xl2tpd dials, and one if it serves others; raises SourceError."""
    if (process.exe or "").rpartition("/")[2] != _PROGRAM:
        return
    named = [value for _, value in getopt(files.arguments(), _SHORT, (), "c") if value]
    path, settings = _first(files, tuple(named[-1:]) or _FILES)
    if settings.serves:
        yield _row(process, path, "server", ())
    for ends in settings.dials.values():
        yield _row(process, path, "client", tuple(NamedEnd(end, _PORT, "udp") for end in ends))


def _first(files: ProcessFiles, paths: tuple[str, ...]) -> tuple[str, Settings]:
    """Return the first file of `paths` that is there, and what it says; raises SourceError."""
    for path in paths[:-1]:
        try:
            return path, parse(files.lines(path))
        except SourceAbsent:
            continue
    return paths[-1], parse(files.lines(paths[-1]))


def _row(process: Process, path: str, role: str, remotes: tuple[NamedEnd, ...]) -> DaemonInstance:
    """Return one row; whoever dials in to a server is taken for a person."""
    return DaemonInstance(
        pid=process.pid,
        technology="l2tp",
        role=role,
        local=None,
        local_port=_PORT if role == "server" else None,
        remotes=remotes,
        device=None,
        clients=None,
        source=path,
        people=role == "server",
        transport="udp",
    )
