"""What is true of the guest, written from what built it (guest_topology, guest_encap, guest_sockets)."""

import sys
from dataclasses import replace
from pathlib import Path

from tests.kernel import guest_encap
from tests.kernel import guest_topology as lab
from tests.lab.truth import End, TrueTunnel

_UP = ("up",)
_DOWN = ("down",)
_CARRIER = str(Path(sys.executable).resolve())  # guest_sockets holds the UDP socket of its L2TP tunnel itself


def _device(
    technology: str,
    name: str,
    *far: str,
    local: str | None = lab.NEAR,
    port: int | None = None,
    far_port: int | None = None,
    states: tuple[str, ...] = _DOWN,
    namespace: str | None = None,
    transport: str | None = None,
) -> TrueTunnel:
    """Return the truth of a device of the kernel with its far ends, all on the same port."""
    transports = (transport,) if transport else ()
    return TrueTunnel(
        key=f"{technology} {name}",
        technologies=(technology,),
        interface=name,
        states=states,
        namespace=namespace,
        local=End(address=local, port=port, transports=transports),
        remotes=tuple(End(address=address, port=far_port, transports=transports) for address in far),
        realisation="software_vpn" if technology in ("wireguard", "l2tp") else None,
        family="network_tunnel",
    )


def _bare(
    technology: str,
    *far: str,
    key: str,
    local: str | None = lab.NEAR,
    port: int | None = None,
    states: tuple[str, ...] = _UP,
    interface: str | None = None,
) -> TrueTunnel:
    """Return the truth of a tunnel without a device of its own, which may leave by one (`interface`)."""
    return TrueTunnel(
        key=f"{technology} {key}",
        technologies=(technology,),
        interface=interface,
        states=states,
        local=End(address=local, port=port),
        remotes=tuple(End(address=address) for address in far),
        family="network_tunnel",
    )


def _far(number: int) -> str:
    return f"203.0.113.{number}"


def _far6(number: int, network: int = 2) -> str:
    return f"2001:db8:{network}::{number}"


