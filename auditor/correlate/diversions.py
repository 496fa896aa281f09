"""Programs that packet filters feed: transparent proxies, and the rules that send traffic into tunnels by mark.

A rule that hands connections meant for others to a port of this host makes whoever listens there a proxy.
Ordinary rules do too, so these make none:

- rules for packets to the host's own addresses, or to single private ones: forwards to a local service, published
  ports of Docker (`addrtype LOCAL`), services of Kubernetes whose back end is this host (those by DNAT, which also
  have public addresses)
- rules for DNS and NTP, or to port 53: they keep names and time in the house
- rules to an address that is not this host's: forwards to containers, pods, virtual machines and servers
- rules to programs of auditor/data/services.toml, and to tunnel daemons, which are tunnels on their own
- rules to a port at which nothing listens

What is left is a tunnel of that program's technology, or of technology "proxy" and low certainty.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from auditor import services, technologies
from auditor.correlate import marks, routing
from auditor.correlate.identity import identify
from auditor.correlate.owners import owner_of, recognised
from auditor.correlate.tables import ScopeTable, Tables
from auditor.model.address import parse
from auditor.model.rows import Diversion, Process, Socket
from auditor.model.text import Text
from auditor.model.tunnel import Certainty, Endpoint, Family, Layer, Remote, Role, State, Tunnel, Witness

_LOCAL_KINDS = ("redirect", "tproxy", "dnat")
_HOUSEKEEPING = (53, 123)
_REMOTES_LIMIT = 4  # NOTE: a proxy that goes out directly is connected to what people look at; that is not kept
_WITNESSES_LIMIT = 6
_EVERYTHING = {"ip": ("0.0.0.0/0",), "ip6": ("::/0",), "inet": ("0.0.0.0/0", "::/0")}


def join(tables: Tables, tunnels: Iterable[Tunnel]) -> list[Tunnel]:
    """Return `tunnels` with the rules that feed them among their witnesses, and a tunnel for each proxy left over."""
    joined = list(tunnels)
    for table in sorted(tables.scopes.values(), key=lambda table: (table.scope.name or "", table.scope.inode)):
        for fed in _fed(tables, table):
            known = fed.among(joined)
            for number in known:
                joined[number] = fed.attached(joined[number])
            if not known and fed.makes_a_proxy():
                joined.append(fed.proxy())
        joined = marks.led_into(table, joined)
    return joined


@dataclass(frozen=True, slots=True)
class _Fed:
    """One program with the socket at which rules hand it connections; `holders` empty: nobody knows who listens."""

    tables: Tables
    table: ScopeTable
    port: int
    holders: tuple[Process, ...]
    listener: Socket
    rules: tuple[Diversion, ...]

    def among(self, tunnels: list[Tunnel]) -> list[int]:
        """Return which of `tunnels` are this program's: its proxy at that port, else one without device, else all."""
        pids = {process.pid for process in self.holders}
        own = [number for number, one in enumerate(tunnels) if one.owner and one.owner.pid in pids]
        proxies = [number for number in own if tunnels[number].interface is None]
        exact = [number for number in proxies if tunnels[number].local.port == self.port]
        return exact or proxies or own

    def attached(self, tunnel: Tunnel) -> Tunnel:
        """Return `tunnel` with what the rules tell of it."""
        witnesses = (*tunnel.witnesses, *self._witnesses())
        if tunnel.interface is not None or tunnel.family is not Family.PROXY:
            return replace(tunnel, witnesses=witnesses)
        routes = tuple(dict.fromkeys((*(tunnel.routes or ()), *self._routes())))
        default = True if tunnel.default_route else self._default_route()
        return replace(tunnel, witnesses=witnesses, routes=routes, default_route=default)

    def makes_a_proxy(self) -> bool:
        """Return whether the program is a proxy for all that is known: not one that has another purpose."""
        if not self.holders:
            return True
        found = recognised(self.holders[0])
        if found is not None:
            return found.signature.deviceless
        return not all(self._is_service(process) for process in self.holders)

    def _is_service(self, process: Process) -> bool:
        """Return whether `process` is a service to which such rules are ordinary."""
        service = services.known(process.exe)
        if service is None or process.exe_deleted or (service.ports and self.port not in service.ports):
            return False
        if service.guest:
            return self.table.scope.name is not None
        return process.exe_here is True and all(rule.ports is not None or rule.narrowed for rule in self.rules)

    def proxy(self) -> Tunnel:
        """Return the proxy that the program is."""
        known = technologies.load()
        holder = self.holders[0] if self.holders else None
        found = recognised(holder) if holder else None
        technology = found.technology if found else known.by_id["proxy"]
        remotes = tuple(self._remotes())
        scope = self.table.scope
        return Tunnel(
            id=identify(scope, "diverted", holder.exe if holder else None, self.listener.protocol, str(self.port)),
            technology=technology.id,
            scope=scope,
            state=State.UP,
            state_reason=Text(
                "the program listens where rules of the packet filter send connections",
                "程序正在监听包过滤规则所转向的端口",
            ),
            layers=(Layer(technology=technology.id, door=self.rules[0].kind),),
            certainty=found.certainty if found else Certainty.LOW,
            family=Family.PROXY,
            realisation=technology.realisation,
            role=Role.CLIENT if remotes else None,
            local=Endpoint(
                address=None if parse(self.listener.local).is_unspecified else self.listener.local,
                port=self.port,
                transport=self.listener.protocol,
            ),
            remotes=remotes,
            owner=owner_of(holder) if holder else None,
            peers_count=len(remotes) or None,
            routes=self._routes(),
            default_route=self._default_route(),
            witnesses=tuple(self._witnesses()),
        )

    def _routes(self) -> tuple[str, ...]:
        """Return the destinations whose traffic the rules hand over, wholly or in part."""
        found = (one for rule in self.rules for one in rule.destinations or _EVERYTHING.get(rule.family, ()))
        return tuple(dict.fromkeys(found))

    def _default_route(self) -> bool | None:
        """Return whether all traffic of a protocol is handed over; None if rules take a part that is not known."""
        if any(rule.destinations is None and rule.ports is None and not rule.narrowed for rule in self.rules):
            return True
        if any(rule.destinations is None for rule in self.rules):
            return None
        return routing.is_default(self._routes())

    def _remotes(self) -> Iterator[Remote]:
        """Yield the far ends that the program has gone out to, none of them when they are many."""
        homes = [self.tables.scopes.get(process.netns or 0) for process in self.holders]
        rows = [
            home.sockets[inode]
            for process, home in zip(self.holders, homes, strict=True)
            if home
            for inode in process.sockets
            if inode in home.sockets
        ]
        listens = {row.local_port for row in rows if row.remote is None}
        ends: dict[tuple[str, int | None, str], None] = {}
        for row in rows:
            if row.remote and row.local_port not in listens and self._goes_out(row):
                ends[row.remote, row.remote_port, row.protocol] = None
        for address, port, transport in ends if len(ends) <= _REMOTES_LIMIT else ():
            home = next((home for home in homes if home), self.table)
            endpoint = Endpoint(address=address, port=port, transport=transport)
            yield Remote(endpoint=endpoint, way=routing.way(home, address))

    def _goes_out(self, row: Socket) -> bool:
        """Return whether a connection is the program's own: from an address of the host, as no diverted one is."""
        own = any(row.local in table.own_addresses for table in self.tables.scopes.values())
        return own and row.remote is not None and not parse(row.remote).is_loopback

    def _witnesses(self) -> Iterator[Witness]:
        """Yield what the rules say, and which routing rules bring packets marked by them back to this host."""
        for rule in self.rules[:_WITNESSES_LIMIT]:
            yield marks.witness(rule)
        if holder := next(iter(self.holders), None):
            yield Witness(
                probe="processes",
                says=f"PID {holder.pid} ({holder.exe or holder.comm}) listens at "
                f"{self.listener.protocol} {self.listener.local} port {self.port}",
                recheck="ss -tulnp",
            )
        if any(rule.kind == "tproxy" for rule in self.rules):
            yield from marks.brought_back(self.table, self.rules)


