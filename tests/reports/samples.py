"""Scans as the pipeline makes them, for tests and pictures of reports: a gateway in Shanghai and its connections.

Judgements come from the real rules; addresses are documentation prefixes.
"""

from dataclasses import replace
from datetime import UTC, date, datetime
from ipaddress import ip_network
from zoneinfo import ZoneInfo

from auditor.guidance.assess import assess
from auditor.guidance.facts import Facts, FactSet
from auditor.model.judgement import Severity, Status, Verdict
from auditor.model.match import Match, MatchReason, NetworkEvidence, Place, Strength
from auditor.model.register import (
    Acknowledgement,
    Circuit,
    Config,
    End,
    Licence,
    MatchKeys,
    Policy,
    ProbeSettings,
    Provider,
    Register,
    ReportSettings,
    Serving,
    Site,
    Uplink,
    Waiver,
    Where,
)
from auditor.model.scan import Audited, CircuitSeen, Gap, Gateway, Path, ProbeSummary, Scan
from auditor.model.sightings import BlindSpot, Reason, Scope
from auditor.model.text import Text
from auditor.model.tunnel import (
    Endpoint,
    Family,
    Layer,
    NotTunnel,
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

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 23, 6, 5, 9, tzinfo=UTC)
HOST = Scope(name=None, inode=4026531840, door="/proc/self/ns/net")
BLUE = Scope(name="blue", inode=4026532201, door="/run/netns/blue")
UP = Text("a handshake was 48 s ago", "48秒前有过握手")
KEY = "nv5z0Uo5ctHY2nDfB8RzuWtLpvmi2zGQC8w5zFrVJ2U="
WAY = Way(interface="eth0", next_hop="192.0.2.1", source="192.0.2.10")
GATEWAY_FACTS = {"local_location": "CN", "uplink_class": "basic_carrier", "serves_external_customers": "no"}


def where(key: str, line: int) -> Where:
    return Where(file="/etc/auditor/register.toml", line=line, key=key)


def config(**changes: object) -> Config:
    made = Config(
        path="/etc/auditor/auditor.toml",
        sha256="5f2c9b51a9b1d14ec8a4b7f0e1b5f8a3c2d9e7b6a4958372615048392a1b0c9d",
        zone=ZONE,
        site=Site(
            name="Shanghai office",
            name_zh="上海办公室",
            location="CN",
            uplinks=(
                Uplink(interface="eth0", provider="china-telecom", class_="basic_carrier", contract="CT-2024-118"),
            ),
        ),
        serving=Serving(serves_external_customers="no"),
        policy=Policy(),
        probes=ProbeSettings(),
        report=ReportSettings(),
        register_path="/etc/auditor/register.toml",
        gateway_name="gw-sha-01",
    )
    return replace(made, **changes)  # type: ignore[arg-type]


