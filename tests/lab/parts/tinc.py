"""tinc: a mesh of two nodes, the other one at a place that no paper names."""

from tests.lab.keys import tool
from tests.lab.node import Daemon
from tests.lab.site import UPLINK, Site
from tests.lab.truth import End, TrueTunnel

STRANGER, INSIDE = "203.0.113.40", "10.50.0.2"
_UP = """\
#!/bin/sh
ip address add {address}/32 dev $INTERFACE
ip link set $INTERFACE up
ip route add {route} dev $INTERFACE
"""


def start(site: Site) -> None:
    """Build the net `mesh` on a device of that name."""
    far = site.far("stranger", "c", f"{STRANGER}/24")
    mine, theirs = _key(site, "gw_sha"), _key(site, "partner")
    hosts = {
        "gw_sha": f"Address = {UPLINK}\nSubnet = 10.50.0.1/32\n{mine[1]}",
        "partner": f"Address = {STRANGER}\nSubnet = 10.50.0.0/24\n{theirs[1]}",
    }
    for node, name, private, connect, address, route in (
        (site.gateway, "gw_sha", mine[0], "ConnectTo = partner\n", "10.50.0.1", "10.50.0.0/24"),
        (far, "partner", theirs[0], "", INSIDE, "10.50.0.1/32"),
    ):
        node.write("/etc/tinc/mesh/tinc.conf", f"Name = {name}\n{connect}", 0o644)
        node.write("/etc/tinc/mesh/rsa_key.priv", private)
        node.write("/etc/tinc/mesh/tinc-up", _UP.format(address=address, route=route), 0o755)
        for host, content in hosts.items():
            node.write(f"/etc/tinc/mesh/hosts/{host}", content, 0o644)
    site.run_far(far, "tincd", "-n", "mesh", "-D", "-d2")
    run(site)
    site.later("tinc carries a ping", lambda: site.reaches(INSIDE))
    site.tunnels.append(
        TrueTunnel(
            key="tinc",
            technologies=("tinc",),
            interface="mesh",
            states=("up",),
            owner="/usr/sbin/tincd",
            local=End(address=UPLINK, transports=("tcp", "udp")),
            local_any=True,
            remotes=(End(address=STRANGER, port=655, transports=("tcp", "udp")),),
            inside=INSIDE,
            verdict="needs_review",
        )
    )


def run(site: Site) -> Daemon:
    """Start tincd on the gateway; also after it was stopped."""
    return site.run_daemon("tinc", "tincd", "-n", "mesh", "-D", "-d2")


def _key(site: Site, name: str) -> tuple[str, str]:
    """Return a new RSA pair in the files' form that tinc 1.0 reads."""
    private = tool("openssl", "genrsa", "-traditional", "2048").decode()
    public = tool("openssl", "rsa", "-RSAPublicKey_out", stdin=private.encode()).decode()
    return site.secrets.keep_pem(f"tinc private key of {name}", private), public
