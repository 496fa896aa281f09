"""strongSwan over the kernel's IPsec: tunnels of its own, and layers of GRE and L2TP. WireGuard with tunnels in it.

Needs ESP, GRE, WireGuard and XFRM interfaces of the kernel (tests/kernel boots one).
"""

from dataclasses import dataclass

from tests.lab.keys import wireguard_key
from tests.lab.node import Daemon, Node, wait_until
from tests.lab.parts.strongswan import SETTINGS
from tests.lab.site import UPLINK, UPLINK_V6, Site
from tests.lab.truth import End, TrueTunnel

BRANCH, ROUTED, HOST, LNS, GRE, LOOPS, HOSTS = (f"203.0.113.{number}" for number in (30, 31, 32, 33, 34, 35, 36))
EDGE, HELD, ABSENT, OPEN = (f"203.0.113.{number}" for number in (37, 38, 39, 41))
GRE_V6 = "2001:db8:c::34"
_OWNER = "/usr/sbin/charon-systemd"
_LAN = "10.8.0.0/24"


@dataclass(frozen=True, slots=True)
class _Child:
    """One connection of the gateway; selectors are `near` and `far`."""

    name: str
    remote: str
    mode: str = "tunnel"
    near: str = "dynamic"
    far: str = "dynamic"
    action: str = "start"
    if_id: int | None = None
    local: str = UPLINK


CONNECTIONS = (
    _Child("branch-bj", BRANCH, near=_LAN, far="10.30.0.0/24"),
    _Child("down", ABSENT, near=_LAN, far="10.39.0.0/24", action="none"),
    _Child("routed", ROUTED, near="0.0.0.0/0", far="0.0.0.0/0", if_id=42),
    _Child("host", HOST, "transport"),
    _Child("lns", LNS, "transport", "dynamic[udp/1701]", "dynamic[udp/1701]"),
    _Child("gre", GRE, "transport", "dynamic[gre]", "dynamic[gre]"),
    _Child("gre6", GRE_V6, "transport", "dynamic[gre]", "dynamic[gre]", local=UPLINK_V6),
    _Child("loops", LOOPS, near="10.8.0.1/32", far="10.35.0.1/32"),
    _Child("hosts", HOSTS),
    _Child("held", HELD, "transport", "dynamic[gre]", "dynamic[gre]", action="trap"),
    _Child("open", OPEN, "transport", "dynamic[gre]", "dynamic[gre]", action="none"),
)


def _text(child: _Child, *, here: bool) -> str:
    ends = (child.local, child.remote) if here else (child.remote, child.local)
    selectors = (child.near, child.far) if here else (child.far, child.near)
    ids = ("gw-sha-01.corp.example", f"{child.name}.corp.example")
    mine, theirs = ids if here else ids[::-1]
    number = f"if_id_in = {child.if_id}\nif_id_out = {child.if_id}\n" if child.if_id and here else ""
    return f"""{child.name} {{
version = 2
mobike = no
local_addrs = {ends[0]}
remote_addrs = {ends[1]}
local {{
auth = psk
id = {mine}
}}
remote {{
auth = psk
id = {theirs}
}}
children {{
{child.name} {{
mode = {child.mode}
local_ts = {selectors[0]}
remote_ts = {selectors[1]}
start_action = {child.action if here else "none"}
esp_proposals = aes256-sha256
{number}}}
}}
}}
"""


def _write(site: Site, node: Node, children: tuple[_Child, ...]) -> None:
    here = node is site.gateway
    known = site.secrets.known.get("PSK of the branches")
    secret = known.decode() if known else site.secrets.token("PSK of the branches")
    text = "connections {\n" + "".join(_text(child, here=here) for child in children) + "}\n"
    text += f'secrets {{\nike-1 {{\nsecret = "{secret}"\n}}\n}}\n'
    node.write("/etc/swanctl/conf.d/lab.conf", text)
    node.write("/etc/strongswan.conf", SETTINGS, 0o644)


