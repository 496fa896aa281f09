"""Tunnels that a server with a device of its own opens to other servers, without a device for each.

A SoftEther server joins one of its hubs to a hub elsewhere (a cascade): a tunnel between two sites, beside
the one that its local bridge is. A server without any device is in full what its configuration says.
"""

from collections.abc import Iterator

from auditor import technologies
from auditor.correlate import far_ends, recheck, routing, state
from auditor.correlate.identity import identify
from auditor.correlate.owners import owner_of, recognised
from auditor.correlate.tables import ScopeTable, Tables
from auditor.model.address import is_address
from auditor.model.rows import DaemonInstance, Process, Socket
from auditor.model.tunnel import Certainty, Endpoint, Layer, Remote, Role, Tunnel, Witness


def tunnels(tables: Tables, table: ScopeTable) -> Iterator[Tunnel]:
    """Yield each connection of a server in this namespace that has no device while another of the server's has."""
    for instance in tables.instances:
        process = tables.processes.get(instance.pid)
        if process is None or process.netns != table.scope.inode or not process.tun_devices:
            continue
        if instance.complete and instance.role == "client" and instance.device is None and instance.remotes:
            yield _tunnel(table, process, instance)


def _tunnel(table: ScopeTable, process: Process, instance: DaemonInstance) -> Tunnel:
    """Return the tunnel that `instance` of `process` is."""
    rows = [table.sockets[inode] for inode in process.sockets if inode in table.sockets]
    sockets = [row for row in far_ends.leading(instance, rows) if row.remote and row.state == "ESTABLISHED"]
    judged, reason = state.of_connections(len(sockets))
    owner = owner_of(process)
    known = recognised(process)
    technology = technologies.load().by_id[instance.technology]
    named = ", ".join(f"{end.host} port {end.port}" for end in instance.remotes)
    return Tunnel(
        id=identify(table.scope, "cascade", technology.id, owner.path, instance.source, named),
        technology=technology.id,
        scope=table.scope,
        state=judged,
        state_reason=reason,
        layers=(Layer(technology=technology.id, door="process"),),
        certainty=known.certainty if known else Certainty.LOW,
        realisation=technology.realisation,
        role=Role.CLIENT,
        local=Endpoint(address=sockets[0].local, port=sockets[0].local_port, transport=sockets[0].protocol)
        if sockets
        else Endpoint(transport=instance.transport),
        remotes=tuple(_remotes(table, instance, sockets)),
        owner=owner,
        peers_count=1,
        routes=(),
        default_route=False,
        witnesses=tuple(_witnesses(process, instance, named, sockets)),
    )


def _remotes(table: ScopeTable, instance: DaemonInstance, sockets: list[Socket]) -> Iterator[Remote]:
    """Yield the far end that is connected, else what the configuration names."""
    seen = dict.fromkeys((row.remote, row.remote_port, row.protocol) for row in sockets)
    for address, port, transport in seen:
        endpoint = Endpoint(address=address, port=port, transport=transport)
        yield Remote(endpoint=endpoint, way=routing.way(table, address))
    for end in instance.remotes if not seen else ():
        address = end.host if is_address(end.host) else None
        endpoint = Endpoint(address=address, port=end.port, transport=end.transport, name=None if address else end.host)
        yield Remote(endpoint=endpoint, configured_only=True, way=routing.way(table, address))


def _witnesses(process: Process, instance: DaemonInstance, named: str, sockets: list[Socket]) -> Iterator[Witness]:
    """Yield who said what of the connection."""
    yield Witness(
        probe="instances",
        says=f"{instance.source}: PID {process.pid} ({process.exe}) connects one of its hubs to {named}",
        recheck=recheck.command("readlink", f"/proc/{process.pid}/exe"),
    )
    for row in sockets[:4]:
        yield Witness(
            probe="sockets",
            says=f"{row.protocol} {row.local} port {row.local_port} to {row.remote} port {row.remote_port}",
            recheck="ss -tunap",
        )
