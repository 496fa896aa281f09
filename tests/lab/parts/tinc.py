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

_SWITCH = """\
#!/bin/sh
ip address add 10.69.0.{number}/24 dev $INTERFACE
ip link set $INTERFACE up
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


MESH = {"hub_a": "203.0.113.41", "hub_b": "203.0.113.42", "spoke": "203.0.113.43"}
SILENT, BY_NAME, MESH_PORT = "203.0.113.44", "hub-b.partner.example", 6550


def start_mesh(site: Site) -> None:
    """Build `cable9`, a TAP in switch mode: a hub by address, one by name, one that is silent, a spoke that calls."""
    names = ("gw_sha", *MESH)
    keys = {name: _key(site, f"{name} in the mesh") for name in names}
    far = site.far("tinc-mesh", "c", *(f"{address}/24" for address in MESH.values()))
    site.gateway.write("/etc/hosts", f"127.0.0.1 localhost\n{MESH['hub_b']} {BY_NAME}\n", 0o644)
    where = {"gw_sha": UPLINK, "hub_a": f"{MESH['hub_a']} {MESH_PORT}", "hub_b": BY_NAME}
    hosts = {
        name: f"{f'Address = {where[name]}' if name in where else ''}\nport {MESH_PORT}\n{keys[name][1]}"
        for name in names
    }
    hosts["silent"] = f"address={SILENT}\nPort = {MESH_PORT}\n{keys['hub_a'][1]}"
    password = site.secrets.token("password of a proxy in tinc.conf")
    for node, name, connect in (
        (site.gateway, "gw_sha", f"ConnectTo = hub_a\nConnectTo hub_b\n#Proxy = socks5 192.0.2.9 1080 me {password}\n"),
        *((far, name, f"BindToAddress = {address}\n") for name, address in MESH.items()),
    ):
        connect += "ConnectTo = gw_sha\n" if name == "spoke" else ""
        device = "cable9" if name == "gw_sha" else name
        node.write(f"/etc/tinc/{name}/tinc.conf", f"Name = {name}\nMode = switch\nInterface = {device}\n{connect}")
        node.write(f"/etc/tinc/{name}/rsa_key.priv", keys[name][0])
        for host, content in hosts.items():
            node.write(f"/etc/tinc/{name}/hosts/{host}", content, 0o644)
    for number, name in enumerate(MESH, 2):
        far.write(f"/etc/tinc/{name}/tinc-up", _SWITCH.format(number=number), 0o755)
    site.gateway.write("/etc/tinc/gw_sha/tinc-up", _SWITCH.format(number=1), 0o755)
    for name in ("hub_a", "hub_b"):
        site.run_far(far, "tincd", "-n", name, "-D")
    site.later("both hubs listen", lambda: far.run("ss", "-Hltn").stdout.count(f":{MESH_PORT} ") == 2)
    site.finish()
    site.run_daemon("tinc-mesh", "tincd", "--config=/etc/tinc/gw_sha", "-D", "-o", "ConnectTo=silent")
    site.later("tincd listens", lambda: site.gateway.run("ss", "-Hltn", f"sport = :{MESH_PORT}").stdout)
    site.finish()
    site.run_far(far, "tincd", "-n", "spoke", "-D")
    for number, (name, address) in enumerate(MESH.items(), 2):
        # NOTE: the mesh also carries a ping to a node that has no connection to us yet.
        site.later(f"{name} is connected", lambda address=address: _is_connected(site, address))
        site.later(f"tinc reaches {name}", lambda number=number: site.reaches(f"10.69.0.{number}"))
    site.tunnels.append(
        TrueTunnel(
            key="tinc-mesh",
            technologies=("tinc",),
            interface="cable9",
            states=("up",),
            owner="/usr/sbin/tincd",
            local=End(address=UPLINK, transports=("tcp",)),
            local_any=True,
            remotes=(
                *(End(address=MESH[name], port=MESH_PORT, transports=("tcp",)) for name in ("hub_a", "hub_b")),
                End(address=SILENT, port=MESH_PORT, transports=("tcp",)),
                End(address=MESH["spoke"], transports=("tcp",)),
            ),
            role="peer",
            family="network_tunnel",
            realisation="software_vpn",
        )
    )


def run(site: Site) -> Daemon:
    """Start tincd on the gateway; also after it was stopped."""
    return site.run_daemon("tinc", "tincd", "-n", "mesh", "-D", "-d2")


def _is_connected(site: Site, address: str) -> bool:
    return address in site.gateway.run("ss", "-Htn", "state", "established").stdout


def _key(site: Site, name: str) -> tuple[str, str]:
    """Return a new RSA pair in the files' form that tinc 1.0 reads."""
    private = tool("openssl", "genrsa", "-traditional", "2048").decode()
    public = tool("openssl", "rsa", "-RSAPublicKey_out", stdin=private.encode()).decode()
    return site.secrets.keep_pem(f"tinc private key of {name}", private), public
