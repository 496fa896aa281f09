"""What the sample scans looked at beside tunnels: other devices, gaps, probes, circuits."""

from datetime import date

from auditor.model.register import Acknowledgement
from auditor.model.scan import CircuitSeen, Gap, ProbeSummary
from auditor.model.sightings import BlindSpot, Reason
from auditor.model.text import Text
from auditor.model.tunnel import NotTunnel
from tests.reports.sample_register import BLUE, HONG_KONG, HOST, SINGAPORE, TOKYO, where

VETH = Text("pair of virtual Ethernet ports, both on this host", "虚拟以太网端口对，两端均在本机")
SWITCH = Text("switch inside this host", "本机内的网桥")


def devices() -> tuple[NotTunnel, ...]:
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
