"""SoftEther's configuration file: accounts of a client, and hubs, bridges and cascades of a server.

The file holds passwords, keys and the names of users; of each line only what `KEPT` names at its place
stays, the rest is dropped with the line. A server saves its file when it ends and every five minutes, so a
change can be younger. Sources: a file of 5.01.9674 (Debian 12); src/Mayaqua/Cfg.c, src/Cedar/Server.c,
Client.c and BridgeUnix.c there (a client's devices are "vpn_NAME", a server's "tap_NAME", in small letters).

Cannot see: sessions; and whether who logs in to a hub is a person or, by a cascade of its own, a site:
both are users of the hub. They are taken for people, of whom nothing is told.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from auditor.daemons.files import ProcessFiles
from auditor.errors import ParseError, SourceAbsent
from auditor.formats.hosts import port_of
from auditor.model.rows import DaemonInstance, NamedEnd, Process
from auditor.netlink.wire import text

FILES = {"vpnclient": "vpn_client.config", "vpnserver": "vpn_server.config", "vpnbridge": "vpn_bridge.config"}
_DEBIAN = "/var/lib/softether"
_DEPTH_LIMIT = 32
_OPTIONS = ("Hostname", "Port", "ProxyType", "DeviceName")
_ACCOUNT = ("AccountDatabase", "*", "ClientOption")
_CASCADE = ("VirtualHUB", "*", "CascadeList", "*")
_BRIDGE = ("LocalBridgeList", "*")
_LISTENER = ("ListenerList", "*")
_HUB = ("VirtualHUB", "*")
_USERS = (*_HUB, "SecurityAccountDatabase", "UserList")
KEPT: dict[tuple[str, ...], tuple[str, ...]] = {
    _ACCOUNT: _OPTIONS,
    (*_CASCADE, "ClientOption"): _OPTIONS,
    _CASCADE: ("Online",),
    _BRIDGE: ("DeviceName", "HubName", "TapMode"),
    _LISTENER: ("Enabled", "Port"),
    _HUB: ("Online",),
}

Path = tuple[str, ...]
Found = dict[Path, dict[str, str]]


@dataclass(slots=True)
class _Place:
    """The declarations around the line that is read; the name waits for its brace."""

    names: list[str] = field(default_factory=list)
    waiting: str | None = None
    rooted: bool = False

    def kept(self) -> tuple[str, ...]:
        """Return the names of the values that are kept here."""
        return next((values for place, values in KEPT.items() if _fits(self.names[1:], place)), ())


def _fits(names: Iterable[str], pattern: tuple[str, ...]) -> bool:
    """Return whether `names` are those of `pattern`, in which "*" is any."""
    names = tuple(names)
    return len(names) == len(pattern) and all(want in ("*", name) for name, want in zip(names, pattern, strict=True))


def parse(lines: Iterable[bytes]) -> Found:
    """Return the kept values by the declarations around them; raises ParseError with the line."""
    place = _Place()
    found: Found = {}
    number = 0
    for number, line in enumerate(lines, 1):
        words = line.removeprefix(b"\xef\xbb\xbf").strip()
        if words and not words.startswith(b"#"):
            try:
                _line(place, words, found)
            except ParseError as error:
                raise ParseError(f"line {number}: {error.detail}") from None
    if place.names or place.waiting or not place.rooted:
        raise ParseError(f"line {number}: the end of a declaration is missing")
    return {path[1:]: values for path, values in found.items()}


def _line(place: _Place, words: bytes, found: Found) -> None:
    """Take in one line; raises ParseError."""
    if words == b"{" and place.waiting is not None and len(place.names) < _DEPTH_LIMIT:
        if _fits(place.names[1:], _USERS):  # NOTE: the name of a user is of nobody's concern here, the number is
            hub = found.setdefault(tuple(place.names[:3]), {})
            hub["Users"] = str(int(hub.get("Users", "0")) + 1)
        place.names.append(place.waiting)
        place.waiting = None
        return
    if place.waiting is not None or words == b"{":
        raise ParseError("a brace and its declaration do not fit, or are too deep")
    kind, _, rest = words.partition(b" ")
    if words == b"}":
        if not place.names:
            raise ParseError("one brace too many")
        place.names.pop()
    elif kind == b"declare":
        place.waiting = _unescape(text(rest.strip()))
        place.rooted = True
    elif place.names:
        name, _, value = rest.partition(b" ")
        if (key := text(name)) in place.kept():
            found.setdefault(tuple(place.names), {})[key] = _unescape(text(value.strip()))
    else:
        raise ParseError("a value outside of any declaration")


def _unescape(value: str) -> str:
    """Return `value` without the format's escapes: "$" and two hexadecimal digits; "$" alone is empty."""
    first, *parts = value.split("$")
    found = [first]
    for part in parts:
        code = part[:2]
        found.append(chr(int(code, 16)) + part[2:] if len(code) == 2 and code.isalnum() and _is_hex(code) else part)
    return "".join(found)


