"""From rows to connections: what every probe saw of one tunnel becomes that tunnel.

`tables` indexes the rows, `devices` decides on each device, `kernel`, `owned`, `wireguard`, `ppp` and
`l2tp` make its tunnel, `ipsec` merges policies, associations and daemons, `nesting` finds tunnels in tunnels,
`folding` makes IPsec that only protects another tunnel a layer of it, `access` counts the sessions of people.
"""

from collections.abc import Iterable

from auditor.correlate import access, devices, ipsec, kernel, l2tp
from auditor.correlate.identity import distinct
from auditor.correlate.nesting import nest
from auditor.correlate.ports import ports
from auditor.correlate.recheck import from_outside
from auditor.correlate.tables import Tables, build
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
    tunnels: list[Tunnel] = []
    not_tunnels: list[NotTunnel] = []
    gaps: list[BlindSpot] = []
    all_ports: list[Port] = []
    sessions = l2tp.assign(tables)
    for table in sorted(tables.scopes.values(), key=lambda table: (table.scope.name or "", table.scope.inode)):
        found = list(devices.classify(tables, table, sessions, now_s=now_s))
        here = [item for item in found if isinstance(item, NotTunnel)]
        made = [item for item in found if isinstance(item, Tunnel)]
        gaps += [item for item in found if isinstance(item, BlindSpot)]
        tunnels += ipsec.tunnels(tables, table, made)
        tunnels += l2tp.without_device(table, sessions)
        tunnels += kernel.encapsulating_routes(table)
        gaps += kernel.unknown_encapsulations(table)
        not_tunnels += here
        all_ports += ports(table, here)
    served = access.gather(tables, nest(map(from_outside, distinct(tunnels))))
    inventory = Inventory(tunnels=served.tunnels, not_tunnels=(*not_tunnels, *served.devices), ports=tuple(all_ports))
    return inventory, tuple(gaps)
