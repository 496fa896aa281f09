"""Tunnels that configuration files describe: witnesses of what was found, and tunnels where nothing was."""

from collections.abc import Iterable, Iterator

from auditor import technologies
from auditor.correlate import claims, routing
from auditor.correlate.identity import distinct, identify
from auditor.correlate.owners import owner_of
from auditor.correlate.state import Judged
from auditor.correlate.tables import ScopeTable, Tables
from auditor.correlate.told import told, witness
from auditor.model.address import is_address
from auditor.model.rows import Configured, NamedEnd
from auditor.model.text import Text
from auditor.model.tunnel import Endpoint, Family, Layer, Realisation, Remote, Role, State, Tunnel

_ROLES = {"server": Role.SERVER, "client": Role.CLIENT, "p2p": Role.PEER}
_TRANSPORTS = {"ipsec": "esp", "gretap": "gre", "ip6gre": "gre", "ip6gretap": "gre", "vti": "esp", "xfrm": "esp"}
_KINDS = {
    "openvpn": "tun",
    "tinc": "tun",
    "fastd": "tun",
    "nebula": "tun",
    "pptp": "ppp",
    "sstp": "ppp",
    "fortinet": "ppp",
    "ssh": "ppp",
}

# The probes that would show a tunnel of a technology without a device of its own if it were up.
_SEEN_BY = {"ipsec": ("xfrm", "links", "vici"), "l2tp": ("links", "l2tp", "ppp"), "pptp": ("links", "ppp", "processes")}
_OF_PROGRAMS = ("links", "processes")


def merge(tables: Tables, tunnels: tuple[Tunnel, ...]) -> tuple[Tunnel, ...]:
    """Return `tunnels` with what configuration files say of them, then those that only the files know of."""
    table = next((one for one in tables.scopes.values() if one.scope.name is None), None)
    if table is None or not tables.configured:
        return tunnels
    groups = list(_groups(_oriented(row, table) for row in tables.configured))
    claimed = claims.claim(tables, table, groups, tunnels)
    result = list(tunnels)
    for index, group in enumerate(groups):
        if (at := claimed.get(index)) is not None:
            result[at] = told(result[at], group)
    result += [_down(tables, table, group) for index, group in enumerate(groups) if index not in claimed]
    return distinct(result)


def _oriented(row: Configured, table: ScopeTable) -> Configured:
    """Return `row` with its ends the right way round: ipsec.conf names them left and right, in either order."""
    if row.technology != "ipsec" or len(row.remotes) != 1 or row.remotes[0].host not in table.own_addresses:
        return row
    if row.local is None or row.local in table.own_addresses:
        return row
    return row._replace(local=row.remotes[0].host, remotes=(row.remotes[0]._replace(host=row.local),), prefixes=())


def _groups(rows: Iterable[Configured]) -> Iterator[tuple[Configured, ...]]:
    """Yield the rows that describe one tunnel together.

    A device that the kernel makes exists once, whoever writes it down: netplan writes files for networkd and
    NetworkManager. IPsec is one tunnel a pair of ends. Anything else is a connection of its own in each file,
    unless two are alike in name and everything.
    """
    found: dict[tuple[object, ...], list[Configured]] = {}
    for row in rows:
        key: tuple[object, ...] = row._replace(source="", autostart=None)  # a copy, or a link from another directory
        if row.device and claims.is_made_by_kernel(row.technology):
            key = (row.technology, row.device)
        elif row.technology == "ipsec" and row.remotes:
            key = ("ipsec", row.local, row.remotes[0].host)
        elif row.technology == "ipsec" and row.people:
            key = ("ipsec", "people", row.local)
        found.setdefault(key, []).append(row)
    yield from (tuple(group) for group in found.values())


def _down(tables: Tables, table: ScopeTable, group: tuple[Configured, ...]) -> Tunnel:
    """Return the tunnel that only configuration files know of."""
    row = max(group, key=lambda one: (len(one.remotes), len(one.public_keys)))
    known = technologies.load().by_id[row.technology]
    people = any(one.people for one in group)
    remotes = () if people else tuple(remote for remote in _remotes(table, row))
    state, reason = _judged(tables, table, row)
    running = claims.instance(tables, group)
    process = tables.processes.get(running.pid) if running else None
    return Tunnel(
        id=_identity(table, row, remotes),
        technology=row.technology,
        scope=table.scope,
        state=state,
        state_reason=reason,
        layers=(Layer(technology=row.technology, door="configuration"),),
        family=Family.REMOTE_ACCESS if people else known.family,
        realisation=Realisation.VPN_SERVER if _serves(row) else known.realisation,
        role=_ROLES.get(row.role or ""),
        interface=row.device,
        local=Endpoint(address=row.local, port=row.local_port, transport=_transport(row)),
        remotes=remotes,
        owner=owner_of(process) if process else None,
        peers_count=None if people else len(remotes) or None,
        routes=(),
        default_route=any(routing.is_default(one.prefixes) for one in group),  # it would be
        witnesses=tuple(witness(one) for one in group),
    )