def _is_hex(code: str) -> bool:
    """Return whether `code` is of hexadecimal digits."""
    return all(character in "0123456789abcdefABCDEF" for character in code)


def read(process: Process, files: ProcessFiles) -> Iterator[DaemonInstance]:
    """Yield what the configuration of `process` says; raises SourceError."""
    directory, _, program = (process.exe or "").rpartition("/")
    name = FILES.get(program)
    if name is None or not (process.sockets or process.tun_devices):
        return  # NOTE: the parent only watches over the process that works
    for path in (f"{directory}/{name}", f"{_DEBIAN}/{name}"):
        try:
            found = parse(files.lines(path))
        except SourceAbsent:
            if path.startswith(_DEBIAN):
                raise
            continue
        except ParseError as error:
            files.gap(path, error)
            return
        try:
            yield from (clients if program == "vpnclient" else servers)(process, path, found)
        except ParseError as error:
            files.gap(path, error)
        return


def clients(process: Process, source: str, found: Found) -> Iterator[DaemonInstance]:
    """Yield the connections of a client, one for each device that accounts name; raises ParseError."""
    ends: dict[str, list[NamedEnd]] = {}
    for path, values in found.items():
        if _fits(path, _ACCOUNT):
            ends.setdefault(f"vpn_{values.get('DeviceName', '').lower()}", []).append(_end(values))
    for device, remotes in ends.items():
        yield _row(process, source, role="client", remotes=tuple(dict.fromkeys(remotes)), device=device)


def servers(process: Process, source: str, found: Found) -> Iterator[DaemonInstance]:
    """Yield each TAP of a local bridge, the server itself if it has none, and each cascade; raises ParseError.

    The TAP of a hub that has no users belongs to the tunnels of the hub's cascades.
    """
    ports = [
        port_of(values.get("Port", ""))
        for path, values in found.items()
        if _fits(path, _LISTENER) and values.get("Enabled") != "false"
    ]
    users = {path[1] for path, values in found.items() if _fits(path, _HUB) and "Users" in values}
    server = _row(process, source, role="server", port=min(ports, default=None), people=bool(users))
    rows: list[DaemonInstance] = []
    cascades: dict[str, list[NamedEnd]] = {}
    for path, values in found.items():
        if _fits(path, (*_CASCADE, "ClientOption")) and _is_online(found, path):
            cascades.setdefault(path[1], []).append(_end(values))
    for path, values in found.items():
        if _fits(path, _BRIDGE) and values.get("TapMode") == "true":
            device, hub = f"tap_{values.get('DeviceName', '').lower()}", values.get("HubName", "")
            if hub in users:
                rows.append(server._replace(device=device))
            else:
                remotes = tuple(dict.fromkeys(cascades.pop(hub, ())))
                role = "client" if remotes else None
                rows.append(_row(process, source, role=role, remotes=remotes, device=device))
    if (process.exe or "").endswith("/vpnserver"):
        known = {row.device for row in rows}
        # NOTE: younger than the file, so whom it serves is not known.
        rows += [server._replace(device=name, people=True) for name in process.tun_devices if name not in known]
        rows += [] if any(row.role == "server" for row in rows) else [server]
    yield from rows
    for end in (end for ends in cascades.values() for end in ends):
        yield _row(process, source, role="client", remotes=(end,))


def _is_online(found: Found, path: Path) -> bool:
    """Return whether both the cascade at `path` and its hub are switched on."""
    return all(found.get(path[:depth], {}).get("Online") != "false" for depth in (2, 4))


def _row(
    process: Process,
    source: str,
    *,
    role: str | None,
    remotes: tuple[NamedEnd, ...] = (),
    device: str | None = None,
    port: int | None = None,
    people: bool = False,
) -> DaemonInstance:
    """Return one row for `process`."""
    return DaemonInstance(
        pid=process.pid,
        technology="softether",
        role=role,
        local=None,
        local_port=port,
        remotes=remotes,
        device=device,
        clients=None,
        source=source,
        people=people,
        transport="tcp",
        complete=True,
    )


def _end(values: dict[str, str]) -> NamedEnd:
    """Return the server that the options of an account or cascade name; raises ParseError."""
    # NOTE: "HOST/tcp" forbids the way through NAT over UDP. Through a proxy no connection shows the server.
    host = values.get("Hostname", "").partition("/")[0]
    if not host or len(host) > 253:
        raise ParseError("an account without a host name")
    direct = values.get("ProxyType", "0") == "0"
    return NamedEnd(host, port_of(values.get("Port", "")), "tcp" if direct else None)