TELECOM = Provider(
    slug="china-telecom",
    name="China Telecom Corporation Limited",
    name_zh="中国电信股份有限公司",
    class_="china_telecom",
    asns=(64500,),
    licences=(
        Licence(
            categories=("A11-4", "A14-1", "A14-4"),
            number="A1.A2-20160001",
            valid_from=date(2021, 1, 1),
            valid_until=date(2030, 12, 31),
            checked_on=date(2026, 10, 12),
        ),
    ),
)
UNICOM = Provider(slug="china-unicom", name="China Unicom", name_zh="中国联通", class_="china_unicom")
SINGAPORE = Circuit(
    provider="china-telecom",
    cid="SHA-SIN-IPLC-0042",
    type="iplc",
    status="active",
    a=End(site="Shanghai office", location="CN", interface="eth0"),
    z=End(site="Singapore head office", location="SG", prefixes=(ip_network("10.60.0.0/16"),)),
    match=MatchKeys(peer_prefixes=(ip_network("203.0.113.7/32"),), wireguard_public_keys=(KEY,)),
    where=where("circuit[0]", 61),
    install_date=date(2025, 4, 1),
    termination_date=date(2028, 3, 31),
    contract="CT-INTL-2025-0042",
    contract_party="carrier_direct",
    purpose="internal_office",
    user_record="yes",
    user_record_date=date(2025, 4, 1),
)
HONG_KONG = Circuit(
    provider="china-telecom",
    cid="SHA-HKG-EPL-0007",
    type="epl",
    status="active",
    a=End(site="Shanghai office", location="CN", interface="eth2", vlan=120, next_hop="10.255.0.1"),
    z=End(site="Hong Kong branch", location="HK", prefixes=(ip_network("10.70.0.0/16"),)),
    match=MatchKeys(),
    where=where("circuit[1]", 90),
    install_date=date(2024, 1, 1),
    termination_date=date(2026, 12, 12),
    contract="CT-INTL-2024-0007",
    contract_party="carrier_direct",
    purpose="internal_office",
    user_record="yes",
)
TOKYO = Circuit(
    provider="china-unicom",
    cid="SHA-TYO-MPLS-0003",
    type="mpls-vpn",
    status="active",
    a=End(site="Shanghai office", location="CN"),
    z=End(site="Tokyo office", location="JP"),
    match=MatchKeys(),
    where=where("circuit[2]", 118),
)
WAIVER = Waiver(
    id="W-2026-03",
    reason="Line to Taipei ordered from China Telecom, delivery in January.",
    owner="Network team",
    approver="Head of compliance",
    approved_on=date(2026, 11, 2),
    expires=date(2027, 1, 31),
    where=where("waiver[0]", 150),
    objects=("t-9f01c2d3e4a5",),
)
WAIVER_OLD = replace(
    WAIVER, id="W-2025-11", reason="Trial of a new branch.", expires=date(2026, 3, 31), objects=("t-0",)
)
WAIVER_UNUSED = replace(
    WAIVER, id="W-2026-05", reason="Move of the plant.", expires=date(2026, 12, 1), objects=("t-1",)
)
REGISTER = Register(
    path="/etc/auditor/register.toml",
    sha256="9b74c9897bac770ffc029102a200c5de0ad5f4d1fd1c8ce6a1f2b3c4d5e6f708",
    reviewed_on=date(2026, 10, 15),
    providers=(TELECOM, UNICOM),
    circuits=(SINGAPORE, HONG_KONG, TOKYO),
    waivers=(WAIVER, WAIVER_OLD, WAIVER_UNUSED),
)


def judged(kind: str, subject: Tunnel | Port, paths: tuple[Path, ...], **changes: object) -> Audited:
    """Return one object with the judgement that the rules give its facts."""
    assessment = assess(FactSet(paths=tuple(path.facts for path in paths)))
    tunnel, port = (subject, None) if isinstance(subject, Tunnel) else (None, subject)
    made = Audited(
        id=tunnel.id if tunnel else f"t-{subject.interface.replace('.', '-')}",  # type: ignore[union-attr]
        kind=kind,
        tunnel=tunnel,
        port=port,
        circuit=next((path.match.cid for path in paths if path.match.cid), None),
        paths=paths,
        assessment=assessment,
        verdict=assessment.tunnel_verdict,
        severity=assessment.severity,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def path(remote: str | None, place: Place, match: Match, way: Way | None = WAY, **facts: object) -> Path:
    """Return one path with its facts: those of the gateway, of its place and of its match, and `facts`."""
    stated: dict[str, object] = {
        **GATEWAY_FACTS,
        "tunnel_family": "network_tunnel",
        "tunnel_state": "up",
        "realisation": "software_vpn",
        "remote_endpoint": remote,
        "remote_location": place.location or "unknown",
        "remote_location_basis": place.basis,
        "remote_location_confidence": place.confidence,
        "remote_address_class": place.address_class,
        "remote_network": place.relation,
        "circuit_match": match.strength.value,
        "network_evidence": match.network_evidence.value,
        "default_route": False,
        **facts,
    }
    return Path(remote=remote, place=place, match=match, way=way, facts=Facts().replace(**stated))


def place(
    location: str | None, basis: str = "inventory", relation: str = "third_party", operator: str | None = None
) -> Place:
    if location is None:
        return Place(address_class="public")
    source = Text(f"company network {location}-1", f"公司网络{location}-1")
    return Place(
        location=location,
        basis=basis,
        confidence="high",
        address_class="public",
        relation=relation,
        operator=operator,
        source=source,
    )


def _wireguard() -> Audited:
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
    )
    one = path("203.0.113.7", place("SG", "register", "own"), match, **leased())
    return judged("tunnel", tunnel, (one,))


