"""IPsec: policies, security associations, IKE daemons and IPsec interfaces become one tunnel a pair of ends."""

from collections.abc import Iterable
from dataclasses import replace

from auditor.correlate import pairs, routing
from auditor.correlate.identity import identify
from auditor.correlate.owners import owner_of, silent_ike_daemons, told_all
from auditor.correlate.pairs import UP, Connection
from auditor.correlate.shields import shield
from auditor.correlate.tables import ScopeTable, Tables
from auditor.model import counts
from auditor.model.text import Text
from auditor.model.tunnel import Endpoint, Family, Layer, Owner, Realisation, Remote, Role, State, Tunnel, Witness


def tunnels(tables: Tables, table: ScopeTable, devices: Iterable[Tunnel]) -> list[Tunnel]:
    """Return `devices` of this namespace with IPsec merged: interfaces take their ends, the rest is added."""
    connections = pairs.connections(tables, table)
    roaming = pairs.take_roaming(connections)
    result: list[Tunnel] = []
    for tunnel in devices:
        if roaming and _belongs(tunnel, roaming, table):
            result.append(_remote_access(tables, table, roaming, tunnel))
            roaming = None
            continue
        taken = [connection for connection in connections.values() if _belongs(tunnel, connection, table)]
        if not taken:
            result.append(_idle(tables, tunnel) if tunnel.technology == "ipsec" else tunnel)
            continue
        result.append(_interface(tables, table, tunnel, taken))
        for connection in taken:
            del connections[connection.local, connection.remote]
    if roaming:
        result.append(_remote_access(tables, table, roaming, None))
    result += [_policy_based(tables, table, connection) for connection in connections.values()]
    return result


def _remote_access(tables: Tables, table: ScopeTable, roaming: Connection, device: Tunnel | None) -> Tunnel:
    """Return the remote-access service that the associations of roaming users show, on `device` if it has one."""
    state, reason = _state(table, roaming)
    users = sum(1 for sa in roaming.ike if sa.state in UP)
    says = f"remote-access service with {counts.told(users)} IKE SAs"
    return Tunnel(
        id=device.id if device else identify(table.scope, "ipsec", "remote access", roaming.local),
        technology="ipsec",
        scope=table.scope,
        state=state,
        state_reason=reason,
        layers=pairs.layers(roaming),
        family=Family.REMOTE_ACCESS,
        realisation=Realisation.VPN_SERVER,
        role=Role.SERVER,
        interface=device.interface if device else None,
        ifindex=device.ifindex if device else None,
        alias=device.alias if device else None,
        local=_local(table, roaming),
        owner=_owner(tables, table, [roaming]),
        peers_count=users,
        routes=(),
        default_route=False,
        witnesses=(Witness(probe="vici", says=says, recheck="swanctl --list-sas"),),
    )


def _belongs(tunnel: Tunnel, connection: Connection, table: ScopeTable) -> bool:
    """Return whether IPsec interface `tunnel` carries `connection`: by interface id, ends, or owning daemon."""
    if tunnel.technology == "xfrm":
        link = table.links.get(tunnel.ifindex or 0)
        outer = link.outer if link else None
        ids = {row.if_id for row in connection.states} | {row.if_id for row in connection.policies}
        if outer and outer.external:  # takes every id that no other interface has (Linux 6.2)
            return bool(ids - {None} - _claimed(table))
        return outer is not None and outer.identifier is not None and outer.identifier in ids
    if tunnel.technology == "vti":
        return any(r.endpoint.address == connection.remote for r in tunnel.remotes) and connection.remote is not None
    if tunnel.technology == "ipsec" and tunnel.owner:
        return any(sa.pid == tunnel.owner.pid for sa in connection.ike) and not connection.states
    return False


def _claimed(table: ScopeTable) -> set[int | None]:
    """Return the interface ids that IPsec interfaces of this namespace have for themselves."""
    return {link.outer.identifier for link in table.links.values() if link.kind == "xfrm" and link.outer}


def _interface(tables: Tables, table: ScopeTable, tunnel: Tunnel, taken: list[Connection]) -> Tunnel:
    """Return interface `tunnel` with the ends, states and witnesses of its connections."""
    judged = [_state(table, connection) for connection in taken]
    state, reason = min(judged, key=lambda item: _ORDER.index(item[0]))
    inner = Layer(technology=tunnel.technology, door="link")
    doors = tuple(dict.fromkeys(layer for connection in taken for layer in pairs.layers(connection)))
    return replace(
        tunnel,
        technology="ipsec",
        state=state if tunnel.state is State.UP else tunnel.state,
        state_reason=reason if tunnel.state is State.UP else tunnel.state_reason,
        layers=(*doors, inner) if tunnel.technology != "ipsec" else doors,
        local=_local(table, taken[0]),
        remotes=tuple(_remote(table, connection) for connection in taken),
        owner=tunnel.owner or _owner(tables, table, taken),
        role=Role.PEER,
        peers_count=len(taken),
        realisation=Realisation.INTEGRATED_VPN,
        default_route=_any_of((tunnel.default_route, *_stated(map(pairs.default_policy, taken)))),
        witnesses=(*tunnel.witnesses, *(w for connection in taken for w in pairs.witnesses(connection))),
    )


