"""IPsec policies of the kernel without any security association: a tunnel set up and not up."""

from tests.lab.site import LAN, UPLINK, Site
from tests.lab.truth import End, TrueTunnel

FAR = "203.0.113.90"


def start(site: Site) -> None:
    """Install the three policies of one site-to-site tunnel."""
    mine, theirs = f"{LAN.rpartition('.')[0]}.0/24", "10.90.0.0/16"
    for direction, source, destination, outer in (
        ("out", mine, theirs, (UPLINK, FAR)),
        ("in", theirs, mine, (FAR, UPLINK)),
        ("fwd", theirs, mine, (FAR, UPLINK)),
    ):
        site.gateway.ip(
            f"xfrm policy add src {source} dst {destination} dir {direction} priority 1000 "
            f"tmpl src {outer[0]} dst {outer[1]} proto esp reqid 90 mode tunnel"
        )
    site.tunnels.append(
        TrueTunnel(
            key="xfrm-policy",
            technologies=("ipsec",),
            interface=None,
            states=("down", "unknown"),
            local=End(address=UPLINK, transports=("esp",)),
            remotes=(End(address=FAR, transports=("esp",)),),
            verdict="needs_review",
        )
    )
