"""Tunnels that stand in configuration files only: of every kind that is read, none of them up, each with secrets.

The addresses of far ends are on nobody's host: nothing is sent to them.
"""

from tests.lab.keys import openvpn_static, wireguard_key, wireguard_preshared
from tests.lab.site import UPLINK, Site
from tests.lab.truth import End, TrueTunnel

UDP, TCP = ("udp",), ("tcp",)
_SWANCTL = """\
defaults {{
  version = 2
  local_addrs = {local}
  remote {{ auth = psk }}
}}
connections {{
  plant : defaults {{
    remote_addrs = 203.0.113.172 # the plant
    children {{ all {{ remote_ts = 10.75.0.0/16, 10.76.0.0/16
      start_action = trap }} }}
  }}
  bypass {{ children {{ lan {{ mode = pass
    local_ts = 10.8.0.0/24 }} }} }}
  people {{ remote_addrs = %any
    pools = people
    remote {{ auth = eap-mschapv2 }}
    children {{ any {{ }} }} }}
}}
secrets {{
  ike-plant {{
    id = plant
    secret = "{secret}"
  }}
}}
"""


def start(site: Site) -> None:
    """Write the files of every program, and the truth of each tunnel in them."""
    for write in (_wireguard, _openvpn, _swanctl, _ipsec_conf, _l2tp, _peers, _networkd, _networkmanager, _netplan):
        write(site)
    for write in (_ifupdown, _tinc, _fastd, _nebula):
        write(site)


def _expect(
    site: Site,
    key: str,
    technology: str,
    interface: str | None,
    *remotes: End,
    local: End | None = None,
    role: str = "peer",
    realisation: str | None = None,
    family: str = "network_tunnel",
) -> None:
    site.tunnels.append(
        TrueTunnel(
            key=f"configured {key}",
            technologies=(technology,),
            interface=interface,
            states=("down",),
            local=local or End(),
            remotes=remotes,
            role=role,
            realisation=realisation,
            family=family,
        )
    )


def _switch_on(site: Site, unit: str) -> None:
    site.gateway.run("mkdir", "-p", "/etc/systemd/system/multi-user.target.wants")
    path = f"/etc/systemd/system/multi-user.target.wants/{unit}"
    site.gateway.run("ln", "-s", "/dev/null", path)


def _wireguard(site: Site) -> None:
    mine = wireguard_key(site.secrets, "configured WireGuard private key")
    one, two = (wireguard_key(site.secrets, f"configured WireGuard peer {n}").public for n in (1, 2))
    shared = wireguard_preshared(site.secrets, "configured WireGuard preshared key")
    site.gateway.write(
        "/etc/wireguard/hk.conf",
        f"[Interface] # to Hong Kong\nPrivateKey={mine.private}\nListenPort = 51999\nAddress = 10.71.0.1/24\n"
        f"PostUp = echo {site.secrets.token('password in PostUp')}\n\n"
        f"[Peer]\nPublicKey = {one}\nPresharedKey = {shared}\nEndpoint = 198.51.100.71:51820\nAllowedIPs = 0.0.0.0/0\n"
        f"[Peer]\nPublicKey = {two}\nEndpoint = wg.partner.example:443\nAllowedIPs = 10.72.0.0/16,10.73.0.0/16\n",
    )
    _switch_on(site, "wg-quick@hk.service")
    _expect(
        site,
        "wg-quick",
        "wireguard",
        "hk",
        End(address="198.51.100.71", port=51820, transports=UDP),
        End(address="wg.partner.example", port=443, transports=UDP),
        local=End(port=51999, transports=UDP),
        realisation="software_vpn",
    )


def _openvpn(site: Site) -> None:
    key = openvpn_static(site.secrets, "configured OpenVPN key")
    site.gateway.write(
        "/etc/openvpn/client/spare.conf",
        "client\ndev tun\nproto tcp\nremote 203.0.113.171 443\nremote vpn.partner.example 1194 udp\n"
        f"http-proxy-user-pass {site.secrets.token('configured OpenVPN proxy password')}\n"
        f"<tls-crypt>\n{key}</tls-crypt>\n",
    )
    site.gateway.write(
        "/etc/openvpn/server/people.conf",
        f"server 10.74.0.0 255.255.255.0\nport 11940\ndev tun-people\ndev-type tun\n<tls-crypt>\n{key}</tls-crypt>\n",
    )
    _expect(
        site,
        "OpenVPN client",
        "openvpn",
        None,
        End(address="203.0.113.171", port=443, transports=TCP),
        End(address="vpn.partner.example", port=1194, transports=UDP),
        role="client",
        realisation="software_vpn",
    )
    _expect(
        site,
        "OpenVPN server for people",
        "openvpn",
        "tun-people",
        local=End(port=11940),
        role="server",
        realisation="vpn_server",
        family="remote_access",
    )


