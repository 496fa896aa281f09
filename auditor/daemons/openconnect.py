"""openconnect's arguments and ocserv's configuration file; pure but for reading them.

Of openconnect only the server, a proxy's presence and the device are kept: user, password, cookie, tokens
and certificates are dropped as they are read. ocserv-main and ocserv-sm replace their arguments by a title;
its workers, one a connection, keep them. Sources: openconnect(8) 9.01, ocserv(8) 1.1.6 (Debian 12).

Cannot see: to which of its hosts a server sends the client on; who is connected to ocserv, which is meant.
"""

from collections.abc import Iterable, Iterator

from auditor.daemons.arguments import Option, getopt
from auditor.daemons.files import ProcessFiles
from auditor.errors import ParseError, SourceAbsent
from auditor.formats.hosts import end_of, port_of
from auditor.model.address import is_address
from auditor.model.rows import DaemonInstance, NamedEnd, Process
from auditor.netlink.wire import text

_PORT = 443
_SHORT = "c:C:e:F:g:i:k:m:p:P:Q:s:u:U:x:"
_NAMES = frozenset(
    ["allow-insecure", "authgroup", "background-interval", "base-mtu", "cafile", "certificate", "cert-expire-warning"]
    + ["config", "cookie", "csd-user", "csd-wrapper", "dtls-ciphers", "dtls12-ciphers", "dtls-local-port"]
    + ["external-browser", "force-dpd", "force-trojan", "form-entry", "gnutls-priority", "interface", "key-password"]
    + ["local-hostname", "mca-certificate", "mca-key", "mca-key-password", "mtu", "os", "pid-file", "protocol"]
    + ["proxy", "proxy-auth", "queue-len", "reconnect-timeout", "request-ip", "resolve", "script", "server"]
    + ["servercert", "setuid", "sslkey", "token-mode", "token-secret", "user", "useragent", "usergroup"]
    + ["version-string", "xmlconfig"]
)
_KEPT = {"i": "interface", "P": "proxy"} | {
    name: name for name in ("interface", "proxy", "no-proxy", "server", "config")
}
_DEFAULT_CONFIG = "/etc/ocserv/ocserv.conf"
_OCSERV_KEPT = (b"tcp-port", b"listen-host")


def read(process: Process, files: ProcessFiles) -> Iterator[DaemonInstance]:
    """Yield what `process`, openconnect or ocserv, was started for; raises SourceError."""
    program = (process.exe or "").rpartition("/")[2]
    if program == "openconnect":
        yield from _client(process, files)
    elif program.startswith("ocserv") and process.comm != "ocserv-sm":
        yield from _server(process, files)


def parse_arguments(arguments: Iterable[str]) -> list[Option]:
    """Return the kept options of openconnect's command line; what is no option is the server, the last one counts."""
    found: list[Option] = []
    for option in getopt(arguments, _SHORT, _NAMES, ("", *_KEPT)):
        kept = _KEPT.get(option.name, "server")
        found.append(Option(kept, "" if kept == "proxy" else option.value))
    return found


def parse_options_file(lines: Iterable[bytes]) -> Iterator[Option]:
    """Yield the kept options of a file for --config: long options without dashes, one a line."""
    for line in lines:
        name, _, value = text(line).strip().replace("=", " ", 1).partition(" ")
        if kept := _KEPT.get(name):
            yield Option(kept, "" if kept == "proxy" else value.strip())


def server_of(url: str) -> NamedEnd:
    """Return the server of "https://USER@HOST:PORT/GROUP" or a part of that; raises ParseError."""
    place = url.rpartition("://")[2].partition("/")[0].partition("?")[0].rpartition("@")[2]
    return end_of(place, port=_PORT, transport="tcp")


def _client(process: Process, files: ProcessFiles) -> Iterator[DaemonInstance]:
    """Yield what openconnect was told on its command line and in the files named there."""
    source = "command line"
    options: list[Option] = []
    for option in parse_arguments(files.arguments()):
        if option.name == "config":
            source = option.value
            options += parse_options_file(files.lines(option.value))
        else:
            options.append(option)
    last = {option.name: option.value for option in options}
    if "server" not in last:
        return  # NOTE: it ends without a server
    try:
        server = server_of(last["server"])
    except ParseError as error:
        files.gap(source, error)
        return
    proxied = "proxy" in last and "no-proxy" not in last
    yield DaemonInstance(
        pid=process.pid,
        technology="openconnect",
        role="client",
        local=None,
        local_port=None,
        # NOTE: what it is connected to is then the proxy, and no connection shows the server.
        remotes=(server._replace(transport=None) if proxied else server,),
        device=process.only_device or last.get("interface"),
        clients=None,
        source=source,
        transport="tcp",
        complete=proxied,
    )


def parse_ocserv(lines: Iterable[bytes]) -> dict[str, str]:
    """Return the listening addresses and ports of ocserv.conf before any [vhost]; raises ParseError."""
    found: dict[str, str] = {}
    for number, line in enumerate(lines, 1):
        name, given, value = line.partition(b"=")
        if name.strip().startswith(b"["):
            break
        if name.strip() in _OCSERV_KEPT:
            words = text(value).partition("#")[0].strip().strip("\"'")
            if not given or not words:
                raise ParseError(f"line {number}: no value")
            if name.strip().endswith(b"port") and words != "0":
                try:
                    port_of(words)
                except ParseError as error:
                    raise ParseError(f"line {number}: {error.detail}") from None
            found[text(name.strip())] = words
    return found


def _server(process: Process, files: ProcessFiles) -> Iterator[DaemonInstance]:
    """Yield that `process` is ocserv, which serves people, and where it listens by its configuration."""
    told = [
        option.value for option in getopt(files.arguments(), "c:d:p:", ("config", "pid-file", "debug"), ("c", "config"))
    ]
    source = told[-1] if told else _DEFAULT_CONFIG
    found: dict[str, str] = {}
    try:
        found = parse_ocserv(files.lines(source))
    except SourceAbsent as error:
        if told:
            files.gap(source, error)
        source = "title of the process"  # NOTE: without arguments the file is a guess, and not there it is none
    except ParseError as error:
        files.gap(source, error)
    host, port = found.get("listen-host"), found.get("tcp-port", "0")
    yield DaemonInstance(
        pid=process.pid,
        technology="openconnect",
        role="server",
        local=host if host and is_address(host) and host not in ("0.0.0.0", "::") else None,
        local_port=int(port) or None,
        remotes=(),
        device=process.only_device,
        clients=None,
        source=source,
        people=True,
        transport="tcp",
    )
