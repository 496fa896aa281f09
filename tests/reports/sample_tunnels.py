"""Sample tunnels: leased, unmatched, of unknown place, self-built, inside the mainland."""

from dataclasses import replace

from auditor.model.match import Match, MatchReason, NetworkEvidence, Place, Strength
from auditor.model.scan import Audited
from auditor.model.text import Text
from auditor.model.tunnel import (
    Endpoint,
    Layer,
    Owner,
    Realisation,
    Remote,
    Role,
    State,
    Tunnel,
    Way,
    Witness,
)
from tests.reports.sample_network import BY_HAND_OFF
from tests.reports.sample_paths import NONE, WAY, judged, leased, path, place
from tests.reports.sample_register import BLUE, HOST, KEY, SINGAPORE

UP = Text("a handshake was 48 s ago", "48秒前有过握手")


def wireguard() -> Audited:
    remote = Remote(
        endpoint=Endpoint(address="203.0.113.7", port=51820, transport="udp"),
        identity=KEY,
        identity_kind="wireguard",
        handshake_age_s=48,
        way=WAY,
        prefixes=("10.60.0.0/16",),
    )
    tunnel = Tunnel(
        id="t-3d2a9c41f0b7",
        technology="wireguard",
        scope=HOST,
        state=State.UP,
        state_reason=UP,
        layers=(Layer(technology="wireguard", door="netlink"),),
        realisation=Realisation.SOFTWARE_VPN,
        role=Role.PEER,
        interface="wg-sg",
        ifindex=7,
        alias="SHA-SIN-IPLC-0042",
        local=Endpoint(address="192.0.2.10", port=51820, transport="udp"),
        remotes=(remote,),
        peers_count=1,
        routes=("10.60.0.0/16",),
        default_route=False,
        witnesses=(
            Witness(probe="links", says="wg-sg is of kind wireguard", recheck="ip -d link show dev wg-sg"),
            Witness(probe="wireguard", says=f"peer {KEY}: 203.0.113.7 port 51820", recheck="wg show wg-sg endpoints"),
        ),
    )
    reasons = (
        MatchReason(
            attribute="remote end", agrees=True, observed="203.0.113.7", registered="203.0.113.7/32", cid=SINGAPORE.cid
        ),
        MatchReason(attribute="key identity", agrees=True, observed=KEY, registered=KEY, cid=SINGAPORE.cid),
        MatchReason(
            attribute="technology",
            agrees=True,
            observed="wireguard",
            registered="wireguard",
            cid=SINGAPORE.cid,
            counts=False,
        ),
    )
    match = Match(
        strength=Strength.STRONG,
        cid=SINGAPORE.cid,
        provider="china-telecom",
        reasons=reasons,
        candidates=(SINGAPORE.cid,),
        network_evidence=NetworkEvidence.MATCH,
        network_evidence_reason=Text(
            "leaves by eth0, next hop 192.0.2.1, as registered", "经eth0、下一跳192.0.2.1送出，与登记一致"
        ),
        network_comparisons=BY_HAND_OFF,
    )
    one = path("203.0.113.7", place("SG", "register", "own"), match, **leased())
    return judged("tunnel", tunnel, (one,))


def openvpn() -> Audited:
    remote = Remote(endpoint=Endpoint(address="198.51.100.77", port=1194, transport="udp"), way=WAY)
    tunnel = Tunnel(
        id="t-5e6f7a8b9c0d",
        technology="openvpn",
        scope=HOST,
        state=State.UP,
        state_reason=Text("the owner holds the device and the carrier is on", "所属进程持有该设备，且载波已建立"),
        layers=(Layer(technology="openvpn", door="tun"),),
        realisation=Realisation.SOFTWARE_VPN,
        role=Role.CLIENT,
        interface="tun0",
        ifindex=9,
        local=Endpoint(address="192.0.2.10", port=40412, transport="udp"),
        remotes=(remote,),
        owner=Owner(program="openvpn", path="/usr/sbin/openvpn", pid=2181, unit="openvpn-client@la.service"),
        peers_count=1,
        routes=("0.0.0.0/1", "128.0.0.0/1"),
        default_route=True,
        witnesses=(
            Witness(
                probe="processes",
                says="PID 2181 (/usr/sbin/openvpn) holds tun0",
                recheck="grep -H iff: /proc/2181/fdinfo/*",
            ),
            Witness(probe="sockets", says="udp 192.0.2.10:40412 to 198.51.100.77:1194", recheck="ss -Huanp"),
            Witness(
                probe="packets",
                says="OpenVPN seen in 12 packets, confidence high",
                details=(Text("far end: manufacturer: <b>Linux</b>", "对端：制造商：<b>Linux</b>"),),
            ),
        ),
    )
    seen = replace(place("US", operator="Example Hosting LLC"), operator_class="overseas_cloud")
    one = path("198.51.100.77", seen, NONE, default_route=True, provisioning="unknown")
    return judged("tunnel", tunnel, (one,))


