"""SoftEther: a client, a bridge and a server on the gateway, both joined to another by cascades; a person at home."""

import re
from functools import partial

from tests.lab.node import Node, wait_until
from tests.lab.site import LAN, UPLINK, Site
from tests.lab.truth import End, TrueTunnel

FAR, PORT, HOME, PERSON = "203.0.113.80", 5555, "203.0.113.79", "wang.xiaohong"
CASCADED, OFFICE_PORT = "203.0.113.86", 992
INSIDE, CASCADE_INSIDE, BRIDGE_INSIDE = "10.74.0.2", "10.8.0.202", "10.75.0.2"
_PLACES = ("/run/softether", "/var/lib/softether", "/var/log/softether")
_SERVER = "/usr/libexec/softether/vpnserver/vpnserver"
_CLIENT = "/usr/libexec/softether/vpnclient/vpnclient"
_BRIDGE = "/usr/libexec/softether/vpnbridge/vpnbridge"
_SECRET = re.compile(r"\tbyte (?:\w*Password|\w*Key|\w*Hash) (\S{12,})")
# NOTE: the daemon's own sums of the empty password, and its other constants, are no secrets.
_EMPTY = ("+WzqGYrR3VYXrAhKPZLGEHcIwO8=", "bpw3X/O5E8a6G6ccnl4uXmDtkwI=")


def start(site: Site) -> None:
    """Build the client's `vpn_sg`, the bridge's `tap_depot`, the server's `tap_office` in the office bridge."""
    far, second, home = (
        site.far(name, "c", f"{address}/24")
        for name, address in (("sehub", FAR), ("sehub2", CASCADED), ("home-se", HOME))
    )
    for node in (site.gateway, far, second, home):
        node.run("mkdir", "-p", *_PLACES)
    for node, program in ((far, _SERVER), (second, _SERVER), (home, _CLIENT)):
        site.run_far(node, program, "execsvc")
    site.run_daemon("softether-client", _CLIENT, "execsvc")
    site.run_daemon("softether-bridge", _BRIDGE, "execsvc")
    for node, port in ((far, PORT), (second, PORT), (site.gateway, PORT), (site.gateway, 9931), (home, 9931)):
        site.later(f"{node.name} listens at {port}", partial(_listens, node, port))
    site.finish()
    _build_bridge(site, second)
    site.run_daemon("softether-server", _SERVER, "execsvc")
    _build_client(site, far)
    site.later("SoftEther's server listens", partial(_listens, site.gateway, OFFICE_PORT))
    site.finish()
    _build_server(site, second, home)
    for node in (site.gateway, far, second, home):
        _keep(site, node)
    _expect(site, home)


def _build_client(site: Site, far: Node) -> None:
    """Connect the gateway's client, with a route of its own, to `far`."""
    password = site.secrets.token("SoftEther password of the gateway")
    _command(far, "server", *_user("DEFAULT", "gw-sha", password), "BridgeCreate DEFAULT /DEVICE:far /TAP:yes", "Flush")
    _account(site.gateway, "SG", f"{FAR}:{PORT}", "gw-sha", password)
    _ip(site.gateway, "vpn_sg", "address add 10.74.0.1/24 dev vpn_sg")
    _ip(far, "tap_far", f"address add {INSIDE}/24 dev tap_far")


def _build_bridge(site: Site, second: Node) -> None:
    """Join the gateway's bridge to hub DEPOT of `second`."""
    password = site.secrets.token("SoftEther password of the bridge")
    admin = site.secrets.token("SoftEther password of a hub")
    _command(
        *(second, "server", f"HubCreate DEPOT /PASSWORD:{admin}", *_user("DEPOT", "gw-depot", password)),
        *("BridgeCreate DEPOT /DEVICE:depot /TAP:yes", "Flush"),
    )
    _command(
        # NOTE: the bridge, which is first, keeps 5555 only, so the server is left with the other ports.
        *(site.gateway, "server", "ListenerDelete 443", "ListenerDelete 992", "ListenerDelete 1194"),
        *("Hub BRIDGE", "BridgeCreate BRIDGE /DEVICE:depot /TAP:yes"),
        *_cascade("DEPOT", "gw-depot", password),
        "Flush",
    )
    _ip(site.gateway, "tap_depot", "address add 10.75.0.1/24 dev tap_depot")
    _ip(second, "tap_depot", f"address add {BRIDGE_INSIDE}/24 dev tap_depot")


