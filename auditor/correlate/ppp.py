"""PPP devices: what one is, is what carries its session.

L2TP of the kernel names its device. Else the program decides that carries the frames of its pppd (it holds the
master of pppd's terminal), then what pppd was told, then the number of PPPoE sessions that the kernel lists.
"""

from collections.abc import Iterator
from dataclasses import replace

from auditor import broadband, technologies
from auditor.correlate import l2tp, recheck, routing, state
from auditor.correlate.carriage import Carriage, Lines, bound_port, sockets_of
from auditor.correlate.found import device_tunnel, not_tunnel
from auditor.correlate.owners import owner_of, recognised
from auditor.correlate.tables import ScopeTable, Tables
from auditor.model.address import is_address
from auditor.model.rows import DaemonInstance, Link, Process, Socket
from auditor.model.text import Text
from auditor.model.tunnel import (
    Certainty,
    Endpoint,
    Layer,
    NotTunnel,
    Realisation,
    Remote,
    Role,
    Tunnel,
    Witness,
)

_BROADBAND = Text("broadband dial-up (PPPoE), listed by the kernel", "宽带拨号（PPPoE），由内核列出")
_UNTOLD = Text("what carries this PPP session could not be told", "无法判定该PPP会话由何种方式承载")
_OTHER_CARRIERS = ("pptp", "sstp", "fortinet")
_SERVERS = ("sshd", "sshd-session", "dropbear", "accel-pppd")
_CONTROL = 1723  # RFC 2637: the TCP port of PPTP's control connection
Reasons = dict[int, Text]


def cleared(tables: Tables, table: ScopeTable, sessions: l2tp.Sessions, lines: Lines) -> Reasons:
    """Return the PPP devices of `table` that are broadband, by ifindex, each with the reason.

    The kernel does not say which device a PPPoE session has, so where no program in user space carries it the
    number decides: there must be a session for each device that can have one. It decides nothing while L2TP
    sessions are there whose devices could not be read, nor, for devices of which nothing is known, beside a
    program that carries PPP otherwise: a session need not have a device (relays have none).
    """
    reasons: Reasons = {}
    claimed: list[int] = []
    unknown: list[int] = []
    for link in table.links.values():
        if not l2tp.is_ppp(link) or sessions.of(table, link):
            continue
        line = lines.get((table.scope.inode, link.ifindex))
        if line and line.carrier:
            if reason := _clears(line.carrier):
                reasons[link.ifindex] = reason
        elif line and line.technology == "pppoe":
            claimed.append(link.ifindex)
        elif line is None or line.technology is None:
            unknown.append(link.ifindex)
    listed = sum(1 for session in table.ppp if session.carrier == "pppoe")
    unread = not table.ppp_read and any(s.pseudowire == "ppp" for s in sessions.bare.get(table.scope.inode, ()))
    if not unread and len(claimed) + len(unknown) <= listed and not _other_carrier(tables, table, lines):
        claimed += unknown
    if not unread and len(claimed) <= listed:
        reasons |= dict.fromkeys(claimed, _BROADBAND)
    return reasons


def _clears(carrier: Process) -> Text | None:
    """Return why a session that `carrier` carries is no tunnel; only the host's own file at that path shows it."""
    return broadband.reason(carrier.exe) if carrier.exe_here and not carrier.exe_deleted else None


def _other_carrier(tables: Tables, table: ScopeTable, lines: Lines) -> bool:
    """Return whether a program here runs PPP over something else than Ethernet or L2TP, on a device not known yet."""
    told = {line.technology for (inode, _), line in lines.items() if inode == table.scope.inode}
    for process in tables.processes.values():
        known = technologies.load().owner(process.exe) if process.netns == table.scope.inode else None
        if known and known.id in _OTHER_CARRIERS and known.id not in told:
            return True
    return False


def device(
    tables: Tables, table: ScopeTable, link: Link, sessions: l2tp.Sessions, lines: Lines, reasons: Reasons
) -> Tunnel | NotTunnel:
    """Return what PPP device `link` is: L2TP if a session names it, else what carries it, else not told.

    `reasons` are what `cleared` says of the namespace.
    """
    if carried := sessions.of(table, link):
        return l2tp.device(table, link, carried)
    if reason := reasons.get(link.ifindex):
        return not_tunnel(table, link, reason)
    return _session(tables, table, link, lines.get((table.scope.inode, link.ifindex)))


def _session(tables: Tables, table: ScopeTable, link: Link, line: Carriage | None) -> Tunnel:
    """Return the tunnel that a session is which the kernel does not name."""
    process = _process(tables, table, line)
    known = recognised(process) if process else None
    technology = (line.technology if line else None) or "ppp"
    if known and process and process.exe and process.exe.endswith("/accel-pppd"):
        technology = known.technology.id
    sockets = sockets_of(tables, table, process)
    told = _told(tables, line, process)
    remotes = tuple(_remotes(tables, table, process, sockets, told))
    role = _role(process, remotes, told)
    method = technologies.load().by_id.get(technology)
    found = device_tunnel(
        table,
        link,
        state.of_device(link),
        technology=technology if method else "ppp",
        certainty=known.certainty if known and technology != "ppp" else Certainty.HIGH,
        layers=(Layer(technology=technology if method else "ppp", door="ppp"),),
        realisation=_realisation(role, technology),
        role=role,
        local=_local(tables, table, process, sockets, remotes),
        remotes=remotes,
        owner=owner_of(process) if process else None,
        peers_count=len(remotes) or None,
        witnesses=tuple(_witnesses(link, line, process, sockets)),
        contradictions=(_UNTOLD,) if technology == "ppp" or not method else (),
    )
    return with_control(found, table) if technology == "pptp" else found


