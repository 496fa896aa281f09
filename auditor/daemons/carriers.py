"""Programs that carry TCP in something else: kcptun, ptunnel, ptunnel-ng and httptunnel, by their arguments.

Keys and passwords among these are passed over. Sources: the manual pages of kcptun 20210922, ptunnel 0.72,
ptunnel-ng 1.42 and httptunnel 3.3 (Debian 12).

Cannot see: a kcptun that is set up by a file.
"""

from collections.abc import Iterator

from auditor.daemons import arguments
from auditor.daemons.documents import proxy
from auditor.daemons.files import ProcessFiles
from auditor.formats import hosts
from auditor.model.rows import DaemonInstance, NamedEnd, Process

_HTTP_PORT = 8888
_KCPTUN = {"r": "far", "remoteaddr": "far", "l": "near", "localaddr": "near", "listen": "near", "c": "file"}
_PTUNNEL = {"p": "far", "proxy": "far", "lp": "near", "l": "near", "listen": "near"}
_HTC_LONG = frozenset(
    ["proxy-authorization", "proxy-authorization-file", "proxy-buffer-size", "proxy-buffer-timeout", "content-length"]
    + ["device", "forward-port", "keep-alive", "max-connection-age", "proxy", "timeout", "user-agent"]
)


def read_kcptun(process: Process, files: ProcessFiles) -> Iterator[DaemonInstance]:
    """Yield what kcptun's client or server is started for; raises SourceError."""
    named = {_KCPTUN[name]: value for name, value in arguments.flags(files.arguments(), frozenset(_KCPTUN))}
    if "file" in named:
        return  # NOTE: its sockets tell the rest
    server = (process.exe or "").endswith("server")
    bind, port = hosts.split(named.get("near", ":29900" if server else ":12948"))
    far, _, ports = named.get("far", "").rpartition(":")
    host = None if server else hosts.host(far.strip("[]"))
    ends = (NamedEnd(host, hosts.port(ports.partition("-")[0]), "udp"),) if host else ()
    row = proxy(process, "kcptun", ends, source="command line", local=bind, local_port=port, server=server)
    yield row._replace(transport="udp" if server else "tcp")


def read_ptunnel(process: Process, files: ProcessFiles) -> Iterator[DaemonInstance]:
    """Yield what ptunnel is started for: a server without a far end; raises SourceError."""
    joined = (process.exe or "").endswith("-ng")
    named: dict[str, str] = {}
    given = iter(files.arguments())
    for argument in given:
        name, equals, value = argument.lstrip("-").partition("=")
        if argument.startswith("-") and name in _PTUNNEL:
            named[_PTUNNEL[name]] = value if equals else next(given, "")
        elif joined and argument[:2] in ("-p", "-l") and argument[1:2] != "-":
            named[_PTUNNEL[argument[1]]] = argument[2:]
    host = hosts.host(named.get("far"))
    ends = (NamedEnd(host, None, "icmp"),) if host else ()
    row = proxy(process, "ptunnel", ends, source="command line", local_port=hosts.port(named.get("near")))
    yield row._replace(transport="tcp" if ends else None)


def read_httptunnel(process: Process, files: ProcessFiles) -> Iterator[DaemonInstance]:
    """Yield what htc or hts is started for; raises SourceError."""
    wanted = frozenset(["", "F", "forward-port", "P", "proxy"])
    options = list(
        arguments.getopt(files.arguments(), "A:z:B:c:d:F:k:M:P:T:U:SsVhwD:", _HTC_LONG, wanted, shortened=True)
    )
    named = dict(options)
    last = next((value for name, value in reversed(options) if not name), "")
    if (process.exe or "").endswith("hts"):
        listens = hosts.split(last)[1] or _HTTP_PORT
        yield proxy(process, "httptunnel", (), source="command line", local_port=listens)
        return
    host, port = hosts.split(named.get("P") or named.get("proxy") or last)
    ends = (NamedEnd(host, port or _HTTP_PORT, "tcp"),) if host else ()
    near = hosts.port(named.get("F") or named.get("forward-port"))
    yield proxy(process, "httptunnel", ends, source="command line", local_port=near, server=False)