def _stated(answers: Iterable[bool | None]) -> list[bool]:
    """Return the answers of connections that say anything: one without selectors leaves it to the routes."""
    return [answer for answer in answers if answer is not None]


def _any_of(answers: tuple[bool | None, ...]) -> bool | None:
    """Return whether any answer is yes; None if none is and one is not known."""
    return True if True in answers else None if None in answers else False


def _idle(tables: Tables, tunnel: Tunnel) -> Tunnel:
    """Return the device of an IKE daemon that carries no association: down if the daemon said so."""
    if tunnel.owner and told_all(tables, tunnel.owner.path):
        reason = Text("the IKE daemon reports no association", "IKE守护进程报告无安全关联")
        return replace(tunnel, state=State.DOWN, state_reason=reason)
    reason = Text("the IKE daemon's associations could not be read", "无法读取IKE守护进程的安全关联")
    return replace(tunnel, state=State.UNKNOWN, state_reason=reason)


_ORDER = (State.UP, State.STALE, State.UNKNOWN, State.DOWN)


def _policy_based(tables: Tables, table: ScopeTable, connection: Connection) -> Tunnel:
    """Return the tunnel that a connection without an interface is."""
    state, reason = _state(table, connection)
    selected = tuple(dict.fromkeys(p.destination for p in connection.policies if p.direction == "out"))
    selected = selected or tuple(
        dict.fromkeys(prefix for sa in connection.ike for child in sa.children for prefix in child.remote_prefixes)
    )
    return Tunnel(
        id=identify(table.scope, "ipsec", connection.local, connection.remote, *pairs.names_if_no_remote(connection)),
        technology="ipsec",
        scope=table.scope,
        state=state,
        state_reason=reason,
        layers=pairs.layers(connection),
        realisation=Realisation.INTEGRATED_VPN,
        role=Role.PEER,
        local=_local(table, connection),
        remotes=(_remote(table, connection),),
        owner=_owner(tables, table, [connection]),
        peers_count=1,
        routes=selected,
        default_route=pairs.default_policy(connection),
        shield=shield(
            (connection.local, connection.remote),
            (connection.policies, connection.guards),
            connection.states,
            connection.ike,
        )
        if connection.remote
        else None,
        witnesses=tuple(pairs.witnesses(connection)),
    )


def _state(table: ScopeTable, connection: Connection) -> tuple[State, Text]:
    """Return the state of a connection: installed associations, else what its daemon says."""
    installed = any(child.state == "INSTALLED" for sa in connection.ike for child in sa.children)
    if connection.states:
        return State.UP, Text("security associations are installed in the kernel", "内核中已安装安全关联")
    if any(sa.state in UP for sa in connection.ike) and installed:
        return State.UP, Text("the IKE daemon reports an installed child SA", "IKE守护进程报告已安装子安全关联")
    if any(sa.state in UP for sa in connection.ike):
        return State.STALE, Text("IKE is established, but no child SA is installed", "IKE已建立，但未安装子安全关联")
    if not table.xfrm_read:
        return State.UNKNOWN, Text("security associations could not be read", "无法读取安全关联")
    return State.DOWN, Text("configured, but no security association exists", "已配置，但不存在安全关联")


def _local(table: ScopeTable, connection: Connection) -> Endpoint:
    """Return the local outer end; the port is UDP encapsulation's or IKE's."""
    way = routing.way(table, connection.remote)
    port = next((sa.local_port for sa in connection.ike if sa.local_port), None)
    return Endpoint(
        address=connection.local or (way.source if way else None), port=port, transport=pairs.transport(connection)
    )


def _remote(table: ScopeTable, connection: Connection) -> Remote:
    """Return the far end with its IKE identity."""
    identity = next((sa.remote_id for sa in connection.ike if sa.remote_id), None)
    port = next((sa.remote_port for sa in connection.ike if sa.remote_port), None)
    prefixes = (prefix for sa in connection.ike for child in sa.children for prefix in child.remote_prefixes)
    return Remote(
        endpoint=Endpoint(
            address=connection.remote,
            port=port,
            transport=pairs.transport(connection),
            name=next((sa.remote_name for sa in connection.ike if sa.remote_name), None),
        ),
        identity=identity,
        identity_kind="ike" if identity else None,
        configured_only=not connection.states and not any(sa.state in UP for sa in connection.ike),
        way=routing.way(table, connection.remote),
        prefixes=tuple(dict.fromkeys(prefixes)),
    )


def _owner(tables: Tables, table: ScopeTable, connections: list[Connection]) -> Owner | None:
    """Return the IKE daemon behind the connections: the one that names them, else the only one it can be."""
    for connection in connections:
        for sa in connection.ike:
            if process := tables.processes.get(sa.pid):
                return owner_of(process)
    daemons = silent_ike_daemons(tables, table)
    return owner_of(daemons[0]) if len(daemons) == 1 else None
