"""OpenVPN servers on the gateway that branch offices call: one beside a person's notebook, one over IPv6 and TCP."""

from tests.lab.node import Node
from tests.lab.site import UPLINK, UPLINK_V6, Site
from tests.lab.truth import End, TrueTunnel

BRANCH, BRANCH_V6 = "203.0.113.26", "2001:db8:c::26"
HOME, PERSON = "203.0.113.78", "li.si"
OWNER = "/usr/sbin/openvpn"


def start(site: Site) -> None:
    """Build `sites0` (UDP; a branch and a person) and `sites1` (TCP over IPv6; a branch alone)."""
    branch = site.far("branch-router", "c", f"{BRANCH}/24", f"{BRANCH_V6}/64")
    home = site.far("notebook", "c", f"{HOME}/24")
    site.gateway.run("mkdir", "-p", "/run/openvpn-server")
    site.personal += [HOME.encode(), PERSON.encode()]
    _server(site, 0, "proto udp\nport 1310", "10.31.0.0")
    _server(site, 1, f"proto tcp6-server\nlocal {UPLINK_V6}\nport 1311", "10.32.0.0")
    _client(site, branch, "branch-bj", 0, f"proto udp\nremote {UPLINK} 1310\nlocal {BRANCH}\nlport 1312")
    _client(site, home, PERSON, 0, f"proto udp\nremote {UPLINK} 1310\nnobind")
    _client(site, branch, "branch-gz", 1, f"proto tcp6-client\nremote {UPLINK_V6} 1311\nnobind")
    for number, clients, local, remote in (
        (0, 2, End(port=1310, transports=("udp",)), End(address=BRANCH, port=1312, transports=("udp",))),
        (1, 1, End(address=UPLINK_V6, port=1311, transports=("tcp",)), End(address=BRANCH_V6, transports=("tcp",))),
    ):
        for client in range(clients):
            site.later(f"sites{number} carries a ping", lambda n=number, c=client: site.reaches(f"10.49.{n}.{c + 2}"))
        site.later(f"sites{number} wrote its status", lambda n=number, c=clients: _told(site, n) == c)
        site.tunnels.append(
            TrueTunnel(
                key=f"openvpn-sites{number}",
                technologies=("openvpn",),
                interface=f"sites{number}",
                states=("up",),
                owner=OWNER,
                local=local,
                local_any=True,
                remotes=(remote,),
                role="server",
                family="network_tunnel",
                realisation="vpn_server",
            )
        )


def _told(site: Site, number: int) -> int:
    status = site.gateway.run("cat", f"/run/openvpn-server/sites{number}.log", check=False).stdout
    return status.count("\nCLIENT_LIST,") if "/16," in status else 0


def _server(site: Site, number: int, way: str, network: str) -> None:
    issued = site.authority.issue(f"vpn-sites{number}", "serverAuth")
    names = ("branch-bj",) if number == 0 else ("branch-gz",)
    for name in names:
        site.gateway.write(f"/etc/openvpn/sites{number}/{name}", f"iroute {network} 255.255.0.0\n")
    site.gateway.write(
        f"/etc/openvpn/server/sites{number}.conf",
        f"{way}\ndev sites{number}\ndev-type tun\nserver 10.49.{number}.0 255.255.255.0\ntopology subnet\ndh none\n"
        f"client-config-dir /etc/openvpn/sites{number}\nkeepalive 5 30\nverb 3\n"
        f"status /run/openvpn-server/sites{number}.log 1\nstatus-version 2\n"
        + _inline(ca=site.authority.certificate, cert=issued.certificate, key=issued.key),
    )
    site.run_daemon(f"openvpn-sites{number}", "openvpn", "--config", f"sites{number}.conf", cwd="/etc/openvpn/server")


def _client(site: Site, node: Node, name: str, number: int, way: str) -> None:
    issued = site.authority.issue(name, "clientAuth")
    node.write(
        f"/etc/openvpn/{name}.conf",
        f"client\n{way}\ndev up{number}\ndev-type tun\nremote-cert-tls server\nconnect-retry 1\nverb 3\n"
        + _inline(ca=site.authority.certificate, cert=issued.certificate, key=issued.key),
    )
    site.run_far(node, "openvpn", "--config", f"/etc/openvpn/{name}.conf")


def _inline(**files: str) -> str:
    return "".join(f"<{name}>\n{content.strip()}\n</{name}>\n" for name, content in files.items())
