"""Proxies without a device, clients and servers, with passwords in files and arguments, and one that is used."""

import json

from tests.lab.node import Node
from tests.lab.site import LAN, UPLINK, Site
from tests.lab.truth import End, TrueTunnel

FAR, HOME, WEB = "203.0.113.100", "203.0.113.78", "203.0.113.101"
_V2RAY_USER = "11111111-2222-4333-8444-{:012x}"
_HOLD = """\
import socket, sys, time
s = socket.create_connection(("127.0.0.1", 1080))
s.sendall(b"\\x05\\x01\\x00"); s.recv(2)
s.sendall(b"\\x05\\x01\\x00\\x01" + socket.inet_aton(sys.argv[1]) + (80).to_bytes(2, "big"))
assert s.recv(10)[1] == 0
s.sendall(b"GET /"); print("held", flush=True); time.sleep(3600)
"""


def start(site: Site) -> None:
    """Build every proxy, its far end, and a person at home who uses the gateway's own server."""
    far = site.far("proxies", "c", f"{FAR}/24", f"{WEB}/24")
    _shadowsocks(site, far)
    _stunnel(site, far)
    _socks(site)
    _trojan(site, far)
    _v2ray(site, far)
    _relays(site, far)


def listens(node: Node, port: int) -> bool:
    """Return whether something listens at `port`."""
    return bool(node.run("ss", "-Hltn", f"sport = :{port}").stdout)


def client(key: str, technology: str, owner: str, local: End, *remotes: End, **more: object) -> TrueTunnel:
    """Return a client proxy that works."""
    return TrueTunnel(
        key=key,
        technologies=(technology,),
        interface=None,
        states=("up",),
        owner=owner,
        local=local,
        remotes=remotes,
        **{"family": "proxy", "role": "client", "realisation": "software_vpn"} | more,  # type: ignore[arg-type]
    )


def server(key: str, technology: str, owner: str, local: End, **more: object) -> TrueTunnel:
    """Return a server: no far end of it is told."""
    return client(key, technology, owner, local, role="server", realisation="vpn_server", local_any=True, **more)


def _shadowsocks(site: Site, far: Node) -> None:
    """A client from a file, a redirector from arguments, a server that a person at home uses just now."""
    password = site.secrets.token("Shadowsocks password")
    cipher = "chacha20-ietf-poly1305"
    common = {"password": password, "method": cipher, "timeout": 600}
    far.write("/etc/ss.json", json.dumps({"server": FAR, "server_port": 8388, **common}))
    site.run_far(far, "ss-server", "-c", "/etc/ss.json", "-u")
    config = {"server": [FAR], "server_port": 8388, "local_address": "127.0.0.1", "local_port": 1080, **common}
    site.gateway.write("/etc/shadowsocks-libev/hk.json", json.dumps(config, indent=2))
    site.run_daemon("ss-local", "ss-local", "-c", "/etc/shadowsocks-libev/hk.json", "-u")
    redirected = ["-s", FAR, "-p", "8388", "-b", "0.0.0.0", "-l", "1234", "-m", cipher, "-k", password]
    site.run_daemon("ss-redir", "ss-redir", *redirected)
    served = site.secrets.token("Shadowsocks password of the gateway's server")
    own = {"server": "0.0.0.0", "server_port": 8488, "password": served, "method": cipher, "timeout": 600}
    site.gateway.write("/etc/shadowsocks-libev/staff.json", json.dumps(own))
    site.run_daemon("ss-server", "ss-server", "-c", "/etc/shadowsocks-libev/staff.json")
    _person(site, served, cipher)
    site.tunnels += [
        client("ss-local", "shadowsocks", "/usr/bin/ss-local", _at("127.0.0.1", 1080), _at(FAR, 8388)),
        client("ss-redir", "shadowsocks", "/usr/bin/ss-redir", _at(None, 1234), _at(FAR, 8388), local_any=True),
        server("ss-server", "shadowsocks", "/usr/bin/ss-server", _at(None, 8488)),
    ]


