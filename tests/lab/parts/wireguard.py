"""wireguard-go: one interface, a peer that answers at the carrier's edge and its standby that never has."""

from tests.lab.keys import wireguard_key, wireguard_preshared
from tests.lab.node import Daemon, wait_until
from tests.lab.site import HANDOFF, Site
from tests.lab.truth import End, TrueTunnel

PRIMARY, STANDBY, PORT = "198.51.100.10", "198.51.100.11", 51820
INSIDE = "10.20.0.1"


def start(site: Site) -> None:
    """Build wgo0 to the carrier's edge in Singapore; public keys go to `site.public`."""
    mine = wireguard_key(site.secrets, "WireGuard private key")
    theirs = wireguard_key(site.secrets, "WireGuard private key of the peer")
    standby = wireguard_key(site.secrets, "WireGuard private key of the standby")
    shared = wireguard_preshared(site.secrets, "WireGuard preshared key")
    site.public |= {"wireguard": theirs.public, "wireguard standby": standby.public}
    edge = site.far("edge", "b", f"{PRIMARY}/24")
    edge.write(
        "/etc/wireguard/wgo0.conf",
        f"[Interface]\nPrivateKey = {theirs.private}\nListenPort = {PORT}\n"
        f"[Peer]\nPublicKey = {mine.public}\nPresharedKey = {shared}\nAllowedIPs = 10.20.255.2/32\n",
    )
    site.gateway.write(
        "/etc/wireguard/wgo0.conf",
        f"[Interface]\nPrivateKey = {mine.private}\nListenPort = {PORT}\n"
        f"[Peer]\nPublicKey = {theirs.public}\nPresharedKey = {shared}\nEndpoint = {PRIMARY}:{PORT}\n"
        f"AllowedIPs = 10.20.0.0/16\nPersistentKeepalive = 5\n"
        f"[Peer]\nPublicKey = {standby.public}\nEndpoint = {STANDBY}:{PORT}\nAllowedIPs = 10.21.0.0/16\n",
    )
    run(site)
    _configure(site.run_far(edge, "wireguard-go", "-f", "wgo0"), f"{INSIDE}/32", "10.20.255.2/32")
    site.later("WireGuard carries a ping", lambda: site.reaches(INSIDE))
    site.tunnels.append(
        TrueTunnel(
            key="wireguard",
            technologies=("wireguard",),
            interface="wgo0",
            states=("up",),
            owner="/usr/bin/wireguard-go",
            local=End(address=HANDOFF, port=PORT, transports=("udp",)),
            local_any=True,
            remotes=(
                End(address=PRIMARY, port=PORT, transports=("udp",)),
                End(address=STANDBY, port=PORT, transports=("udp",)),
            ),
            inside=INSIDE,
            verdict="compliant",
        )
    )


def run(site: Site) -> None:
    """Start wireguard-go on the gateway and configure it; also after it was stopped."""
    _configure(
        site.run_daemon("wireguard", "wireguard-go", "-f", "wgo0"), "10.20.255.2/32", "10.20.0.0/16", "10.21.0.0/16"
    )


def _configure(daemon: Daemon, address: str, *routes: str) -> None:
    node = daemon.node

    def answers() -> bool:
        daemon.require_running()
        return node.run("wg", "show", "wgo0", check=False).returncode == 0

    wait_until(f"wgo0 on {node.name}", answers)
    node.run("wg", "setconf", "wgo0", "/etc/wireguard/wgo0.conf")
    node.ip(
        f"address add {address} dev wgo0",
        "link set wgo0 up",
        *(f"route add {route} dev wgo0" for route in routes),
    )
