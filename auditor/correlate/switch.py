"""Tunnel ports of Open vSwitch: the far ends of kernel devices in external mode, or tunnels without a device."""

from collections.abc import Iterable, Iterator

from auditor import technologies
from auditor.correlate import routing
from auditor.correlate.identity import identify
from auditor.correlate.owners import owner_of
from auditor.correlate.tables import ScopeTable, Tables
from auditor.model.address import is_address
from auditor.model.rows import Link, Process, SwitchTunnel
from auditor.model.text import Text
from auditor.model.tunnel import Endpoint, Layer, Remote, Role, State, Tunnel, Witness

_SWITCH = "ovs-vswitchd"
_KINDS = {"gre": ("gretap", "gre"), "ip6gre": ("ip6gretap", "ip6gre"), "erspan": ("erspan", "ip6erspan")}
_UDP = ("vxlan", "geneve", "bareudp", "gtp", "stt", "lisp")
_PER_PACKET = Text("the far end is set per packet by the switch's flows", "对端由交换机流表逐包指定")


def ports(tables: Tables, table: ScopeTable) -> list[SwitchTunnel]:
    """Return the tunnel ports of the switch whose devices are in the namespace of `table`."""
    return _at_home(tables, table, tables.switch)


def of_device(tables: Tables, table: ScopeTable, link: Link) -> list[SwitchTunnel]:
    """Return the ports that send through `link`, a device in external mode of the same kind and UDP port."""
    return _at_home(tables, table, [port for port in tables.switch if _sends_through(port, link)])


def without_device(tables: Tables, table: ScopeTable) -> Iterator[Tunnel]:
    """Yield a tunnel for each port that no kernel device carries: the switch does it itself, or does not run."""
    external = [link for link in table.links.values() if link.outer and link.outer.external]
    for port in ports(tables, table):
        if not any(_sends_through(port, link) for link in external):
            yield _tunnel(tables, table, port)


def _at_home(tables: Tables, table: ScopeTable, named: list[SwitchTunnel]) -> list[SwitchTunnel]:
    """Return those of `named` whose devices are in the namespace of `table`."""
    homes = {pid: _home(tables, pid) for pid in {port.pid for port in named}}
    here = (table.scope.inode, None) if table.scope.name is None else (table.scope.inode,)
    return [port for port in named if homes[port.pid] in here]


def _home(tables: Tables, pid: int | None) -> int | None:
    """Return the namespace of the switch that uses the database of server `pid`, None if that cannot be told."""
    process = _switch(tables, pid) or tables.processes.get(pid or 0)
    return process.netns if process and process.netns in tables.scopes else None


def _switch(tables: Tables, pid: int | None) -> Process | None:
    """Return the running switch that uses the database of server `pid`: it sees the same files, else network."""
    server = tables.processes.get(pid or 0)
    if server is None:
        return None
    running = [p for p in sorted(tables.processes.values()) if (p.exe or "").rpartition("/")[2].startswith(_SWITCH)]
    same = [p for p in running if p.mntns == server.mntns] or [p for p in running if p.netns == server.netns]
    return same[0] if same else None


def _sends_through(port: SwitchTunnel, link: Link) -> bool:
    """Return whether `link` is the device that the kernel's datapath uses for `port`."""
    if link.outer is None or not link.outer.external:
        return False
    if link.kind not in _KINDS.get(port.technology, (port.technology,)):
        return False
    return port.port is None or link.outer.local_port is None or port.port == link.outer.local_port


def _tunnel(tables: Tables, table: ScopeTable, port: SwitchTunnel) -> Tunnel:
    """Return the tunnel that `port` is."""
    process = _switch(tables, port.pid)
    transport = "udp" if port.technology in _UDP else "gre"
    return Tunnel(
        id=identify(table.scope, "openvswitch", port.name),
        technology=port.technology,
        scope=table.scope,
        state=State.UP if process else State.DOWN,
        state_reason=_RUNS if process else _RESTS,
        layers=(Layer(technology=port.technology, door="openvswitch"),),
        realisation=technologies.load().by_id[port.technology].realisation,
        role=Role.PEER,
        local=Endpoint(address=port.local, port=port.port, transport=transport),
        remotes=tuple(_remotes(table, [port], transport)),
        owner=owner_of(process) if process else None,
        peers_count=1 if port.remote else None,
        routes=(),
        default_route=None,
        witnesses=(Witness(probe="openvswitch", says=_says(port), recheck="ovs-vsctl list Interface"),),
        contradictions=() if port.remote else (_PER_PACKET,),
    )


_RUNS = Text(
    "the switch runs; it does not record whether the far end answers",
    "交换机正在运行；其数据库不记录对端是否应答",
)
_RESTS = Text("configured, but the switch does not run", "已配置，但交换机未运行")


def _remotes(table: ScopeTable, named: Iterable[SwitchTunnel], transport: str) -> Iterator[Remote]:
    """Yield the far end of each port that has a fixed one."""
    for port in named:
        if port.remote:
            literal = is_address(port.remote)
            yield Remote(
                endpoint=Endpoint(
                    address=port.remote if literal else None,
                    port=port.port,
                    transport=transport,
                    name=None if literal else port.remote,
                ),
                way=routing.way(table, port.remote) if literal else None,
            )


def _says(port: SwitchTunnel) -> str:
    """Return what the database said of `port`."""
    key = "" if port.key is None else f", key {port.key}"
    around = ", inside IPsec" if port.protected else ""
    return f"{port.source}: port {port.name} to {port.remote or 'what flows say'}{key}{around}"