def _person(site: Site, password: str, cipher: str) -> None:
    """Have somebody at home fetch a page through the gateway and keep the connection open."""
    home = site.far("reader", "c", f"{HOME}/24")
    far_web = site.far("web", "c", "203.0.113.102/24")
    site.run_far(far_web, "/usr/bin/python3", "-m", "http.server", "80", "--directory", "/run")
    site.run_far(home, "ss-local", "-s", UPLINK, "-p", "8488", "-l", "1080", "-m", cipher, "-k", password)
    site.later("the web site listens", lambda: listens(far_web, 80))
    site.later("the person's proxy listens", lambda: listens(home, 1080))
    site.later("the gateway's ss-server listens", lambda: listens(site.gateway, 8488))
    site.finish()
    held = site.run_far(home, "/usr/bin/python3", "-c", _HOLD, "203.0.113.102")
    site.later("the person's connection is held", lambda: "held" in held.output())
    site.personal += [HOME.encode(), b"203.0.113.102"]


def _stunnel(site: Site, far: Node) -> None:
    """One daemon that wraps towards the far end, another that unwraps for others."""
    issued = site.authority.issue("stunnel", "serverAuth")
    for node in (far, site.gateway):
        node.write("/etc/stunnel/cert.pem", issued.certificate + issued.key)
    serving = "foreground = yes\npid =\n[unwrap]\naccept = 8443\nconnect = 127.0.0.1:9\ncert = /etc/stunnel/cert.pem\n"
    far.write("/etc/stunnel/server.conf", serving)
    site.run_far(far, "stunnel4", "/etc/stunnel/server.conf")
    site.gateway.write("/etc/stunnel/server.conf", serving)
    site.run_daemon("stunnel-server", "stunnel4", "/etc/stunnel/server.conf")
    secret = site.secrets.token("stunnel PSK")
    site.gateway.write("/etc/stunnel/psk.txt", f"gw:{secret}\n")
    site.gateway.write(
        "/etc/stunnel/client.conf",
        f"foreground = yes\npid =\nclient = yes\n; PSK {secret}\n"
        f"[sap]\naccept = 127.0.0.1:3200\nconnect = {FAR}:8443\n"
        f"[mail]\naccept = 127.0.0.1:2525\nconnect = {FAR}:8444\nPSKsecrets = /etc/stunnel/psk.txt\n",
    )
    site.run_daemon("stunnel-client", "stunnel4", "/etc/stunnel/client.conf")
    site.later("stunnel listens", lambda: listens(site.gateway, 3200) and listens(site.gateway, 8443))
    owner = "/usr/bin/stunnel4"
    site.tunnels += [
        client("stunnel sap", "stunnel", owner, _at("127.0.0.1", 3200), _at(FAR, 8443)),
        client("stunnel mail", "stunnel", owner, _at("127.0.0.1", 2525), _at(FAR, 8444)),
        server("stunnel server", "stunnel", owner, _at(None, 8443)),
    ]


def _socks(site: Site) -> None:
    """Two SOCKS servers for the office: one process, and one with many."""
    site.run_daemon("microsocks", "microsocks", "-i", LAN, "-p", "1081", "-u", "office", "-P", "x" * 3)
    site.gateway.write(
        "/etc/danted.conf",
        "logoutput: stderr\ninternal: 127.0.0.1 port = 1082\nexternal: eth0\nsocksmethod: none\nclientmethod: none\n"
        "client pass { from: 0.0.0.0/0 to: 0.0.0.0/0 }\nsocks pass { from: 0.0.0.0/0 to: 0.0.0.0/0 }\n",
        0o644,
    )
    site.run_daemon("danted", "danted", "-f", "/etc/danted.conf")
    site.later("the SOCKS servers listen", lambda: listens(site.gateway, 1081) and listens(site.gateway, 1082))
    site.tunnels += [
        server("microsocks", "socks", "/usr/bin/microsocks", _at(LAN, 1081)),
        server("danted", "socks", "/usr/sbin/danted", _at("127.0.0.1", 1082)),
    ]


