"""iodine: IP over DNS through a resolver that relays, straight to its server (raw UDP), and a server of our own."""

from tests.lab.node import Daemon, Node
from tests.lab.site import UPLINK, Site
from tests.lab.truth import End, TrueTunnel

RESOLVER, SERVER, DIRECT, CALLER = "203.0.113.90", "203.0.113.91", "203.0.113.92", "203.0.113.93"
DOMAIN, DIRECT_DOMAIN, OWN_DOMAIN = "t.relay.example", "t.direct.example", "t.own.example"
_RELAY = f"""\
import select, socket
inside = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
inside.bind(("{RESOLVER}", 53))
ways = {{}}
while True:
    for ready in select.select([inside, *ways], [], [])[0]:
        data, sender = ready.recvfrom(65535)
        if ready is not inside:
            inside.sendto(data, ways[ready])
            continue
        way = next((one for one, other in ways.items() if other == sender), None)
        if way is None:
            way = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            way.connect(("{SERVER}", 53))
            ways[way] = sender
        way.send(data)
"""


def start(site: Site) -> None:
    """Build two clients, through a relay and straight, and one server that a stranger calls."""
    far = site.far("iodine", "c", *(f"{address}/24" for address in (RESOLVER, SERVER, DIRECT, CALLER)))
    site.run_far(far, "python3", "-c", _RELAY)
    for name, address, domain, net in (
        ("relay", SERVER, DOMAIN, "10.66.0"),
        ("direct", DIRECT, DIRECT_DOMAIN, "10.67.0"),
    ):
        password = _password(site, name)
        site.run_far(far, "iodined", "-f", "-c", "-P", password, "-l", address, "-n", address, f"{net}.1", domain)
        nameserver, options = (RESOLVER, ["-r"]) if name == "relay" else (DIRECT, [])
        run(site, name, password, nameserver, domain, *options)
        site.later(f"iodine {name} carries a ping", lambda net=net: site.reaches(f"{net}.1"))
    _expect(site, "iodine-relay", "dns-relay", "client", RESOLVER, DOMAIN)
    _expect(site, "iodine-direct", "dns-direct", "client", DIRECT, DIRECT_DOMAIN)
    _server(site, far)


def _server(site: Site, far: Node) -> None:
    password = _password(site, "server")
    arguments = ["-d", "dns-own", "-l", UPLINK, "-p", "53", "-P", password, "10.68.0.1/28", OWN_DOMAIN]
    site.run_daemon("iodined", "iodined", "-f", "-c", *arguments)
    site.run_far(far, "iodine", "-f", "-d", "caller", "-T", "NULL", "-P", password, UPLINK, OWN_DOMAIN)
    site.later("iodined carries a ping", lambda: site.reaches("10.68.0.2"))
    _expect(site, "iodined", "dns-own", "server")


def run(site: Site, name: str, password: str, nameserver: str, domain: str, *options: str) -> Daemon:
    """Start a client on the gateway; the record type is given, or it would try every one."""
    arguments = ["-f", "-d", f"dns-{name}", "-T", "NULL", "-m", "1000", *options]
    return site.run_daemon(f"iodine-{name}", "iodine", *arguments, "-P", password, nameserver, domain)


def _password(site: Site, name: str) -> str:
    return site.secrets.token(f"iodine password of {name}")


def _expect(site: Site, key: str, interface: str, role: str, *remotes: str) -> None:
    server = role == "server"
    site.tunnels.append(
        TrueTunnel(
            key=key,
            technologies=("iodine",),
            interface=interface,
            states=("up",),
            owner=f"/usr/sbin/{'iodined' if server else 'iodine'}",
            local=End(address=UPLINK, port=53 if server else None, transports=("udp",)),
            # NOTE: packets go to the resolver, the tunnel ends at whoever answers for the domain.
            remotes=tuple(
                End(address=remote, port=None if remote.startswith("t.") else 53, transports=()) for remote in remotes
            ),
            role=role,
            family="network_tunnel",
            realisation="software_vpn",
        )
    )
