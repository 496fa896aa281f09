"""A second network namespace on the gateway, by name, with tunnels of its own."""

from tests.lab.parts import openvpn, vxlan
from tests.lab.site import Site
from tests.lab.truth import TrueNotTunnel

NETNS, ADDRESS = "branch", "192.0.2.20"


def start(site: Site) -> None:
    """Build the namespace with its own uplink, an OpenVPN process and a VXLAN device in it."""
    site.gateway.run("ip", "netns", "add", NETNS)
    site.internet.plug(site.gateway, "eth9", "a", default=False)
    site.gateway.ip(f"link set eth9 netns {NETNS}")
    site.gateway.ip(
        "link set lo up",
        "link set eth9 name eth0",
        f"address add {ADDRESS}/25 dev eth0",
        "link set eth0 up",
        "route add default via 192.0.2.1",
        netns=NETNS,
    )
    for interface in ("lo", "eth0"):
        site.not_tunnels.append(TrueNotTunnel(interface=interface, why="device of the branch", namespace=NETNS))
    openvpn.start_branch(site, NETNS, ADDRESS)
    vxlan.start_branch(site, NETNS, ADDRESS)
