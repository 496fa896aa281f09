"""n2n: an edge on the gateway, the supernode and another edge elsewhere."""

from tests.lab.site import UPLINK, Site
from tests.lab.truth import End, TrueTunnel

SUPERNODE, EDGE, INSIDE = "203.0.113.84", "203.0.113.85", "10.73.0.2"


def start(site: Site) -> None:
    """Build the layer 2 net `depots` with its key in the arguments, on a device whose name says nothing."""
    key = site.secrets.token("n2n community key")
    community = site.secrets.token("n2n community")[:15]
    super_node = site.far("supernode", "c", f"{SUPERNODE}/24")
    far = site.far("n2n-edge", "c", f"{EDGE}/24")
    site.run_far(super_node, "supernode", "-l", "7654")
    common = ["-c", community, "-k", key, "-l", f"{SUPERNODE}:7654"]
    site.run_far(far, "edge", "-d", "n2n0", "-a", INSIDE, *common)
    site.run_daemon("n2n", "edge", "-d", "depots", "-a", "10.73.0.1", *common)
    site.later("n2n carries a ping", lambda: site.reaches(INSIDE))
    site.tunnels.append(
        TrueTunnel(
            key="n2n",
            technologies=("n2n",),
            interface="depots",
            states=("up",),
            owner="/usr/sbin/edge",
            local=End(address=UPLINK, transports=("udp",)),
            local_any=True,
            remotes=(End(address=SUPERNODE, port=7654, transports=("udp",)),),
            inside=INSIDE,
            family="network_tunnel",
            role="peer",
            realisation="software_vpn",
        )
    )
