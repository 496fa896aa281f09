"""Port relays: redir, rinetd, simpleproxy and 6tunnel pass what arrives at a port on to another host.

A relay within this host yields nothing. Passwords among the arguments are passed over. Sources: the manual pages
of redir 3.3, rinetd 0.73, simpleproxy 3.5 and 6tunnel 0.13 (Debian 12).

Cannot see: what simpleproxy has from a file, and what 6tunnel's map file names.
"""

from collections.abc import Iterator

from auditor.daemons import arguments
from auditor.daemons.documents import proxy
from auditor.daemons.files import ProcessFiles
from auditor.errors import ParseError
from auditor.formats import hosts
from auditor.model.rows import DaemonInstance, NamedEnd, Process

_RINETD_CONF = "/etc/rinetd.conf"
_RULES_LIMIT = 4096
_NO_RULES = ("allow", "deny", "logfile", "pidlogfile", "logcommon")
_NONE: frozenset[str] = frozenset()
_REDIR_LONG = frozenset(
    ["bind", "ftp", "ident", "loglevel", "timeout", "connect", "lport", "laddr", "cport", "caddr", "max-bandwidth"]
    + ["wait-in-out", "random-wait", "bufsize"]
)
Rule = tuple[str, str, str, str, str]
"""Near host and port, far host and port as written, transport."""


def read(process: Process, files: ProcessFiles) -> Iterator[DaemonInstance]:
    """Yield a row for each port that the relay `process` passes on to another host; raises SourceError."""
    program = (process.exe or "").rpartition("/")[2]
    given = files.arguments()
    source = "command line"
    if program == "rinetd":
        path = next((value for _, value in arguments.getopt(given, "c:dfhv", _NONE, frozenset("c"))), _RINETD_CONF)
        source = files.named(path)
        rules = _rinetd(files, path)
    elif program == "redir":
        rules = _redir(given)
    elif program == "simpleproxy":
        rules = _simpleproxy(given)
    else:
        rules = _six_tunnel(given)
    for bind, number, far, to, transport in rules:
        if (host := hosts.host(far)) and not hosts.is_near(host):
            ends = (NamedEnd(host, hosts.port(to), transport),)
            yield proxy(process, "relay", ends, source=source, local=bind, local_port=hosts.port(number))


def _rinetd(files: ProcessFiles, path: str) -> Iterator[Rule]:
    """Yield the rules of rinetd's file: "BIND PORT[/udp] HOST PORT[/udp] [OPTIONS]"; raises SourceError."""
    for number, line in enumerate(files.lines(path), 1):
        words = line.decode("utf-8", "replace").split()
        if not words or words[0].startswith("#") or words[0].lower() in _NO_RULES:
            continue
        if len(words) < 4 or number > _RULES_LIMIT:
            files.gap(path, ParseError(f"line {number}: neither a rule nor a setting"))
            continue
        port, _, transport = words[1].partition("/")
        yield words[0], port, words[2], words[3].partition("/")[0], "udp" if transport == "udp" else "tcp"


def _redir(given: list[str]) -> Iterator[Rule]:
    """Yield what redir relays: "[SRC]:PORT [DST]:PORT", or the options of old."""
    wanted = frozenset(["", "lport", "laddr", "cport", "caddr"])
    options = list(arguments.getopt(given, "b:f:I:l:t:x:m:o:w:z:hinspv", _REDIR_LONG, wanted, shortened=True))
    named = dict(options)
    plain = [value for name, value in options if not name]
    if len(plain) == 4:  # NOTE: redir puts a NUL for each colon of its own arguments
        plain = [f"{plain[0]}:{plain[1]}", f"{plain[2]}:{plain[3]}"]
    near, far = (plain[0] if len(plain) > 1 else "", plain[-1] if plain else "")
    bind, _, number = near.rpartition(":")
    host, _, to = far.rpartition(":")
    yield named.get("laddr", bind), named.get("lport", number), named.get("caddr", host), named.get("cport", to), "tcp"


def _simpleproxy(given: list[str]) -> Iterator[Rule]:
    """Yield what simpleproxy relays: -L [HOST:]PORT to -R HOST:PORT, through -S HOST:PORT if that is there."""
    named = dict(arguments.getopt(given, "L:R:S:a:A:D:p:P:f:t:dvV7iu", _NONE, frozenset("LRS")))
    bind, number = hosts.split(named.get("L", ""))
    host, to = hosts.split(named.get("S") or named.get("R", ""))
    yield bind or "", str(number or ""), host or "", str(to or ""), "tcp"


def _six_tunnel(given: list[str]) -> Iterator[Rule]:
    """Yield what 6tunnel relays: LOCALPORT HOST [PORT], the same port without one."""
    options = list(arguments.getopt(given, "s:l:i:I:L:A:p:m:u:146dvhfH", _NONE, frozenset(["", "l"])))
    plain = [value for name, value in options if not name]
    if len(plain) > 1:
        yield dict(options).get("l", ""), plain[0], plain[1], plain[2] if len(plain) > 2 else plain[0], "tcp"
