"""PPP over everything: L2TP as client and as server, PPTP as client and as server, PPPoE by kernel and by program.

Needs PPP and L2TP of the kernel (tests/kernel boots one). Passwords stand in chap-secrets only, on both sides.
"""

from tests.lab.node import LabError, Node
from tests.lab.parts import ipsec
from tests.lab.site import UPLINK, Site
from tests.lab.truth import End, TrueNotTunnel, TrueTunnel

PLAIN, PROTECTED, PPTP_FAR, HOME = "203.0.113.40", ipsec.LNS, "203.0.113.50", "203.0.113.77"
BRANCH_HOME, BRANCH_NET = "203.0.113.79", "10.77.0.0/24"
_PPP = """noauth
nodefaultroute
noipdefault
nobsdcomp
nodeflate
noccp
ipcp-accept-local
ipcp-accept-remote
lcp-echo-interval 0
"""
_LAC = "[lac {name}]\nlns = {remote}\npppoptfile = /etc/ppp/options.{name}\nautodial = yes\nredial = yes\n"
_LNS = """[lns default]
ip range = {net}.10-{net}.20
local ip = {net}.1
require chap = yes
refuse pap = yes
require authentication = yes
name = {server}
pppoptfile = /etc/ppp/options.lns
"""
_GLOBAL = "[global]\nport = 1701\naccess control = no\n"
_PERSON, _SITE = "zhang.san", "branch-wuhan"


def _secrets(site: Site, node: Node, *pairs: tuple[str, str]) -> None:
    """Add (client, server) to the node's chap-secrets; one password each, the same on both sides."""
    path = node.root / "etc/ppp/chap-secrets"
    text = path.read_text() if path.exists() else ""
    for client, server in pairs:
        name = f"password of {client}"
        known = site.secrets.known.get(name)
        text += f'{client} {server} "{known.decode() if known else site.secrets.token(name)}" *\n'
    node.write("/etc/ppp/chap-secrets", text)
    node.write("/etc/ppp/options", "lock\n")


def start_l2tp(site: Site) -> None:
    """Start two LNS elsewhere, and on the gateway one xl2tpd: twice a client, and a server of a person and a site."""
    gateway = site.gateway
    far = site.far("lns", "c", f"{PLAIN}/24")
    for node, net in ((far, "10.66.0"), (ipsec.protected_lns(site), "10.65.0")):
        _secrets(site, node, ("gateway-plain", "hq"), ("gateway-protected", "hq"))
        node.write("/etc/ppp/options.lns", _PPP.replace("noauth\n", "auth\n") + "name hq\n")
        node.write("/etc/xl2tpd/xl2tpd.conf", _GLOBAL + _LNS.format(net=net, server="hq"))
        _run_xl2tpd(site, node)
    _secrets(site, gateway, ("gateway-plain", "hq"), ("gateway-protected", "hq"), (_PERSON, "gw"), (_SITE, "gw"))
    for name, unit in (("plain", 11), ("protected", 12)):
        gateway.write(f"/etc/ppp/options.{name}", f"{_PPP}user gateway-{name}\nremotename hq\nunit {unit}\n")
    gateway.write("/etc/ppp/options.lns", _PPP.replace("noauth\n", "auth\n") + "name gw\n")
    # NOTE: what a network behind the far end is to a company: a route of its own, here for one user only.
    gateway.write(
        "/etc/ppp/ip-up.d/behind", f'#!/bin/sh\n[ "$PEERNAME" = {_SITE} ] && ip route add {BRANCH_NET} dev $1\n', 0o755
    )
    clients = "".join(_LAC.format(name=name, remote=far) for name, far in (("plain", PLAIN), ("protected", PROTECTED)))
    gateway.write("/etc/xl2tpd/xl2tpd.conf", _GLOBAL + _LNS.format(net="10.67.0", server="gw") + clients)
    _run_xl2tpd(site, gateway)
    for node, user in (
        (site.far("home", "c", f"{HOME}/24"), _PERSON),
        (site.far("wuhan", "c", f"{BRANCH_HOME}/24"), _SITE),
    ):
        _secrets(site, node, (user, "gw"))
        node.write("/etc/ppp/options.work", f"{_PPP}user {user}\nremotename gw\n")
        node.write("/etc/xl2tpd/xl2tpd.conf", _GLOBAL + _LAC.format(name="work", remote=UPLINK))
        _run_xl2tpd(site, node)
    site.personal += [_PERSON.encode(), HOME.encode()]
    _expect_l2tp(site)


