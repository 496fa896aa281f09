"""Teredo: a client of a server that has the two addresses next to each other which Teredo wants."""

from tests.lab.site import UPLINK, Site
from tests.lab.truth import End, TrueTunnel

SERVER, SECOND = "203.0.113.72", "203.0.113.73"


def start(site: Site) -> None:
    """Build the device `t6` on the gateway; its server answers until the client has an address."""
    far = site.far("teredo-server", "c", f"{SERVER}/24", f"{SECOND}/24")
    far.write("/etc/miredo/miredo-server.conf", f"ServerBindAddress {SERVER}\n", 0o644)
    site.run_far(far, "miredo-server", "-f")
    site.gateway.write("/etc/miredo/miredo.conf", f"InterfaceName t6\nServerAddress {SERVER}\nBindPort 3545\n", 0o644)
    site.run_daemon("teredo", "miredo", "-f")
    site.later(
        "Teredo has an address", lambda: "2001:0:cb00:7148" in site.gateway.run("ip", "-6", "address", "show").stdout
    )
    site.tunnels.append(
        TrueTunnel(
            key="teredo",
            technologies=("teredo",),
            interface="t6",
            states=("up",),
            owner="/usr/sbin/miredo",
            local=End(address=UPLINK, port=3545, transports=("udp",)),
            local_any=True,
            remotes=(End(address=SERVER, port=3544, transports=("udp",)),),
            family="network_tunnel",
            role="client",
            realisation="software_vpn",
        )
    )
