"""EasyTier's arguments and configuration files (easytier-core --help; its configuration guide); pure.

Read are `uri` of each [[peer]] and `dev_name` of [flags]; the network's secret and every other line is dropped.
Made after its documentation, not seen on a real one.

Cannot see: what the environment says (ET_PEERS and others); peers that the network itself tells of and those
that a configuration server sends, of which the connected sockets show the ones over TCP.
"""

import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from auditor.daemons.files import ProcessFiles
from auditor.errors import ParseError, SourceAbsent, SourceError
from auditor.formats.hosts import far_end_of_url
from auditor.model.rows import DaemonInstance, Process
from auditor.netlink.wire import text

_PEERS = ("-p", "--peers", "-e", "--external-node")
_FILES = ("-c", "--config-file")
_SERVERS = ("-w", "--config-server")
_DIRECTORY, _DEVICE = "--config-dir", "--dev-name"
_WANTED = (*_PEERS, *_FILES, *_SERVERS, _DIRECTORY, _DEVICE)
_KEYS = {("[[peer]]", "uri"): "peer", ("[flags]", "dev_name"): "device"}
_FILES_LIMIT = 64


@dataclass(slots=True)
class Settings:
    """Peers as URLs, and names of devices, of one network or of the command line."""

    peers: list[str] = field(default_factory=list)
    devices: list[str] = field(default_factory=list)


def parse_arguments(arguments: Iterable[str]) -> dict[str, list[str]]:
    """Return the values of the wanted options, by the option as it is written; everything else is dropped."""
    found: dict[str, list[str]] = {}
    option = ""
    for word in arguments:
        if word.startswith("-"):
            name, separator, value = word.partition("=")
            option = name if name in _WANTED else ""
            if option:
                found.setdefault(option, []).extend([value] if separator else [])
        elif option:
            found[option].append(word)
    return {name: [part for value in values for part in value.split(",")] for name, values in found.items()}


def parse_lines(lines: Iterable[bytes]) -> Settings:
    """Return what a file says of its network; raises ParseError with the number of the line."""
    found = Settings()
    table = ""
    for number, line in enumerate(lines, 1):
        words = text(line.strip()).partition("=")
        name = words[0].strip()
        if name.startswith("["):
            table = "".join(name.partition("#")[0].split())
        elif not table and name in ("peer", "flags"):
            raise ParseError(f"line {number}: a table within a line is not read")
        elif kind := _KEYS.get((table, name)):
            (found.peers if kind == "peer" else found.devices).append(_value(line, name, number))
    return found


def _value(line: bytes, name: str, number: int) -> str:
    """Return the text that a line gives `name`; raises ParseError."""
    try:
        value = tomllib.loads(line.decode("utf-8"))[name]
    except (ValueError, KeyError):
        value = None
    if not isinstance(value, str):
        raise ParseError(f"line {number}: not a text")
    return value


def read(process: Process, files: ProcessFiles) -> Iterator[DaemonInstance]:
    """Yield a row for each network: one for each file, or the command line's; raises SourceError."""
    options = parse_arguments(files.arguments())
    direct = Settings(_of(options, *_PEERS), _of(options, _DEVICE))
    if _of(options, *_SERVERS):
        files.gap("configuration", SourceAbsent("the configuration comes from a server of the network"))
    paths = _of(options, *_FILES)
    for directory in _of(options, _DIRECTORY):
        paths += [f"{directory}/{name}" for name in files.names_or_gap(directory) if name.endswith(".toml")]
    found = [(path, settings) for path in paths[:_FILES_LIMIT] if (settings := _file(files, path))]
    for path, settings in found or [("command line", Settings())]:
        devices = direct.devices + settings.devices
        ends = [far_end_of_url(url) for url in (*direct.peers, *settings.peers)]
        yield DaemonInstance(
            pid=process.pid,
            technology="easytier",
            role="p2p",
            local=None,
            local_port=None,
            remotes=tuple(dict.fromkeys(end for end in ends if end)),
            device=next((name for name in devices if name), None)
            if len(found) > 1
            else process.only_device or next(iter(devices), None),
            clients=None,
            source=path,
        )


def _of(options: dict[str, list[str]], *names: str) -> list[str]:
    """Return the values of the options called any of `names`."""
    return [value for name in names for value in options.get(name, ())]


def _file(files: ProcessFiles, path: str) -> Settings | None:
    """Return what the file `path` says, None where it cannot be read, which is a gap."""
    try:
        return parse_lines(files.lines(path))
    except SourceError as error:
        files.gap(path, error)
        return None
