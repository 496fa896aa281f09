"""Remote access over PPP: the sessions of persons are one service, of which only a count is kept.

Whoever dials in to an LNS or a PPTP server is taken for a person unless networks lie behind: nothing but one
address is then routed to the device, as to a laptop (guidance section 9). A site that dials in stays a tunnel.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from auditor.correlate.identity import identify
from auditor.correlate.owners import owner_of, recognised
from auditor.correlate.tables import ScopeTable, Tables
from auditor.model.rows import Link, Process
from auditor.model.text import Text
from auditor.model.tunnel import Endpoint, Family, Layer, NotTunnel, Owner, Realisation, Role, State, Tunnel, Witness

_DIAL_IN = {"l2tp": ("udp", 1701), "pptp": ("tcp", 1723), "sstp": ("tcp", 443), "ppp": (None, None)}
_FEW = 5  # guidance section 9: smaller counts are shown as "fewer than 5"
_SESSION = Text(
    "one person's session of the remote-access service that is reported as a whole",
    "远程接入服务中某个用户的会话，该服务已作为整体报告",
)
_CONNECTED = Text("sessions of its clients are up", "其客户端会话已建立")
_NOBODY = Text("the service listens; nobody is connected", "服务正在监听；当前无人接入")


@dataclass(frozen=True, slots=True)
class Served:
    """One session of a person on PPP device `link` (None: none is known); `remote` never leaves correlation."""

    link: Link | None
    technology: str
    owner: Owner | None
    local: Endpoint
    remote: str | None
    up: bool

    @staticmethod
    def by(tunnel: Tunnel, link: Link | None) -> "Served":
        """Return the session that `tunnel` is."""
        remote = next((remote.endpoint.address for remote in tunnel.remotes), None)
        return Served(link, tunnel.technology, tunnel.owner, tunnel.local, remote, tunnel.state is State.UP)

    @staticmethod
    def device(table: ScopeTable, link: Link) -> NotTunnel:
        """Return the device of a session as no tunnel of its own; nor is it a port by which packets leave."""
        return NotTunnel(scope=table.scope, interface=link.name, ifindex=link.ifindex, kind=link.kind, reason=_SESSION)


def is_person(tunnel: Tunnel) -> bool:
    """Return whether a PPP session is one that somebody opened to this host, with nothing behind but one address."""
    behind = [prefix for prefix in tunnel.routes or () if not prefix.endswith(("/32", "/128"))]
    return tunnel.role is Role.SERVER and tunnel.technology in _DIAL_IN and not behind


def services(tables: Tables, table: ScopeTable, served: Iterable[Served], protected: bool) -> Iterator[Tunnel]:
    """Yield one tunnel a technology that persons are `served` by or that listens for them; `protected`: in IPsec."""
    groups: dict[str, list[Served]] = {}
    for session in served:
        groups.setdefault(session.technology, []).append(session)
    listening = _listening(tables, table)
    for technology in sorted({*groups, *listening}):
        sessions = groups.get(technology, [])
        owner = listening.get(technology) or next((one.owner for one in sessions if one.owner), None)
        yield _service(table, technology, sessions, owner, protected and technology == "l2tp")


def _listening(tables: Tables, table: ScopeTable) -> dict[str, Owner]:
    """Return the servers of this namespace that serve nothing else and listen, by technology."""
    found: dict[str, Owner] = {}
    for process in sorted(tables.processes.values()):
        known = recognised(process) if process.netns == table.scope.inode else None
        if known and known.technology.id == "pptp" and known.signature.role is Role.SERVER:
            if _listens(table, process):
                found.setdefault(known.technology.id, owner_of(process))
    return found


def _listens(table: ScopeTable, process: Process) -> bool:
    """Return whether `process` waits for connections."""
    return any(table.sockets[inode].state == "LISTEN" for inode in process.sockets if inode in table.sockets)


def _service(
    table: ScopeTable, technology: str, sessions: list[Served], owner: Owner | None, protected: bool
) -> Tunnel:
    """Return one service."""
    addresses = {session.local.address for session in sessions}
    transport, port = _DIAL_IN[technology]
    shown = f"fewer than {_FEW}" if len(sessions) < _FEW else str(len(sessions))
    layer = Layer(technology=technology, door="ppp")
    up = not sessions or any(session.up for session in sessions)
    return Tunnel(
        id=identify(table.scope, "remote access", technology),
        technology=technology,
        scope=table.scope,
        state=State.UP if up else State.DOWN,
        state_reason=_CONNECTED if sessions else _NOBODY,
        layers=(Layer(technology="ipsec", door="outer"), layer) if protected else (layer,),
        family=Family.REMOTE_ACCESS,
        realisation=Realisation.VPN_SERVER,
        role=Role.SERVER,
        local=Endpoint(address=addresses.pop() if len(addresses) == 1 else None, port=port, transport=transport),
        owner=owner,
        peers_count=len(sessions),
        routes=(),
        default_route=False,
        witnesses=(Witness(probe="ppp", says=f"remote-access service with {shown} sessions"),),
    )