WIREGUARD = (
    TrueTunnel(
        key="wireguard wg0",
        technologies=("wireguard",),
        interface="wg0",
        states=_UP,
        local=End(port=51820, transports=("udp",)),
        remotes=(
            End(address=lab.FAR, port=51821),
            End(address=lab.FAR6, port=51822),
            End(address="192.0.2.9", port=51820),
            End(),
        ),
        family="network_tunnel",
        realisation="vpn_server",
    ),
    TrueTunnel(
        key="wireguard wgbig",
        technologies=("wireguard",),
        interface="wgbig",
        states=_DOWN,
        local=End(port=51830, transports=("udp",)),
        remotes=tuple(End(address=f"192.0.2.{number + 1}", port=5000) for number in range(lab.BIG_PEERS)),
        family="network_tunnel",
    ),
    _device("wireguard", lab.HOSTILE_NAME.decode(errors="backslashreplace"), local=None),
    _device("wireguard", "wgA", lab.NEAR, local=lab.FAR, port=51821, far_port=51820, states=_UP, namespace="far"),
    _device("wireguard", "wgB", lab.NEAR6, local=lab.FAR6, port=51822, far_port=51820, states=_UP, namespace="far"),
)
DEVICES = (
    _device("gre", "gre1", _far(10), states=_UP, transport="gre"),
    _device("gre", "gre2", _far(80), _far(81), states=_UP, transport="gre"),
    _device("gre", "grefou", _far(11), port=5555, far_port=5555, transport="udp"),
    _device("gretap", "gretap1", _far(12)),
    _device("gretap", "nvgre1", _far(93)),
    _device("gretap", "gretapx", _far(82), local=None, states=_UP),
    _device("erspan", "erspan1", _far(13)),
    _device("erspan", "erspan2", _far(92)),
    _device("erspan", "ip6erspan1", _far6(5), local=lab.NEAR6),
    _device("erspan", "ip6erspan2", "2001:db8:2::92", local=lab.NEAR6),
    _device("ip6gre", "ip6gre1", _far6(3), local=lab.NEAR6),
    _device("ip6gre", "ip6grex", local=None),
    _device("ip6gretap", "ip6gretap1", _far6(4), local=lab.NEAR6),
    _device("ipip", "ipip1", _far(14), transport="ipip"),
    _device("ipip", "ipipfou", _far(15), port=5555, far_port=5556, transport="udp"),
    _device("ipip", "ipipgue", _far(16), port=6080, far_port=6080, transport="udp"),
    _device("ipip", "mplsip1", _far(91)),
    _device("sit", "sit1", _far(17)),
    _device("sit", "sitany", _far(90)),
    _device("sit", "sit6to4", "192.88.99.1", states=_UP),
    _device("sit", "sit6rd", _far(84), local="198.51.100.3", states=_UP),
    _device("sit", "isatap1", _far(85), local="198.51.100.4", states=_UP),
    _device("ip6tnl", "ip6tnl1", _far6(1), local=lab.NEAR6),
    _device("ip6tnl", "ipip6", _far6(2), local=lab.NEAR6),
    _device("ip6tnl", "ip6any", "2001:db8:2::91", local=lab.NEAR6),
    _device("vti", "vti1", _far(18)),
    _device("vti", "vti61", _far6(6), local=lab.NEAR6),
    _device("ipsec", "xfrm1", _far(52)),
    _device("xfrm", "xfrm2", local=None),
    _device("ipsec", "xfrmx", _far(58), states=_UP),
    _device("geneve", "geneve1", _far(20), local=None, port=6081, far_port=6081, transport="udp"),
    _device("geneve", "geneve6", _far6(1, 3), local=None, port=6091, far_port=6091),
    _device("geneve", "genev_sys_6082", "2001:db8:3::83", local=None, port=6082, far_port=6082, states=_UP),
    _device("vxlan", "vxlan1", _far(30), port=4789, far_port=4789, states=_UP, transport="udp"),
    _device("vxlan", "vxlan6", _far6(2, 3), local=lab.NEAR6, port=4790, far_port=4790),
    _device("vxlan", "vxlanfdb", _far(31), port=4791, far_port=4791),
    _device("vxlan", "vxlanfdb6", "2001:db8:3::94", local=lab.NEAR6, port=4795, far_port=4795),
    _device("vxlan", "vxlanmc", "239.1.1.1", local=None, port=4792, far_port=4792),
    _device("vxlan", "vxlan_sys_4793", _far(83), local=None, port=4793, far_port=4793, states=_UP),
    _device("vxlan", "vxlangpe", local=None, port=4796),
    _device("gtp", "gtp1", *sorted({far for _, far in guest_encap.SUBSCRIBERS}), local=None, far_port=2152),
    _device("macsec", "macsec1", local=None),
    _device("tun", "tun0", local=None),
    _device("tap", "tap0", local=None),
)
L2TP = (
    _device("l2tp", "l2tpeth0", _far(40), transport="l2tp"),
    _device("l2tp", "lan-branch", _far(42), port=5000, far_port=6000, transport="udp"),
    _device("l2tp", "renamed0", _far(42), port=5000, far_port=6000, transport="udp"),
    _device("l2tp", "moved0", _far(42), port=5000, far_port=6000, transport="udp", namespace="far"),
    _device("l2tp", "sixth0", "2001:db8:1::42", local=lab.NEAR6, port=5001, far_port=6001, transport="udp"),
    replace(_device("l2tp", "ppp1", _far(41), port=1701, far_port=1701, transport="udp"), owner=_CARRIER),
    replace(_bare("l2tp", _far(41), key="without a device", states=("unknown",)), owner=_CARRIER),
    _bare("l2tp", _far(43), key="without a session", states=_DOWN),
)
IPSEC = (
    *(_bare("ipsec", _far(number), key=f"to .{number}") for number in (50, 51, 53, 54, 55, 56)),
    _bare("ipsec", "2001:db8:2::50", key="by IPv6", local=lab.NEAR6),
)
WITHOUT_A_DEVICE = (
    _bare("fou", key="IPv4", local=None, port=7777),
    _bare("fou", key="IPv6", local=None, port=7778),
    _bare("mpls", lab.FAR, key="pushed and swapped", local=None, interface="veth0"),
    _bare("mpls", "2001:db8:1::9", key="swapped to IPv6", local=None, interface="veth0"),
    _bare("mpls", "198.51.100.9", key="nexthop object", local=None, interface="veth0"),
    _bare("mpls", key="popped to a next hop", local=None, interface="veth0"),
    _bare("mpls", key="popped here", local=None, interface="lo"),
    _bare("srv6", "2001:db8:9::2", key="two segments", local=None, interface="veth0"),
    _bare("srv6", "2001:db8:9::3", key="IPv4 inside", local=None, interface="veth0"),
    _bare("srv6", "2001:db8:9::7", key="reduced", local=None, interface="veth0"),
    _bare("srv6", "2001:db8:9::5", key="inline", local=None, interface="veth0"),
    _bare("srv6", key="own segments", local=None, interface="veth0"),
)
SWITCH = (
    _device(
        "vxlan", "vxlan_sys_4789", _far(70), _far(71), local=None, port=4789, far_port=4789, states=_UP, namespace="sw"
    ),
    _device("geneve", "genev_sys_6081", local=None, port=6081, states=_UP, namespace="sw"),
    _device("gretap", "gre_sys", _far(72), local=None, states=_UP, namespace="sw"),
)
TUNNELS = (*WIREGUARD, *DEVICES, *L2TP, *IPSEC, *WITHOUT_A_DEVICE, *SWITCH)

# Devices of the gateway's own namespace and of the switch's that are none
NO_TUNNELS = {
    *("lo", "veth0", "bond0", "dummy0", "dummy1", "br0", "vrf-a", "ifb9", "veth0.300"),
    *("macvlan1", "macvtap1", "ipvlan1", "eth7", "tun1", "team0", "wlan0", "ppp0"),
    *("gre0", "gretap0", "erspan0", "tunl0", "sit0", "ip6tnl0", "ip6gre0", "ip_vti0", "ip6_vti0"),
}
NO_TUNNELS_OF_THE_SWITCH = {"lo", "up0", "br-ovs", "ovs-system"}
