"""Tunnels that are a kernel device with its outer header in the link data, and every far end that is known of it."""

from collections.abc import Iterable, Iterator
from itertools import zip_longest
from typing import NamedTuple

from auditor.correlate import recheck, routing, state, switch
from auditor.correlate.found import device_tunnel
from auditor.correlate.tables import ScopeTable, Tables
from auditor.model.address import embedded_ipv4, is_address, parse
from auditor.model.rows import Link, Outer
from auditor.model.sightings import BlindSpot, Reason
from auditor.model.text import Text
from auditor.model.tunnel import Endpoint, Layer, Remote, Role, Tunnel, Way, Witness
from auditor.technologies import Technology

_UDP = ("vxlan", "geneve", "bareudp", "gtp", "fou", "gue", "amt")
_TRANSPORTS = {"gretap": "gre", "erspan": "gre", "ip6gre": "gre", "ip6gretap": "gre", "vti": "esp", "ip6tnl": "ipip"}
FAR_ENDS_LIMIT = 512  # each is a path that is matched, placed, judged and shown
_SHOWN = 8


class _End(NamedTuple):
    """One far end with who named it, and the prefixes that are sent to it alone."""

    address: str
    port: int | None
    probe: str
    prefixes: tuple[str, ...] = ()


def tunnel(tables: Tables, table: ScopeTable, link: Link, technology: Technology) -> Tunnel:
    """Return the tunnel that `link` is, with every far end that link data, tables, routes and switches name."""
    outer = link.outer or Outer()
    transport = _transport(technology.id, outer)
    known = list(_ends(tables, table, link, outer))
    ends = _spread(known)[:FAR_ENDS_LIMIT]
    remotes = tuple(
        Remote(
            endpoint=Endpoint(
                address=end.address if is_address(end.address) else None,
                port=end.port,
                transport=transport,
                name=None if is_address(end.address) else end.address,
            ),
            way=_way(table, link, end.address),
            prefixes=end.prefixes,
        )
        for end in ends
    )
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
        peers_count=None if _is_open(link, outer) and len(known) <= FAR_ENDS_LIMIT else len(known),
        witnesses=tuple(_witnesses(table, link, outer, known)),
        contradictions=_unsaid(link, outer, remotes),
    )


def far_ends(tables: Tables, table: ScopeTable, link: Link) -> Iterator[str]:
    """Yield the addresses of the far ends that the tunnel of `link` has."""
    ends = _spread(list(_ends(tables, table, link, link.outer or Outer())))
    return (end.address for end in ends[:FAR_ENDS_LIMIT] if is_address(end.address))


_EXTERNAL = Text(
    "the far end is set per packet by a program or route (external mode); the kernel names none",
    "对端由程序或路由逐包指定（external模式），内核未列出任何对端",
)
_EXTERNAL_KNOWN = Text(
    "the device is in external mode: besides the far ends shown, a program may set others per packet",
    "设备处于external模式：除所列对端外，程序还可能逐包指定其他对端",
)


_AUTOMATIC = Text(
    "the far end is in the IPv6 address of each packet (6to4, 6rd, ISATAP); only relays that routes name are shown",
    "对端包含在每个报文的IPv6地址中（6to4、6rd、ISATAP）；仅列出路由指明的中继",
)


def _is_open(link: Link, outer: Outer) -> bool:
    """Return whether packets can go to far ends that nothing names."""
    return outer.external or (link.kind == "sit" and outer.remote is None)


def _unsaid(link: Link, outer: Outer, remotes: tuple[Remote, ...]) -> tuple[Text, ...]:
    """Return what the kernel cannot tell of the far ends."""
    if outer.external:
        return (_EXTERNAL_KNOWN if remotes else _EXTERNAL,)
    return (_AUTOMATIC,) if _is_open(link, outer) else ()


def too_many(table: ScopeTable, made: Iterable[Tunnel]) -> Iterator[BlindSpot]:
    """Yield a gap for each tunnel of `made` with more far ends than are judged: how many, nothing is lost silently."""
    for one in made:
        if len(one.remotes) == FAR_ENDS_LIMIT and (one.peers_count or 0) > FAR_ENDS_LIMIT:
            yield BlindSpot(
                probe="fdb",
                scope=table.scope.label,
                source=f"far ends of {one.interface}",
                reason=Reason.TRUNCATED,
                detail=f"{one.peers_count} far ends; {FAR_ENDS_LIMIT} of as many networks as possible are judged",
                hides=(one.technology,),
                needs=None,
            )


def _spread(ends: list[_End]) -> list[_End]:
    """Return `ends`, if they are too many, in an order that takes one of each network (/16, /32) before a second."""
    if len(ends) <= FAR_ENDS_LIMIT:
        return ends
    networks: dict[bytes | str, list[_End]] = {}
    for end in ends:
        key = parse(end.address).packed if is_address(end.address) else end.address
        networks.setdefault(key[:2] if len(key) == 4 else key[:4], []).append(end)
    return [end for turn in zip_longest(*networks.values()) for end in turn if end is not None]


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