def leased(**changes: object) -> dict[str, object]:
    """Return the facts of a lease in order from one of the three carriers."""
    return {
        "provisioning": "leased",
        "service_provider": "china_telecom",
        "provider_licence_status": "valid",
        "provider_licence_categories": ("A11-4", "A14-1", "A14-4"),
        "contract_party": "carrier_direct",
        "contract_status": "valid",
        "declared_purpose": "internal_office",
        "user_record": "yes",
        "onward_reach": "not_applicable",
        **changes,
    }


NONE = Match(strength=Strength.NONE)


def _openvpn() -> Audited:
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
        ),
    )
    seen = replace(place("US", operator="Example Hosting LLC"), operator_class="overseas_cloud")
    one = path("198.51.100.77", seen, NONE, default_route=True, provisioning="unknown")
    return judged("tunnel", tunnel, (one,))


def _tinc() -> Audited:
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


def _ipsec() -> Audited:
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


def _vxlan() -> Audited:
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


CLIENT_ADDRESSES = ("198.51.100.201", "198.51.100.202", "2001:db8:77::1")


def _remote_access(clients: int = 3) -> Audited:
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


def _waived() -> Audited:
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


def _unowned() -> Audited:
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


def _handoff() -> Audited:
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
    )
    facts = leased(tunnel_family="carrier_handoff", realisation="not_vpn", contract_status="expiring_soon")
    one = path("10.255.0.1", place("HK", "register", "own"), match, Way(interface="eth2.120"), **facts)
    return judged("carrier_handoff", port, (one,))


def _access() -> Audited:
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
    one = Path(remote=None, place=Place(), match=NONE, way=Way(interface="eth0", next_hop="192.0.2.1"), facts=facts)
    return judged("public_network_access", port, (one,))


VETH = Text("pair of virtual Ethernet ports, both on this host", "虚拟以太网端口对，两端均在本机")
SWITCH = Text("switch inside this host", "本机内的网桥")


def _devices() -> tuple[NotTunnel, ...]:
    veths = tuple(
        NotTunnel(scope=HOST, interface=f"veth{n:x}", ifindex=40 + n, kind="veth", reason=VETH) for n in range(24)
    )
    others = (
        NotTunnel(scope=HOST, interface="docker0", ifindex=31, kind="bridge", reason=SWITCH),
        NotTunnel(scope=HOST, interface="tun1", ifindex=32, kind="veth", reason=VETH),
        NotTunnel(scope=BLUE, interface="br-blue", ifindex=2, kind="bridge", reason=SWITCH),
        NotTunnel(
            scope=HOST,
            interface="vnet0",
            ifindex=33,
            kind="tun",
            reason=Text(
                "port of a virtual machine (held by /usr/bin/qemu-system-x86_64)",
                "虚拟机端口（由/usr/bin/qemu-system-x86_64持有）",
            ),
        ),
        NotTunnel(
            scope=HOST,
            interface="gre0",
            ifindex=34,
            kind="gre",
            reason=Text("fallback device that the gre module makes by itself", "gre模块自动创建的备用设备"),
        ),
    )
    return (*veths, *others)


