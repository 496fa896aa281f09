"""From rows to connections: what every probe saw of one tunnel becomes that tunnel.

The steps, in their order; modules in brackets help the one they stand behind.

Before any namespace:
1. `tables` indexes the rows.
2. `l2tp` assigns sessions to devices; `groups` finds the processes that are one daemon.

In each namespace:
3. `devices` decides on each device (`kernel`, `owned`, `wireguard`, `ovpn`, `ppp`, `l2tp` make its tunnel).
4. `servers` puts the devices of one server's people together.
5. `fou` gives devices the UDP ports of the kernel, and adds those without a device.
6. `ipsec` merges policies, associations and IKE daemons (`pairs`, `shields`).
7. `l2tp`, `switch`, `encapsulations`, `programs` and `cascades` add what has no device.
8. `kernel` tells where there was more than was looked at; `ports` lists what is no tunnel.

Over all of them:
9. `diversions` joins rules of packet filters to the programs that they feed (`marks`).
10. `identity` makes identifiers distinct, `recheck` commands runnable from outside the namespace.
11. `nesting` finds tunnels in tunnels; `folding` makes IPsec that only protects another one a layer of it.
12. `access` counts the sessions of people.
13. `configured` adds what configuration files say, and the tunnels that only they know of (`claims`, `told`).
"""

from collections.abc import Collection, Iterable, Mapping
from types import MappingProxyType

from auditor.correlate import (
    access,
    cascades,
    configured,
    devices,
    diversions,
    encapsulations,
    fou,
    groups,
    ipsec,
    kernel,
    l2tp,
    programs,
    servers,
    switch,
)
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


def correlate_tables(
    tables: Tables, *, now_s: int, without: Mapping[int, Collection[int]] = MappingProxyType({})
) -> tuple[Inventory, tuple[BlindSpot, ...]]:
    """Return the same for rows that are indexed already, as if the devices `without` (ifindexes by inode) were not."""
    tunnels: list[Tunnel] = []
    not_tunnels: list[NotTunnel] = []
    gaps: list[BlindSpot] = []
    all_ports: list[Port] = []
    sessions = l2tp.assign(tables)
    daemons = groups.daemons(tables)
    for table in sorted(tables.scopes.values(), key=lambda table: (table.scope.name or "", table.scope.inode)):
        classified = devices.classify(tables, table, sessions, now_s=now_s, without=without.get(table.scope.inode, ()))
        found = servers.put_together(tables, table, list(classified))
        here = [item for item in found if isinstance(item, NotTunnel)]
        made = [item for item in found if isinstance(item, Tunnel)]
        gaps += [item for item in found if isinstance(item, BlindSpot)]
        tunnels += ipsec.tunnels(tables, table, fou.attach(table, made))
        tunnels += l2tp.without_device(table, sessions)
        tunnels += switch.without_device(tables, table)
        tunnels += encapsulations.tunnels(table)
        tunnels += programs.without_device(daemons, table, made)
        tunnels += cascades.tunnels(tables, table)
        gaps += encapsulations.unknown_encapsulations(table)
        gaps += kernel.too_many(table, made)
        not_tunnels += here
        all_ports += ports(table, here)
    known = nest(map(from_outside, distinct(diversions.join(tables, tunnels))))
    served = access.gather(tables, known)
    inventory = Inventory(
        tunnels=configured.merge(tables, served.tunnels),
        not_tunnels=(*not_tunnels, *served.devices),
        ports=tuple(all_ports),
    )
    return inventory, tuple(gaps)