def _build_server(site: Site, second: Node, home: Node) -> None:
    """Join the gateway's server to `second`, and the person at `home` to it."""
    password, person = (site.secrets.token(f"SoftEther password of {name}") for name in ("the cascade", "a person"))
    _command(
        *(second, "server", *_user("DEFAULT", "gw-sha", password)),
        *("BridgeCreate DEFAULT /DEVICE:far /TAP:yes", "Flush"),
    )
    _command(
        *(site.gateway, "server", *_user("DEFAULT", PERSON, person)),
        *("ListenerDelete 443", "ListenerDelete 1194", "BridgeCreate DEFAULT /DEVICE:office /TAP:yes"),
        *_cascade("DEFAULT", "gw-sha", password),
        "Flush",  # NOTE: by itself it saves its file every five minutes
        port=OFFICE_PORT,
    )
    _account(home, "Work", f"{UPLINK}:{OFFICE_PORT}", PERSON, person)
    site.personal += [HOME.encode(), PERSON.encode()]
    _ip(site.gateway, "tap_office", "link set tap_office master lan0")
    _ip(second, "tap_far", f"address add {CASCADE_INSIDE}/24 dev tap_far")
    _ip(home, "vpn_work", "address add 10.8.0.203/24 dev vpn_work")


def _listens(node: Node, port: int) -> str:
    return node.run("ss", "-Hltn", f"sport = :{port}").stdout


def _ip(node: Node, device: str, line: str) -> None:
    """Have `ip` do `line` as soon as a daemon has made `device`."""
    wait_until(f"{device} of {node.name}", lambda: device in node.run("ls", "/sys/class/net").stdout.split())
    node.ip(line)


def _command(node: Node, kind: str, *lines: str, port: int = PORT) -> None:
    """Have `vpncmd` give `lines` to the daemon of `node`."""
    node.write("/root/vpncmd.txt", "\n".join(lines) + "\n")
    node.run("vpncmd", f"/{kind}", f"localhost:{port}" if kind == "server" else "localhost", "/in:/root/vpncmd.txt")
    node.run("rm", "/root/vpncmd.txt")


def _user(hub: str, user: str, password: str) -> tuple[str, ...]:
    """Return the commands that go to `hub` and make its one user."""
    made = f"UserCreate {user} /GROUP:none /REALNAME:none /NOTE:none"
    return f"Hub {hub}", made, f"UserPasswordSet {user} /PASSWORD:{password}"


def _cascade(hub: str, user: str, password: str) -> tuple[str, ...]:
    """Return the commands that join the present hub to `hub` elsewhere."""
    return (
        f"CascadeCreate join /SERVER:{CASCADED}:{PORT} /HUB:{hub} /USERNAME:{user}",
        f"CascadePasswordSet join /PASSWORD:{password} /TYPE:standard",
        "CascadeOnline join",
    )


def _account(node: Node, device: str, server: str, user: str, password: str) -> None:
    """Connect the client of `node` to `server`."""
    _command(
        *(node, "client", f"NicCreate {device}"),
        f"AccountCreate main /SERVER:{server} /HUB:DEFAULT /USERNAME:{user} /NICNAME:{device}",
        f"AccountPasswordSet main /PASSWORD:{password} /TYPE:standard",
        "AccountConnect main",
    )


def _keep(site: Site, node: Node) -> None:
    """Register as secret what the daemons of `node` made of passwords and keys."""
    files = node.run("sh", "-c", "cat /var/lib/softether/vpn_*.config").stdout
    for number, value in enumerate(_SECRET.findall(files)):
        if value not in _EMPTY:
            site.secrets.keep(f"SoftEther secret {number} of {node.name}", value.encode())


def _expect(site: Site, home: Node) -> None:
    site.later("SoftEther's client carries a ping", lambda: site.reaches(INSIDE))
    site.later("SoftEther's bridge carries a ping", lambda: site.reaches(BRIDGE_INSIDE))
    site.later("SoftEther's cascade carries a ping", lambda: site.reaches(CASCADE_INSIDE))
    site.later(
        "a person is connected to SoftEther",
        lambda: home.run("ping", "-nc1", "-W1", LAN, check=False).returncode == 0,
    )
    end, second = (End(address=address, port=PORT, transports=("tcp",)) for address in (FAR, CASCADED))
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
            key="softether-bridge",
            interface="tap_depot",
            owner=_BRIDGE,
            local=End(address=UPLINK, transports=("tcp",)),
            remotes=(second,),
            inside=BRIDGE_INSIDE,
            family="network_tunnel",
            role="client",
            realisation="software_vpn",
            **common,  # type: ignore[arg-type]
        ),
        TrueTunnel(
            key="softether-server",
            interface="tap_office",
            owner=_SERVER,
            local=End(port=OFFICE_PORT, transports=("tcp",)),
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
            remotes=(second,),
            inside=CASCADE_INSIDE,
            family="network_tunnel",
            role="client",
            realisation="software_vpn",
            **common,  # type: ignore[arg-type]
        ),
    ]