def _serves(row: Configured) -> bool:
    """Return whether the host is to be a VPN server: said so, or WireGuard with several peers that call."""
    return row.role == "server" or (len(row.public_keys) > 1 and len(row.remotes) < len(row.public_keys))


def _transport(row: Configured) -> str | None:
    """Return the outer transport: what the far ends have, else what the technology always has."""
    stated = next((end.transport for end in row.remotes if end.transport), None)
    if row.technology in ("wireguard", "vxlan", "geneve", "bareudp", "nebula", "l2tp"):
        return "udp"
    return stated or _TRANSPORTS.get(row.technology)


def _remotes(table: ScopeTable, row: Configured) -> Iterator[Remote]:
    """Yield every far end that `row` names, for WireGuard every peer."""
    by_key = {end.peer: end for end in row.remotes if end.peer}
    for key in row.public_keys:
        yield _remote(table, row, by_key.get(key), key)
    for end in row.remotes:
        if end.peer not in row.public_keys:
            yield _remote(table, row, end, end.peer)


def _remote(table: ScopeTable, row: Configured, end: NamedEnd | None, key: str | None) -> Remote:
    """Return one far end, `end` None for a peer without one; prefixes are told where there is one peer only."""
    address = end.host if end and is_address(end.host) else None
    alone = len(row.remotes) <= 1 and len(row.public_keys) <= 1
    return Remote(
        endpoint=Endpoint(
            address=address,
            port=end.port if end else None,
            transport=(end.transport if end else None) or _transport(row),
            name=end.host if end and address is None else None,
        ),
        identity=key,
        identity_kind="wireguard" if key else None,
        configured_only=True,
        way=routing.way(table, address),
        prefixes=row.prefixes if alone else (),
    )


def _identity(table: ScopeTable, row: Configured, remotes: tuple[Remote, ...]) -> str:
    """Return the id that the tunnel will have when it comes up, as far as the configuration tells it."""
    if row.device:
        kinds = technologies.load().by_id[row.technology].kinds
        kind = _KINDS.get(row.technology) or (kinds[0] if kinds else row.technology)
        if row.technology == "l2tp" and row.manager == "pppd":
            kind = "ppp"
        if kind == "vti" and any(":" in (remote.endpoint.address or "") for remote in remotes):
            kind = "vti6"
        return identify(table.scope, "device", kind, row.device)
    if row.technology == "ipsec" and len(remotes) == 1 and remotes[0].endpoint.address:
        way = remotes[0].way
        local = row.local or (way.source if way else None)
        return identify(table.scope, "ipsec", local, remotes[0].endpoint.address)
    return identify(table.scope, "configured", row.technology, row.manager, row.name, row.source)


def _judged(tables: Tables, table: ScopeTable, row: Configured) -> Judged:
    """Return down, with what there is instead; unknown if what would show the tunnel could not be read.

    Whoever starts it can do so in any namespace, so the devices of all of them have to be known.
    """
    wanted = ("links",) if row.device else _SEEN_BY.get(row.technology, _OF_PROGRAMS)
    if any(not tables.has_read(probe, table.scope) for probe in wanted):
        return State.UNKNOWN, _UNREAD
    if any(not tables.has_read("links", other.scope) for other in tables.scopes.values()):
        return State.UNKNOWN, _UNREAD
    if claims.instance(tables, (row,)):
        return State.DOWN, _NO_DEVICE_YET
    if row.device in table.by_name:
        return State.DOWN, _OTHER_DEVICE
    return State.DOWN, _NOTHING


_NOTHING = Text(
    "configured, but no such device or association exists",
    "已配置，但不存在相应的设备或关联",
)
_OTHER_DEVICE = Text(
    "configured, but the device of that name is another",
    "已配置，但同名设备并非该隧道的设备",
)
_NO_DEVICE_YET = Text(
    "configured, and its program runs, but holds no device",
    "已配置且程序正在运行，但未持有任何设备",
)
_UNREAD = Text(
    "configured; whether it is up could not be read",
    "已配置，但无法读取其是否已启用",
)