def _swanctl(site: Site) -> None:
    secret = site.secrets.password("configured IKE secret")
    site.gateway.write(
        "/etc/swanctl/conf.d/plant.conf",
        _SWANCTL.format(local=UPLINK, secret=secret),
    )
    _expect(
        site,
        "swanctl.conf",
        "ipsec",
        None,
        End(address="203.0.113.172", transports=("esp",)),
        local=End(address=UPLINK),
        realisation="integrated_vpn",
    )
    _expect(site, "swanctl.conf for people", "ipsec", None, role="server", family="remote_access")


def _ipsec_conf(site: Site) -> None:
    secret = site.secrets.token("configured IKE secret of ipsec.conf")
    site.gateway.write(
        "/etc/ipsec.conf",
        "config setup\n    uniqueids = no\n\nconn %default\n    keyexchange=ikev2\n\ninclude /etc/ipsec.d/*.conf\n",
    )
    site.gateway.write(
        "/etc/ipsec.d/mine.conf",
        "conn ours\n\tleft=%defaultroute\n\tleftsubnet=10.8.0.0/24\n\tauthby=secret\n\n"
        "conn warehouse\n\talso=ours\n\tright=warehouse.corp.example\n\trightsubnet=10.77.0.0/16\n\tauto=start\n",
    )
    site.gateway.write("/etc/ipsec.secrets", f': PSK "{secret}"\n')
    _expect(site, "ipsec.conf", "ipsec", None, End(address="warehouse.corp.example"), realisation="integrated_vpn")


def _l2tp(site: Site) -> None:
    secret = site.secrets.token("configured L2TP secret")
    site.gateway.write(
        "/etc/xl2tpd/xl2tpd.conf",
        "[global]\nlisten-addr = 192.0.2.10 ; the uplink\n\n[lac carrier]\nlns = 203.0.113.173\n"
        f"name = gw\nchallenge = yes\npppoptfile = /etc/ppp/options.l2tpd ; {secret}\n"
        "[lns default]\nip range = 10.78.0.2-10.78.0.9\nlocal ip = 10.78.0.1\n",
    )
    site.gateway.write("/etc/xl2tpd/l2tp-secrets", f"* * {secret}\n")
    local = End(address=UPLINK, port=1701, transports=UDP)
    far = End(address="203.0.113.173", port=1701, transports=UDP)
    _expect(site, "xl2tpd that dials", "l2tp", None, far, local=local, role="client")
    _expect(
        site, "xl2tpd that waits", "l2tp", None, local=local, role="server", realisation="vpn_server",
        family="remote_access",
    )  # fmt: skip


def _peers(site: Site) -> None:
    password = site.secrets.token("configured PPP password")
    common = f'user "gw"\npassword "{password}"\nnoauth\npersist\n'
    for name, content in (
        ("hq", f'pty "pptp pptp.partner.example --nolaunchpppd --phone {password}"\nifname ppp-hq\n{common}'),
        (
            "sstp",
            f'pty "sstpc --password {password} --nolaunchpppd 203.0.113.174"\nplugin sstp-pppd-plugin.so\n{common}',
        ),
        ("dsl", f"plugin rp-pppoe.so eth0\n{common}"),
        ("modem", f'/dev/ttyUSB0 115200\nconnect "/usr/sbin/chat -v {password}"\n{common}'),
    ):
        site.gateway.write(f"/etc/ppp/peers/{name}", content)
    far = End(address="pptp.partner.example", port=1723, transports=TCP)
    _expect(site, "PPTP peer", "pptp", "ppp-hq", far, role="client", realisation="software_vpn")
    far = End(address="203.0.113.174", port=443, transports=TCP)
    _expect(site, "SSTP peer", "sstp", None, far, role="client", realisation="software_vpn")


