"""Ways out to addresses that are known by name only: they are looked up once the names are."""

from collections.abc import Iterator
from dataclasses import replace

from auditor.correlate import routing
from auditor.correlate.tables import ScopeTable, Tables
from auditor.model.sightings import Scope
from auditor.model.tunnel import Remote, Tunnel
from auditor.probe import Targets


def targets(scope: Scope, tables: Tables, tunnels: tuple[Tunnel, ...]) -> Targets:
    """Return the resolved far ends whose packets leave from `scope`."""
    ends = dict.fromkeys(
        (remote.endpoint.address, mark)
        for tunnel in tunnels
        for home, mark in _home(tables, tunnel)
        if home.scope == scope
        for remote in tunnel.remotes
        if remote.resolved and remote.endpoint.address
    )
    return Targets(
        destinations=tuple(address for address, mark in ends if mark is None),
        marked=tuple((address, mark) for address, mark in ends if mark is not None),
    )


def with_ways(tables: Tables, tunnels: tuple[Tunnel, ...]) -> tuple[Tunnel, ...]:
    """Return `tunnels` with the ways out of their resolved far ends, as far as `tables` know them."""
    return tuple(
        replace(tunnel, remotes=tuple(_with_way(tables, tunnel, remote) for remote in tunnel.remotes))
        if any(remote.resolved for remote in tunnel.remotes)
        else tunnel
        for tunnel in tunnels
    )


def _with_way(tables: Tables, tunnel: Tunnel, remote: Remote) -> Remote:
    """Return `remote` with its way out if it was resolved; never the tunnel itself."""
    if not remote.resolved:
        return remote
    for home, mark in _home(tables, tunnel):
        through = tunnel.ifindex if home.scope == tunnel.scope else None
        return replace(remote, way=routing.way(home, remote.endpoint.address, through=through, mark=mark))
    return remote


def _home(tables: Tables, tunnel: Tunnel) -> Iterator[tuple[ScopeTable, int | None]]:
    """Yield the namespace that the packets of `tunnel` leave from, with their firewall mark; nothing if not known."""
    table = tables.scopes.get(tunnel.scope.inode)
    if table is not None:
        process = tables.processes.get(tunnel.owner.pid or 0) if tunnel.owner else None
        device = table.wireguard.get(tunnel.interface or "") if tunnel.technology == "wireguard" else None
        yield tables.home_of(process, table), device.fwmark if device else None
