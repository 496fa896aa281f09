"""What the last phases of probes are to look at, from what the phases before them found."""

from auditor.correlate import encapsulations
from auditor.correlate.tables import Tables
from auditor.model.sightings import Scope
from auditor.model.tunnel import Inventory, Tunnel
from auditor.probe import Targets


def path_targets(scope: Scope, tables: Tables, inventory: Inventory, watched: frozenset[str]) -> Targets:
    """Return the devices whose routes matter in `scope`, and the far ends whose way out is wanted.

    `watched` are the hand-offs that the register names: their routes are read even where no tunnel
    shows, and those of every VLAN with them, since a hand-off may be registered by VLAN.
    """
    table = tables.scopes.get(scope.inode)
    indexes = {t.ifindex for t in inventory.tunnels if t.scope == scope and t.ifindex is not None}
    if table and watched:
        indexes |= {link.ifindex for link in table.links.values() if link.name in watched or link.kind == "vlan"}
    if table:  # what lies behind a session tells whether a person or a site opened it
        indexes |= {link.ifindex for link in table.links.values() if link.kind == "ppp"}
    ends = dict.fromkeys(
        (remote.endpoint.address, _mark(tunnel, tables))
        for tunnel in inventory.tunnels
        if tunnel.scope == scope or _is_carried_from(tunnel, scope, tables)
        for remote in tunnel.remotes
        if remote.endpoint.address
    )
    moved = [session.remote for session in table.l2tp if session.remote] if table else []  # devices elsewhere
    first = encapsulations.first_hops(table) if table else ()
    unmarked = [address for address, mark in ends if mark is None]
    return Targets(
        tunnel_indexes=tuple(sorted(indexes)),
        destinations=tuple(dict.fromkeys((*unmarked, *moved, *first))),
        marked=tuple((address, mark) for address, mark in ends if mark is not None),
    )


def _mark(tunnel: Tunnel, tables: Tables) -> int | None:
    """Return the firewall mark on the outer packets of `tunnel`, None for none."""
    table = tables.scopes.get(tunnel.scope.inode)
    device = table.wireguard.get(tunnel.interface or "") if table and tunnel.technology == "wireguard" else None
    return device.fwmark if device else None


def _is_carried_from(tunnel: Tunnel, scope: Scope, tables: Tables) -> bool:
    """Return whether the owner of `tunnel` sends its packets from `scope`, wherever the device is."""
    process = tables.processes.get(tunnel.owner.pid or 0) if tunnel.owner else None
    return process is not None and process.netns == scope.inode