def _networkd(site: Site) -> None:
    mine = wireguard_key(site.secrets, "networkd WireGuard private key")
    peer = wireguard_key(site.secrets, "networkd WireGuard peer")
    top = "/etc/systemd/network"
    site.gateway.write(
        f"{top}/30-wg.netdev",
        f"[NetDev]\nName=wg-nd\nKind=wireguard\n\n[WireGuard]\nPrivateKey={mine.private}\nListenPort=51998\n\n"
        f"[WireGuardPeer]\nPublicKey={peer.public}\nEndpoint=[2001:db8:c::75]:51820\nAllowedIPs=10.79.0.0/16\n",
    )
    site.gateway.write(f"{top}/40-gre.netdev", "[NetDev]\nName=gre-nd\nKind=gre\n[Tunnel]\nLocal=192.0.2.10\n")
    site.gateway.write(f"{top}/40-gre.netdev.d/far.conf", "[Tunnel]\nRemote=203.0.113.176\n")
    site.gateway.write(f"{top}/50-br.netdev", "[NetDev]\nName=br9\nKind=bridge\n")
    site.gateway.run("ln", "-s", "/dev/null", f"{top}/60-gone.netdev")
    _expect(
        site,
        "networkd WireGuard",
        "wireguard",
        "wg-nd",
        End(address="2001:db8:c::75", port=51820, transports=UDP),
        local=End(port=51998),
    )
    far = End(address="203.0.113.176", transports=("gre",))
    _expect(site, "networkd GRE", "gre", "gre-nd", far, local=End(address=UPLINK), realisation="integrated_vpn")


def _networkmanager(site: Site) -> None:
    top = "/etc/NetworkManager/system-connections"
    password = site.secrets.token("NetworkManager VPN password")
    mine = wireguard_key(site.secrets, "NetworkManager WireGuard private key")
    peer = wireguard_key(site.secrets, "NetworkManager WireGuard peer")
    for name, content in (
        (
            "vpn",
            "[connection]\nid=Office VPN\ntype=vpn\n\n[vpn]\nservice-type=org.freedesktop.NetworkManager.openvpn\n"
            "remote=203.0.113.177:1195:tcp, nm.partner.example\ndev=tun\nusername=gw\n\n"
            f"[vpn-secrets]\npassword={password}\n",
        ),
        (
            "wg",
            "[connection]\nid=wg\ntype=wireguard\ninterface-name=wg-nm\n\n"
            f"[wireguard]\nprivate-key={mine.private}\n\n[wireguard-peer.{peer.public}]\n"
            f"endpoint=203.0.113.178:51820\npreshared-key={mine.private}\nallowed-ips=10.80.0.0/16;\n",
        ),
        (
            "ipip",
            "[connection]\nid=t\ntype=ip-tunnel\ninterface-name=ipip-nm\nautoconnect=false\n\n"
            "[ip-tunnel]\nmode=1\nlocal=192.0.2.10\nremote=203.0.113.179\n",
        ),
        ("cable", f"[connection]\nid=cable\ntype=ethernet\n\n[802-1x]\npassword={password}\n"),
        ("dsl", f"[connection]\nid=dsl\ntype=pppoe\n\n[pppoe]\npassword={password}\n"),
    ):
        site.gateway.write(f"{top}/{name}.nmconnection", content)
    _expect(
        site,
        "NetworkManager OpenVPN",
        "openvpn",
        None,
        End(address="203.0.113.177", port=1195, transports=TCP),
        End(address="nm.partner.example", port=1194, transports=UDP),
        role="client",
    )
    _expect(site, "NetworkManager WireGuard", "wireguard", "wg-nm", End(address="203.0.113.178", port=51820))
    far = End(address="203.0.113.179", transports=("ipip",))
    _expect(site, "NetworkManager IPIP", "ipip", "ipip-nm", far, local=End(address=UPLINK))


def _netplan(site: Site) -> None:
    mine = wireguard_key(site.secrets, "netplan WireGuard private key")
    peer = wireguard_key(site.secrets, "netplan WireGuard peer")
    site.gateway.write(
        "/etc/netplan/60-tunnels.yaml",
        "network:\n  version: 2\n  renderer: networkd\n  ethernets:\n    eth9: {dhcp4: true}\n"
        f'  wifis:\n    wl9:\n      access-points:\n        "corp": {{password: "{site.secrets.token("Wi-Fi")}"}}\n'
        "  tunnels:\n    sit-np:\n      mode: sit\n      local: 192.0.2.10\n      remote: 203.0.113.180\n"
        f"    wg-np:\n      mode: wireguard\n      port: 51997\n      key: {mine.private}\n"
        f'      peers:\n        - keys: {{public: {peer.public}}}\n          allowed-ips: [0.0.0.0/0, "::/0"]\n'
        "          endpoint: np.partner.example:51820\n",
    )
    far = End(address="203.0.113.180", transports=("sit",))
    _expect(site, "netplan SIT", "sit", "sit-np", far, local=End(address=UPLINK))
    far = End(address="np.partner.example", port=51820, transports=UDP)
    _expect(site, "netplan WireGuard", "wireguard", "wg-np", far, local=End(port=51997))


