"""openconnect to a stranger's ocserv, and an ocserv for staff on the gateway with one person connected from home."""

from tests.lab.node import Node
from tests.lab.site import UPLINK, Site
from tests.lab.truth import End, TrueNotTunnel, TrueTunnel

FAR, HOME, PERSON = "203.0.113.81", "203.0.113.78", "li.xiaoming"
NAME, STAFF = "sslvpn.partner.example", "vpn-staff.corp.example"
_SERVER = """\
auth = "plain[passwd=/etc/ocserv/passwd]"
tcp-port = {port}
udp-port = {port}
run-as-user = ocserv
run-as-group = ocserv
socket-file = /run/ocserv-socket
server-cert = /etc/ocserv/server.crt
server-key = /etc/ocserv/server.key
isolate-workers = true
max-clients = 16
keepalive = 32400
device = vpns
predictable-ips = true
ipv4-network = {network}.0
ipv4-netmask = 255.255.255.0
route = {network}.0/255.255.255.0
cisco-client-compat = true
"""
_UP = """\
#!/bin/sh
[ "$reason" = connect ] || exit 0
ip address add "$INTERNAL_IP4_ADDRESS/32" dev "$TUNDEV"
ip link set "$TUNDEV" up mtu 1300
ip route add {network}.1/32 dev "$TUNDEV"
"""


def start(site: Site) -> None:
    """Build the client on device `partner0`, DTLS beside TLS."""
    far = site.far("sslvpn", "c", f"{FAR}/24")
    password = _serve(site, far, NAME, "gw-sha-01", "10.70.0", 443)
    site.run_far(far, *_OCSERV)
    _join(site, site.gateway, "10.70.0", password)
    site.later("ocserv listens", lambda: far.run("ss", "-Hltn", "sport = :443").stdout)
    site.finish()
    site.run_daemon("openconnect", *_client("gw-sha-01", f"{NAME}:{FAR}", f"https://{NAME}/", "partner0"))
    site.later("openconnect carries a ping", lambda: site.reaches("10.70.0.1"))
    site.tunnels.append(
        TrueTunnel(
            key="openconnect",
            technologies=("openconnect",),
            interface="partner0",
            states=("up",),
            owner="/usr/sbin/openconnect",
            local=End(address=UPLINK, transports=("tcp", "udp")),
            remotes=(
                End(address=FAR, port=443, transports=("tcp",)),
                End(address=FAR, port=443, transports=("udp",)),
            ),
            inside="10.70.0.1",
            family="network_tunnel",
            role="client",
            realisation="software_vpn",
        )
    )


def start_staff(site: Site) -> None:
    """Build the server for staff on the gateway; each person who connects is given a device of their own."""
    home = site.far("home-ssl", "c", f"{HOME}/24")
    password = _serve(site, site.gateway, STAFF, PERSON, "10.71.0", 4433)
    site.run_daemon("ocserv", *_OCSERV)
    _join(site, home, "10.71.0", password)
    site.later("ocserv for staff listens", lambda: site.gateway.run("ss", "-Hltn", "sport = :4433").stdout)
    site.finish()
    site.run_far(home, *_client(PERSON, f"{STAFF}:{UPLINK}", f"https://{STAFF}:4433/", "work0"))
    site.personal += [HOME.encode(), PERSON.encode()]
    site.later(
        "a person is connected", lambda: home.run("ping", "-nc1", "-W1", "10.71.0.1", check=False).returncode == 0
    )
    site.tunnels.append(
        TrueTunnel(
            key="ocserv",
            technologies=("openconnect",),
            interface=None,
            states=("up",),
            owner="/usr/sbin/ocserv",
            local=End(port=4433, transports=("tcp",)),
            local_any=True,
            remotes=(),
            family="remote_access",
            role="server",
            realisation="vpn_server",
        )
    )
    site.not_tunnels.append(TrueNotTunnel(interface="vpns0", why="one person's device of the server for staff"))


_OCSERV = ("ocserv", "--foreground", "--pid-file", "/run/ocserv.pid", "--config", "/etc/ocserv/ocserv.conf")


def _client(user: str, resolve: str, url: str, device: str) -> tuple[str, ...]:
    """Return the command of openconnect, its password on stdin."""
    options = f"--user={user} --passwd-on-stdin --no-system-trust --cafile=/etc/openconnect/ca.crt"
    script = f"exec openconnect {options} --resolve={resolve} -i {device} --script=/etc/openconnect/up {url}"
    return ("sh", "-c", f"{script} < /etc/openconnect/password")


def _serve(site: Site, node: Node, name: str, user: str, network: str, port: int) -> str:
    """Write the configuration of an ocserv called `name` on `node` and return the password of its one `user`."""
    issued = site.authority.issue(name, "serverAuth")
    password = site.secrets.token(f"password at {name}")
    node.write("/etc/ocserv/server.crt", issued.certificate, 0o644)
    node.write("/etc/ocserv/server.key", issued.key)
    node.write("/etc/ocserv/ocserv.conf", _SERVER.format(port=port, network=network))
    node.run("ocpasswd", "-c", "/etc/ocserv/passwd", user, text=f"{password}\n{password}\n")
    return password


def _join(site: Site, node: Node, network: str, password: str) -> None:
    """Write what openconnect on `node` needs."""
    node.write("/etc/openconnect/ca.crt", site.authority.certificate, 0o644)
    node.write("/etc/openconnect/up", _UP.format(network=network), 0o755)
    node.write("/etc/openconnect/password", password + "\n")