def _process(tables: Tables, table: ScopeTable, line: Carriage | None) -> Process | None:
    """Return the program that carries the session: at the terminal, else pppd itself, else the only server here."""
    if line:
        return line.carrier or line.daemon
    servers = [
        process
        for process in sorted(tables.processes.values())
        if process.holds_ppp and process.netns == table.scope.inode and (process.exe or "").endswith("/accel-pppd")
    ]
    return servers[0] if len(servers) == 1 else None


def _told(tables: Tables, line: Carriage | None, process: Process | None) -> DaemonInstance | None:
    """Return what names the far end: pppd's own arguments, else the carrier's file if that has one connection."""
    if line and line.told and line.told.remotes:
        return line.told
    rows = [row for row in tables.instances if process and row.pid == process.pid]
    return rows[0] if len(rows) == 1 else None


def _role(process: Process | None, remotes: tuple[Remote, ...], told: DaemonInstance | None) -> Role | None:
    """Return which part the host plays."""
    if told and told.role == "server":
        return Role.SERVER
    known = recognised(process) if process else None
    if known and known.signature.role:
        return known.signature.role
    if process and (process.exe or "").rpartition("/")[2] in _SERVERS:
        return Role.SERVER
    return Role.CLIENT if remotes else None


def _realisation(role: Role | None, technology: str) -> Realisation:
    """Return the guidance's method: whoever lets others dial in is a VPN server."""
    if role is Role.SERVER:
        return Realisation.VPN_SERVER
    method = technologies.load().by_id.get(technology)
    return method.realisation if method else Realisation.UNKNOWN


def _remotes(
    tables: Tables, table: ScopeTable, process: Process | None, sockets: list[Socket], told: DaemonInstance | None
) -> Iterator[Remote]:
    """Yield the far ends of the program's sockets, else the servers that a configuration names."""
    home = tables.home_of(process, table)
    for address, protocol, port in dict.fromkeys((row.remote, row.protocol, row.remote_port) for row in sockets):
        endpoint = Endpoint(address=address, port=port or None, transport=protocol)
        yield Remote(endpoint=endpoint, way=routing.way(home, address))
    for named in told.remotes if told and not sockets else ():
        address = named.host if is_address(named.host) else None
        name = None if address else named.host
        endpoint = Endpoint(address=address, port=named.port, transport=named.transport, name=name)
        yield Remote(endpoint=endpoint, configured_only=True, way=routing.way(home, address))


def _local(
    tables: Tables, table: ScopeTable, process: Process | None, sockets: list[Socket], remotes: tuple[Remote, ...]
) -> Endpoint:
    """Return the local end: of the first socket, else the kernel's source address and the port that is bound."""
    for row in sockets:
        return Endpoint(address=row.local, port=row.local_port or None, transport=row.protocol)
    way = next((remote.way for remote in remotes if remote.way), None)
    transport = next((remote.endpoint.transport for remote in remotes), None)
    port = bound_port(tables, table, process, transport)
    return Endpoint(address=way.source if way else None, port=port, transport=transport)


def _witnesses(link: Link, line: Carriage | None, process: Process | None, sockets: list[Socket]) -> Iterator[Witness]:
    """Yield who said what of the device."""
    yield Witness(probe="links", says=f"{link.name} is a PPP device", recheck=recheck.device(link))
    if line:
        holds = f"cat /run/{link.name}.pid" if line.told and line.told.device == link.name else None
        yield Witness(probe="processes", says=f"pppd (PID {line.daemon.pid}) runs {link.name}", recheck=holds)
    if line and line.told and line.told.technology != "ppp":
        yield Witness(probe="instances", says=f"{line.told.source}: pppd was told to use {line.told.technology}")
    if line and line.carrier:
        says = f"{line.carrier.exe} (PID {line.carrier.pid}) holds the other end of pppd's terminal"
        yield Witness(probe="processes", says=says, recheck=f"grep -H tty-index /proc/{line.carrier.pid}/fdinfo/*")
    for row in sockets[:4]:
        ports = f" port {row.remote_port}" if row.remote_port else ""
        says = f"{process.exe if process else 'it'} has a socket of {row.protocol} to {row.remote}{ports}"
        yield Witness(probe="ppp" if row.protocol == "gre" else "sockets", says=says, recheck="ss -anp")


def with_control(tunnel: Tunnel, table: ScopeTable) -> Tunnel:
    """Return PPTP `tunnel` with the control connections to its far end as witnesses."""
    ends = {remote.endpoint.address for remote in tunnel.remotes}
    more = tuple(
        Witness(probe="sockets", says=f"control connection to {row.remote} port {row.remote_port}", recheck="ss -tnp")
        for row in table.sockets.values()
        if row.protocol == "tcp" and row.remote in ends and row.remote_port == _CONTROL
    )
    return replace(tunnel, witnesses=(*tunnel.witnesses, *more)) if more else tunnel
