"""OpenVPN as companies run it: a UDP client, a TCP client on a misleading device, and a static key."""

from tests.lab.keys import openvpn_static
from tests.lab.node import Daemon, Node
from tests.lab.site import UPLINK, Site
from tests.lab.truth import End, TrueTunnel

OFFICE_UDP, OFFICE_TCP = "203.0.113.20", "203.0.113.21"
HOME, PERSON = "203.0.113.77", "zhang.san"
_COMMON = """\
persist-tun
verb 3
topology subnet
data-ciphers AES-256-GCM
reneg-sec 0
"""


def start(site: Site) -> None:
    """Build the UDP client on tun1 and the TCP client on eth5, both to the own office in Singapore."""
    office = site.far("office", "c", f"{OFFICE_UDP}/24", f"{OFFICE_TCP}/24")
    wrap = openvpn_static(site.secrets, "OpenVPN tls-crypt key")
    _server(site, office, "hq-udp", f"local {OFFICE_UDP}\nport 1194\nproto udp\n", "10.41.0", wrap)
    _server(site, office, "hq-tcp", f"local {OFFICE_TCP}\nport 443\nproto tcp-server\n", "10.42.0", wrap)
    _udp_client(site, wrap)
    _tcp_client(site, wrap)


def _server(site: Site, office: Node, name: str, socket: str, network: str, wrap: str) -> None:
    issued = site.authority.issue(name, "serverAuth")
    office.write(
        f"/etc/openvpn/server/{name}.conf",
        f"{_COMMON}{socket}dev tun\nmode server\ntls-server\ndh none\n"
        f"ifconfig {network}.1 255.255.255.0\nifconfig-pool {network}.2 {network}.9 255.255.255.0\n"
        f'push "topology subnet"\npush "route-gateway {network}.1"\nkeepalive 5 30\n'
        + _inline(ca=site.authority.certificate, cert=issued.certificate, key=issued.key)
        + _inline(**{"tls-crypt": wrap}),
    )
    site.run_far(office, "openvpn", "--config", f"{name}.conf", cwd="/etc/openvpn/server")


def _udp_client(site: Site, wrap: str) -> None:
    """Everything inline in one 0600 file, as `openvpn-client@hq-sg` of Debian starts it."""
    issued = site.authority.issue("gw-sha-01", "clientAuth")
    site.gateway.write(
        "/etc/openvpn/client/hq-sg.conf",
        f"client\ndev tun1\nproto udp\nremote {OFFICE_UDP} 1194\nresolv-retry 5\n{_COMMON}"
        f"remote-cert-tls server\nroute 10.40.0.0 255.255.0.0\n"
        f"auth-user-pass hq-sg.pass\n"
        + _inline(ca=site.authority.certificate, cert=issued.certificate, key=issued.key)
        + _inline(**{"tls-crypt": wrap}),
    )
    password = site.secrets.password("OpenVPN password in a file")
    site.gateway.write("/etc/openvpn/client/hq-sg.pass", f"gw-sha-01\n{password}\n")
    run_udp(site)
    _expect(site, "openvpn-udp", "tun1", End(address=OFFICE_UDP, port=1194, transports=("udp",)), "10.41.0.1")


def run_udp(site: Site) -> Daemon:
    """Start the UDP client on the gateway; also after it was stopped."""
    arguments = ["--suppress-timestamps", "--nobind", "--config", "hq-sg.conf"]
    return site.run_daemon("openvpn-udp", "openvpn", *arguments, cwd="/etc/openvpn/client")


def _tcp_client(site: Site, wrap: str) -> None:
    """Keys in files, a passphrase in a file, and one password in the arguments and one in the environment."""
    passphrase = site.secrets.token("OpenVPN key passphrase")
    issued = site.authority.issue("gw-sha-01-tcp", "clientAuth", passphrase=passphrase)
    for name, content in (
        ("ca.crt", site.authority.certificate),
        ("client.crt", issued.certificate),
        ("client.key", issued.key),
        ("client.askpass", passphrase + "\n"),
        ("wrap.key", wrap),
    ):
        site.gateway.write(f"/etc/openvpn/backup/{name}", content)
    site.gateway.write(
        "/etc/openvpn/backup.conf",
        f"client\ndev eth5\ndev-type tun\nproto tcp-client\n{_COMMON}"
        f"ca backup/ca.crt\ncert backup/client.crt\nkey backup/client.key\ntls-crypt backup/wrap.key\n"
        "remote-cert-tls server\nnobind\n",
    )
    site.run_daemon(
        "openvpn-tcp",
        *("openvpn", "--cd", "/etc/openvpn", "--config", "backup.conf", "--remote", OFFICE_TCP, "443"),
        *("--askpass", "backup/client.askpass"),
        *("--setenv", "UV_PROXY_PASSWORD", site.secrets.token("password in an argument")),
        environment={"DB_PASSWORD": site.secrets.token("password in the environment")},
    )
    _expect(site, "openvpn-tcp", "eth5", End(address=OFFICE_TCP, port=443, transports=("tcp",)), "10.42.0.1")