def tinc() -> Audited:
    tunnel = Tunnel(
        id="t-7c8d9e0f1a2b",
        technology="tinc",
        scope=HOST,
        state=State.UNKNOWN,
        state_reason=Text("nothing shows whether a peer is connected", "无法判断是否有对端连接"),
        layers=(Layer(technology="tinc", door="tun"),),
        realisation=Realisation.SOFTWARE_VPN,
        interface="office-mesh",
        ifindex=12,
        remotes=(Remote(endpoint=Endpoint(port=655, transport="tcp", name="hub.example.net"), configured_only=True),),
        owner=Owner(program="tincd", path="/usr/sbin/tincd", pid=1440, deleted=True),
        routes=("10.90.0.0/16",),
        default_route=False,
        witnesses=(Witness(probe="processes", says="PID 1440 (/usr/sbin/tincd) holds office-mesh", recheck=None),),
    )
    nowhere = Place(address_class="unresolved")
    one = path("hub.example.net", nowhere, NONE, None, tunnel_state="unknown")
    return judged("tunnel", tunnel, (one,))


def ipsec() -> Audited:
    tunnel = Tunnel(
        id="t-1b2c3d4e5f60",
        technology="ipsec",
        scope=HOST,
        state=State.UP,
        state_reason=Text("security associations are installed in the kernel", "内核中已安装安全关联"),
        layers=(Layer(technology="ipsec", door="xfrm state"), Layer(technology="ipsec", door="vici")),
        realisation=Realisation.INTEGRATED_VPN,
        role=Role.PEER,
        local=Endpoint(address="192.0.2.10", port=4500, transport="udp"),
        remotes=(
            Remote(
                endpoint=Endpoint(address="203.0.113.40", port=4500, transport="udp"),
                identity="jp-gw.example.com",
                identity_kind="ike",
                way=WAY,
            ),
        ),
        owner=Owner(program="charon", path="/usr/lib/ipsec/charon", pid=903, unit="strongswan.service"),
        peers_count=1,
        routes=("10.80.0.0/16", "10.81.0.0/16"),
        default_route=False,
        witnesses=(
            Witness(probe="xfrm", says="ESP tunnel 192.0.2.10 to 203.0.113.40", recheck="ip xfrm state count"),
            Witness(probe="vici", says="jp: ESTABLISHED, child INSTALLED", recheck="swanctl --list-sas"),
        ),
        contradictions=(Text("xfrm shows 2 associations, the daemon 1", "xfrm显示2个安全关联，守护进程显示1个"),),
    )
    conflict = (
        MatchReason(
            attribute="remote end",
            agrees=False,
            observed="203.0.113.40",
            registered="203.0.113.7/32",
            cid=SINGAPORE.cid,
        ),
        MatchReason(attribute="technology", agrees=False, observed="ipsec", registered="wireguard", cid=SINGAPORE.cid),
    )
    one = path(
        "203.0.113.40",
        place("JP", relation="own", operator="Example Net KK"),
        replace(NONE, reasons=conflict),
        provisioning="self_built",
        public_network_review="recorded_valid",
        realisation="integrated_vpn",
    )
    return judged("tunnel", tunnel, (one,))


def vxlan() -> Audited:
    remotes = tuple(
        Remote(endpoint=Endpoint(address=f"10.30.0.{n}", port=4789, transport="udp"), way=Way(interface="eth1"))
        for n in (9, 10, 11)
    )
    tunnel = Tunnel(
        id="t-aa11bb22cc33",
        technology="vxlan",
        scope=BLUE,
        state=State.UP,
        state_reason=Text("the device is up", "设备已启用"),
        layers=(Layer(technology="vxlan", door="link"),),
        realisation=Realisation.INTEGRATED_VPN,
        role=Role.PEER,
        interface="vx100",
        ifindex=4,
        local=Endpoint(address="10.20.0.2", port=4789, transport="udp"),
        remotes=remotes,
        peers_count=3,
        routes=tuple(f"10.30.{n}.0/24" for n in range(60)),
        default_route=False,
        witnesses=(Witness(probe="links", says="vx100 is of kind vxlan", recheck="ip -d link show dev vx100"),),
    )
    facts = {"provisioning": "self_built", "onward_reach": "domestic_only", "realisation": "integrated_vpn"}
    paths = tuple(path(f"10.30.0.{n}", place("CN", relation="own"), NONE, **facts) for n in (9, 10, 11))
    return judged("tunnel", tunnel, paths)