def _fed(tables: Tables, table: ScopeTable) -> Iterator[_Fed]:
    """Yield each program of `table` that rules divert connections to, by port."""
    own: dict[int, dict[Diversion, None]] = {}
    sockets: dict[int, Socket] = {}
    rules = [row for row in table.diversions if row.kind in _LOCAL_KINDS and not is_ordinary(table, row)]
    open_at: dict[int, list[Socket]] = {}
    for one in table.sockets.values() if rules else ():
        if one.remote is None:
            open_at.setdefault(one.local_port, []).append(one)
    for row in rules:
        for listener in open_at.get(_port(row) or 0, ()):
            if _meets(row, listener):
                own.setdefault(listener.inode, {})[row] = None
                sockets[listener.inode] = listener
    holders = _holders(tables, own)
    grouped: dict[tuple[int, tuple[int, ...]], list[int]] = {}
    for inode in own:
        key = sockets[inode].local_port, tuple(process.pid for process in holders.get(inode, ()))
        grouped.setdefault(key, []).append(inode)
    for (port, _), inodes in sorted(grouped.items()):
        found = dict.fromkeys(row for inode in inodes for row in own[inode])
        first = min(inodes, key=lambda inode: (sockets[inode].protocol, sockets[inode].local))
        yield _Fed(tables, table, port, holders.get(first, ()), sockets[first], tuple(found))


