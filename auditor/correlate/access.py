"""Remote access over PPP: the sessions of persons are one service, of which only a count is kept.

Whoever dials in to an LNS or a PPTP server is taken for a person unless networks lie behind: nothing but one
address is then routed to the device, as to a laptop (guidance section 9). A site that dials in stays a tunnel.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from auditor.correlate.identity import identify
from auditor.correlate.owners import owner_of, recognised
from auditor.correlate.tables import ScopeTable, Tables
from auditor.model import counts
from auditor.model.rows import Process
from auditor.model.text import Text
from auditor.model.tunnel import (
    Endpoint,
    Family,
    Layer,
    NotTunnel,
    Owner,
    Realisation,
    Role,
    State,
    Tunnel,
    Witness,
)

_DIAL_IN = {"l2tp": ("udp", 1701), "pptp": ("tcp", 1723), "sstp": ("tcp", 443), "ppp": (None, None)}
_SESSION = Text(
    "one person's session of the remote-access service that is reported as a whole",
    "远程接入服务中某个用户的会话，该服务已作为整体报告",
)
_CONNECTED = Text("sessions of its clients are there", "存在其客户端的会话")
_NOBODY = Text("the service listens; nobody is connected", "服务正在监听；当前无人接入")
_Group = tuple[int, str]


@dataclass(frozen=True, slots=True)
class Gathered:
    """The tunnels with the sessions of persons as services, and the devices of these sessions."""

    tunnels: tuple[Tunnel, ...]
    devices: tuple[NotTunnel, ...]


def gather(tables: Tables, tunnels: Iterable[Tunnel]) -> Gathered:
    """Return `tunnels` with one service a namespace and technology instead of the sessions of persons.

    A server that listens is a service before anybody connects. Nothing that tells of a person is kept.
    """
    listed = tuple(tunnels)
    groups: dict[_Group, list[Tunnel]] = {}
    for tunnel in listed:
        if is_person(tunnel):
            groups.setdefault((tunnel.scope.inode, tunnel.technology), []).append(tunnel)
    listening = _listening(tables)
    services = {key: _service(tables, key, groups.get(key, []), listening.get(key)) for key in _keys(groups, listening)}
    inside = {one.id: services[key].id for key, sessions in groups.items() for one in sessions}
    others = (
        replace(one, outer_id=inside[one.outer_id]) if one.outer_id in inside else one
        for one in listed
        if one.id not in inside
    )
    devices = (device for sessions in groups.values() for one in sessions for device in _device(tables, one))
    return Gathered((*others, *services.values()), tuple(devices))


def is_person(tunnel: Tunnel) -> bool:
    """Return whether a PPP session is one that somebody opened to this host, with nothing behind but one address."""
    behind = [prefix for prefix in tunnel.routes or () if not prefix.endswith(("/32", "/128"))]
    return tunnel.role is Role.SERVER and tunnel.technology in _DIAL_IN and not behind


def _keys(groups: dict[_Group, list[Tunnel]], listening: dict[_Group, Owner]) -> list[_Group]:
    """Return namespace and technology of every service, in an order that does not change."""
    return sorted({*groups, *listening}, key=lambda key: (key[1], key[0]))


def _device(tables: Tables, session: Tunnel) -> Iterator[NotTunnel]:
    """Yield the device of a session as no tunnel of its own; it is no port by which packets leave either."""
    table = tables.scopes.get(session.scope.inode)
    link = table.links.get(session.ifindex or 0) if table else None
    if link:
        yield NotTunnel(scope=session.scope, interface=link.name, ifindex=link.ifindex, kind=link.kind, reason=_SESSION)


def _listening(tables: Tables) -> dict[_Group, Owner]:
    """Return the servers of dial-in that wait for connections: by their sockets, or as they are configured."""
    found: dict[_Group, Owner] = {}
    for process in sorted(tables.processes.values()):
        known = recognised(process)
        table = tables.scopes.get(process.netns or 0)
        if known is None or known.technology.id != "pptp" or known.signature.role is not Role.SERVER:
            continue
        if table and _listens(table, process):
            found.setdefault((table.scope.inode, "pptp"), owner_of(process))
    for told in tables.instances:
        server = tables.processes.get(told.pid) if told.technology == "l2tp" and told.role == "server" else None
        if server and server.netns in tables.scopes:
            found.setdefault((server.netns or 0, "l2tp"), owner_of(server))
    return found


def _listens(table: ScopeTable, process: Process) -> bool:
    """Return whether `process` waits for connections."""
    return any(table.sockets[inode].state == "LISTEN" for inode in process.sockets if inode in table.sockets)


def _service(tables: Tables, key: _Group, sessions: list[Tunnel], owner: Owner | None) -> Tunnel:
    """Return one service."""
    inode, technology = key
    scope = tables.scopes[inode].scope
    addresses = {session.local.address for session in sessions}
    transport, port = _DIAL_IN[technology]
    layers = dict.fromkeys(
        Layer(technology=layer.technology, door="outer" if layer.technology != technology else "ppp")
        for session in sessions
        for layer in session.layers
    )
    up = not sessions or any(session.state is State.UP for session in sessions)
    return Tunnel(
        id=identify(scope, "remote access", technology),
        technology=technology,
        scope=scope,
        state=State.UP if up else State.UNKNOWN,
        state_reason=_CONNECTED if sessions else _NOBODY,
        layers=tuple(layers) or (Layer(technology=technology, door="ppp"),),
        family=Family.REMOTE_ACCESS,
        realisation=Realisation.VPN_SERVER,
        role=Role.SERVER,
        local=Endpoint(address=addresses.pop() if len(addresses) == 1 else None, port=port, transport=transport),
        owner=owner or next((session.owner for session in sessions if session.owner), None),
        peers_count=len(sessions),
        routes=(),
        default_route=False,
        witnesses=(Witness(probe="ppp", says=f"remote-access service with {counts.told(len(sessions))} sessions"),),
    )