def _expect(site: Site, key: str, interface: str, remote: End, inside: str) -> None:
    site.later(f"{key} carries a ping", lambda: site.reaches(inside))
    site.tunnels.append(
        TrueTunnel(
            key=key,
            technologies=("openvpn",),
            interface=interface,
            states=("up",),
            owner="/usr/sbin/openvpn",
            local=End(address=UPLINK, transports=remote.transports),
            local_any=remote.transports == ("udp",),
            remotes=(remote,),
            inside=inside,
            verdict="non_compliant",
        )
    )


def start_staff(site: Site) -> None:
    """Build a server on the gateway for individual people, one of them connected from home over TCP."""
    wrap = openvpn_static(site.secrets, "OpenVPN tls-crypt key of the staff server")
    issued = site.authority.issue("vpn-staff", "serverAuth")
    site.gateway.write(
        "/etc/openvpn/server/staff.conf",
        f"{_COMMON}port 4443\nproto tcp-server\ndev tun-staff\ndev-type tun\nserver 10.44.0.0 255.255.255.0\ndh none\n"
        "keepalive 5 30\nstatus /run/openvpn-server/status-staff.log 2\nstatus-version 2\n"
        + _inline(ca=site.authority.certificate, cert=issued.certificate, key=issued.key)
        + _inline(**{"tls-crypt": wrap}),
    )
    site.gateway.run("mkdir", "-p", "/run/openvpn-server")
    site.run_daemon("openvpn-staff", "openvpn", "--config", "staff.conf", cwd="/etc/openvpn/server")
    home = site.far("home", "c", f"{HOME}/24")
    person = site.authority.issue(PERSON, "clientAuth")
    home.write(
        "/etc/openvpn/client/work.conf",
        f"client\ndev tun1\nproto tcp-client\nremote {UPLINK} 4443\nconnect-retry 1\n{_COMMON}remote-cert-tls server\n"
        + _inline(ca=site.authority.certificate, cert=person.certificate, key=person.key)
        + _inline(**{"tls-crypt": wrap}),
    )
    site.run_far(home, "openvpn", "--config", "work.conf", cwd="/etc/openvpn/client")
    site.personal += [HOME.encode(), PERSON.encode()]
    site.later("openvpn-staff carries a ping", lambda: site.reaches("10.44.0.2"))
    site.tunnels.append(
        TrueTunnel(
            key="openvpn-staff",
            technologies=("openvpn",),
            interface="tun-staff",
            states=("up",),
            owner="/usr/sbin/openvpn",
            local=End(port=4443, transports=("tcp",)),
            local_any=True,
            remotes=(),
            inside="10.44.0.2",
            verdict="needs_review",
        )
    )


def start_branch(site: Site, netns: str, address: str) -> None:
    """Build a static-key tunnel inside the namespace `netns`, whose own uplink is `address`."""
    remote = "203.0.113.22"
    far = site.far("depot", "c", f"{remote}/24")
    key = openvpn_static(site.secrets, "OpenVPN static key")
    for node, local, other, inside in (
        (far, remote, address, "10.43.0.1 10.43.0.2"),
        (site.gateway, address, remote, "10.43.0.2 10.43.0.1"),
    ):
        node.write(
            "/etc/openvpn/p2p.conf",
            f"dev tun1\nproto udp\nlocal {local}\nremote {other}\nport 1195\nifconfig {inside}\n"
            f"cipher AES-256-CBC\nverb 3\n" + _inline(secret=key),
        )
    site.run_far(far, "openvpn", "/etc/openvpn/p2p.conf")
    site.run_daemon("openvpn-branch", "openvpn", "/etc/openvpn/p2p.conf", netns=netns)
    site.later("openvpn-branch carries a ping", lambda: site.reaches("10.43.0.1", netns=netns))
    site.tunnels.append(
        TrueTunnel(
            key="openvpn-branch",
            technologies=("openvpn",),
            interface="tun1",
            namespace=netns,
            states=("up",),
            owner="/usr/sbin/openvpn",
            local=End(address=address, port=1195, transports=("udp",)),
            remotes=(End(address=remote, port=1195, transports=("udp",)),),
            inside="10.43.0.1",
            verdict="needs_review",
        )
    )


def _inline(**files: str) -> str:
    return "".join(f"<{name}>\n{content.strip()}\n</{name}>\n" for name, content in files.items())
