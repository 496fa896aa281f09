"""Devices by which packets leave without a tunnel: uplinks and hand-offs of leased lines."""

from collections.abc import Iterator

from auditor.correlate import routing, state
from auditor.correlate.tables import ScopeTable
from auditor.model.rows import Link
from auditor.model.tunnel import NotTunnel, Port


def ports(table: ScopeTable, devices: list[NotTunnel]) -> Iterator[Port]:
    """Yield each device of `devices` that has an address or a route of its own, loopback excepted."""
    for device in devices:
        link = table.links[device.ifindex]
        if link.flags & state.IFF_LOOPBACK:
            continue
        routes = routing.prefixes(table, link.ifindex)
        if table.addresses.get(link.ifindex) or routes or link.kind is None:
            yield _port(table, link, routes)


def _port(table: ScopeTable, link: Link, routes: tuple[str, ...] | None) -> Port:
    """Return `link` as the matcher needs it."""
    return Port(
        scope=table.scope,
        interface=link.name,
        ifindex=link.ifindex,
        up=bool(link.flags & state.IFF_UP and link.flags & state.IFF_LOWER_UP),
        hardware=link.kind in (None, "ppp"),
        parent=table.name_of(link.lower) if link.lower_netnsid is None else None,
        vlan_id=link.vlan_id,
        alias=link.alias,
        addresses=table.addresses_of(link.ifindex),
        next_hops=routing.next_hops(table, link.ifindex),
        default_route=routing.is_default(routes),
        routes=routes,
        peers=tuple(row.peer for row in table.addresses.get(link.ifindex, ()) if row.peer),
    )
