"""Tunnels without a device: proxies, forwards, and VPN daemons while they hold none, by process and sockets.

Whoever uses a proxy is a person and where that leads is that person's business (guidance section 9): of a
server only the number of clients is kept, of a client only the connections to the far end that its
configuration names, or that all its connections go to.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from auditor.correlate import recheck, routing
from auditor.correlate.groups import EPHEMERAL_FROM, Daemons, Group, groups
from auditor.correlate.identity import identify
from auditor.correlate.owners import owner_of
from auditor.correlate.state import Judged
from auditor.correlate.tables import ScopeTable
from auditor.formats.hosts import is_near
from auditor.model.address import is_address, parse
from auditor.model.counts import SMALLEST_TOLD
from auditor.model.rows import DaemonInstance, NamedEnd, Socket
from auditor.model.text import Text
from auditor.model.tunnel import (
    Certainty,
    Endpoint,
    Family,
    Layer,
    Realisation,
    Remote,
    Role,
    State,
    Tunnel,
    Witness,
)

_ROLES = {"server": Role.SERVER, "client": Role.CLIENT, "p2p": Role.PEER}


def without_device(daemons: Daemons, table: ScopeTable, devices: list[Tunnel]) -> list[Tunnel]:
    """Return one tunnel for each daemon of this namespace that works without a device.

    `devices` are the tunnels of this namespace that have one: a daemon that one of them shows is no second tunnel.
    """
    found: list[tuple[Tunnel, tuple[NamedEnd, ...]]] = []
    every = list(groups(daemons, table))
    for group in every:
        if not group.recognition.signature.deviceless or group.holds_device:
            continue
        for instance in _instances(group):
            if not _is_accounted(table, devices, every, group, instance) and not _is_another(every, group, instance):
                program = _Program(table, group, instance)
                found.append((program.tunnel(), instance.remotes if instance else ()))
    return [_chained(tunnel, named, [one for one, _ in found]) for tunnel, named in found]


def _instances(group: Group) -> tuple[DaemonInstance | None, ...]:
    """Return what the daemon is configured for, each of which is a tunnel; (None,) for what only sockets show."""
    signature = group.recognition.signature
    if group.instances:
        return group.instances
    return () if signature.configured or (signature.forwards and not group.forwards()) else (None,)


def _is_accounted(
    table: ScopeTable, devices: list[Tunnel], every: list[Group], group: Group, instance: DaemonInstance | None
) -> bool:
    """Return whether a device of the kernel carries what the daemon only negotiates (OpenVPN's data channel).

    Where such devices are fewer than daemons that hold none, one of these has no device, and none is left out.
    """
    technology = group.recognition.technology
    if instance and instance.device and instance.device in table.by_name:
        return True
    carried = sum(one.technology == technology.id and one.owner is None for one in devices)
    waiting = sum(one.recognition.technology is technology and not one.holds_device for one in every)
    return 0 < waiting <= carried


def _is_another(every: list[Group], group: Group, instance: DaemonInstance | None) -> bool:
    """Return whether another process carries it: ssh hands its forwards to a master that is connected already.

    A second session of the same configuration cannot listen at the port of the first.
    """
    port = instance.local_port if instance else None
    if instance is None or port is None or any(row.local_port == port for row in group.listeners()):
        return False
    return any(
        row.local_port == instance.local_port
        for other in every
        if other is not group and other.recognition.technology is group.recognition.technology
        for row in other.forwards()
    )


def _chained(tunnel: Tunnel, named: tuple[NamedEnd, ...], others: list[Tunnel]) -> Tunnel:
    """Return `tunnel` in the one that it leads into on this host, if all it names is a proxy here."""
    if tunnel.remotes or not named or not all(is_near(end.host) for end in named):
        return tunnel
    ports = {end.port for end in named if end.port}
    around = [one for one in others if one.id != tunnel.id and one.local.port in ports]
    if len(around) != 1:
        return tunnel
    outer = tuple(Layer(technology=layer.technology, door="outer") for layer in around[0].layers)
    return replace(tunnel, outer_id=around[0].id, layers=(*outer, *tunnel.layers))


@dataclass(frozen=True, slots=True)
class _Program:
    """One daemon without a device, as `instance` configures it (None: only its sockets are known)."""

    table: ScopeTable
    group: Group
    instance: DaemonInstance | None

    def tunnel(self) -> Tunnel:
        """Return the tunnel that the daemon is."""
        recognition, role = self.group.recognition, self._role()
        technology, owner = recognition.technology, owner_of(self.group.processes[0])
        family = self._family(role)
        connected = self._connected(role)
        judged, reason = self._state(role, family, connected)
        sure = recognition.certainty
        return Tunnel(
            id=identify(self.table.scope, "program", technology.id, owner.path or owner.program, *self._key()),
            technology=technology.id,
            scope=self.table.scope,
            state=judged,
            state_reason=reason,
            layers=(Layer(technology=technology.id, door="process"),),
            certainty=Certainty.MEDIUM if self.instance is None and sure is Certainty.HIGH else sure,
            family=family,
            realisation=Realisation.VPN_SERVER if role is Role.SERVER else technology.realisation,
            role=role,
            local=self._local(connected),
            remotes=tuple(self._remotes(role, connected)),
            owner=owner,
            peers_count=self._clients(role),
            routes=(),
            default_route=None if family is Family.PROXY else False,
            witnesses=tuple(self._witnesses(connected)),
            contradictions=tuple(self._contradictions()),
        )

    def _role(self) -> Role | None:
        """Return the part that the host plays, None if it cannot be told."""
        if self.instance and self.instance.role:
            return _ROLES.get(self.instance.role)
        signature = self.group.recognition.signature
        return signature.role or (Role.SERVER if signature.people else None)

    def _family(self, role: Role | None) -> Family:
        """Return the guidance's family: what serves individuals, else what carries other traffic, else a network."""
        signature, technology = self.group.recognition.signature, self.group.recognition.technology
        people = self.instance.people if self.instance else signature.people
        if people and role is not Role.CLIENT:
            return Family.REMOTE_ACCESS
        return Family.PROXY if signature.forwards else technology.family

    def _key(self) -> tuple[str, ...]:
        """Return what tells this daemon from others of its program and stays the same after a restart."""
        if self.instance is None:
            ports = {f"{row.protocol}/{row.local_port}" for row in self.group.listeners()}
            return tuple(sorted(port for port in ports if int(port.partition("/")[2]) < EPHEMERAL_FROM))
        local = self.instance.local_port
        named = () if local else tuple(sorted(f"{end.host}:{end.port}" for end in self.instance.remotes))
        return (self.instance.source, str(local or ""), *named)

    def _connected(self, role: Role | None) -> list[Socket]:
        """Return the connections to the far end, and none of those that carry somebody's traffic elsewhere."""
        if role is Role.SERVER:
            return []
        signature = self.group.recognition.signature
        ports = {row.local_port for row in self.group.listeners() if row.protocol == "tcp"}
        outward = [row for row in self.group.connections() if row.local_port not in ports]
        if self.instance is None:
            return outward[:1] if signature.dedicated else []
        if signature.dedicated and self.instance.transport is None:
            return []  # NOTE: another process, which jumps, has the connection
        found = [row for row in outward if any(self._fits(row, end) for end in self.instance.remotes)]
        return found[:1] if signature.dedicated else found

    def _fits(self, row: Socket, end: NamedEnd) -> bool:
        """Return whether a connection leads to `end`; to a name by its port only where all go to the far end."""
        if end.port is not None and row.remote_port != end.port:
            return False
        return row.remote == end.host if is_address(end.host) else self.group.recognition.signature.dedicated

    def _remotes(self, role: Role | None, connected: list[Socket]) -> Iterator[Remote]:
        """Yield each far end once: connected ones first, then what else the configuration names."""
        if role is Role.SERVER:
            return
        named = [end for end in self.instance.remotes if not is_near(end.host)] if self.instance else []
        reached = dict.fromkeys((row.remote, row.remote_port, row.protocol) for row in connected)
        for address, port, transport in reached:
            name = next((end.host for end in named if not is_address(end.host) and end.port == port), None)
            endpoint = Endpoint(address=address, port=port, transport=transport, name=name)
            yield Remote(endpoint=endpoint, way=routing.way(self.table, address))
        for end in named:
            if any(self._fits(row, end) for row in connected):
                continue
            address = end.host if is_address(end.host) else None
            endpoint = Endpoint(
                address=address, port=end.port, transport=end.transport, name=None if address else end.host
            )
            yield Remote(endpoint=endpoint, configured_only=True, way=routing.way(self.table, address))

    def _listener(self) -> Socket | None:
        """Return the socket at which the traffic to be carried, or the clients, come in."""
        listeners = self.group.listeners()
        if self.group.recognition.signature.forwards and self.instance is None:
            listeners = self.group.forwards()
        if self.instance is None:
            return listeners[0] if listeners else None
        fitting = [
            row for row in self.group.sockets if row.remote is None and row.local_port == self.instance.local_port
        ]
        by_transport = [row for row in fitting if self.instance.transport in (None, row.protocol)]
        if not fitting and self._is_the_server():
            return listeners[0] if listeners else None
        return next(iter(by_transport or fitting), None)

    def _is_the_server(self) -> bool:
        """Return whether the daemon is one server, so that it listens for this and nothing else."""
        return self._role() is Role.SERVER and (self.instance is None or len(self.group.instances) == 1)

    def _contradictions(self) -> Iterator[Text]:
        """Yield what speaks against the configuration that was read: a server that listens elsewhere."""
        row, named = self._listener(), self.instance.local_port if self.instance else None
        if row and named is not None and row.local_port != named:
            yield Text(
                f"the configuration that was read names port {named}, but the program listens at {row.local_port}: "
                "it may run by another one",
                f"所读配置指定端口{named}，而程序监听端口{row.local_port}：程序可能使用另一份配置",
            )

    def _local(self, connected: list[Socket]) -> Endpoint:
        """Return the near end: where it listens, else that of its connection to the far end."""
        row, instance = self._listener(), self.instance
        if row:
            address = None if parse(row.local).is_unspecified else row.local
            return Endpoint(address=address, port=row.local_port, transport=row.protocol)
        if instance and instance.local_port:
            return Endpoint(address=instance.local, port=instance.local_port, transport=instance.transport)
        if connected:
            return Endpoint(address=connected[0].local, port=connected[0].local_port, transport=connected[0].protocol)
        return Endpoint(transport=instance.transport if instance else None)

    def _clients(self, role: Role | None) -> int | None:
        """Return how many clients a server has now, None if that is not known or not to be told."""
        if self.instance and self.instance.clients is not None:
            return self.instance.clients
        ports = {row.local_port for row in self.group.listeners() if row.protocol == "tcp"}
        clients = {row.remote for row in self.group.connections() if row.local_port in ports}
        return len(clients) if role is Role.SERVER and len(clients) >= SMALLEST_TOLD else None

    def _state(self, role: Role | None, family: Family, connected: list[Socket]) -> Judged:
        """Return whether it works, as far as sockets show that."""
        if connected:
            return State.UP, Text("connected to its far end", "已与对端建立连接")
        if self.group.silent:
            return State.DOWN, Text("the program runs, but holds no socket", "程序正在运行，但未持有任何套接字")
        if not self.group.sockets:
            return State.UNKNOWN, Text("none of the program's sockets could be seen", "未能看到该程序的任何套接字")
        if role is Role.CLIENT and family is not Family.PROXY:
            return State.DOWN, Text("the program runs, but holds no device", "程序正在运行，但未持有任何设备")
        by_tcp = self.instance is not None and self.instance.transport == "tcp"
        if role is Role.CLIENT and by_tcp and self.group.recognition.technology.connected == "tcp":
            return State.STALE, Text(
                "the program runs, but has no connection to its far end", "程序正在运行，但未与对端建立连接"
            )
        if self._listener() and role is not Role.SERVER:
            return State.UP, Text(
                "the program listens and connects when it is used", "程序正在监听，使用时才会连接对端"
            )
        if self._listener() or self.group.listeners():
            return State.UP, Text("the program listens for connections", "程序正在监听连接")
        return State.UNKNOWN, Text(
            "the program runs; nothing shows whether it works", "程序正在运行；无法判断其是否工作"
        )

    def _witnesses(self, connected: list[Socket]) -> Iterator[Witness]:
        """Yield who said what; of connections only those to the far end."""
        process = self.group.processes[0]
        more = len(self.group.processes) - 1
        yield Witness(
            probe="processes",
            says=f"PID {process.pid} ({process.exe or process.comm}) runs and holds no device"
            + (f", with {more} more of its processes" if more else ""),
            recheck=recheck.command("readlink", f"/proc/{process.pid}/exe"),
        )
        if self.instance:
            named = ", ".join(f"{end.host} port {end.port}/{end.transport}" for end in self.instance.remotes)
            says = f"{self.instance.source}: role {self.instance.role}, {named or 'no far end'}"
            yield Witness(probe="instances", says=says)
        if row := self._listener():
            says = f"{row.protocol} {row.local} port {row.local_port} listens"
            yield Witness(probe="sockets", says=says, recheck="ss -tulnp")
        for row in connected[:4]:
            yield Witness(
                probe="sockets",
                says=f"{row.protocol} {row.local} port {row.local_port} to {row.remote} port {row.remote_port}",
                recheck="ss -tunap",
            )
