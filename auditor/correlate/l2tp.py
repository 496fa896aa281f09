"""L2TP: which device belongs to which session, and the tunnels that sessions with and without a device are."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from auditor import technologies
from auditor.correlate import recheck, routing, state
from auditor.correlate.identity import identify
from auditor.correlate.owners import owner_of
from auditor.correlate.tables import ScopeTable, Tables
from auditor.model.rows import L2tpSession, Link, PppSession, Socket
from auditor.model.text import Text
from auditor.model.tunnel import Endpoint, Layer, Owner, Realisation, Remote, Role, State, Tunnel, Witness

_ARPHRD_ETHER, _ARPHRD_PPP = 1, 512
_TRANSPORTS = {"udp": "udp", "ip": "l2tp"}  # over IP it is protocol 115, "l2tp" in the registry of IANA
_NO_SESSION = Text("the tunnel has no session, so it carries nothing", "该隧道中没有会话，因此不承载任何流量")
_NO_PPP = Text(
    "no PPP device is known to belong to the session: it may still be negotiating, or pass its frames on",
    "未发现属于该会话的PPP设备：可能仍在协商，也可能直接转发其帧",
)
_NO_ETHERNET = Text(
    "the session's device does not have the name that it was made with; its state is not known",
    "该会话的设备已不使用创建时的名称；其状态未知",
)


_Ends = tuple[int, str | None, int | None, str | None, int | None]
"""Namespace inode, local and remote end of a UDP socket."""


@dataclass(frozen=True, slots=True)
class Carried:
    """A session, the namespace `home` that its outer packets leave from, and the program that holds its socket."""

    session: L2tpSession
    home: ScopeTable
    owner: Owner | None = None


@dataclass(frozen=True, slots=True)
class Sessions:
    """The sessions of all namespaces: by namespace inode and ifindex of their device, and those without."""

    by_device: dict[tuple[int, int], Carried] = field(default_factory=dict)
    bare: dict[int, list[L2tpSession]] = field(default_factory=lambda: defaultdict(list))
    owners: dict[_Ends, Owner] = field(default_factory=dict)

    def of(self, table: ScopeTable, link: Link) -> Carried | None:
        """Return the session that device `link` belongs to, None if none."""
        return self.by_device.get((table.scope.inode, link.ifindex))


def _ends(table: ScopeTable, row: L2tpSession | Socket) -> _Ends:
    """Return what tells one connected UDP socket from another."""
    return table.scope.inode, row.local, row.local_port, row.remote, row.remote_port


def is_ppp(link: Link) -> bool:
    """Return whether `link` is a PPP device; a TUN device can be given any hardware type (TUNSETLINK)."""
    return link.kind == "ppp" or (link.kind is None and link.arphrd == _ARPHRD_PPP)


def is_nameless_ethernet(link: Link) -> bool:
    """Return whether `link` is an Ethernet device of neither kind nor hardware, as those of L2TP are."""
    return link.kind is None and link.arphrd == _ARPHRD_ETHER and link.hardware is None


def names_hardware(tables: Tables) -> bool:
    """Return whether this kernel names the hardware behind devices (Linux 5.14): it does of some device."""
    return any(link.hardware is not None for table in tables.scopes.values() for link in table.links.values())


def assign(tables: Tables) -> Sessions:
    """Return every session with its device: of its name here, else elsewhere, else the only one that it can be.

    The kernel goes on naming an Ethernet device as it was made, so a renamed one, or one moved to
    another namespace, is sought among the Ethernet devices that no session names.
    """
    found = Sessions(owners=_owners(tables))
    lost: list[Carried] = []
    for table in tables.scopes.values():
        for session in _merged(table):
            link = table.by_name.get(session.interface or "")
            if link and _fits(session, link) and (table.scope.inode, link.ifindex) not in found.by_device:
                found.by_device[table.scope.inode, link.ifindex] = _carried(found, table, session)
            elif session.pseudowire == "ethernet":
                lost.append(_carried(found, table, session))
            else:
                found.bare[table.scope.inode].append(session)
    for carried in _moved(tables, found, lost):
        found.bare[carried.home.scope.inode].append(carried.session)
    return found


def _carried(found: Sessions, table: ScopeTable, session: L2tpSession) -> Carried:
    """Return `session` of `table` with its owner."""
    udp = session.remote is not None and session.encapsulation == "udp"
    return Carried(session, table, found.owners.get(_ends(table, session)) if udp else None)


def _owners(tables: Tables) -> dict[_Ends, Owner]:
    """Return which program holds each connected UDP socket of namespaces with L2TP; none holds the kernel's own."""
    homes = [table for table in tables.scopes.values() if table.l2tp]
    ends = {
        (table.scope.inode, row.inode): _ends(table, row)
        for table in homes
        for row in table.sockets.values()
        if row.protocol == "udp" and row.remote
    }
    found: dict[_Ends, Owner] = {}
    for process in sorted(tables.processes.values()) if ends else ():
        for inode in process.sockets:
            if key := ends.get((process.netns or 0, inode)):
                found.setdefault(key, owner_of(process))
    return found


def _merged(table: ScopeTable) -> Iterator[L2tpSession]:
    """Yield each session of `table` once: netlink's with the PPP device that /proc names, then those of /proc only."""
    listed = {(row.tunnel_id, row.session_id): row for row in table.ppp if row.carrier == "l2tp"}
    for session in table.l2tp:
        row = listed.get((session.tunnel_id, session.session_id))
        yield _with_listed(session, row) if row else session
    known = {(session.tunnel_id, session.session_id) for session in table.l2tp}
    for row in table.ppp:
        if row.carrier == "l2tp" and (row.tunnel_id, row.session_id) not in known:
            yield L2tpSession(
                tunnel_id=row.tunnel_id or 0,
                session_id=row.session_id or 0,
                local=row.local,
                remote=row.remote,
                pseudowire="ppp",
                interface=row.interface,
                server=row.server,
            )


