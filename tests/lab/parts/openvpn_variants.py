"""OpenVPN in its other shapes: a TAP, IPv6 outside, TCP between two peers, one that waits to be called."""

from dataclasses import dataclass

from tests.lab.keys import openvpn_static
from tests.lab.site import UPLINK, UPLINK_V6, Site
from tests.lab.truth import End, TrueTunnel

FAR, FAR_V6 = "203.0.113.24", "2001:db8:c::24"


@dataclass(frozen=True, slots=True)
class _Variant:
    """One tunnel: what both ends say of the way."""

    name: str
    device: str
    kind: str
    ours: str
    theirs: str
    net: str
    local: End
    remote: End | None


_UDP, _TCP = ("udp",), ("tcp",)
VARIANTS = (
    _Variant(
        *("tap", "port9", "tap"),
        f"proto udp\nremote {FAR} 1301\nlport 1300\n",
        f"proto udp\nremote {UPLINK} 1300\nlocal {FAR}\nlport 1301\n",
        "10.45.0",
        End(address=UPLINK, port=1300, transports=_UDP),
        End(address=FAR, port=1301, transports=_UDP),
    ),
    _Variant(
        *("ipv6", "port10", "tun"),
        f"proto udp6\nremote {FAR_V6} 1302\nnobind\n",
        f"proto udp6\nlocal {FAR_V6}\nport 1302\n",
        "10.46.0",
        End(address=UPLINK_V6, transports=_UDP),
        End(address=FAR_V6, port=1302, transports=_UDP),
    ),
    _Variant(
        *("tcp6", "port11", "tun"),
        f"proto tcp6-client\nremote {FAR_V6} 1303\n",
        f"proto tcp6-server\nlocal {FAR_V6}\nport 1303\n",
        "10.47.0",
        End(address=UPLINK_V6, transports=_TCP),
        End(address=FAR_V6, port=1303, transports=_TCP),
    ),
    _Variant(
        *("called", "port12", "tap"),
        f"proto tcp-server\nlocal {UPLINK}\nport 1304\n",
        f"proto tcp-client\nremote {UPLINK} 1304\nnobind\nconnect-retry 1\n",
        "10.48.0",
        End(address=UPLINK, port=1304, transports=_TCP),
        End(address=FAR, transports=_TCP),
    ),
)


def start(site: Site) -> None:
    """Build each of `VARIANTS` with a static key of its own to one far office."""
    far = site.far("variants", "c", f"{FAR}/24", f"{FAR_V6}/64")
    for one in VARIANTS:
        key = openvpn_static(site.secrets, f"OpenVPN static key of {one.name}")
        for node, device, words, number in (
            (far, f"far-{one.device}", one.theirs, (2, 1)),
            (site.gateway, one.device, one.ours, (1, 2)),
        ):
            mine, other = (f"{one.net}.{last}" for last in number)
            node.write(
                f"/etc/openvpn/{one.name}.conf",
                f"dev {device}\ndev-type {one.kind}\n{words}"
                f"ifconfig {mine} {other if one.kind == 'tun' else '255.255.255.0'}\n"
                f"cipher AES-256-CBC\nverb 3\n<secret>\n{key.strip()}\n</secret>\n",
            )
        site.run_far(far, "openvpn", "--config", f"/etc/openvpn/{one.name}.conf")
        site.run_daemon(f"openvpn-{one.name}", "openvpn", "--config", f"{one.name}.conf", cwd="/etc/openvpn")
        site.later(f"openvpn {one.name} carries a ping", lambda net=one.net: site.reaches(f"{net}.2"))
        site.tunnels.append(
            TrueTunnel(
                key=f"openvpn-{one.name}",
                technologies=("openvpn",),
                interface=one.device,
                states=("up",),
                owner="/usr/sbin/openvpn",
                local=one.local,
                remotes=(one.remote,) if one.remote else (),
                inside=f"{one.net}.2",
                role="peer",
                family="network_tunnel",
                realisation="software_vpn",
            )
        )
