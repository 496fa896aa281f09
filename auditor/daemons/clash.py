"""Clash and mihomo: listeners, servers and provider files of their YAML configuration (wiki.metacubex.one/config).

Servers that come from a subscription only are in no file that the configuration names; that is told as a gap.
"""

from collections.abc import Iterator

from auditor.daemons import arguments
from auditor.daemons.documents import grouped, proxy, transport_of
from auditor.daemons.files import ProcessFiles
from auditor.daemons.home import home
from auditor.errors import ParseError, SourceError
from auditor.formats import hosts, yaml
from auditor.formats.events import Event
from auditor.model.rows import DaemonInstance, NamedEnd, Process

_PORTS = ("mixed-port", "socks-port", "port", "redir-port", "tproxy-port")
_KEYS = frozenset([*_PORTS, "server", "type", "network", "path", "bind-address"])
_NO_FAR_END = ("direct", "dns", "reject", "reject-drop", "pass")
_PROVIDERS_LIMIT = 64


def read(process: Process, files: ProcessFiles) -> Iterator[DaemonInstance]:
    """Yield what the program `process` is set to do; raises SourceError."""
    given = dict(arguments.flags(files.arguments(), frozenset(["d", "f"])))
    directory = given.get("d")
    path = given.get("f")
    if directory is None and path is None:
        mihomo = "mihomo" in (process.exe or "").rpartition("/")[2]
        directory = f"{home(files)}/.config/{'mihomo' if mihomo else 'clash'}"
    path = path or f"{directory}/config.yaml"
    found = list(yaml.events(files.lines(path), _KEYS))
    top = grouped(found).get((), {})
    remotes = [*_servers(found), *_provided(found, files, directory or path.rpartition("/")[0], path)]
    port = next((number for name in _PORTS if (number := hosts.port(top.get(name)))), None)
    yield proxy(process, "clash", remotes, source=path, local=str(top.get("bind-address") or ""), local_port=port)


def _servers(found: list[Event]) -> Iterator[NamedEnd]:
    """Yield the servers of the list `proxies`."""
    for path, values in grouped(found).items():
        kind = str(values.get("type")).lower()
        host = hosts.host(values.get("server"))
        if path[:1] == ("proxies",) and len(path) == 2 and kind not in _NO_FAR_END and host:
            yield NamedEnd(host, hosts.port(values.get("port")), transport_of((kind, values.get("network"))))


def _provided(found: list[Event], files: ProcessFiles, directory: str, source: str) -> Iterator[NamedEnd]:
    """Yield the servers in the files of proxy providers; what cannot be read goes into the gaps."""
    providers = [values for path, values in grouped(found).items() if path[:1] == ("proxy-providers",)]
    for values in [one for one in providers if "type" in one][:_PROVIDERS_LIMIT]:
        path = str(values.get("path") or "")
        if not path:
            files.gap(source, ParseError("the file of a proxy provider is not named, so its servers are not known"))
            continue
        path = path if path.startswith("/") else f"{directory}/{path}"
        try:
            yield from _servers(list(yaml.events(files.lines(path), _KEYS)))
        except SourceError as error:
            files.gap(path, error)
