"""OpenVPN's kernel devices (data channel offload), which no process holds: the kernel's peers, else configuration."""

from collections.abc import Iterator

from auditor.correlate import recheck, routing, state
from auditor.correlate.found import device_tunnel
from auditor.correlate.owners import owner_of
from auditor.correlate.tables import ScopeTable, Tables
from auditor.model.address import is_address
from auditor.model.rows import DaemonInstance, Link, OvpnDevice
from auditor.model.tunnel import Endpoint, Family, Layer, Realisation, Remote, Role, Tunnel, Witness


def tunnel(tables: Tables, table: ScopeTable, link: Link) -> Tunnel:
    """Return the tunnel that `link` is; a server's clients are people, of whom only the number is told."""
    told = table.ovpn.get(link.ifindex)
    instance = next((i for i in tables.instances if i.technology == "openvpn" and i.device == link.name), None)
    process = tables.processes.get(instance.pid) if instance else None
    many = told.multipoint if told else bool(link.outer and link.outer.mode == "multipoint")
    server = many or bool(instance and instance.role == "server")
    people = instance.people if instance else server
    remotes = () if server else tuple(_remotes(table, link, told, instance))
    count = told.peers if told else instance.clients if instance else None
    return device_tunnel(
        table,
        link,
        state.of_device(link),
        technology="openvpn",
        layers=(Layer(technology="openvpn", door="link"),),
        family=Family.REMOTE_ACCESS if server and people else Family.NETWORK_TUNNEL,
        realisation=Realisation.VPN_SERVER if server else Realisation.SOFTWARE_VPN,
        role=Role.SERVER if server else Role.CLIENT if remotes else None,
        local=_local(told, instance),
        remotes=remotes,
        owner=owner_of(process) if process else None,
        peers_count=count if server else len(remotes) or None,
        witnesses=tuple(_witnesses(link, told, instance, server=server)),
    )


def _remotes(
    table: ScopeTable, link: Link, told: OvpnDevice | None, instance: DaemonInstance | None
) -> Iterator[Remote]:
    """Yield the far end that the kernel names, else those of the configuration."""
    if told and told.remote:
        way = routing.way(table, told.remote, through=link.ifindex)
        yield Remote(endpoint=Endpoint(address=told.remote, port=told.remote_port), way=way)
        return
    for named in instance.remotes if instance else ():
        address = named.host if is_address(named.host) else None
        yield Remote(
            endpoint=Endpoint(
                address=address, port=named.port, transport=named.transport, name=None if address else named.host
            ),
            configured_only=True,
            way=routing.way(table, address, through=link.ifindex),
        )


def _local(told: OvpnDevice | None, instance: DaemonInstance | None) -> Endpoint:
    """Return the near end: the kernel's, else the configuration's."""
    return Endpoint(
        address=(told.local if told else None) or (instance.local if instance else None),
        port=(told.local_port if told else None) or (instance.local_port if instance else None),
        transport=instance.transport if instance else None,
    )


def _witnesses(
    link: Link, told: OvpnDevice | None, instance: DaemonInstance | None, *, server: bool
) -> Iterator[Witness]:
    """Yield who said what of the device; of a server's clients nothing."""
    mode = link.outer.mode if link.outer else None
    said = f"{link.name} is of kind {link.kind}" + (f", mode {mode}" if mode else "")
    yield Witness(probe="links", says=said, recheck=recheck.device(link))
    if told and told.remote and not server:
        yield Witness(probe="ovpn", says=f"peer {told.remote} port {told.remote_port}")
    if instance:
        yield Witness(probe="openvpn", says=f"{instance.source}: role {instance.role}")
