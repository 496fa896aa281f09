"""What the routing tables send into a device, and by which way packets leave."""

from collections.abc import Iterable
from ipaddress import ip_network

from auditor.correlate.tables import ScopeTable
from auditor.model.rows import Route
from auditor.model.tunnel import Way

_LOCAL_TABLE = 255  # RT_TABLE_LOCAL: the host's own addresses
_SHARE = 0.5


def prefixes(table: ScopeTable, index: int) -> tuple[str, ...] | None:
    """Return the prefixes routed into device `index` in any table, None if routes could not be read."""
    if not table.routes_read:
        return None
    return tuple(dict.fromkeys(route.destination for route in table.routes.get(index, ()) if _carries(route)))


def next_hops(table: ScopeTable, index: int) -> tuple[str, ...] | None:
    """Return the gateways that routes through device `index` name, None if routes could not be read."""
    if not table.routes_read:
        return None
    return tuple(dict.fromkeys(route.gateway for route in table.routes.get(index, ()) if route.gateway))


def is_default(destinations: Iterable[str] | None) -> bool | None:
    """Return whether `destinations` amount to a default route: half of either address family or more.

    Clients that take over traffic often leave 0.0.0.0/0 alone and add 0.0.0.0/1 and 128.0.0.0/1, or
    eight aggregates, so the covered share decides. IPv6 counts against 2000::/3, the public space.
    """
    if destinations is None:
        return None
    four: set[tuple[int, int]] = set()
    six: set[tuple[int, int]] = set()
    for text in destinations:
        length = text.rpartition("/")[2]
        if not length.isdecimal() or int(length) > 16:
            continue  # NOTE: tens of thousands of longer prefixes would be needed to matter
        try:
            network = ip_network(text, strict=False)
        except ValueError:
            continue  # NOTE: traffic selectors of IPsec can carry protocols and ports; those are no default route
        (four if network.version == 4 else six).add((int(network.network_address), network.prefixlen))
    return _share(four, 32, 0) >= _SHARE or _share(six, 128, 3) >= _SHARE


def way(
    table: ScopeTable, destination: str | None, *, through: int | None = None, mark: int | None = None
) -> Way | None:
    """Return by which device, next hop and source address packets to `destination` leave; `mark` is on them.

    None if that is not known, or if the answer is the tunnel's own device `through`: a tunnel never
    leaves by itself, so its outer packets go another way (a firewall mark) that the look-up did not take.
    """
    row = table.underlays.get((destination, mark)) if destination else None
    if row is None or (through is not None and row.ifindex == through):
        return None
    return Way(interface=table.name_of(row.ifindex), next_hop=row.next_hop, source=row.source, scope=table.scope)


def _carries(route: Route) -> bool:
    """Return whether `route` sends the host's traffic anywhere: not the host's own addresses or the link itself."""
    if route.table == _LOCAL_TABLE or route.kind != "unicast":
        return False
    return not route.destination.startswith(("fe80:", "ff00:", "169.254."))


def _share(networks: set[tuple[int, int]], bits: int, space_len: int) -> float:
    """Return which share of the space of prefix length `space_len` the networks cover, overlaps once."""
    covered, end = 0, -1
    for start, length in sorted(networks):
        size = 1 << (bits - max(length, space_len))
        if start + size - 1 <= end:
            continue
        covered += start + size - max(start, end + 1)
        end = start + size - 1
    return min(1.0, covered / (1 << (bits - space_len)))