def _load(node: Node, daemon: Daemon) -> None:
    def loaded() -> bool:
        daemon.require_running()
        return node.run("swanctl", "--load-all", "--noprompt", check=False).returncode == 0

    wait_until(f"charon on {node.name} takes its connections", loaded, limit_s=60)


_lns: dict[int, Node] = {}


def protected_lns(site: Site) -> Node:
    """Return the host whose L2TP is protected by IPsec."""
    return _lns[id(site)]


def start(site: Site) -> None:
    """Build every connection: one far host answers for all branches, another is the LNS."""
    addresses = [f"{one}/24" for one in (BRANCH, ROUTED, HOST, GRE, LOOPS, HOSTS, OPEN)]
    far = site.far("branches", "c", *addresses, f"{GRE_V6}/64")
    lns = _lns[id(site)] = site.far("lns-ipsec", "c", f"{LNS}/24")
    far.ip("address add 10.30.0.1/32 dev lo", "address add 10.35.0.1/32 dev lo")
    _interfaces(site.gateway, far)
    for node, children in ((far, CONNECTIONS), (lns, tuple(one for one in CONNECTIONS if one.remote == LNS))):
        _write(site, node, children)
        _load(node, site.run_far(node, "charon-systemd"))
    _write(site, site.gateway, CONNECTIONS)
    _load(site.gateway, site.run_daemon("strongswan", "charon-systemd"))
    started = [child.name for child in CONNECTIONS if child.action == "start"]
    site.later("every IPsec connection is up", lambda: _installed(site, started))
    site.tunnels += [
        _policy_based("ipsec", BRANCH),
        _policy_based("ipsec-down", ABSENT, state="down"),
        _ipsec("ipsec-interface", ROUTED, interface="ipsec-sg", layers=("ipsec", "xfrm")),
        _policy_based("ipsec-transport", HOST),
        _policy_based("ipsec-loops", LOOPS),
        _gre("gre-ipsec", "gre1", GRE, layers=("ipsec", "gre"), owner=_OWNER),
        _gre("gre6-ipsec", "gre6", GRE_V6, "ip6gre", UPLINK_V6, layers=("ipsec", "ip6gre"), owner=_OWNER),
        _gre("gre-in-ipsec", "gre2", "10.35.0.1", local="10.8.0.1", layers=("ipsec", "gre"), outer="ipsec-loops"),
        _gre("gre-hosts", "gre3", HOSTS, layers=("ipsec", "gre"), owner=_OWNER),
        _gre("gre-held", "gre4", HELD, layers=("ipsec", "gre"), owner=_OWNER, state="down"),
        _gre("gre-open", "gre5", OPEN, layers=("gre",)),
    ]


def _interfaces(gateway: Node, far: Node) -> None:
    gateway.ip(
        "link add ipsec-sg type xfrm dev eth0 if_id 42",
        "link set ipsec-sg up",
        "route add 10.31.0.0/24 dev ipsec-sg",
        f"link add gre1 type gre local {UPLINK} remote {GRE} ttl 64",
        "link add gre2 type gre local 10.8.0.1 remote 10.35.0.1 ttl 64",
        f"link add gre3 type gre local {UPLINK} remote {HOSTS} ttl 64",
        f"link add gre4 type gre local {UPLINK} remote {HELD} ttl 64",
        f"link add gre5 type gre local {UPLINK} remote {OPEN} ttl 64",
        f"link add gre6 type ip6gre local {UPLINK_V6} remote {GRE_V6}",
        *(f"link set gre{number} up" for number in range(1, 7)),
    )
    far.ip(f"link add gre1 type gre local {GRE} remote {UPLINK} ttl 64", "link set gre1 up")


def _installed(site: Site, names: list[str]) -> bool:
    shown = site.gateway.run("swanctl", "--list-sas", "--raw", check=False).stdout
    return all(f"{name}-" in shown for name in names) and shown.count("state=INSTALLED") >= len(names)