def _run_xl2tpd(site: Site, node: Node) -> None:
    node.run("mkdir", "-p", "/run/xl2tpd")
    if node is site.gateway:
        site.run_daemon("xl2tpd", "xl2tpd", "-D")
    else:
        site.run_far(node, "xl2tpd", "-D")


def _has(site: Site, *devices: str) -> bool:
    shown = site.gateway.run("ip", "-br", "address", "show", "type", "ppp").stdout
    lines = {line.split()[0]: line for line in shown.splitlines()}
    return all(" peer " in lines.get(device, "") for device in devices)


def _expect_l2tp(site: Site) -> None:
    site.later("both L2TP clients have an address", lambda: _has(site, "ppp11", "ppp12"))
    site.later("the person and the branch are connected", lambda: _has(site, "ppp0", "ppp1"))
    site.later("the branch's network has a route", lambda: BRANCH_NET in site.gateway.run("ip", "route").stdout)
    for key, device, far, layers in (
        ("l2tp", "ppp11", PLAIN, ("l2tp",)),
        ("l2tp-ipsec", "ppp12", PROTECTED, ("ipsec", "l2tp")),
    ):
        site.tunnels.append(_l2tp(key, device, far, role="client", realisation="software_vpn", layers=layers))
    site.tunnels.append(
        TrueTunnel(
            key="l2tp-service",
            technologies=("l2tp",),
            interface=None,
            states=("up",),
            owner="/usr/sbin/xl2tpd",
            local=End(address=UPLINK, port=1701, transports=("udp",)),
            remotes=(),
            family="remote_access",
            role="server",
            realisation="vpn_server",
            layers=("l2tp",),
        )
    )


def expect_branch(site: Site) -> None:
    """Write down the site that dials in, by the device that it has now; all others wait for it to be there."""
    site.finish()
    line = next(line for line in site.gateway.run("ip", "route").stdout.splitlines() if line.startswith(BRANCH_NET))
    device = line.split()[2]
    shown = site.gateway.run("ip", "-br", "address", "show", "type", "ppp").stdout.splitlines()
    # NOTE: the person's address inside is personal data as well; the site's is not.
    site.personal += [
        f"{line.split()[4].removesuffix('/32')}/".encode()
        for line in shown
        if "10.67.0.1 peer " in line and line.split()[0] != device
    ]
    if sum("10.67.0.1 peer " in line for line in shown) != 2:
        raise LabError(f"a person and a site should be connected: {shown}")
    site.tunnels.append(_l2tp("l2tp-site", device, BRANCH_HOME, role="server", realisation="vpn_server"))


def _l2tp(
    key: str, device: str, far: str, *, role: str, realisation: str, layers: tuple[str, ...] = ("l2tp",)
) -> TrueTunnel:
    return TrueTunnel(
        key=key,
        technologies=("l2tp",),
        interface=device,
        states=("up",),
        owner="/usr/sbin/xl2tpd",
        local=End(address=UPLINK, port=1701, transports=("udp",)),
        remotes=(End(address=far, port=1701, transports=("udp",)),),
        family="network_tunnel",
        role=role,
        realisation=realisation,
        layers=layers,
    )


def start_userspace(site: Site) -> None:
    """Start an LNS elsewhere and a client of it whose frames xl2tpd carries itself, over a pseudoterminal."""
    far, gateway = site.far("lns", "c", f"{PLAIN}/24"), site.gateway
    _secrets(site, far, ("gateway-plain", "hq"))
    _secrets(site, gateway, ("gateway-plain", "hq"))
    far.write("/etc/ppp/options.lns", _PPP.replace("noauth\n", "auth\n") + "name hq\n")
    far.write("/etc/xl2tpd/xl2tpd.conf", _GLOBAL + _LNS.format(net="10.66.0", server="hq"))
    gateway.write("/etc/ppp/options.plain", f"{_PPP}user gateway-plain\nremotename hq\nunit 11\n")
    lac = _LAC.format(name="plain", remote=PLAIN)
    gateway.write("/etc/xl2tpd/xl2tpd.conf", f"{_GLOBAL}force userspace = yes\n{lac}")
    for node in (far, gateway):
        _run_xl2tpd(site, node)
    site.later("the L2TP client has an address", lambda: _has(site, "ppp11"))
    site.tunnels.append(_l2tp("l2tp-userspace", "ppp11", PLAIN, role="client", realisation="software_vpn"))