def _with_listed(session: L2tpSession, row: PppSession) -> L2tpSession:
    """Return `session` with the device that /proc names, and the part that the host plays by either table."""
    sides = {side for side in (session.server, row.server) if side is not None}
    return session._replace(interface=row.interface or session.interface, server=True in sides if sides else None)


def _fits(session: L2tpSession, link: Link) -> bool:
    """Return whether `link` can be a device of `session`: of a number that no Ethernet port has, or PPP."""
    return is_ppp(link) if session.pseudowire == "ppp" else is_nameless_ethernet(link)


def _moved(tables: Tables, found: Sessions, lost: list[Carried]) -> Iterator[Carried]:
    """Give each of `lost` its renamed or moved device if that is beyond doubt; yield the others."""
    free = [
        (table, link)
        for table in (tables.scopes.values() if lost else ())
        for link in table.links.values()
        if is_nameless_ethernet(link) and (table.scope.inode, link.ifindex) not in found.by_device
    ]
    still: list[Carried] = []
    for carried in lost:
        named = [(table, link) for table, link in free if link.name == carried.session.interface]
        if len(named) == 1:
            free.remove(named[0])
            found.by_device[named[0][0].scope.inode, named[0][1].ifindex] = carried
        else:
            still.append(carried)
    if len(still) == len(free) == 1 and names_hardware(tables):
        (table, link), (carried,) = free[0], still
        found.by_device[table.scope.inode, link.ifindex] = carried
        return
    yield from still


def device(table: ScopeTable, link: Link, carried: Carried) -> Tunnel:
    """Return the L2TP tunnel that device `link` is one end of."""
    through = link.ifindex if carried.home is table else None
    routes = routing.prefixes(table, link.ifindex)
    judged, reason = state.of_device(link)
    return _tunnel(
        table,
        carried,
        identify(table.scope, "device", link.kind or "l2tp", link.name),
        (judged, reason),
        "ppp" if is_ppp(link) else "link",
        link=link,
        through=through,
        routes=routes,
    )


def without_device(table: ScopeTable, sessions: Sessions) -> Iterator[Tunnel]:
    """Yield the sessions of `table` without a known device, and tunnels without a session, as tunnels."""
    for session in sessions.bare.get(table.scope.inode, ()):
        identity = identify(table.scope, "l2tp", session.encapsulation, session.local, session.remote)
        yield _tunnel(table, _carried(sessions, table, session), identity, _bare_state(session), "l2tp")


def _bare_state(session: L2tpSession) -> state.Judged:
    """Return the state of what has no device that could show one."""
    if session.session_id is None:
        return State.DOWN, _NO_SESSION
    return State.UNKNOWN, _NO_PPP if session.pseudowire == "ppp" else _NO_ETHERNET


def _tunnel(
    table: ScopeTable,
    carried: Carried,
    identity: str,
    judged: state.Judged,
    door: str,
    *,
    link: Link | None = None,
    through: int | None = None,
    routes: tuple[str, ...] | None = None,
) -> Tunnel:
    """Return the tunnel of one session, with device `link` or none."""
    session = carried.session
    transport = _TRANSPORTS.get(session.encapsulation or "")
    far = Endpoint(address=session.remote, port=session.remote_port, transport=transport)
    way = routing.way(carried.home, session.remote, through=through)
    return Tunnel(
        id=identity,
        technology="l2tp",
        scope=table.scope,
        state=judged[0],
        state_reason=judged[1],
        layers=(Layer(technology="l2tp", door=door),),
        realisation=Realisation.VPN_SERVER if session.server else technologies.load().by_id["l2tp"].realisation,
        role=_role(session),
        interface=link.name if link else None,
        ifindex=link.ifindex if link else None,
        alias=link.alias if link else None,
        local=Endpoint(address=session.local, port=session.local_port, transport=transport),
        remotes=(Remote(endpoint=far, way=way),) if session.remote else (),
        owner=carried.owner,
        peers_count=1 if session.remote else None,
        routes=routes,
        default_route=routing.is_default(routes),
        witnesses=tuple(_witnesses(session, link)),
    )


def _role(session: L2tpSession) -> Role | None:
    """Return the part that the host plays: as LNS, as the one that dialled in, or as one of two equals."""
    if session.pseudowire == "ethernet":
        return Role.PEER
    return None if session.server is None else Role.SERVER if session.server else Role.CLIENT


def _witnesses(session: L2tpSession, link: Link | None) -> Iterator[Witness]:
    """Yield what was said of the session and its device."""
    if link:
        what = "a PPP device" if is_ppp(link) else "an Ethernet device without a kind or hardware"
        yield Witness(probe="links", says=f"{link.name} is {what}", recheck=recheck.device(link))
    whole = f"tunnel {session.tunnel_id}"
    said = [f"{whole} without a session" if session.session_id is None else f"session {session.session_id} of {whole}"]
    said += [f"version {session.version} over {session.encapsulation}"] if session.encapsulation else []
    said += [f"remote {session.remote}"] if session.remote else []
    said += [f"made with device {session.interface}"] if session.interface else []
    of_netlink = session.peer_tunnel_id is not None
    what = f"session tunnel_id {session.tunnel_id}" if session.session_id is not None else "tunnel"
    yield Witness(
        probe="l2tp" if of_netlink else "ppp",
        says=", ".join(said),
        recheck=f"ip l2tp show {what}" if of_netlink else "cat /proc/net/pppol2tp",
    )
