"""Tunnels inside tunnels: an inner one leaves through the device or the association of an outer one."""

from collections.abc import Iterable
from dataclasses import replace

from auditor.model.tunnel import Layer, Tunnel


def nest(tunnels: Iterable[Tunnel]) -> tuple[Tunnel, ...]:
    """Return `tunnels` with `outer_id` and layers set where every far end is reached through one other tunnel."""
    listed = tuple(tunnels)
    by_device: dict[tuple[int, str | None], Tunnel] = {
        (t.scope.inode, t.interface): t for t in listed if t.interface and not _shares_its_device(t)
    }
    by_ends: dict[tuple[int, str | None, str | None], Tunnel] = {
        (t.scope.inode, t.local.address, remote.endpoint.address): t
        for t in listed
        if t.technology == "ipsec"
        for remote in t.remotes
        if t.local.address and remote.endpoint.address
    }
    return tuple(_inside(tunnel, by_device, by_ends) for tunnel in listed)


def _shares_its_device(tunnel: Tunnel) -> bool:
    """Return whether `tunnel` is routes that encapsulate: their device carries everything else as well."""
    return any(layer.door == "route" for layer in tunnel.layers)


def _inside(
    tunnel: Tunnel,
    by_device: dict[tuple[int, str | None], Tunnel],
    by_ends: dict[tuple[int, str | None, str | None], Tunnel],
) -> Tunnel:
    """Return `tunnel` with its outer tunnel if it has exactly one."""
    outers: set[str] = set()
    found: Tunnel | None = None
    for remote in tunnel.remotes:
        local = tunnel.local.address or (remote.way.source if remote.way else None)
        scope = (remote.way.scope if remote.way else None) or tunnel.scope
        outer = by_ends.get((scope.inode, local, remote.endpoint.address))
        if outer is None and remote.way:
            outer = by_device.get((scope.inode, remote.way.interface))
        if outer is None or outer.id == tunnel.id:
            return tunnel
        outers.add(outer.id)
        found = outer
    if found is None or len(outers) != 1:
        return tunnel
    around = tuple(Layer(technology=layer.technology, door="outer") for layer in found.layers)
    return replace(tunnel, outer_id=found.id, layers=(*dict.fromkeys(around), *tunnel.layers))
