"""From rows to connections: what every probe saw of one tunnel becomes that tunnel.

`tables` indexes the rows, `devices` decides on each device, `kernel`, `owned`, `wireguard`, `ppp` and
`l2tp` make its tunnel, `servers` puts the devices of one server's people together, `ipsec` merges policies,
associations and daemons, `fou`, `switch` and `encapsulations` add what has no device, `programs` proxies and
other daemons without one, `cascades` what servers open to others, `diversions` joins the packet filter's rules
that feed them and finds transparent proxies, `nesting` finds tunnels in tunnels, `folding` makes
IPsec that only protects another tunnel a layer of it, `access` counts the sessions of people, `configured` adds
what configuration files say, and the tunnels that only they know of.
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
