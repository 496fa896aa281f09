"""WireGuard interfaces, of the kernel or of a daemon."""

from collections.abc import Iterator
from dataclasses import replace

from auditor.correlate import recheck, routing, state
from auditor.correlate.found import device_tunnel
from auditor.correlate.tables import ScopeTable, Tables
from auditor.model.rows import Link, Process, WireGuardDevice, WireGuardPeer
from auditor.model.text import Text
from auditor.model.tunnel import Endpoint, Layer, Owner, Realisation, Remote, Role, State, Tunnel, Witness

_MAX_WITNESSED_PEERS = 8


def tunnel(
    tables: Tables,
    table: ScopeTable,
    link: Link,
    *,
    now_s: int,
    holder: Process | None = None,
    owner: Owner | None = None,
) -> Tunnel:
    """Return the tunnel that WireGuard device `link` is; its peers are its remotes.

    Without an answer from the kernel or the daemon the state and the peers are unknown.
    """
    device = table.wireguard.get(link.name)
    home = tables.home_of(holder, table)
    through = link.ifindex if home is table else None
    remotes = tuple(_remotes(home, device, through, now_s)) if device else ()
    return device_tunnel(
        table,
        link,
        state.of_handshakes(link, remotes) if device else _unread(link),
        technology="wireguard",
        layers=(Layer(technology="wireguard", door=device.door if device else "link"),),
        realisation=_realisation(device),
        role=Role.SERVER if _realisation(device) is Realisation.VPN_SERVER else Role.PEER,
        local=_local(device, remotes),
        remotes=remotes,
        owner=owner,
        peers_count=len(device.peers) if device else None,
        witnesses=tuple(_witnesses(link, device, holder)),
    )


def _unread(link: Link) -> state.Judged:
    """Return the state of a device whose peers could not be read."""
    judged, reason = state.of_device(link)
    if judged is State.DOWN:
        return judged, reason
    return State.UNKNOWN, Text("the peers could not be read", "无法读取对端信息")


def _realisation(device: WireGuardDevice | None) -> Realisation:
    """Return the guidance's method: a listener with several peers is a VPN server."""
    if device and len(device.peers) > 1 and any(peer.endpoint is None for peer in device.peers):
        return Realisation.VPN_SERVER
    return Realisation.SOFTWARE_VPN


def _remotes(home: ScopeTable, device: WireGuardDevice, through: int | None, now_s: int) -> Iterator[Remote]:
    """Yield one remote for each peer, also for those without an endpoint; packets leave from namespace `home`."""
    for peer in _in_order(device):
        yield Remote(
            endpoint=Endpoint(address=peer.endpoint, port=peer.endpoint_port, transport="udp"),
            identity=peer.public_key,
            identity_kind="wireguard",
            handshake_age_s=_age_s(peer, now_s),
            way=routing.way(home, peer.endpoint, through=through, mark=device.fwmark),
            prefixes=peer.allowed_ips,
        )


def _in_order(device: WireGuardDevice) -> list[WireGuardPeer]:
    """Return the peers by key: daemons keep them in tables that give another order each time."""
    return sorted(device.peers, key=lambda peer: peer.public_key)


def _age_s(peer: WireGuardPeer, now_s: int) -> int | None:
    """Return the age of the last handshake, 0 for one that a stepped clock puts in the future."""
    return None if peer.handshake_at_s is None else max(0, now_s - peer.handshake_at_s)


def _local(device: WireGuardDevice | None, remotes: tuple[Remote, ...]) -> Endpoint:
    """Return the local end: the kernel's source address if it is the same for every peer, and the port."""
    endpoint = Endpoint(port=device.listen_port if device else None, transport="udp")
    sources = {remote.way.source for remote in remotes if remote.way and remote.way.source}
    return replace(endpoint, address=sources.pop()) if len(sources) == 1 else endpoint


def _witnesses(link: Link, device: WireGuardDevice | None, holder: Process | None) -> Iterator[Witness]:
    """Yield what was said of the interface; public keys are named, no other key is ever known."""
    if holder:
        yield Witness(
            probe="processes",
            says=f"PID {holder.pid} ({holder.exe}) holds {link.name}",
            recheck=recheck.holders(holder.pid),
        )
    yield Witness(
        probe="links",
        says=f"{link.name} is of kind {link.kind}",
        recheck=recheck.device(link),
    )
    if device is None:
        return
    probe = "wireguard" if device.door == "netlink" else "wireguard_uapi"
    for peer in _in_order(device)[:_MAX_WITNESSED_PEERS]:
        end = f"{peer.endpoint} port {peer.endpoint_port}" if peer.endpoint else "no endpoint yet"
        yield Witness(
            probe=probe,
            says=f"peer {peer.public_key}: {end}",
            recheck=recheck.command("wg", "show", link.name, "endpoints"),
        )
