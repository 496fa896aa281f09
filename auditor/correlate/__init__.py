"""From rows to connections: what every probe saw of one tunnel becomes that tunnel.

`tables` indexes the rows, `devices` decides on each device, `kernel`, `owned`, `wireguard`, `ppp` and
`l2tp` make its tunnel, `access` counts the sessions of people, `ipsec` merges policies, associations and
daemons, `folding` makes IPsec that only protects another tunnel a layer of it, `nesting` finds tunnels in tunnels.
"""

from collections.abc import Iterable

from auditor.correlate import access, carriage, devices, ipsec, kernel, l2tp
from auditor.correlate.identity import distinct
from auditor.correlate.nesting import nest
from auditor.correlate.ports import ports
from auditor.correlate.recheck import from_outside
from auditor.correlate.shields import Shield, Shields
from auditor.correlate.tables import ScopeTable, Tables, build
from auditor.model.sightings import BlindSpot, ProbeRun
from auditor.model.tunnel import Inventory, NotTunnel, Port, Tunnel

__all__ = ["correlate"]


def correlate(runs: Iterable[ProbeRun], *, now_s: int) -> tuple[Inventory, tuple[BlindSpot, ...]]:
    """Return every tunnel, every other device and the ports, and the gaps that correlation itself found.

    `now_s` is Unix time; the result depends on nothing but the arguments.
    """
    return correlate_tables(build(runs), now_s=now_s)


def correlate_tables(tables: Tables, *, now_s: int) -> tuple[Inventory, tuple[BlindSpot, ...]]:
    """Return the same for rows that are indexed already."""
    tunnels: list[tuple[Tunnel, Shield | None]] = []
    not_tunnels: list[NotTunnel] = []
    gaps: list[BlindSpot] = []
    all_ports: list[Port] = []
    sessions = l2tp.assign(tables)
    lines = carriage.assign(tables, sessions)
    for table in sorted(tables.scopes.values(), key=lambda table: (table.scope.name or "", table.scope.inode)):
        found = list(devices.classify(tables, table, sessions, lines, now_s=now_s))
        here = [item for item in found if isinstance(item, NotTunnel)]
        served = [item for item in found if isinstance(item, access.Served)]
        gaps += [item for item in found if isinstance(item, BlindSpot)]
        made = [item for item in found if isinstance(item, Tunnel)]
        bare = l2tp.without_device(tables, table, sessions)
        tunnels += _tunnels(tables, table, made, [*bare], served)
        gaps += kernel.unknown_encapsulations(table)
        not_tunnels += [*here, *(one.device(table, one.link) for one in served if one.link)]
        all_ports += ports(table, here)
    inventory = Inventory(tunnels=_nested(tunnels), not_tunnels=tuple(not_tunnels), ports=tuple(all_ports))
    return inventory, tuple(gaps)


def _tunnels(
    tables: Tables,
    table: ScopeTable,
    devices_made: list[Tunnel],
    sessions: list[Tunnel],
    served: list[access.Served],
) -> list[tuple[Tunnel, Shield | None]]:
    """Return the tunnels of one namespace, beside each what it takes if it is IPsec without an interface."""
    served = [*served, *(access.Served.by(one, None) for one in sessions if access.is_person(one))]
    people = frozenset(one.remote for one in served if one.remote)
    merged, shields = ipsec.tunnels(tables, table, devices_made, people)
    protected = any(row.source in people or row.destination in people for row in table.states)
    others = [one for one in sessions if not access.is_person(one)]
    others += access.services(tables, table, served, protected=protected)
    others += kernel.encapsulating_routes(table)
    return [*zip(merged, shields, strict=True), *((one, None) for one in others)]


def _nested(tunnels: list[tuple[Tunnel, Shield | None]]) -> tuple[Tunnel, ...]:
    """Return `tunnels` with ids of their own, folded and nested."""
    shields = Shields()
    listed = tuple(map(from_outside, distinct(tunnel for tunnel, _ in tunnels)))
    for tunnel, (_, taken) in zip(listed, tunnels, strict=True):
        if taken:
            shields.add(tunnel, taken)
    return nest(listed, shields)