def _holders(tables: Tables, inodes: Iterable[int]) -> dict[int, tuple[Process, ...]]:
    """Return the processes that hold each of `inodes`, by PID."""
    wanted = set(inodes)
    found: dict[int, tuple[Process, ...]] = {}
    for process in sorted(tables.processes.values()) if wanted else ():
        for inode in wanted.intersection(process.sockets):
            found[inode] = (*found.get(inode, ()), process)
    return found


def _port(row: Diversion) -> int | None:
    """Return the port that packets are handed to, None if that is not one."""
    if row.to_port is not None:
        return row.to_port
    single = row.ports[0] if row.ports and len(row.ports) == 1 else (0, 1)
    return single[0] if single[0] == single[1] else None


def is_ordinary(table: ScopeTable, row: Diversion) -> bool:
    """Return whether a rule makes nobody a proxy (see the module's docstring)."""
    if row.kind == "dnat" and (row.to_address is None or not _is_own(table, row.to_address)):
        return True
    ports = row.ports or ()
    housekeeping = bool(ports) and all(low == high and low in _HOUSEKEEPING for low, high in ports)
    single = bool(row.destinations) and all(_is_service(table, row, one) for one in row.destinations or ())
    return row.own or single or housekeeping or row.to_port == _HOUSEKEEPING[0]


def _is_own(table: ScopeTable, address: str) -> bool:
    """Return whether `address` is one of this namespace's."""
    return address in table.own_addresses or parse(address).is_loopback


def _is_service(table: ScopeTable, row: Diversion, prefix: str) -> bool:
    """Return whether `prefix` is one address that stands for a service: the host's, a private one, or one of DNAT.

    A public address that is not the host's is somebody else, and a redirect of it takes that one's place.
    """
    text, _, length = prefix.rpartition("/")
    address = parse(text)
    if length != str(address.max_prefixlen):
        return False
    return row.kind == "dnat" or text in table.own_addresses or not address.is_global


def _meets(row: Diversion, one: Socket) -> bool:
    """Return whether packets diverted by `row` arrive at a socket of that port."""
    if row.protocol not in (None, one.protocol):
        return False
    address = parse(one.local)
    if address.version == 4 and row.family == "ip6":
        return False
    if address.version == 6 and row.family == "ip" and not address.is_unspecified:
        return False
    return row.to_address is None or address.is_unspecified or one.local == row.to_address