def _ifupdown(site: Site) -> None:
    password = site.secrets.token("password in interfaces")
    site.gateway.write(
        "/etc/network/interfaces",
        "auto lo\niface lo inet loopback\n\nsource /etc/network/interfaces.d/*\n\n"
        f"iface eth9 inet dhcp\n    wpa-psk {password}\n",
    )
    site.gateway.write(
        "/etc/network/interfaces.d/tunnels",
        "auto gre-if\niface gre-if inet tunnel\n    mode gre\n    address 10.81.0.1\n    netmask 255.255.255.252\n"
        "    endpoint 203.0.113.181\n    local 192.0.2.10\n\n"
        "iface vx-if inet manual\n    pre-up ip link add $IFACE type vxlan id 7 \\\n"
        "        remote 203.0.113.182 dstport 4789 dev eth0 || true\n    post-down ip link del $IFACE\n\n"
        "iface dsl0 inet ppp\n    provider dsl\n",
    )
    far = End(address="203.0.113.181", transports=("gre",))
    _expect(site, "ifupdown GRE", "gre", "gre-if", far, local=End(address=UPLINK))
    _expect(site, "ifupdown VXLAN", "vxlan", "vx-if", End(address="203.0.113.182", port=4789, transports=UDP))


def _tinc(site: Site) -> None:
    secret = site.secrets.token("tinc private key in a file of its own")
    site.gateway.write("/etc/tinc/spare/tinc.conf", "Name = gw_sha\nInterface = spare0\nConnectTo = depot\n")
    site.gateway.write("/etc/tinc/spare/hosts/gw_sha", f"Address = {UPLINK}\nPort = 6555\n")
    site.gateway.write("/etc/tinc/spare/hosts/depot", "Address = depot.partner.example 7655\nSubnet = 10.82.0.0/16\n")
    site.gateway.write("/etc/tinc/spare/ed25519_key.priv", f"{secret}\n")
    far = End(address="depot.partner.example", port=7655)
    _expect(site, "tinc", "tinc", "spare0", far, local=End(port=6555), realisation="software_vpn")


def _fastd(site: Site) -> None:
    secret = site.secrets.token("fastd secret in a file")
    site.gateway.write(
        "/etc/fastd/spare/fastd.conf",
        f'secret "{secret}";\nbind any:10055;\ninterface "fd-spare";\nmethod "null";\ninclude peers from "peers";\n',
    )
    peer = f'key "{"5" * 64}";\nremote "fd.partner.example" port 10055;\n'
    site.gateway.write("/etc/fastd/spare/peers/partner", peer)
    far = End(address="fd.partner.example", port=10055, transports=UDP)
    _expect(site, "fastd", "fastd", "fd-spare", far, local=End(port=10055), realisation="software_vpn")


def _nebula(site: Site) -> None:
    key = site.secrets.token("Nebula key inline")
    site.gateway.write(
        "/etc/nebula/config.yml",
        f"pki:\n  ca: /etc/nebula/ca.crt\n  key: |\n    -----BEGIN NEBULA X25519 PRIVATE KEY-----\n    {key}\n"
        "    -----END NEBULA X25519 PRIVATE KEY-----\nstatic_host_map:\n"
        '  "10.83.0.1": ["203.0.113.183:4242", \'lh.partner.example:4243\']\n'
        'lighthouse:\n  am_lighthouse: false\n  hosts:\n    - "10.83.0.1"\n'
        "listen:\n  host: 0.0.0.0\n  port: 4242\ntun:\n  dev: neb0\n",
    )
    _expect(
        site,
        "Nebula",
        "nebula",
        "neb0",
        End(address="203.0.113.183", port=4242, transports=UDP),
        End(address="lh.partner.example", port=4243, transports=UDP),
        local=End(port=4242, transports=UDP),
    )
