"""SoftEther: a client and a server on the gateway, the server joined to another by a cascade, a person at home."""

import re

from tests.lab.node import Node
from tests.lab.site import LAN, UPLINK, Site
from tests.lab.truth import End, TrueTunnel

FAR, PORT, HOME, PERSON = "203.0.113.80", 5555, "203.0.113.79", "wang.xiaohong"
CASCADED = "203.0.113.86"
INSIDE, CASCADE_INSIDE = "10.74.0.2", "10.8.0.202"
_PLACES = ("/run/softether", "/var/lib/softether", "/var/log/softether")
_SERVER = "/usr/libexec/softether/vpnserver/vpnserver"
_CLIENT = "/usr/libexec/softether/vpnclient/vpnclient"
_SECRET = re.compile(r"\tbyte (?:\w*Password|\w*Key|\w*Hash) (\S{12,})")
# NOTE: the daemon's own sums of the empty password, and its other constants, are no secrets.
_EMPTY = ("+WzqGYrR3VYXrAhKPZLGEHcIwO8=", "bpw3X/O5E8a6G6ccnl4uXmDtkwI=")


def start(site: Site) -> None:
    """Build the client's device `vpn_sg`, the server's `tap_office` in the office bridge, and the cascade."""
    far, second, home = (
        site.far(name, "c", f"{address}/24")
        for name, address in (("sehub", FAR), ("sehub2", CASCADED), ("home-se", HOME))
    )
    for node in (site.gateway, far, second, home):
        node.run("mkdir", "-p", *_PLACES)
    for node in (far, second):
        site.run_far(node, _SERVER, "execsvc")
    site.run_far(home, _CLIENT, "execsvc")
    site.run_daemon("softether-server", _SERVER, "execsvc")
    site.run_daemon("softether-client", _CLIENT, "execsvc")
    for node, kind, port in ((far, "server", PORT), (second, "server", PORT), (site.gateway, "server", PORT)):
        site.later(f"{kind} of {node.name} listens", lambda node=node, port=port: _listens(node, port))  # type: ignore[misc]
    for node in (site.gateway, home):
        site.later(f"client of {node.name} listens", lambda node=node: _listens(node, 9931))  # type: ignore[misc]
    site.finish()
    password, second_password, person = (
        site.secrets.token(f"SoftEther password of {name}") for name in ("the gateway", "the cascade", "a person")
    )
    _users(site, far, "gw-sha", password, "BridgeCreate DEFAULT /DEVICE:far /TAP:yes")
    _users(site, second, "gw-sha", second_password, "BridgeCreate DEFAULT /DEVICE:far /TAP:yes")
    _users(
        *(site, site.gateway, PERSON, person),
        "ListenerDelete 443",
        "ListenerDelete 1194",
        "BridgeCreate DEFAULT /DEVICE:office /TAP:yes",
        f"CascadeCreate to-hk /SERVER:{CASCADED}:{PORT} /HUB:DEFAULT /USERNAME:gw-sha",
        f"CascadePasswordSet to-hk /PASSWORD:{second_password} /TYPE:standard",
        "CascadeOnline to-hk",
    )
    _account(site.gateway, "SG", FAR, "gw-sha", password)
    _account(home, "Work", UPLINK, PERSON, person)
    site.personal += [HOME.encode(), PERSON.encode()]
    for node in (site.gateway, far, second, home):
        _keep(site, node)
    _address(site, far, second, home)
    _expect(site, home)


def _listens(node: Node, port: int) -> str:
    return node.run("ss", "-Hltn", f"sport = :{port}").stdout


def _command(node: Node, kind: str, *lines: str) -> None:
    """Have `vpncmd` give `lines` to the daemon of `node`."""
    node.write("/root/vpncmd.txt", "\n".join(lines) + "\n")
    node.run("vpncmd", f"/{kind}", f"localhost:{PORT}" if kind == "server" else "localhost", "/in:/root/vpncmd.txt")
    node.run("rm", "/root/vpncmd.txt")


def _users(site: Site, node: Node, user: str, password: str, *more: str) -> None:
    """Give the server of `node` one user, and no service outside of the lab."""
    _command(
        *(node, "server", "Hub DEFAULT", f"UserCreate {user} /GROUP:none /REALNAME:none /NOTE:none"),
        f"UserPasswordSet {user} /PASSWORD:{password}",
        *more,
        "Flush",  # NOTE: by itself it saves its file every five minutes
    )


def _account(node: Node, device: str, server: str, user: str, password: str) -> None:
    """Connect the client of `node` to `server`."""
    _command(
        *(node, "client", f"NicCreate {device}"),
        f"AccountCreate main /SERVER:{server}:{PORT} /HUB:DEFAULT /USERNAME:{user} /NICNAME:{device}",
        f"AccountPasswordSet main /PASSWORD:{password} /TYPE:standard",
        "AccountConnect main",
    )


def _keep(site: Site, node: Node) -> None:
    """Register as secret what the daemons of `node` made of passwords and keys."""
    files = node.run("sh", "-c", "cat /var/lib/softether/vpn_*.config").stdout
    for number, value in enumerate(_SECRET.findall(files)):
        if value not in _EMPTY:
            site.secrets.keep(f"SoftEther secret {number} of {node.name}", value.encode())


def _address(site: Site, far: Node, second: Node, home: Node) -> None:
    """Give the virtual networks addresses: a route of its own on the client, the office's on the server."""
    site.gateway.ip("address add 10.74.0.1/24 dev vpn_sg", "link set tap_office master lan0")
    far.ip(f"address add {INSIDE}/24 dev tap_far")
    second.ip(f"address add {CASCADE_INSIDE}/24 dev tap_far")
    home.ip("address add 10.8.0.203/24 dev vpn_work")


def _expect(site: Site, home: Node) -> None:
    site.later("SoftEther's client carries a ping", lambda: site.reaches(INSIDE))
    site.later("SoftEther's cascade carries a ping", lambda: site.reaches(CASCADE_INSIDE))
    site.later(
        "a person is connected to SoftEther",
        lambda: home.run("ping", "-nc1", "-W1", LAN, check=False).returncode == 0,
    )
    end = End(address=FAR, port=PORT, transports=("tcp",))
    common = {"technologies": ("softether",), "states": ("up",)}
    site.tunnels += [
        TrueTunnel(
            key="softether-client",
            interface="vpn_sg",
            owner=_CLIENT,
            local=End(address=UPLINK, transports=("tcp",)),
            remotes=(end,),
            inside=INSIDE,
            family="network_tunnel",
            role="client",
            realisation="software_vpn",
            **common,  # type: ignore[arg-type]
        ),
        TrueTunnel(
            key="softether-server",
            interface="tap_office",
            owner=_SERVER,
            local=End(port=992, transports=("tcp",)),
            local_any=True,
            remotes=(),
            family="remote_access",
            role="server",
            realisation="vpn_server",
            **common,  # type: ignore[arg-type]
        ),
        TrueTunnel(
            key="softether-cascade",
            interface=None,
            owner=_SERVER,
            local=End(address=UPLINK, transports=("tcp",)),
            remotes=(End(address=CASCADED, port=PORT, transports=("tcp",)),),
            inside=CASCADE_INSIDE,
            family="network_tunnel",
            role="client",
            realisation="software_vpn",
            **common,  # type: ignore[arg-type]
        ),
    ]
