"""What the last phases of probes are to look at, from what the phases before them found."""

from collections.abc import Iterator
from dataclasses import dataclass

from auditor.correlate import correlate_tables, devices, encapsulations, kernel
from auditor.correlate.tables import Tables
from auditor.model.rows import Link
from auditor.model.sightings import Scope
from auditor.model.tunnel import Tunnel
from auditor.probe import Targets


@dataclass(frozen=True, slots=True)
class Draft:
    """What is known of tunnels before all is read: devices that are settled, by namespace, and all other tunnels.

    NOTE: settled devices are nearly all on a gateway with thousands; making tunnels of them once is enough.
    """

    tables: Tables
    settled: dict[int, dict[int, Link]]
    tunnels: tuple[Tunnel, ...]


def draft(tables: Tables, *, now_s: int) -> Draft:
    """Return what `tables` show by now."""
    settled = devices.settled(tables)
    inventory, _ = correlate_tables(tables, now_s=now_s, without=settled)
    return Draft(tables, settled, inventory.tunnels)


def path_targets(scope: Scope, known: Draft, watched: frozenset[str]) -> Targets:
    """Return the devices whose routes matter in `scope`.

    `watched` are the hand-offs that the register names: their routes are read even where no tunnel
    shows, and those of every VLAN with them, since a hand-off may be registered by VLAN.
    """
    table = known.tables.scopes.get(scope.inode)
    indexes = {t.ifindex for t in known.tunnels if t.scope == scope and t.ifindex is not None}
    indexes.update(known.settled.get(scope.inode, ()))
    if table and watched:
        indexes |= {link.ifindex for link in table.links.values() if link.name in watched or link.kind == "vlan"}
    if table:  # what lies behind a session tells whether a person or a site opened it
        indexes |= {link.ifindex for link in table.links.values() if link.kind == "ppp"}
    return Targets(tunnel_indexes=tuple(sorted(indexes)))


def way_targets(scope: Scope, known: Draft) -> Targets:
    """Return the far ends whose way out of `scope` is wanted."""
    table = known.tables.scopes.get(scope.inode)
    ends = dict.fromkeys(
        (remote.endpoint.address, _mark(tunnel, known.tables))
        for tunnel in known.tunnels
        if tunnel.scope == scope or _is_carried_from(tunnel, scope, known.tables)
        for remote in tunnel.remotes
        if remote.endpoint.address
    )
    moved = [session.remote for session in table.l2tp if session.remote] if table else []  # devices elsewhere
    first = encapsulations.first_hops(table) if table else ()
    unmarked = [address for address, mark in ends if mark is None]
    return Targets(
        destinations=tuple(dict.fromkeys((*_of_settled(scope, known), *unmarked, *moved, *first))),
        marked=tuple((address, mark) for address, mark in ends if mark is not None),
    )


def _of_settled(scope: Scope, known: Draft) -> Iterator[str]:
    """Yield the far ends of the settled devices of `scope`."""
    table = known.tables.scopes.get(scope.inode)
    if table:
        for link in known.settled[scope.inode].values():
            yield from kernel.far_ends(known.tables, table, link)


def _mark(tunnel: Tunnel, tables: Tables) -> int | None:
    """Return the firewall mark on the outer packets of `tunnel`, None for none."""
    table = tables.scopes.get(tunnel.scope.inode)
    device = table.wireguard.get(tunnel.interface or "") if table and tunnel.technology == "wireguard" else None
    return device.fwmark if device else None


def _is_carried_from(tunnel: Tunnel, scope: Scope, tables: Tables) -> bool:
    """Return whether the owner of `tunnel` sends its packets from `scope`, wherever the device is."""
    process = tables.processes.get(tunnel.owner.pid or 0) if tunnel.owner else None
    return process is not None and process.netns == scope.inode
