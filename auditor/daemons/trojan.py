"""Trojan and Trojan-Go: run type, remote and local end of their configuration (trojan-gfw.github.io/trojan/config)."""

from collections.abc import Iterator

from auditor.daemons import arguments
from auditor.daemons.documents import document, proxy
from auditor.daemons.files import ProcessFiles
from auditor.formats import hosts
from auditor.model.rows import DaemonInstance, NamedEnd, Process

_KEYS = frozenset(f"{one}{mark}{two}" for mark in "-_" for one in ("remote", "local") for two in ("addr", "port"))
_RUN_TYPE = frozenset(["run_type", "run-type"])
_DEFAULTS = {"trojan": "/etc/trojan/config.json", "trojan-go": "config.json"}
_GO = frozenset(["config", "remote", "local", "url"])


def read(process: Process, files: ProcessFiles) -> Iterator[DaemonInstance]:
    """Yield what the program `process` is set to do; raises SourceError."""
    program = (process.exe or "").rpartition("/")[2]
    given = files.arguments()
    if program.startswith("trojan-go"):
        named = dict(arguments.flags(given, _GO))
    else:
        wanted = frozenset(["", "c", "config"])
        short = arguments.getopt(given, "c:k:l:htv", frozenset(["config", "keylog", "log"]), wanted, shortened=True)
        named = dict.fromkeys(["config"], next((value for _, value in short), ""))
    if remote := named.get("url") or named.get("remote"):
        yield _by_arguments(process, remote, named.get("local", ""), server="-server" in given)
        return
    path = named.get("config") or _DEFAULTS.get(program, _DEFAULTS["trojan"])
    found = {
        str(at[0]).replace("-", "_"): value for at, value in document(files, path, _KEYS | _RUN_TYPE) if len(at) == 1
    }
    host = hosts.host(found.get("remote_addr"))
    server = found.get("run_type") == "server"  # NOTE: a server's remote is the web site it pretends to be
    yield proxy(
        process,
        "trojan",
        (NamedEnd(host, hosts.port(found.get("remote_port")), "tcp"),) if host else (),
        source=path,
        local=str(found.get("local_addr") or ""),
        local_port=hosts.port(found.get("local_port")),
        server=server,
    )


def _by_arguments(process: Process, remote: str, local: str, *, server: bool) -> DaemonInstance:
    """Return what Trojan-Go was told without a file."""
    end = hosts.of_url(remote)
    bind, port = hosts.split(local)
    named = (end._replace(transport="tcp"),) if end else ()
    return proxy(process, "trojan", named, source="command line", local=bind, local_port=port, server=server)