def start_pptp(site: Site) -> None:
    """Start a PPTP server elsewhere, and on the gateway a client of it and a server for a person."""
    gateway = site.gateway
    far = site.far("pptp-far", "c", f"{PPTP_FAR}/24")
    home = site.far("hotel", "c", "203.0.113.87/24")
    for node, net, name in ((far, "10.68.0", "hq"), (gateway, "10.69.0", "gw")):
        node.write("/etc/ppp/pptpd-options", _PPP.replace("noauth\n", "require-chap\n") + f"name {name}\n")
        node.write("/etc/pptpd.conf", f"option /etc/ppp/pptpd-options\nlocalip {net}.1\nremoteip {net}.10-20\n")
    _secrets(site, far, ("gateway-pptp", "hq"))
    _secrets(site, gateway, ("gateway-pptp", "hq"), ("li.si", "gw"))
    _secrets(site, home, ("li.si", "gw"))
    for node, peer, user, server, unit in (
        (gateway, PPTP_FAR, "gateway-pptp", "hq", "unit 13"),
        (home, UPLINK, "li.si", "gw", ""),
    ):
        node.write(
            "/etc/ppp/peers/office",
            f'# the office\npty "pptp {peer} --nolaunchpppd"\nuser {user}\nremotename {server}\n{_PPP}{unit}\n',
        )
    site.run_far(far, "pptpd", "--fg")
    site.run_daemon("pptpd", "pptpd", "--fg")
    site.run_daemon("pppd-pptp", "pppd", "call", "office", "nodetach")
    site.run_far(home, "pppd", "call", "office", "nodetach")
    site.personal += [b"li.si", b"203.0.113.87", b"10.69.0.10"]
    site.later("the PPTP client has an address", lambda: _has(site, "ppp13"))
    site.later("somebody is connected by PPTP", lambda: "10.69.0.1" in site.gateway.run("ip", "address").stdout)
    site.tunnels += [
        TrueTunnel(
            key="pptp",
            technologies=("pptp",),
            interface="ppp13",
            states=("up",),
            owner="/usr/sbin/pptp",
            local=End(address=UPLINK, transports=("gre",)),
            remotes=(End(address=PPTP_FAR, transports=("gre",)),),
            role="client",
            realisation="software_vpn",
            family="network_tunnel",
            layers=("pptp",),
        ),
        TrueTunnel(
            key="pptp-service",
            technologies=("pptp",),
            interface=None,
            states=("up",),
            owner="/usr/sbin/pptpd",
            local=End(port=1723, transports=("tcp",)),
            remotes=(),
            role="server",
            realisation="vpn_server",
            family="remote_access",
        ),
    ]


def start_pppoe(site: Site) -> None:
    """Start an access concentrator, and two broadband sessions with it: one of the kernel, one by `pppoe`."""
    isp = site.far("isp", "a", "192.0.2.50/25")
    isp.write("/etc/ppp/options", "lock\n")
    isp.write("/etc/ppp/pppoe-server-options", _PPP)
    isp.run("pppoe-server", "-I", "eth0", "-L", "10.64.0.1", "-R", "10.64.0.10")
    site.gateway.write("/etc/ppp/options", "lock\n")
    broadband = (("adsl", "plugin rp-pppoe.so\neth0\n", 14), ("dsl-user", 'pty "pppoe -I eth0 -T 80"\n', 15))
    for name, how, unit in broadband:
        site.gateway.write(f"/etc/ppp/peers/{name}", f"{how}user 13800138000@163.gd\n{_PPP}unit {unit}\n")
        site.run_daemon(name, "pppd", "call", name, "nodetach")
        site.not_tunnels.append(TrueNotTunnel(interface=f"ppp{unit}", why="broadband (PPPoE)"))
    site.personal.append(b"13800138000")
    site.later("both broadband lines have an address", lambda: _has(site, "ppp14", "ppp15"))