def _ends(tables: Tables, table: ScopeTable, link: Link, outer: Outer) -> Iterator[_End]:
    """Yield each far end once: the fixed one, those of tables, of routes, then of switches."""
    seen: set[str] = set()
    for end in _named(tables, table, link, outer):
        if end.address not in seen:
            seen.add(end.address)
            yield end


def _named(tables: Tables, table: ScopeTable, link: Link, outer: Outer) -> Iterator[_End]:
    """Yield every far end that anything names, repeatedly if several do."""
    if outer.remote:
        yield _End(outer.remote, outer.remote_port, "links")
    for row in table.fdb.get(link.ifindex, ()):
        yield _End(row.address, row.port or outer.remote_port, "fdb")
    for end in table.far_ends.get(link.ifindex, ()):
        yield _End(end.address, end.port, end.probe)
    if link.kind == "sit" and outer.remote is None:
        for route in table.routes.get(link.ifindex, ()):
            if address := embedded_ipv4(route.gateway):
                yield _End(address, None, "routes")
    if outer.external:
        yield from _by_routes(table, link, outer)
        for port in switch.of_device(tables, table, link):
            if port.remote:
                yield _End(port.remote, port.port or outer.remote_port, "openvswitch")


def _by_routes(table: ScopeTable, link: Link, outer: Outer) -> Iterator[_End]:
    """Yield the far ends that routes through a device in external mode set, each with its prefixes."""
    prefixes: dict[str, list[str]] = {}
    for route in table.routes.get(link.ifindex, ()):
        address = route.outer.remote if route.outer and route.encapsulation in ("ip", "ip6") else None
        if address:
            prefixes.setdefault(address, []).append(route.destination)
    for address, destinations in prefixes.items():
        yield _End(address, outer.remote_port, "routes", tuple(dict.fromkeys(destinations)))


def _way(table: ScopeTable, link: Link, address: str) -> Way | None:
    """Return how outer packets of `link` to `address` leave; None if that is not known.

    A device that was moved sends from the namespace it was made in, which its link data numbers only.
    One bound to a device leaves by that whatever the routes say; by which port of a VRF is not told.
    """
    if link.lower_netnsid is not None or not is_address(address) or parse(address).is_multicast:
        return None
    way = routing.way(table, address, through=link.ifindex)
    bound = table.links.get(link.lower or 0)
    if bound is None or (way and way.interface == bound.name):
        return way
    return None if bound.kind == "vrf" else Way(interface=bound.name, scope=table.scope)


def _witnesses(table: ScopeTable, link: Link, outer: Outer, ends: list[_End]) -> Iterator[Witness]:
    """Yield what the kernel said of `link`, and how to see it again."""
    said = [f"{link.name} is of kind {link.kind or 'unstated'}"]
    said += [f"mode {mode}"] if (mode := _mode(table, link, outer)) else []
    said += [f"remote {outer.remote}"] if outer.remote else []
    said += [f"local {outer.local}"] if outer.local else []
    said += [f"identifier {outer.identifier}"] if outer.identifier is not None else []
    if link.kind == "macsec":
        said += [f"protects the link of {table.name_of(link.lower)}, whose far ends are Ethernet addresses (not kept)"]
    yield Witness(probe="links", says=", ".join(said), recheck=recheck.device(link))
    for end in [end for end in ends if end.probe != "links"][:_SHOWN]:
        yield Witness(probe=end.probe, says=f"sends to {end.address}", recheck=_recheck(link, end.probe))


def _recheck(link: Link, probe: str) -> str | None:
    """Return the command that shows again what `probe` saw of the far ends of `link`."""
    commands = {
        "fdb": ("bridge", "fdb", "show", "dev", link.name),
        "neighbours": ("ip", "neighbour", "show", "dev", link.name),
        "routes": ("ip", "route", "show", "table", "all", "dev", link.name),
        "openvswitch": ("ovs-vsctl", "list", "Interface"),
    }
    return recheck.command(*commands[probe]) if probe in commands else None


def _mode(table: ScopeTable, link: Link, outer: Outer) -> str | None:
    """Return the variant of the kind; a SIT device with 2002::/16 on it and no far end does 6to4 (RFC 3056)."""
    if link.kind == "sit" and outer.mode is None and outer.remote is None:
        own = [row.address for row in table.addresses.get(link.ifindex, ())]
        routed = [route.destination for route in table.routes.get(link.ifindex, ())]
        return "6to4" if any(text.startswith("2002:") for text in (*own, *routed)) else "any far end"
    return outer.mode