def _ipsec(key: str, remote: str, **more: object) -> TrueTunnel:
    return TrueTunnel(
        key=key,
        technologies=("ipsec",),
        states=(str(more.pop("state", "up")),),
        owner=_OWNER,
        local=End(address=UPLINK, transports=("esp", "udp")),
        remotes=(End(address=remote, transports=("esp", "udp")),),
        family="network_tunnel",
        role="peer",
        realisation="integrated_vpn",
        **more,  # type: ignore[arg-type]
    )


def _policy_based(key: str, remote: str, state: str = "up") -> TrueTunnel:
    return _ipsec(key, remote, state=state, interface=None, layers=("ipsec",))


def _gre(
    key: str,
    device: str,
    remote: str,
    technology: str = "gre",
    local: str = UPLINK,
    *,
    layers: tuple[str, ...],
    state: str = "up",
    owner: str | None = None,
    outer: str | None = None,
) -> TrueTunnel:
    return TrueTunnel(
        key=key,
        technologies=(technology,),
        interface=device,
        states=(state,),
        owner=owner,
        local=End(address=local, transports=("gre",)),
        remotes=(End(address=remote, transports=("gre",)),),
        family="network_tunnel",
        role="peer",
        realisation="integrated_vpn",
        layers=layers,
        outer=outer,
    )


def start_wireguard(site: Site) -> None:
    """Build WireGuard of the kernel with a VXLAN in it, and a GRE in that."""
    mine, theirs = (wireguard_key(site.secrets, f"WireGuard private key, {side}") for side in ("near", "far"))
    edge = site.far("edge", "c", f"{EDGE}/24")
    for node, own, peer, remote, net in ((site.gateway, mine, theirs, EDGE, 1), (edge, theirs, mine, UPLINK, 2)):
        other = 3 - net
        node.ip("link add wg0 type wireguard")
        node.write(
            "/etc/wireguard/wg0.conf",
            f"[Interface]\nPrivateKey = {own.private}\nListenPort = 51820\n[Peer]\nPublicKey = {peer.public}\n"
            f"Endpoint = {remote}:51820\nAllowedIPs = 10.90.0.0/24\nPersistentKeepalive = 5\n",
        )
        node.run("wg", "setconf", "wg0", "/etc/wireguard/wg0.conf")
        node.ip(
            f"address add 10.90.0.{net}/24 dev wg0",
            "link set wg0 up",
            f"link add vx0 type vxlan id 7 local 10.90.0.{net} remote 10.90.0.{other} dstport 4789",
            f"address add 10.91.0.{net}/24 dev vx0",
            "link set vx0 up",
            f"link add gre9 type gre local 10.91.0.{net} remote 10.91.0.{other} ttl 64",
            f"address add 10.92.0.{net}/24 dev gre9",
            "link set gre9 up",
        )
    site.later("GRE in VXLAN in WireGuard carries a ping", lambda: site.reaches("10.92.0.2"))
    site.tunnels += [
        TrueTunnel(
            key="wg",
            technologies=("wireguard",),
            interface="wg0",
            states=("up",),
            local=End(address=UPLINK, port=51820, transports=("udp",)),
            remotes=(End(address=EDGE, port=51820, transports=("udp",)),),
            realisation="software_vpn",
            role="peer",
            layers=("wireguard",),
        ),
        TrueTunnel(
            key="vxlan-in-wg",
            technologies=("vxlan",),
            interface="vx0",
            states=("up",),
            local=End(address="10.90.0.1", transports=("udp",)),
            remotes=(End(address="10.90.0.2", port=4789, transports=("udp",)),),
            layers=("wireguard", "vxlan"),
            outer="wg",
        ),
        _gre(
            "gre-in-vxlan-in-wg",
            "gre9",
            "10.91.0.2",
            local="10.91.0.1",
            layers=("wireguard", "vxlan", "gre"),
            outer="vxlan-in-wg",
        ),
    ]
