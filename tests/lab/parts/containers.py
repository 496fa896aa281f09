"""What container networks leave on a host: one tunnel between nodes, many devices that are none."""

from tests.lab.site import UPLINK, Site
from tests.lab.truth import End, TrueNotTunnel, TrueTunnel

NODES = ("203.0.113.70", "203.0.113.71")
_MAC = "0e:00:00:00:00:0{number}"
_IF_THE_KERNEL_HAS_IT = (
    ("link add kube-ipvs0 type dummy", "kube-ipvs0", "addresses of services"),
    ("link add nodelocaldns type dummy", "nodelocaldns", "address of the name server"),
    ("link add tunl0 type ipip", "tunl0", "device that the module makes"),
)


def start(site: Site) -> None:
    """Build flannel's VXLAN between nodes, an Open vSwitch port without fixed far end, and pods' ports."""
    site.gateway.ip(
        f"link add flannel.1 type vxlan id 1 local {UPLINK} dev eth0 dstport 8472 nolearning",
        "address add 10.244.0.0/32 dev flannel.1",
        "link set flannel.1 up",
        "link add vxlan_sys_4789 type vxlan dstport 4789 external",
        "link set vxlan_sys_4789 up",
        "link add cni0 type bridge",
        "address add 10.244.0.1/24 dev cni0",
        "link set cni0 up",
        "link add cali7a3f01c2b45 type veth peer name tunl9",
        "link add lxc_health type veth peer name wg9",
        "link set cali7a3f01c2b45 master cni0 up",
    )
    for number, node in enumerate(NODES, 1):
        mac = _MAC.format(number=number)
        site.gateway.run("bridge", "fdb", "append", mac, "dev", "flannel.1", "dst", node)
        site.gateway.ip(f"route add 10.244.{number}.0/24 via 10.244.{number}.0 dev flannel.1 onlink")
    for interface, remotes, near in (
        ("flannel.1", NODES, End(address=UPLINK, port=8472, transports=("udp",))),
        ("vxlan_sys_4789", (), End(port=4789, transports=("udp",))),
    ):
        site.tunnels.append(
            TrueTunnel(
                key=interface,
                technologies=("vxlan",),
                interface=interface,
                states=("up",),
                local=near,
                local_any=not near.address,
                remotes=tuple(End(address=node, port=8472, transports=("udp",)) for node in remotes),
                role="peer",
            )
        )
    for interface, why in (
        ("cni0", "bridge of pods"),
        ("cali7a3f01c2b45", "veth of a pod"),
        ("tunl9", "veth with the name of a tunnel"),
        ("lxc_health", "veth of a pod"),
        ("wg9", "veth with the name of a tunnel"),
    ):
        site.not_tunnels.append(TrueNotTunnel(interface=interface, why=why))
    for command, interface, why in _IF_THE_KERNEL_HAS_IT:
        if site.gateway.run("ip", *command.split(), check=False).returncode == 0:
            site.not_tunnels.append(TrueNotTunnel(interface=interface, why=why))
