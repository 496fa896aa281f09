"""Ports on which the kernel takes tunnels out of UDP: the receiving ends of devices, or tunnels of their own."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from auditor import technologies
from auditor.correlate.identity import identify
from auditor.correlate.tables import ScopeTable
from auditor.model.rows import FouPort
from auditor.model.text import Text
from auditor.model.tunnel import Endpoint, Layer, Remote, Role, State, Tunnel, Witness

# IP protocol inside: technologies of the devices that take such packets
_INSIDE = {
    4: ("ipip", "sit", "ip6tnl"),
    41: ("sit", "ip6tnl"),
    47: ("gre", "gretap", "erspan", "ip6gre", "ip6gretap"),
    137: ("ipip", "sit", "ip6tnl"),
}
_RECHECK = "ip fou show"


def attach(table: ScopeTable, made: Iterable[Tunnel]) -> Iterator[Tunnel]:
    """Yield `made` with the ports that they receive on, then a tunnel for each port that belongs to no device."""
    taken: set[FouPort] = set()
    for tunnel in made:
        ports = [port for port in table.fou if _receives(port, tunnel)]
        taken.update(ports)
        yield _with(tunnel, ports) if ports else tunnel
    yield from (_alone(table, port) for port in dict.fromkeys(table.fou) if port not in taken)


def _receives(port: FouPort, tunnel: Tunnel) -> bool:
    """Return whether packets that come in by `port` are those of `tunnel`: same wrapping, fitting protocol."""
    if not any(layer.technology == port.kind and layer.door == "link" for layer in tunnel.layers):
        return False
    return port.protocol is None or tunnel.technology in _INSIDE.get(port.protocol, ())


def _with(tunnel: Tunnel, ports: list[FouPort]) -> Tunnel:
    """Return `tunnel` with what `ports` add: its own port, where that is no other already."""
    local = tunnel.local
    if local.port is None and len(ports) == 1:
        local = replace(local, port=ports[0].port)
    said = tuple(Witness(probe="fou", says=_says(port), recheck=_RECHECK) for port in ports)
    return replace(tunnel, local=local, witnesses=(*tunnel.witnesses, *said))


def _says(port: FouPort) -> str:
    """Return what the kernel said of `port`."""
    inside = "" if port.protocol is None else f", IP protocol {port.protocol} inside"
    return f"receives {port.kind} on UDP port {port.port}{inside}"


def _alone(table: ScopeTable, port: FouPort) -> Tunnel:
    """Return the tunnel that a port without a device is: others can send into this host by it."""
    remotes: tuple[Remote, ...] = ()
    if port.remote:
        remotes = (Remote(endpoint=Endpoint(address=port.remote, port=port.remote_port, transport="udp")),)
    return Tunnel(
        id=identify(table.scope, "fou", port.kind, port.local, str(port.port)),
        technology=port.kind,
        scope=table.scope,
        state=State.UP,
        state_reason=Text("the kernel takes packets out of UDP on this port", "内核在该端口上对UDP报文解封装"),
        layers=(Layer(technology=port.kind, door="port"),),
        realisation=technologies.load().by_id[port.kind].realisation,
        role=Role.SERVER,
        local=Endpoint(address=port.local, port=port.port, transport="udp"),
        remotes=remotes,
        routes=(),
        default_route=False,
        witnesses=(Witness(probe="fou", says=_says(port), recheck=_RECHECK),),
    )
