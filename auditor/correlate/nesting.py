"""Tunnels inside tunnels: an inner one leaves through the device of an outer one, or is what its IPsec takes."""

from collections.abc import Iterable
from dataclasses import replace

from auditor.correlate.folding import flows, fold
from auditor.correlate.shields import Shields
from auditor.model.tunnel import Layer, Remote, Tunnel


def nest(tunnels: Iterable[Tunnel]) -> tuple[Tunnel, ...]:
    """Return `tunnels` with `outer_id` and layers set where every far end is reached through one other tunnel.

    IPsec without a device is around what it takes; that which protects only another tunnel becomes its layer.
    Tunnels that would each be inside the other have no outer one: packets leave by something else then.
    """
    every = tuple(tunnels)
    shields = Shields()
    for tunnel in every:
        shields.add(tunnel)
    listed = fold(every, shields)
    by_id = {tunnel.id: tunnel for tunnel in listed}
    by_device: dict[tuple[int, str | None], Tunnel] = {
        (t.scope.inode, t.interface): t for t in listed if t.interface and not _shares_its_device(t)
    }
    outer_ids = {tunnel.id: _outer_id(tunnel, by_device, by_id, shields) for tunnel in listed}
    return tuple(_inside(tunnel, _chain(tunnel.id, outer_ids), by_id) for tunnel in listed)


def _shares_its_device(tunnel: Tunnel) -> bool:
    """Return whether `tunnel` is routes that encapsulate: their device carries everything else as well."""
    return any(layer.door == "route" for layer in tunnel.layers)


def _outer_id(
    tunnel: Tunnel, by_device: dict[tuple[int, str | None], Tunnel], by_id: dict[str, Tunnel], shields: Shields
) -> str | None:
    """Return the tunnel that every far end of `tunnel` is reached through, None if there is not exactly one."""
    found: set[str] = set()
    taken_from = flows(tunnel) if shields and tunnel.technology != "ipsec" else [None] * len(tunnel.remotes)
    for remote, leaving in zip(tunnel.remotes, taken_from, strict=True):
        taken = shields.taking(*leaving) if leaving else None
        outer = by_id.get(taken or "") or _device_of(tunnel, remote, by_device)
        if outer is None or outer.id == tunnel.id:
            return None
        found.add(outer.id)
    return found.pop() if len(found) == 1 else None


def _device_of(tunnel: Tunnel, remote: Remote, by_device: dict[tuple[int, str | None], Tunnel]) -> Tunnel | None:
    """Return the tunnel by whose device packets to `remote` leave."""
    if remote.way is None:
        return None
    scope = remote.way.scope or tunnel.scope
    return by_device.get((scope.inode, remote.way.interface))


def _chain(tunnel_id: str, outer_ids: dict[str, str | None]) -> list[str]:
    """Return the ids of the tunnels around one, the next first; empty if they go round in a circle."""
    chain: list[str] = []
    outer = outer_ids[tunnel_id]
    while outer is not None:
        if outer in chain or outer == tunnel_id:
            return []
        chain.append(outer)
        outer = outer_ids[outer]
    return chain


def _inside(tunnel: Tunnel, chain: list[str], by_id: dict[str, Tunnel]) -> Tunnel:
    """Return `tunnel` with the next of `chain` as outer tunnel, and the layers of all of them around its own."""
    if not chain:
        return tunnel
    around = (
        Layer(technology=layer.technology, door="outer") for outer in reversed(chain) for layer in _own(by_id[outer])
    )
    return replace(tunnel, outer_id=chain[0], layers=(*around, *tunnel.layers))


def _own(tunnel: Tunnel) -> tuple[Layer, ...]:
    """Return the layers of `tunnel`, each technology once: several doors to it are one layer."""
    return tuple({layer.technology: layer for layer in tunnel.layers}.values())
