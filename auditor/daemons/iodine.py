"""iodine and iodined by their arguments (iodine(8)); pure but for /etc/resolv.conf.

A client's packets go to a name server, which may be any resolver that passes them on: where the tunnel
really ends is known by the domain only, so both are far ends. The password is skipped, not kept; the
daemon itself has overwritten it with zeros.

Cannot see: whether the client found its server reachable without the resolver (raw mode); a server's
clients, whose packets come from resolvers too, over a socket that is connected to none.
"""

from collections.abc import Iterator

from auditor.daemons.arguments import getopt
from auditor.daemons.files import ProcessFiles
from auditor.errors import SourceError
from auditor.formats import hosts
from auditor.model.rows import DaemonInstance, NamedEnd, Process
from auditor.netlink.wire import text

_PORT = 53
_SOURCE = "command line"
_RESOLVERS = "/etc/resolv.conf"
_SHORT = {False: "u:d:R:t:P:m:M:F:T:O:L:I:z:", True: "u:d:t:m:l:L:p:n:b:P:z:F:i:"}  # of client and server
_KEPT = "dlp"


def read(process: Process, files: ProcessFiles) -> Iterator[DaemonInstance]:
    """Yield the tunnel of one process; raises SourceError."""
    server = (process.exe or "").rpartition("/")[2] == "iodined"
    options, names = parse(files.command_line(), server=server)
    port = hosts.port(options.get("p", "")) or _PORT
    yield DaemonInstance(
        pid=process.pid,
        technology="iodine",
        role="server" if server else "client",
        local=hosts.far_host(options.get("l", "")) if server else None,
        local_port=port if server else None,
        remotes=() if server else tuple(_remotes(names, files)),
        device=process.only_device or options.get("d"),
        clients=None,
        source=_SOURCE,
        transport="udp",
    )


def parse(raw: bytes, *, server: bool) -> tuple[dict[str, str], list[str]]:
    """Return the kept options and what is no option of a command line (arguments ended by NUL)."""
    arguments = [text(argument) for argument in raw.removesuffix(b"\0").split(b"\0")[1:]]
    options: dict[str, str] = {}
    names: list[str] = []
    for name, value in getopt(arguments, _SHORT[server], (), ("", *_KEPT)):
        if name:
            options[name] = value
        elif value:  # NOTE: nothing but zeros is what the daemon left of the password
            names.append(value)
    return options, names


def _remotes(names: list[str], files: ProcessFiles) -> Iterator[NamedEnd]:
    """Yield the name server that packets are sent to, then the domain whose server the tunnel ends at."""
    found = [hosts.far_end(names[0], _PORT, "udp")] if len(names) > 1 else list(_resolvers(files))
    found += [hosts.far_end(names[-1], None, None)] if names else []
    yield from (one for one in found if one)


def _resolvers(files: ProcessFiles) -> Iterator[NamedEnd | None]:
    """Yield the resolver that the client asks when it is given none: the first one of resolv.conf(5)."""
    try:
        for line in files.lines(_RESOLVERS):
            words = text(line).split()
            if len(words) > 1 and words[0] == "nameserver":
                yield hosts.far_end(words[1], _PORT, "udp")
                return
    except SourceError as error:
        files.gap(_RESOLVERS, error)
