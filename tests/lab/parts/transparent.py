"""Transparent proxies behind rules of the packet filter, and ordinary rules that make none.

Three ways in: nftables with TPROXY, a mark and a routing table for ss-redir; iptables-nft with REDIRECT for
redsocks; iptables-legacy with REDIRECT for a program that nobody knows.
"""

import json

from tests.lab.site import UPLINK, Site
from tests.lab.truth import End, TrueTunnel

SHADOW, SOCKS, RELAY = "203.0.113.80", "203.0.113.81", "203.0.113.82"
SHADOW_PORT, SOCKS_PORT, RELAY_PORT = 8388, 1080, 4443
WEB = "198.51.100.80"  # what people at the LAN look at
TPROXY_PORT, REDSOCKS_PORT, UNKNOWN_PORT = 1081, 12345, 9040
CONTAINER, SERVICE = "172.17.0.2", "10.96.0.1"
_PYTHON = "/usr/bin/python3"

_SERVE = """\
import socket, sys, threading
def hold(port):
    listener = socket.create_server(("", port))
    while True:
        held.append(listener.accept()[0])
held = []
for port in sys.argv[1:]:
    threading.Thread(target=hold, args=(int(port),)).start()
"""
_RELAY = """\
import socket, sys
listener = socket.create_server(("", int(sys.argv[1])))
while True:
    inner = listener.accept()[0]
    outer = socket.create_connection((sys.argv[2], int(sys.argv[3])))
    outer.sendall(b"hello")
    keep = globals().setdefault("kept", []).append((inner, outer))
"""
_HOUSE = """\
import signal, socket, sys
sockets = [socket.create_server(("", int(port))) for port in sys.argv[1:]]
for port in (53, 5353):
    sockets.append(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
    sockets[-1].bind(("", port))
signal.pause()
"""
_CONNECT = """\
import socket, sys, signal
kept = [socket.create_connection((sys.argv[1], int(port))) for port in sys.argv[2:]]
for one in kept:
    one.sendall(b"GET / HTTP/1.0\\r\\n")
signal.pause()
"""
_NFT = f"""\
table inet proxy {{
  chain pre {{
    type filter hook prerouting priority -150; policy accept;
    ip daddr {{ 10.0.0.0/8, 172.16.0.0/12, 192.0.2.0/25 }} return
    iifname "lan0" meta l4proto tcp tcp dport != 443 tproxy ip to :{TPROXY_PORT} meta mark set 1 accept
    iifname "lan0" meta l4proto udp udp dport != 53 tproxy ip to :{TPROXY_PORT} meta mark set 1 accept
  }}
}}
table ip house {{
  chain pre {{
    type nat hook prerouting priority -110; policy accept;
    iifname "lan0" udp dport 53 redirect to :53 comment "PLANTED"
    iifname "lan0" udp dport 53 redirect to :5353
    ip daddr {UPLINK} tcp dport 2222 redirect to :2200
    fib daddr type local tcp dport 2223 redirect to :2200
    ip daddr {UPLINK} tcp dport 8443 dnat to 10.8.0.200:443
    tcp dport 4000 redirect to :4444
  }}
  chain post {{
    type nat hook postrouting priority 100; policy accept;
    ip saddr 10.8.0.0/24 oifname "eth0" masquerade
  }}
  chain forward {{
    type filter hook forward priority 0; policy accept;
    ct state established,related accept
    tcp dport {{ 25, 465 }} drop
  }}
}}
"""
_IPTABLES_NFT = f"""\
*nat
:PREROUTING ACCEPT
:OUTPUT ACCEPT
:DOCKER -
:REDSOCKS -
:KUBE-SERVICES -
:KUBE-SVC-NPX46M4PTMTKRN6Y -
:KUBE-SEP-ABCDEFGHIJKLMNOP -
-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER
-A PREROUTING -m comment --comment "kubernetes service portals" -j KUBE-SERVICES
-A OUTPUT -m comment --comment "kubernetes service portals" -j KUBE-SERVICES
-A OUTPUT ! -d 127.0.0.0/8 -m addrtype --dst-type LOCAL -j DOCKER
-A DOCKER ! -i docker0 -p tcp -m tcp --dport 8080 -j DNAT --to-destination {CONTAINER}:80
-A KUBE-SERVICES -d {SERVICE}/32 -p tcp -m comment --comment "default/kubernetes:https" -m tcp --dport 443 \
-j KUBE-SVC-NPX46M4PTMTKRN6Y
-A KUBE-SVC-NPX46M4PTMTKRN6Y -m comment --comment "default/kubernetes:https" -j KUBE-SEP-ABCDEFGHIJKLMNOP
-A KUBE-SEP-ABCDEFGHIJKLMNOP -p tcp -m tcp -j DNAT --to-destination {UPLINK}:6443
-A OUTPUT -p tcp -j REDSOCKS
-A REDSOCKS -d 203.0.113.0/24 -j RETURN
-A REDSOCKS -d 198.51.100.0/24 -p tcp -j REDIRECT --to-ports {REDSOCKS_PORT}
COMMIT
"""
_LEGACY = ("-t", "nat", "-A", "PREROUTING", "-i", "lan0", "-p", "tcp", "-m", "tcp", "--dport", "443", "-j", "REDIRECT")


