"""What each phase of probes is to look at, from what the phases before it found."""

from auditor.correlate.owners import worth_asking
from auditor.correlate.tables import Tables
from auditor.model.sightings import Scope
from auditor.model.tunnel import Inventory
from auditor.probe import Phase, Targets


def targets(
    phase: Phase,
    scope: Scope,
    *,
    tables: Tables,
    inventory: Inventory,
    watched_interfaces: frozenset[str],
) -> Targets:
    """Return the targets of `phase` in `scope`.

    `watched_interfaces` are the hand-offs that the register names: their routes are read even where
    no tunnel shows, and those of every VLAN with them, since a hand-off may be registered by VLAN.
    """
    if phase is Phase.KERNEL:
        return Targets()
    if phase is Phase.DAEMONS:
        return Targets(owners=worth_asking(tables))
    table = tables.scopes.get(scope.inode)
    indexes = {t.ifindex for t in inventory.tunnels if t.scope == scope and t.ifindex is not None}
    if table:
        indexes |= {link.ifindex for name, link in table.by_name.items() if name in watched_interfaces}
        indexes |= (
            {link.ifindex for link in table.links.values() if link.kind == "vlan"} if watched_interfaces else set()
        )
    destinations = dict.fromkeys(
        remote.endpoint.address
        for tunnel in inventory.tunnels
        if tunnel.scope == scope or _carried_from(tunnel.owner.pid if tunnel.owner else None, scope, tables)
        for remote in tunnel.remotes
        if remote.endpoint.address
    )
    return Targets(tunnel_indexes=tuple(sorted(indexes)), destinations=tuple(destinations))


def _carried_from(pid: int | None, scope: Scope, tables: Tables) -> bool:
    """Return whether the process `pid` sends its packets from `scope`."""
    process = tables.processes.get(pid) if pid is not None else None
    return process is not None and process.netns == scope.inode
