"""Tunnels that are a kernel device with its outer header in the link data, and routes that encapsulate."""

from collections.abc import Iterator

from auditor import technologies
from auditor.correlate import recheck, routing, state
from auditor.correlate.found import device_tunnel
from auditor.correlate.identity import identify
from auditor.correlate.tables import ScopeTable
from auditor.model.address import parse
from auditor.model.rows import Link, Outer, Route
from auditor.model.sightings import BlindSpot, Reason
from auditor.model.text import Text
from auditor.model.tunnel import Endpoint, Layer, Remote, Role, State, Tunnel, Way, Witness
from auditor.technologies import Technology

_UDP = ("vxlan", "geneve", "bareudp", "gtp", "fou", "gue", "amt")
_TRANSPORTS = {"gretap": "gre", "erspan": "gre", "ip6gre": "gre", "ip6gretap": "gre", "vti": "esp", "ip6tnl": "ipip"}


def tunnel(table: ScopeTable, link: Link, technology: Technology) -> Tunnel:
    """Return the tunnel that `link` is, with every far end that link data and forwarding table name."""
    outer = link.outer or Outer()
    transport = _transport(technology.id, outer)
    remotes = tuple(_remotes(table, link, outer, transport))
    return device_tunnel(
        table,
        link,
        state.of_device(link),
        technology=technology.id,
        unstated=technology.id,
        layers=_layers(technology, outer),
        realisation=technology.realisation,
        role=Role.PEER,
        local=Endpoint(address=outer.local, port=outer.local_port, transport=transport),
        remotes=remotes,
        peers_count=None if outer.external else len(remotes),
        witnesses=tuple(_witnesses(table, link, outer)),
        contradictions=(_EXTERNAL,) if outer.external else (),
    )


_EXTERNAL = Text(
    "the far end is set per packet by a program or route (external mode); the kernel names none",
    "对端由程序或路由逐包指定（external模式），内核未列出任何对端",
)


def _transport(technology: str, outer: Outer) -> str:
    """Return the outer transport: UDP for UDP encapsulations, else the IP protocol's name."""
    if technology in _UDP or outer.encapsulation in ("fou", "gue"):
        return "udp"
    return _TRANSPORTS.get(technology, technology)


def _layers(technology: Technology, outer: Outer) -> tuple[Layer, ...]:
    """Return the layers, outermost first: FOU or GUE around the tunnel, then the tunnel."""
    inner = Layer(technology=technology.id, door="link")
    if outer.encapsulation in ("fou", "gue"):
        return Layer(technology=outer.encapsulation, door="link"), inner
    return (inner,)


def _remotes(table: ScopeTable, link: Link, outer: Outer, transport: str) -> Iterator[Remote]:
    """Yield the fixed far end, then those of the forwarding table, each address once."""
    seen: set[str] = set()
    named = [(outer.remote, outer.remote_port)] if outer.remote else []
    named += [(row.address, row.port or outer.remote_port) for row in table.fdb.get(link.ifindex, ())]
    for address, port in named:
        if address in seen:
            continue
        seen.add(address)
        yield Remote(
            endpoint=Endpoint(address=address, port=port, transport=transport),
            way=_way(table, link, address),
        )


def _way(table: ScopeTable, link: Link, address: str) -> Way | None:
    """Return how outer packets of `link` to `address` leave; None if that is not known.

    A device that was moved sends from the namespace it was made in, which its link data numbers only.
    One bound to a device leaves by that whatever the routes say; by which port of a VRF is not told.
    """
    if link.lower_netnsid is not None or parse(address).is_multicast:
        return None
    way = routing.way(table, address, through=link.ifindex)
    bound = table.links.get(link.lower or 0)
    if bound is None or (way and way.interface == bound.name):
        return way
    return None if bound.kind == "vrf" else Way(interface=bound.name, scope=table.scope)


def _witnesses(table: ScopeTable, link: Link, outer: Outer) -> Iterator[Witness]:
    """Yield what the kernel said of `link`, and how to see it again."""
    said = [f"{link.name} is of kind {link.kind or 'unstated'}"]
    said += [f"remote {outer.remote}"] if outer.remote else []
    said += [f"local {outer.local}"] if outer.local else []
    said += [f"identifier {outer.identifier}"] if outer.identifier is not None else []
    yield Witness(probe="links", says=", ".join(said), recheck=recheck.device(link))
    for row in table.fdb.get(link.ifindex, ())[:8]:
        yield Witness(
            probe="fdb",
            says=f"forwards to {row.address}",
            recheck=recheck.command("bridge", "fdb", "show", "dev", link.name),
        )


_NO_TUNNEL_OF_ITS_OWN = ("ip", "ip6", "xfrm", "ila")  # for a tunnel device, which tells; ILA only translates


def unknown_encapsulations(table: ScopeTable) -> Iterator[BlindSpot]:
    """Yield a gap for each encapsulation of routes that the technology table does not know: it may be a tunnel."""
    known = (*technologies.load().by_encapsulation, *_NO_TUNNEL_OF_ITS_OWN)
    for name in sorted({route.encapsulation or "" for route in table.encapsulated} - set(known)):
        yield BlindSpot(
            probe="routes",
            scope=table.scope.label,
            source=f"routes with encapsulation {name}",
            reason=Reason.UNPARSED,
            detail="this encapsulation is not in the technology table; the routes may be a tunnel",
            hides=("srv6", "mpls"),
            needs=None,
        )


def encapsulating_routes(table: ScopeTable) -> Iterator[Tunnel]:
    """Yield one tunnel for each technology and device whose routes write an outer header themselves."""
    known = technologies.load()
    groups: dict[tuple[str, int | None], list[Route]] = {}
    for route in table.encapsulated:
        if technology := known.by_encapsulation.get(route.encapsulation or ""):
            groups.setdefault((technology.id, route.ifindex), []).append(route)
    for (technology_id, index), routes in groups.items():
        name = table.name_of(index)
        destinations = tuple(dict.fromkeys(route.destination for route in routes))
        yield Tunnel(
            id=identify(table.scope, "route", technology_id, name),
            technology=technology_id,
            scope=table.scope,
            state=State.UP,
            state_reason=Text("routes with this encapsulation are installed", "已安装带有该封装的路由"),
            layers=(Layer(technology=technology_id, door="route"),),
            realisation=known.by_id[technology_id].realisation,
            role=Role.PEER,
            interface=name,
            ifindex=index,
            routes=destinations,
            default_route=routing.is_default(destinations),
            witnesses=(
                Witness(
                    probe="routes",
                    says=f"{len(routes)} routes with encapsulation {routes[0].encapsulation}",
                    recheck="ip route show table all",
                ),
            ),
        )
