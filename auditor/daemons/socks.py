"""SOCKS programs: which proxy redsocks and tun2socks lead to. Servers say nothing that their sockets do not."""

from collections.abc import Iterator

from auditor.daemons import arguments, redsocks
from auditor.daemons.documents import proxy
from auditor.daemons.files import ProcessFiles
from auditor.formats import hosts
from auditor.model.rows import DaemonInstance, Process

_TUN2SOCKS = frozenset(["proxy", "socks-server-addr", "proxyServer"])  # xjasonlyu's, badvpn's, eycorsican's


def read(process: Process, files: ProcessFiles) -> Iterator[DaemonInstance]:
    """Yield what the program `process` is set to do; raises SourceError."""
    program = (process.exe or "").rpartition("/")[2]
    if program == "redsocks":
        yield from redsocks.read(process, files)
    elif "tun2socks" in program:
        for _, value in arguments.flags(files.arguments(), _TUN2SOCKS):
            end = None if value.startswith("ss://") and "@" not in value else hosts.of_url(value)
            if end:
                yield proxy(process, "socks", (end._replace(transport="tcp"),), source="command line")
                return
