"""redsocks.conf (redsocks(8) and its sample): each redirector's port, and the proxy that it leads to."""

import re
from collections.abc import Iterable, Iterator

from auditor.daemons import arguments
from auditor.daemons.files import ProcessFiles
from auditor.errors import ParseError
from auditor.formats import hosts
from auditor.model.rows import DaemonInstance, NamedEnd, Process

_SECTIONS = {"redsocks": "tcp", "redudp": "udp"}
_KEPT = ("ip", "local_ip", "local_port", "port")
_DEFAULT_PORTS = {"redsocks": 12345, "redudp": 10053}
_TOKEN = re.compile(r"""\s+|//.*|\#.*|/\*.*?(?:\*/|$)|(?P<token>"(?:[^"\\]|\\.)*"|[{}=;]|[^\s"{}=;]+)""")


def parse(lines: Iterable[bytes]) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield name and kept settings of each section; raises ParseError naming the line."""
    words: list[str] = []
    section: tuple[str, dict[str, str]] | None = None
    in_comment = False
    number = 0
    for number, raw in enumerate(lines, 1):
        line = raw.decode("utf-8", "replace")
        if in_comment:
            _, end, line = line.partition("*/")
            if not end:
                continue
            in_comment = False
        for match in _TOKEN.finditer(line):
            in_comment = in_comment or (match.group().startswith("/*") and "*/" not in match.group())
            token = match["token"]
            if token == "{":
                section, words = (words[-1] if words else "", {}), []
            elif token == "}":
                if section is None:
                    raise ParseError(f"line {number}: unexpected end of a section")
                yield section
                section, words = None, []
            elif token == ";":
                if section and len(words) >= 3 and words[0] in _KEPT:
                    section[1][words[0]] = words[2].strip('"')
                words = []
            elif token:
                words.append(token if len(words) < 1 or words[0] in _KEPT else "")
    if section is not None or in_comment:
        raise ParseError(f"line {number}: the file ends within a section or comment")


def read(process: Process, files: ProcessFiles) -> Iterator[DaemonInstance]:
    """Yield one row for each redirector of the redsocks `process`; raises SourceError."""
    given = dict(arguments.getopt(files.arguments(), "hvtc:p:", frozenset(), frozenset("c")))
    path = given.get("c") or "redsocks.conf"
    for name, found in parse(files.lines(path)):
        if name not in _SECTIONS:
            continue
        host = hosts.host(found.get("ip"))
        remote = NamedEnd(host, hosts.port(found.get("port")), "tcp") if host else None
        yield DaemonInstance(
            pid=process.pid,
            technology="socks",
            role="client",
            local=hosts.address(found.get("local_ip")),
            local_port=hosts.port(found.get("local_port")) or _DEFAULT_PORTS[name],
            remotes=(remote,) if remote else (),
            device=None,
            clients=None,
            source=path,
            transport=_SECTIONS[name],
        )
