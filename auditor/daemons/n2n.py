"""n2n's edge and supernode: their arguments (versions 1 to 3) and the configuration file of version 3.

Kept are device, local port, supernodes and transport. The community, its key and every other value are
dropped as they are read; the management port is left alone, for a question to it is a packet. Sources:
edge(8) and supernode(1) of n2n 1.3.2 (Debian 12); edge.8 and src/edge.c of later versions, unverified here.

Cannot see: other edges, which are found through the supernode and share one unconnected UDP socket; a
supernode that another one told of.
"""

from collections.abc import Iterable, Iterator

from auditor.daemons.arguments import Option, getopt
from auditor.daemons.files import ProcessFiles
from auditor.errors import ParseError
from auditor.formats.hosts import end_of, port_of
from auditor.model.address import is_address
from auditor.model.rows import DaemonInstance, NamedEnd, Process
from auditor.netlink.wire import text

_PORT = 7654  # SUPERNODE_PORT, include/n2n_define.h of version 3
_SHORT = "a:c:d:e:g:I:i:J:j:k:L:l:m:M:N:n:O:o:P:p:R:s:T:u:x:S::A::z::"
_NAMES = (
    "tap-device",
    "tun-device",
    "supernode-list",
    "community",
    "euid",
    "egid",
    "management-password",
    "select-mac",
)
_KEPT = {"tap-device": "d", "tun-device": "d", "supernode-list": "l"} | {letter: letter for letter in "dlptS"}


def parse_arguments(arguments: Iterable[str]) -> Iterator[Option]:
    """Yield the kept options of a command line, and what is no option; every other value is dropped."""
    for option in getopt(arguments, _SHORT, _NAMES, ("", *_KEPT)):
        yield Option(_KEPT.get(option.name, ""), option.value)


def parse_line(line: bytes) -> Option | None:
    """Return the kept option of one line of a configuration file ("-l=HOST:PORT"), None for every other line."""
    words = line.strip()
    if not words.startswith(b"-"):
        return None
    dashes = 2 if words.startswith(b"--") else 1
    size = len(words) if dashes == 2 else 2
    name = words[dashes:size].partition(b"=")[0].partition(b" ")[0]
    kept = _KEPT.get(text(name)) if (len(name) > 1) == (dashes == 2) else None
    return Option(kept, text(words[dashes + len(name) :].lstrip(b"= \t").strip(b"\"'"))) if kept else None


def read(process: Process, files: ProcessFiles) -> Iterator[DaemonInstance]:
    """Yield what the edge or supernode `process` was started with; raises SourceError."""
    arguments = files.arguments()
    options = list(parse_arguments(arguments))
    source = "command line"
    if arguments and not arguments[0].startswith("-"):
        source = arguments[0]
        given = [option for option in options if option.name]
        options = [*_file(files, source), *given]
    program = (process.exe or "").rpartition("/")[2]
    try:
        yield _supernode(process, source, options) if program == "supernode" else _edge(process, source, options)
    except ParseError as error:
        files.gap(source, error)


def _file(files: ProcessFiles, path: str) -> Iterator[Option]:
    """Yield the kept options of the configuration file `path`; what cannot be read is a gap."""
    for line in files.lines(path):
        if option := parse_line(line):
            yield option


def _edge(process: Process, source: str, options: list[Option]) -> DaemonInstance:
    """Return the edge that `options` describe; raises ParseError."""
    flags = _last(options)
    transport = "tcp" if _tunnels_http(options) or flags.get("S") == "2" else "udp"
    local, port = _bound(flags.get("p"))
    return DaemonInstance(
        pid=process.pid,
        technology="n2n",
        role="p2p",
        local=local,
        local_port=port,
        remotes=tuple(dict.fromkeys(_supernodes(options, transport))),
        device=process.only_device or flags.get("d"),
        clients=None,
        source=source,
        transport=transport,
    )


def _supernode(process: Process, source: str, options: list[Option]) -> DaemonInstance:
    """Return the supernode that `options` describe: it is told of no edge; raises ParseError."""
    flags = _last(options)
    # NOTE: -l was the local port until version 2; in version 3 that is -p, and -l another supernode.
    local, port = _bound(flags["l"]) if flags.get("l", "").isdigit() else _bound(flags.get("p"))
    return DaemonInstance(
        pid=process.pid,
        technology="n2n",
        role="server",
        local=local,
        local_port=port or _PORT,
        remotes=tuple(dict.fromkeys(_supernodes(options, "udp"))),
        device=None,
        clients=None,
        source=source,
        transport="udp",
    )


def _last(options: list[Option]) -> dict[str, str]:
    """Return each option by its letter; the last of one counts."""
    return {option.name: option.value for option in options if option.name}


def _tunnels_http(options: list[Option]) -> bool:
    """Return whether -t stands without a value: HTTP tunnelling in version 1, the management port with one later."""
    pairs = zip(options, [*options[1:], Option("")], strict=True)
    return any(one.name == "t" and not one.value and not after.value.isdigit() for one, after in pairs)


def _supernodes(options: list[Option], transport: str) -> Iterator[NamedEnd]:
    """Yield each supernode that -l names; raises ParseError."""
    for option in options:
        if option.name == "l" and not option.value.isdigit():
            yield end_of(option.value, port=_PORT, transport=transport)


def _bound(value: str | None) -> tuple[str | None, int | None]:
    """Return local address and port of "PORT", "ADDRESS" or "ADDRESS:PORT"; raises ParseError."""
    if not value or value == "0":
        return None, None
    if value.isdigit():
        return None, port_of(value)
    end = end_of(value, port=None, transport=None)
    return (end.host if is_address(end.host) else None), end.port
