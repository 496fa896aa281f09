"""The rows of a scan, indexed the ways that correlation asks for them."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from auditor.model.rows import (
    Configured,
    DaemonInstance,
    FarEnd,
    FdbRemote,
    FouPort,
    IkeSa,
    InterfaceAddress,
    L2tpSession,
    LabelRoute,
    Link,
    OvpnDevice,
    PppSession,
    Process,
    Route,
    Rule,
    Socket,
    SwitchTunnel,
    Underlay,
    WireGuardDevice,
    XfrmPolicy,
    XfrmState,
)
from auditor.model.sightings import ProbeRun, Scope

_ARPHRD_NONE = 65534  # linux/if_arp.h


def is_tun(link: Link) -> bool:
    """Return whether `link` is a TUN/TAP device; what states no kind and no hardware behind it may be one."""
    return link.kind == "tun" or (link.kind is None and link.arphrd == _ARPHRD_NONE and link.hardware is None)


@dataclass(slots=True)
class ScopeTable:
    """What was seen in one namespace.

    `routes_read`, `xfrm_read` and `ppp_read` are False until that probe has read all of it. `underlays`
    are by far end and firewall mark (None: without one).
    """

    scope: Scope
    links: dict[int, Link] = field(default_factory=dict)
    by_name: dict[str, Link] = field(default_factory=dict)
    addresses: dict[int, list[InterfaceAddress]] = field(default_factory=lambda: defaultdict(list))
    own_addresses: set[str] = field(default_factory=set)
    fdb: dict[int, list[FdbRemote]] = field(default_factory=lambda: defaultdict(list))
    routes: dict[int, list[Route]] = field(default_factory=lambda: defaultdict(list))
    encapsulated: list[Route] = field(default_factory=list)
    far_ends: dict[int, list[FarEnd]] = field(default_factory=lambda: defaultdict(list))
    label_routes: list[LabelRoute] = field(default_factory=list)
    fou: list[FouPort] = field(default_factory=list)
    ovpn: dict[int, OvpnDevice] = field(default_factory=dict)
    routes_read: bool = False
    underlays: dict[tuple[str, int | None], Underlay] = field(default_factory=dict)
    sockets: dict[int, Socket] = field(default_factory=dict)
    wireguard: dict[str, WireGuardDevice] = field(default_factory=dict)
    xfrm_read: bool = False
    states: list[XfrmState] = field(default_factory=list)
    policies: list[XfrmPolicy] = field(default_factory=list)
    ppp_read: bool = False
    ppp: list[PppSession] = field(default_factory=list)
    l2tp: list[L2tpSession] = field(default_factory=list)

    def name_of(self, index: int | None) -> str | None:
        """Return the device name of `index`, None if there is no such device here."""
        link = self.links.get(index) if index is not None else None
        return link.name if link else None

    def addresses_of(self, index: int) -> tuple[str, ...]:
        """Return the addresses of a device as "ADDRESS/LENGTH"."""
        return tuple(f"{row.address}/{row.prefix_len}" for row in self.addresses.get(index, ()))


@dataclass(slots=True)
class Tables:
    """All namespaces, and what belongs to the host as a whole."""

    scopes: dict[int, ScopeTable] = field(default_factory=dict)
    processes: dict[int, Process] = field(default_factory=dict)
    ike: list[IkeSa] = field(default_factory=list)
    instances: list[DaemonInstance] = field(default_factory=list)
    configured: list[Configured] = field(default_factory=list)
    switch: list[SwitchTunnel] = field(default_factory=list)
    userspace_wireguard: list[WireGuardDevice] = field(default_factory=list)
    vici_read: bool = False
    read: set[tuple[str, int]] = field(default_factory=set)  # probe and namespace of what was read in full

    def has_read(self, probe: str, scope: Scope) -> bool:
        """Return whether `probe` ran in `scope` (those that run once: on the host) and left no gap."""
        return (probe, scope.inode) in self.read

    def holders(self, name: str, scope: Scope) -> list[Process]:
        """Return the processes that can hold TUN/TAP device `name` of `scope`: those in it first, then by PID.

        A descriptor keeps its device when process or device move to another namespace, and it tells the
        name only. So a process elsewhere can be meant if its own namespace has no TUN/TAP device of that
        name, or if it holds `scope` open (as those do that serve rootless containers).
        """
        named = sorted(process for process in self.processes.values() if name in process.tun_devices)
        here = [process for process in named if process.netns == scope.inode]
        return here + [p for p in named if p.netns != scope.inode and self._can_hold(p, name, scope)]

    def _can_hold(self, process: Process, name: str, scope: Scope) -> bool:
        """Return whether `process` of another namespace can be a holder of device `name` in `scope`."""
        home = self.scopes.get(process.netns or 0)
        own = home.by_name.get(name) if home else None
        return own is None or not is_tun(own) or scope.inode in dict(process.held_netns)

    def instance(self, process: Process | None, device: str) -> DaemonInstance | None:
        """Return what is known of the daemon `process`, which holds `device`: of that device, else of no other."""
        own = [found for found in self.instances if process and found.pid == process.pid]
        return next((found for found in own if found.device == device), next((f for f in own if not f.device), None))

    def home_of(self, process: Process | None, table: ScopeTable) -> ScopeTable:
        """Return the namespace that `process`, which holds a device of `table`, sends its packets from."""
        return self.scopes.get(process.netns or 0, table) if process else table


def build(runs: Iterable[ProbeRun]) -> Tables:
    """Return `runs` indexed; rows keep the order in which probes yielded them."""
    tables = Tables()
    extend(tables, runs)
    return tables


def extend(tables: Tables, runs: Iterable[ProbeRun]) -> None:
    """Add `runs` to `tables`."""
    for run in runs:
        table = tables.scopes.setdefault(run.scope.inode, ScopeTable(scope=run.scope))
        if not run.blind_spots:
            tables.read.add((run.probe, run.scope.inode))
        if run.probe == "routes":
            table.routes_read = not run.blind_spots
        if run.probe == "xfrm":
            table.xfrm_read = not run.blind_spots
        if run.probe == "ppp":
            table.ppp_read = not run.blind_spots
        if run.probe == "vici":
            tables.vici_read = not run.blind_spots
        for row in run.rows:
            if isinstance(row, (Process, IkeSa, DaemonInstance, Configured, SwitchTunnel)) or (
                isinstance(row, WireGuardDevice) and row.pid
            ):
                _file_host_row(tables, row)
            else:
                _file_scope_row(table, row)
    _place_userspace_wireguard(tables)


def _file_host_row(tables: Tables, row: object) -> None:
    """Index one row of a probe that runs once for the whole host."""
    match row:
        case Process():
            tables.processes[row.pid] = row
        case IkeSa():
            tables.ike.append(row)
        case DaemonInstance():
            tables.instances.append(row)
        case Configured():
            tables.configured.append(row)
        case SwitchTunnel():
            tables.switch.append(row)
        case WireGuardDevice():
            tables.userspace_wireguard.append(row)


def _file_scope_row(table: ScopeTable, row: object) -> None:
    """Index one row that belongs to a namespace."""
    match row:
        case Link():
            table.links[row.ifindex] = row
            table.by_name[row.name] = row
        case InterfaceAddress():
            table.addresses[row.ifindex].append(row)
            table.own_addresses.add(row.address)
        case Route():
            if row.ifindex is not None:
                table.routes[row.ifindex].append(row)
            if row.encapsulation:
                table.encapsulated.append(row)
        case Socket():
            table.sockets[row.inode] = row
        case Underlay():
            table.underlays[row.destination, row.mark] = row
        case FdbRemote():
            table.fdb[row.ifindex].append(row)
        case Rule():
            pass
        case _:
            _file_tunnel_row(table, row)


def _file_tunnel_row(table: ScopeTable, row: object) -> None:
    """Index one row of a probe that looks at a technology of tunnels."""
    match row:
        case WireGuardDevice():
            table.wireguard[row.interface] = row
        case FarEnd():
            table.far_ends[row.ifindex].append(row)
        case LabelRoute():
            table.label_routes.append(row)
        case OvpnDevice():
            table.ovpn[row.ifindex] = row
        case FouPort():
            table.fou.append(row)
        case XfrmState():
            table.states.append(row)
        case XfrmPolicy():
            table.policies.append(row)
        case PppSession():
            table.ppp.append(row)
        case L2tpSession():
            table.l2tp.append(row)


def _place_userspace_wireguard(tables: Tables) -> None:
    """Give each user-space WireGuard device to the namespace that its daemon's device lives in."""
    for device in tables.userspace_wireguard:
        process = tables.processes.get(device.pid or 0)
        home = tables.scopes.get(process.netns) if process and process.netns else None
        homes = [home] if home and device.interface in home.by_name else list(tables.scopes.values())
        for table in homes:
            link = table.by_name.get(device.interface)
            if link and is_tun(link):  # what the kernel says of its own devices stands
                table.wireguard[device.interface] = device