def _trojan(site: Site, far: Node) -> None:
    """A client that need not be used to be one."""
    password = site.secrets.token("Trojan password")
    config = {
        "run_type": "client",
        "local_addr": "127.0.0.1",
        "local_port": 1083,
        "remote_addr": FAR,
        "remote_port": 4443,
        "password": [password],
        "ssl": {"verify": False, "verify_hostname": False, "cert": "", "cipher": "", "cipher_tls13": "", "sni": ""}
        | {"alpn": [], "reuse_session": True, "session_ticket": False, "curves": ""},
        "tcp": {"no_delay": True, "keep_alive": True, "reuse_port": False, "fast_open": False, "fast_open_qlen": 20},
    }
    site.gateway.write("/etc/trojan/config.json", json.dumps(config, indent=4))
    site.run_daemon("trojan", "trojan")
    site.later("trojan listens", lambda: listens(site.gateway, 1083))
    site.tunnels.append(client("trojan", "trojan", "/usr/bin/trojan", _at("127.0.0.1", 1083), _at(FAR, 4443)))


def _v2ray(site: Site, far: Node) -> None:
    """A client whose outbounds are a server, the direct way and a drain."""
    user = site.secrets.keep(
        "V2Ray user", _V2RAY_USER.format(int.from_bytes(site.secrets.key("seed", 12)[:6])).encode()
    )
    config = {
        "inbounds": [{"port": 1084, "listen": "127.0.0.1", "protocol": "socks", "settings": {"auth": "noauth"}}],
        "outbounds": [
            {
                "protocol": "vmess",
                "settings": {"vnext": [{"address": FAR, "port": 10086, "users": [{"id": user.decode()}]}]},
                "streamSettings": {"network": "ws", "wsSettings": {"path": "/x"}},
            },
            {"protocol": "freedom", "tag": "direct"},
            {"protocol": "blackhole", "tag": "blocked"},
        ],
    }
    site.gateway.write("/etc/v2ray/config.json", json.dumps(config))
    site.run_daemon("v2ray", "v2ray", "-config", "/etc/v2ray/config.json")
    site.later("v2ray listens", lambda: listens(site.gateway, 1084))
    site.tunnels.append(client("v2ray", "v2ray", "/usr/bin/v2ray", _at("127.0.0.1", 1084), _at(FAR, 10086)))


def _relays(site: Site, far: Node) -> None:
    """socat to another host, and redsocks into the Shadowsocks client of this host."""
    site.run_daemon("socat", "socat", f"TCP-LISTEN:3390,bind={LAN},fork,reuseaddr", f"TCP:{FAR}:3389")
    parent = site.secrets.token("password of the parent proxy")
    for port, more in ((8888, f"Upstream http office:{parent}@{FAR}:3128\n"), (8889, "")):
        site.gateway.write(f"/etc/tinyproxy/{port}.conf", f"Port {port}\nListen {LAN}\nTimeout 600\n{more}", 0o644)
        site.run_daemon(f"tinyproxy {port}", "tinyproxy", "-d", "-c", f"/etc/tinyproxy/{port}.conf")
    site.later("tinyproxy listens", lambda: listens(site.gateway, 8888) and listens(site.gateway, 8889))
    password = site.secrets.token("password of redsocks")
    site.gateway.write(
        "/etc/redsocks.conf",
        "base {\n log_info = off; log = stderr; daemon = off; redirector = iptables;\n}\n"
        f"redsocks {{\n local_ip = {LAN}; local_port = 12345;\n ip = 127.0.0.1; port = 1080; type = socks5;\n"
        f' login = "office"; password = "{password}";\n}}\n',
    )
    site.run_daemon("redsocks", "redsocks", "-c", "/etc/redsocks.conf")
    site.later("the relays listen", lambda: listens(site.gateway, 3390) and listens(site.gateway, 12345))
    site.tunnels += [
        client("socat", "socat", "/usr/bin/socat", _at(LAN, 3390), _at(FAR, 3389)),
        client("tinyproxy", "http-proxy", "/usr/bin/tinyproxy", _at(LAN, 8888), _at(FAR, 3128)),
        client("redsocks", "socks", "/usr/sbin/redsocks", _at(LAN, 12345), outer="ss-local"),
    ]


def _at(address: str | None, port: int) -> End:
    """Return a TCP end."""
    return End(address=address, port=port, transports=("tcp",))
