"""tinc's configuration: its arguments, tinc.conf and the hosts it connects to (tincd(8), tinc.conf(5)); pure.

A host's file may hold its keys, tinc.conf a private key and the password of a proxy: of every line but those
of the wanted variables nothing is kept.

Cannot see: nodes that the mesh itself tells of and that are then reached directly over UDP, on a socket that
is connected to none; what was changed through the control socket (tinc 1.1).
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from auditor.daemons.files import ProcessFiles
from auditor.errors import SourceAbsent, SourceError, SourceTruncated
from auditor.formats import hosts
from auditor.formats.lines import numbered
from auditor.formats.tinc import PORT, variable, variables
from auditor.model.rows import DaemonInstance, NamedEnd, Process

_ROOT = "/etc/tinc"
_WANTED = frozenset(
    ("address", "autoconnect", "bindtoaddress", "connectto", "interface", "listenaddress", "name", "port")
)
_HOSTS_LIMIT = 512
_NODE = re.compile(r"[A-Za-z0-9_]{1,255}$")
_WITH_VALUE = {"-c": "config", "-n": "net", "-o": "option", "--config": "config", "--net": "net", "--option": "option"}
Pairs = list[tuple[str, str]]


@dataclass(slots=True)
class Arguments:
    """What of a command line matters; `options` are variables given by -o, of one host if a name stands before."""

    config: str | None = None
    net: str | None = None
    options: Pairs = field(default_factory=list)

    def directory(self) -> str:
        """Return the directory of the configuration."""
        return self.config or (f"{_ROOT}/{self.net}" if self.net and self.net != "." else _ROOT)


def parse_arguments(arguments: Iterable[str]) -> Arguments:
    """Return what matters of the arguments; everything else is dropped."""
    found = Arguments()
    words = iter(arguments)
    for word in words:
        if word.startswith("--"):
            name, separator, value = word.partition("=")
        else:
            name, value = word[:2], word[2:]
            separator = value
        if name in _WITH_VALUE and not separator:
            value = next(words, "")
        match _WITH_VALUE.get(name):
            case "config":
                found.config = value
            case "net":
                found.net = value
            case "option":
                # NOTE: tincd cuts its argument in two at the sign, so that the value looks like the next one.
                whole = value if "=" in value else f"{value}={next(words, '')}"
                found.options += [pair for pair in (parse_line(whole, hosts=True),) if pair]
    return found


def parse_line(line: str, *, hosts: bool = False) -> tuple[str, str] | None:
    """Return name (in lower case) and value of a wanted variable, None for every other line.

    `hosts`: a host's name and a dot may stand before the variable's.
    """
    prefix, dot, rest = line.partition(".")
    if hosts and dot and _NODE.match(prefix.strip()):
        inner = parse_line(rest)
        return (f"{prefix.strip()}.{inner[0]}", inner[1]) if inner else None
    name, value = variable(line)
    return (name, value) if name in _WANTED and value else None


def parse_lines(lines: Iterable[bytes]) -> Pairs:
    """Return the wanted variables of a file."""
    return [(name, value) for _, name, value in variables(numbered(lines), _WANTED) if value]


def read(process: Process, files: ProcessFiles) -> Iterator[DaemonInstance]:
    """Yield what the process is configured for; raises SourceError."""
    arguments = parse_arguments(files.arguments())
    directory = arguments.directory()
    source = f"{directory}/tinc.conf"
    settings = [pair for pair in arguments.options if "." not in pair[0]] + parse_lines(files.lines(source))
    own = next((value for name, value in settings if name == "name"), None)
    settings += _host(files, directory, own, arguments.options) if own else []
    addresses = [value.split() for name, value in settings if name in ("bindtoaddress", "listenaddress")]
    port = next((hosts.port(value) for name, value in settings if name == "port"), PORT)
    device = next((value for name, value in settings if name == "interface"), None)
    yield DaemonInstance(
        pid=process.pid,
        technology="tinc",
        role="p2p",
        local=hosts.far_host(addresses[0][0]) if len(addresses) == 1 and addresses[0][0] != "*" else None,
        local_port=port,
        remotes=tuple(dict.fromkeys(_remotes(files, directory, own, settings, arguments.options))),
        device=process.only_device or device,
        clients=None,
        source=source,
    )


def _remotes(
    files: ProcessFiles, directory: str, own: str | None, settings: Pairs, options: Pairs
) -> Iterator[NamedEnd]:
    """Yield every address of the hosts that this one connects to, in their order."""
    names = [value for name, value in settings if name == "connectto"]
    if any(name == "autoconnect" and value.lower() == "yes" for name, value in settings):
        names += _all_hosts(files, directory)
    for name in dict.fromkeys(names):
        if name == own:
            continue
        pairs = _host(files, directory, name, options)
        default = next((hosts.port(value) for key, value in pairs if key == "port"), PORT)
        for words in [value.split() for key, value in pairs if key == "address"]:
            port = hosts.port(words[1]) if len(words) > 1 else default
            if found := hosts.far_end(words[0], port, "tcp"):
                yield found


def _host(files: ProcessFiles, directory: str, name: str, options: Pairs) -> Pairs:
    """Return the variables of host `name`; a file that is not readable is a gap, but need not be there."""
    found = [(key.partition(".")[2], value) for key, value in options if key.partition(".")[0] == name]
    path = f"{directory}/hosts/{name}"
    if not _NODE.match(name):
        return found
    try:
        return found + parse_lines(files.lines(path))
    except SourceAbsent:
        return found
    except SourceError as error:
        files.gap(path, error)
        return found


def _all_hosts(files: ProcessFiles, directory: str) -> list[str]:
    """Return the names of all hosts with a file."""
    path = f"{directory}/hosts"
    names = [name for name in files.names_or_gap(path) if _NODE.match(name)]
    if len(names) > _HOSTS_LIMIT:
        files.gap(path, SourceTruncated(f"more than {_HOSTS_LIMIT} hosts"))
    return names[:_HOSTS_LIMIT]
