"""Sample objects of other kinds: a server for people, a waived and an unowned tunnel, hand-off, public access."""

from dataclasses import replace

from auditor.model.facts import Facts
from auditor.model.judgement import Severity
from auditor.model.match import Match, MatchReason, NetworkEvidence, Place, Strength
from auditor.model.scan import Audited, Path
from auditor.model.text import Text
from auditor.model.tunnel import (
    Endpoint,
    Family,
    Layer,
    Owner,
    Port,
    Realisation,
    Remote,
    Role,
    State,
    Tunnel,
    Way,
    Witness,
)
from tests.reports.sample_network import NEAR, TAGGED
from tests.reports.sample_paths import GATEWAY_FACTS, NONE, WAY, judged, leased, path, place
from tests.reports.sample_register import HONG_KONG, HOST, WAIVER

CLIENT_ADDRESSES = ("198.51.100.201", "198.51.100.202", "2001:db8:77::1")


def remote_access(clients: int | None = 3) -> Audited:
    remotes = tuple(
        Remote(
            endpoint=Endpoint(address=address, port=50000, transport="udp"),
            identity=f"client-{address}",
            prefixes=("10.8.0.6/32",),
        )
        for address in CLIENT_ADDRESSES
    )
    tunnel = Tunnel(
        id="t-dd44ee55ff66",
        technology="openvpn",
        scope=HOST,
        state=State.UP,
        state_reason=Text("the owner holds the device and the carrier is on", "所属进程持有该设备，且载波已建立"),
        layers=(Layer(technology="openvpn", door="tun"),),
        family=Family.REMOTE_ACCESS,
        realisation=Realisation.VPN_SERVER,
        role=Role.SERVER,
        interface="tun-staff",
        ifindex=14,
        local=Endpoint(address="192.0.2.10", port=1194, transport="udp"),
        remotes=remotes,
        owner=Owner(program="openvpn", path="/usr/sbin/openvpn", pid=801, unit="openvpn-server@staff.service"),
        peers_count=clients,
        routes=("10.8.0.0/24", "10.8.0.6/32"),
        default_route=False,
        witnesses=(
            Witness(probe="openvpn", says=f"client at {CLIENT_ADDRESSES[0]}", recheck="cat /run/openvpn/status.log"),
        ),
    )
    paths = tuple(
        path(address, place(where_), NONE, tunnel_family="remote_access", realisation="vpn_server")
        for address, where_ in zip(CLIENT_ADDRESSES, ("CN", "CN", "SG"), strict=True)
    )
    return judged("tunnel", tunnel, paths)


def waived() -> Audited:
    tunnel = Tunnel(
        id="t-9f01c2d3e4a5",
        technology="gre",
        scope=HOST,
        state=State.STALE,
        state_reason=Text("no packet was received since the last scan", "自上次扫描以来未收到数据包"),
        layers=(Layer(technology="gre", door="link"),),
        realisation=Realisation.INTEGRATED_VPN,
        role=Role.PEER,
        interface="gre-tpe",
        ifindex=21,
        local=Endpoint(address="192.0.2.10", transport="gre"),
        remotes=(Remote(endpoint=Endpoint(address="203.0.113.90", transport="gre"), way=WAY),),
        peers_count=1,
        routes=None,
        default_route=None,
        witnesses=(
            Witness(probe="links", says="gre-tpe is of kind gre, remote 203.0.113.90", recheck="ip -d link show"),
        ),
    )
    one = path("203.0.113.90", place("TW", relation="affiliate"), NONE, tunnel_state="unknown", default_route=None)
    found = judged("tunnel", tunnel, (one,))
    controls = tuple(r.control for r in found.assessment.results if r.severity not in (Severity.NONE, Severity.INFO))
    return replace(found, waiver=WAIVER, waived_controls=controls)


def unowned() -> Audited:
    tunnel = Tunnel(
        id="t-0c0c0c0c0c0c",
        technology="tun",
        scope=HOST,
        state=State.DOWN,
        state_reason=Text("the device is down", "设备未启用"),
        layers=(Layer(technology="tun", door="tun"),),
        interface="eth5",
        ifindex=30,
        routes=(),
        default_route=False,
    )
    return judged("tunnel", tunnel, (path(None, Place(), NONE, None, tunnel_state="down", realisation="unknown"),))


def handoff() -> Audited:
    port = Port(
        scope=HOST,
        interface="eth2.120",
        ifindex=6,
        up=True,
        hardware=True,
        parent="eth2",
        vlan_id=120,
        alias="SHA-HKG-EPL-0007",
        addresses=("10.255.0.2/30",),
        next_hops=("10.255.0.1",),
        default_route=False,
        routes=("10.70.0.0/16",),
    )
    reasons = (
        MatchReason(
            attribute="hand-off interface",
            agrees=True,
            observed="eth2.120 (VLAN 120) with next hop 10.255.0.1",
            registered="eth2 VLAN 120 with 10.255.0.1",
            cid=HONG_KONG.cid,
        ),
        MatchReason(
            attribute="circuit id on the interface",
            agrees=True,
            observed="SHA-HKG-EPL-0007",
            registered="SHA-HKG-EPL-0007",
            cid=HONG_KONG.cid,
        ),
    )
    match = Match(
        strength=Strength.STRONG,
        cid=HONG_KONG.cid,
        provider="china-telecom",
        reasons=reasons,
        candidates=(HONG_KONG.cid,),
        network_evidence=NetworkEvidence.MATCH,
        network_evidence_reason=Text(
            "leaves by eth2.120, next hop 10.255.0.1, as registered", "经eth2.120、下一跳10.255.0.1送出，与登记一致"
        ),
        network_comparisons=TAGGED,
    )
    facts = leased(tunnel_family="carrier_handoff", realisation="not_vpn", contract_status="expiring_soon")
    one = path("10.255.0.1", place("HK", "register", "own"), match, Way(interface="eth2.120"), **facts)
    return judged("carrier_handoff", port, (one,))


def access() -> Audited:
    port = Port(
        scope=HOST,
        interface="eth0",
        ifindex=2,
        up=True,
        hardware=True,
        parent=None,
        vlan_id=None,
        alias=None,
        addresses=("192.0.2.10/24", "2001:db8:1::10/64"),
        next_hops=("192.0.2.1",),
        default_route=True,
        routes=("0.0.0.0/0",),
    )
    facts = Facts().replace(**GATEWAY_FACTS, object_type="public_network_access", tunnel_family="none")
    one = Path(
        remote=None, place=Place(), match=NONE, way=Way(interface="eth0", next_hop="192.0.2.1"), facts=facts, near=NEAR
    )
    return judged("public_network_access", port, (one,))