def start(site: Site) -> None:
    """Build the three proxies, a computer at the LAN that uses them, and the house's ordinary rules."""
    _world(site)
    computer = site.computer("computer", "10.8.0.50")
    # NOTE: a bridge that shows packets to the IP filters before it delivers them keeps TPROXY from working.
    site.gateway.run("sysctl", "-qw", "net.ipv4.ip_forward=1", "net.bridge.bridge-nf-call-iptables=0")
    site.gateway.run("nft", "-f", "-", text=_NFT)
    site.gateway.run("iptables-nft-restore", "--noflush", text=_IPTABLES_NFT)
    site.gateway.run("iptables-legacy", *_LEGACY, "--to-ports", str(UNKNOWN_PORT))
    site.gateway.ip("rule add fwmark 1 lookup 100", "route add local default dev lo table 100")
    site.run_daemon("house", _PYTHON, "-c", _HOUSE, "2200", "6443")
    _shadowsocks(site)
    _redsocks(site)
    _unknown(site)
    for port in (TPROXY_PORT, REDSOCKS_PORT, UNKNOWN_PORT):
        site.later(f"port {port}", lambda port=port: site.gateway.run("ss", "-Hltn", f"sport = :{port}").stdout)
    site.finish()
    site.run_far(computer, _PYTHON, "-c", _CONNECT, WEB, "80", "443")
    site.run_daemon("browser", _PYTHON, "-c", _CONNECT, WEB, "8080")
    for far in (SHADOW, SOCKS, RELAY):
        site.later(
            f"a connection to {far}",
            lambda far=far: site.gateway.run("ss", "-Htn", "state", "connected", "dst", far).stdout,
        )


def _world(site: Site) -> None:
    """The far ends of the proxies, and a server that people look at."""
    web = site.far("web", "b", f"{WEB}/24")
    site.run_far(web, _PYTHON, "-c", _SERVE, "80", "8080", "443")
    shadow = site.far("shadow", "c", f"{SHADOW}/24")
    password = site.secrets.token("Shadowsocks password")
    settings = {"server": SHADOW, "server_port": SHADOW_PORT, "password": password, "method": "aes-256-gcm"}
    shadow.write("/etc/shadowsocks.json", json.dumps(settings))
    site.run_far(shadow, "ss-server", "-c", "/etc/shadowsocks.json")
    site.gateway.write("/etc/shadowsocks-libev/redir.json", json.dumps(settings | {"local_port": TPROXY_PORT}))
    socks = site.far("socks", "c", f"{SOCKS}/24")
    site.run_far(socks, "microsocks", "-i", SOCKS, "-p", str(SOCKS_PORT))
    relay = site.far("relay", "c", f"{RELAY}/24")
    site.run_far(relay, _PYTHON, "-c", _SERVE, str(RELAY_PORT))


def _shadowsocks(site: Site) -> None:
    """ss-redir takes TCP and UDP by TPROXY."""
    site.run_daemon("ss-redir", "ss-redir", "-c", "/etc/shadowsocks-libev/redir.json", "-b", "0.0.0.0", "-u", "-T")
    _note(site, "ss-redir", ("shadowsocks",), "/usr/bin/ss-redir", TPROXY_PORT, SHADOW, SHADOW_PORT)


def _redsocks(site: Site) -> None:
    """redsocks takes TCP by REDIRECT."""
    site.gateway.write(
        "/etc/redsocks.conf",
        "base { log_info = off; daemon = off; redirector = iptables; }\n"
        f"redsocks {{ local_ip = 0.0.0.0; local_port = {REDSOCKS_PORT}; ip = {SOCKS}; port = {SOCKS_PORT}; "
        f'type = socks5; login = "staff"; password = "{site.secrets.token("SOCKS password")}"; }}\n',
    )
    site.run_daemon("redsocks", "redsocks", "-c", "/etc/redsocks.conf")
    _note(site, "redsocks", ("socks",), "/usr/sbin/redsocks", REDSOCKS_PORT, SOCKS, SOCKS_PORT)


def _unknown(site: Site) -> None:
    """A script takes TCP by REDIRECT of the older iptables."""
    site.run_daemon("relay", _PYTHON, "-c", _RELAY, str(UNKNOWN_PORT), RELAY, str(RELAY_PORT))
    owner = site.gateway.run("readlink", "-f", _PYTHON).stdout.strip()
    _note(site, "unknown proxy", ("proxy",), owner, UNKNOWN_PORT, RELAY, RELAY_PORT)


def _note(site: Site, key: str, technologies: tuple[str, ...], owner: str, port: int, far: str, far_port: int) -> None:
    """Write down one proxy."""
    site.tunnels.append(
        TrueTunnel(
            key=key,
            technologies=technologies,
            interface=None,
            states=("up",),
            owner=owner,
            local=End(port=port, transports=("tcp", "udp")),
            local_any=True,
            remotes=(End(address=far, port=far_port, transports=("tcp",)),),
            family="proxy",
            role="client",
        )
    )