GAPS = (
    Gap(
        spot=BlindSpot(
            probe="xfrm",
            scope="blue",
            source="NETLINK_XFRM states",
            reason=Reason.PERMISSION,
            detail="Operation not permitted",
            hides=("ipsec", "xfrm", "vti"),
            needs="CAP_NET_ADMIN",
        )
    ),
    Gap(
        spot=BlindSpot(
            probe="openvpn",
            scope="host",
            source="/etc/openvpn/client/la.conf",
            reason=Reason.UNPARSED,
            detail="line 12 has a form that is not known",
            hides=("openvpn",),
        )
    ),
    Gap(
        spot=BlindSpot(
            probe="wireguard_uapi",
            scope="host",
            source="/run/wireguard/wg9.sock",
            reason=Reason.TIMEOUT,
            detail="no answer in time",
            hides=("wireguard",),
        ),
        acknowledged=Acknowledgement(
            id="B-2026-01",
            probe="wireguard_uapi",
            reason="Vendor box, replaced in spring.",
            owner="Network team",
            approver="Head of compliance",
            approved_on=date(2026, 11, 2),
            expires=date(2027, 3, 31),
            where=where("acknowledgement[0]", 190),
        ),
    ),
)
PROBES = tuple(
    ProbeSummary(
        probe=name, scope=scope, rows=rows, blind_spots=int(name == "xfrm" and scope == "blue"), duration_s=seconds
    )
    for scope in ("host", "blue")
    for name, rows, seconds in (
        ("links", 41, 0.0021),
        ("addresses", 18, 0.0012),
        ("routes", 73, 0.0034),
        ("processes", 212, 0.0871),
        ("sockets", 96, 0.0102),
        ("wireguard", 1, 0.0019),
        ("xfrm", 4, 0.0008),
    )
)
SEEN = (
    CircuitSeen(circuit=SINGAPORE, seen_by="t-3d2a9c41f0b7", contract_status="valid"),
    CircuitSeen(
        circuit=HONG_KONG,
        seen_by="t-eth2-120",
        contract_status="expiring_soon",
        remarks=(Text("the contract ends on 2026-12-12", "合同将于2026-12-12到期"),),
    ),
    CircuitSeen(
        circuit=TOKYO,
        seen_by=None,
        contract_status="unknown",
        remarks=(Text("the contract dates are not recorded", "未登记合同日期"),),
    ),
)


