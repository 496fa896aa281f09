"""Daemons of VPNs while they hold no device: servers with nobody there, a client that gets no answer, relays."""

from tests.lab.keys import tool
from tests.lab.parts.proxies import listens
from tests.lab.site import UPLINK, Site
from tests.lab.truth import End, TrueTunnel

NOBODY = "203.0.113.130"
_OCSERV = """\
auth = "plain[passwd=/etc/ocserv/passwd]"
tcp-port = 8445
udp-port = 0
run-as-user = nobody
run-as-group = daemon
socket-file = /run/ocserv-socket
server-cert = /etc/ocserv/cert.pem
server-key = /etc/ocserv/key.pem
isolate-workers = false
max-clients = 8
ipv4-network = 10.66.0.0/24
device = vpns
"""


def start(site: Site) -> None:
    """Start them."""
    _openvpn(site)
    _ocserv(site)
    _tinc(site)
    site.run_daemon("supernode", "supernode", "-l", "7655")
    site.later("supernode waits", lambda: _waits(site, 7655))
    _expect(site, "supernode", "n2n", "/usr/bin/supernode", End(port=7655, transports=("udp",)), role="server")
    password = site.secrets.token("VTun password")
    site.gateway.write("/etc/vtund.conf", f"branch {{\n passwd {password};\n type tun;\n}}\n")
    site.run_daemon("vtund", "vtund", "-n", "-s", "-P", "5001")
    site.later("vtund listens", lambda: listens(site.gateway, 5001))
    _expect(site, "vtund", "vtun", "/usr/sbin/vtund", End(port=5001, transports=("tcp",)))


def _expect(site: Site, key: str, technology: str, owner: str, local: End, *remotes: End, **more: object) -> None:
    """Write down one of them."""
    fields: dict[str, object] = {"states": ("up",), "family": "network_tunnel", "role": None}
    site.tunnels.append(
        TrueTunnel(
            key=key,
            technologies=(technology,),
            interface=None,
            owner=owner,
            local=local,
            remotes=remotes,
            local_any=True,
            **fields | more,  # type: ignore[arg-type]
        )
    )


def _waits(site: Site, port: int) -> bool:
    """Return whether a UDP socket of the gateway is bound to `port`."""
    return bool(site.gateway.run("ss", "-Hlun", f"sport = :{port}").stdout)


def _openvpn(site: Site) -> None:
    """A client of a server that does not answer: it makes its device only after the connection."""
    issued = site.authority.issue("waiting", "clientAuth")
    for name, content in (("ca", site.authority.certificate), ("cert", issued.certificate), ("key", issued.key)):
        site.gateway.write(f"/etc/openvpn/{name}.pem", content)
    site.gateway.write(
        "/etc/openvpn/waiting.conf",
        f"client\ndev tun\nproto udp\nremote {NOBODY} 1194\nca ca.pem\ncert cert.pem\nkey key.pem\n",
    )
    site.run_daemon("openvpn", "openvpn", "--config", "waiting.conf", cwd="/etc/openvpn")
    site.later("openvpn has its socket", lambda: site.gateway.run("ss", "-Huanp").stdout.count("openvpn"))
    end = End(address=NOBODY, port=1194, transports=("udp",))
    _expect(site, "openvpn", "openvpn", "/usr/sbin/openvpn", End(), end, states=("down",), role="client")


def _ocserv(site: Site) -> None:
    """A server for people, none of whom is connected."""
    issued = site.authority.issue("people", "serverAuth")
    site.gateway.write("/etc/ocserv/cert.pem", issued.certificate)
    site.gateway.write("/etc/ocserv/key.pem", issued.key)
    site.gateway.write("/etc/ocserv/passwd", "")
    site.gateway.write("/etc/ocserv/waiting.conf", _OCSERV)
    site.run_daemon("ocserv", "ocserv", "-f", "-c", "/etc/ocserv/waiting.conf")
    site.later("ocserv listens", lambda: listens(site.gateway, 8445))
    local = End(port=8445, transports=("tcp",))
    _expect(
        site, "ocserv", "openconnect", "/usr/sbin/ocserv", local, family="remote_access", role="server",
        realisation="vpn_server",
    )  # fmt: skip


def _tinc(site: Site) -> None:
    """A node of a mesh that only passes on what others send."""
    key = tool("openssl", "genrsa", "-traditional", "2048").decode()
    public = tool("openssl", "rsa", "-RSAPublicKey_out", stdin=key.encode()).decode()
    site.gateway.write("/etc/tinc/hub/rsa_key.priv", site.secrets.keep_pem("tinc key of the hub", key))
    site.gateway.write("/etc/tinc/hub/tinc.conf", "Name = hub\nDeviceType = dummy\nBindToAddress = * 6550\n", 0o644)
    site.gateway.write("/etc/tinc/hub/hosts/hub", f"Address = {UPLINK}\nPort = 6550\n{public}", 0o644)
    site.run_daemon("tinc", "tincd", "-n", "hub", "-D")
    site.later("tincd listens", lambda: listens(site.gateway, 6550))
    _expect(site, "tinc", "tinc", "/usr/sbin/tincd", End(port=6550))