def scan(*objects: Audited, **changes: object) -> Scan:
    """Return a finished scan with `objects`; whatever `changes` does not say is in order."""
    gateway = assess(FactSet.of(Facts().replace(**GATEWAY_FACTS, object_type="public_network_access")))
    verdicts = [audited.verdict for audited in objects] or [Verdict.NOT_APPLICABLE]
    made = Scan(
        started_at=NOW,
        duration_s=0.4121,
        version="0.1.0",
        gateway=Gateway(
            hostname="gw-sha-01",
            kernel="6.1.0-37-amd64",
            machine="x86_64",
            privileges=("CAP_NET_ADMIN", "CAP_SYS_ADMIN", "CAP_SYS_PTRACE"),
            scopes=(HOST, BLUE),
        ),
        config=config(),
        register=REGISTER,
        objects=objects,
        gateway_assessment=gateway,
        not_tunnels=(),
        circuits=SEEN,
        gaps=(),
        probes=PROBES,
        waivers_expired=(),
        waivers_unused=(),
        notices=(),
        verdict=min(verdicts, key=list(Verdict).index),
        severity=min((audited.severity for audited in objects), key=list(Severity).index, default=Severity.NONE),
        status=Status.OK,
        status_reasons=(
            Text(
                "every object is compliant, permitted or outside the guidance, and everything was read",
                "所有对象均已对应允许路径、属允许范围或不在指引范围内，且全部信息来源均已读取",
            ),
        ),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def mixed() -> Scan:
    """Return a gateway with some of everything: compliant, failing, to review, waived, unread."""
    objects = (
        *(_wireguard(), _openvpn(), _tinc(), _ipsec(), _vxlan(), _remote_access(), _waived(), _unowned()),
        *(_handoff(), _access()),
    )
    notice = Text("exception W-2026-05 ends on 2026-12-01", "例外W-2026-05将于2026-12-01到期")
    return scan(
        *objects,
        not_tunnels=_devices(),
        gaps=GAPS,
        waivers_expired=(WAIVER_OLD,),
        waivers_unused=(WAIVER_UNUSED,),
        notices=(notice,),
        status=Status.CRITICAL,
        status_reasons=(
            Text("1 object is not in line with the guidance", "1个对象与指引不符"),
            Text("2 sources could not be read: the audit is incomplete", "2个信息来源无法读取：审计不完整"),
            Text("4 objects need review", "4个对象需人工复核"),
            Text("1 object is accepted by a waiver", "1个对象经豁免接受"),
            notice,
        ),
    )


def compliant() -> Scan:
    """Return a gateway in order: one leased circuit, one hand-off, one uplink, nothing unread."""
    return scan(_wireguard(), _vxlan(), _access(), not_tunnels=_devices())


def unprivileged() -> Scan:
    """Return the scan of an ordinary user: one tunnel seen from its link, nearly everything else unread."""
    names = (("processes", "CAP_SYS_PTRACE"), ("wireguard", "CAP_NET_ADMIN"), ("xfrm", "CAP_NET_ADMIN"))
    gaps = tuple(
        Gap(
            spot=BlindSpot(
                probe=name,
                scope="host",
                source=source,
                reason=Reason.PERMISSION,
                detail="Operation not permitted",
                hides=hides,
                needs=needs,
            )
        )
        for (name, needs), source, hides in zip(
            names,
            ("/proc/PID/fdinfo of 211 processes", "generic netlink wireguard", "NETLINK_XFRM states"),
            (("openvpn", "tinc", "tun", "tap"), ("wireguard",), ("ipsec", "xfrm", "vti")),
            strict=True,
        )
    )
    base = scan(_vxlan(), gaps=gaps)
    return replace(
        base,
        gateway=replace(base.gateway, privileges=()),
        status=Status.UNKNOWN,
        status_reasons=(
            Text("3 sources could not be read: the audit is incomplete", "3个信息来源无法读取：审计不完整"),
        ),
    )


def without_config() -> Scan:
    """Return a scan for which nobody wrote a configuration or a register."""
    bare = config(
        path=None,
        sha256=None,
        site=Site(name="not stated"),
        serving=Serving(),
        register_path=None,
        gateway_name=None,
    )
    facts = {"local_location": "unknown", "uplink_class": "unknown", "serves_external_customers": "unknown"}
    found = _openvpn()
    changed = tuple(
        replace(p, place=place(None), facts=p.facts.replace(**facts, remote_location="unknown")) for p in found.paths
    )
    assert found.tunnel is not None
    notice = Text(
        "no configuration file: the site, its uplinks and its circuits are unknown, so nothing can be compliant",
        "没有配置文件：场所、上联和电路均未知，因此任何对象都不能判为已对应允许路径",
    )
    gateway = assess(FactSet.of(Facts().replace(**facts, object_type="public_network_access")))
    return scan(
        judged("tunnel", found.tunnel, changed),
        config=bare,
        register=Register(path=None, sha256=None),
        circuits=(),
        notices=(notice,),
        gateway_assessment=gateway,
        status=Status.WARNING,
        status_reasons=(Text("1 object needs review", "1个对象需人工复核"), notice),
    )


def nothing() -> Scan:
    """Return a gateway without any tunnel and with everything read."""
    return scan(circuits=(), register=replace(REGISTER, circuits=(), waivers=()))


def many(count: int) -> Scan:
    """Return a gateway with `count` tunnels: three in four leased, the others not matched."""
    good, bad = _wireguard(), _openvpn()
    objects = []
    for number in range(count):
        kind = bad if number % 4 == 0 else good
        assert kind.tunnel is not None
        address = f"203.0.{number >> 8}.{number & 255}"
        remote = replace(kind.tunnel.remotes[0], endpoint=replace(kind.tunnel.remotes[0].endpoint, address=address))
        tunnel = replace(
            kind.tunnel, id=f"t-{number:012x}", interface=f"{kind.tunnel.interface}{number}", remotes=(remote,)
        )
        paths = tuple(replace(p, remote=address) for p in kind.paths)
        objects.append(replace(kind, id=tunnel.id, tunnel=tunnel, paths=paths))
    return scan(*objects, status=Status.CRITICAL, not_tunnels=_devices())


HOSTILE = (
    '<script>alert("x")</script>',
    "<img src=x onerror=alert(1)>",
    '"><a href="javascript:alert(1)" style="position:fixed">x</a>',
    "{{ 7 * 7 }}{% for x in y %}",
    "gw\u202egnp.exe\u2066\u2069\u200b",
    "\x1b]0;owned\x07\x1b[31mred\x00\x9b1m",
    "line\r\nbreak\u2028\u2029",
    "broken \\xff and \udcff lone",
    "]]></style></details></main>'''\"\"\"",
    "A" * 5000,
    "e" + "\u0301" * 40,
)


def hostile(text: str) -> Scan:
    """Return a scan with `text` in every field that a host, a file or a person fills."""
    base = mixed()
    both = Text(text, text)
    at = replace(place("US", operator=text), source=both)
    reason = MatchReason(attribute=text, agrees=False, observed=text, registered=text, cid=text)
    match = Match(
        strength=Strength.NONE,
        reasons=(reason,),
        candidates=(text,),
        provider=text,
        network_evidence=NetworkEvidence.UNKNOWN,
        network_evidence_reason=both,
    )
    way = Way(interface=text, next_hop=text, source=text)
    end = Endpoint(address=text, port=1, transport=text, name=text)
    wicked = Scope(name=text, inode=1, door=text)
    tunnel = Tunnel(
        id="t-hostile",
        technology=text,
        scope=wicked,
        state=State.UP,
        state_reason=both,
        layers=(Layer(technology=text, door=text),),
        interface=text,
        ifindex=1,
        alias=text,
        local=end,
        remotes=(Remote(endpoint=end, identity=text, identity_kind="wireguard", way=way, prefixes=(text,)),),
        owner=Owner(program=text, path=text, pid=1, unit=text),
        routes=(text,),
        outer_id=text,
        witnesses=(Witness(probe=text, says=text, recheck=text),),
        contradictions=(both,),
    )
    one = replace(path("198.51.100.77", at, match, way), remote=text)
    accepted = replace(WAIVER, id=text, reason=text, owner=text, approver=text, objects=(text,))
    found = judged("tunnel", tunnel, (one,))
    port = replace(_handoff().port, interface=text, alias=text, addresses=(text,), next_hops=(text,), routes=(text,))  # type: ignore[type-var]
    handoff = replace(_handoff(), port=port, circuit=text, waiver=accepted, id=text)
    circuit = replace(SINGAPORE, cid=text, provider=text, type=text, status=text, contract=text, description=text)
    ends = replace(circuit.z, site=text, interface=text)
    spot = BlindSpot(probe=text, scope=text, source=text, reason=Reason.CRASHED, detail=text, hides=(text,), needs=text)
    return replace(
        base,
        version=text,
        gateway=Gateway(hostname=text, kernel=text, machine=text, privileges=(text,), scopes=(wicked,)),
        config=config(
            path=text,
            gateway_name=text,
            site=Site(
                name=text, name_zh=text, location="CN", uplinks=(Uplink(interface=text, provider=text, contract=text),)
            ),
        ),
        register=replace(
            REGISTER,
            path=text,
            circuits=(circuit,),
            providers=(replace(TELECOM, slug=text, name=text, name_zh=text),),
            waivers=(accepted,),
        ),
        objects=(found, handoff),
        not_tunnels=(NotTunnel(scope=wicked, interface=text, ifindex=1, kind=text, reason=both),),
        circuits=(
            CircuitSeen(circuit=replace(circuit, z=ends), seen_by=text, contract_status="valid", remarks=(both,)),
        ),
        gaps=(Gap(spot=spot, acknowledged=replace(GAPS[2].acknowledged, reason=text, owner=text, approver=text)),),  # type: ignore[type-var]
        probes=(ProbeSummary(probe=text, scope=text, rows=1, blind_spots=1, duration_s=0.1),),
        waivers_expired=(),
        waivers_unused=(accepted,),
        notices=(both,),
        status_reasons=(both,),
    )
