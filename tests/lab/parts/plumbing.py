"""Devices that look like tunnels and are none."""

from tests.lab.site import Site
from tests.lab.truth import TrueNotTunnel

NOT_UTF8 = b"br\xff\xfe<i>"
_IF_THE_KERNEL_HAS_IT = (
    ("macvlan", "link add link lan0 name tunmv0 type macvlan mode bridge", "tunmv0"),
    ("ipvlan", "link add link eth0 name wgipvl0 type ipvlan", "wgipvl0"),
    ("VLAN", "link add link eth1 name eth1.300 type vlan id 300", "eth1.300"),
    ("dummy", "link add wg9 type dummy", "wg9"),
    ("bond", "link add tap9 type bond", "tap9"),
    ("VRF", "link add vrf-tun type vrf table 77", "vrf-tun"),
)


def start(site: Site) -> None:
    """Build what Docker, libvirt and administrators leave on a gateway."""
    _docker(site)
    _virtual_machine(site)
    _misnamed(site)
    for why, command, interface in _IF_THE_KERNEL_HAS_IT:
        if site.gateway.run("ip", *command.split(), check=False).returncode == 0:
            _note(site, interface, why)


def _note(site: Site, interface: str, why: str, namespace: str | None = None) -> None:
    site.not_tunnels.append(TrueNotTunnel(interface=interface, why=why, namespace=namespace))


def _docker(site: Site) -> None:
    """A container: its network namespace has no name, only a process."""
    container = site.run_daemon("container", "unshare", "--net", "sleep", "infinity")
    site.gateway.ip(
        "link add docker0 type bridge",
        "address add 172.17.0.1/16 dev docker0",
        "link set docker0 up",
    )
    inside = ["nsenter", "--net", "--target", str(container.pid), "ip"]
    site.later("container", lambda: _own_network(site, container.pid))
    site.finish()
    site.gateway.run(
        *("ip", "link", "add", "veth7a3f01c", "type", "veth", "peer", "name", "eth0", "netns", str(container.pid))
    )
    site.gateway.ip("link set veth7a3f01c master docker0 up")
    site.gateway.run(*inside, "address", "add", "172.17.0.2/16", "dev", "eth0")
    site.gateway.run(*inside, "link", "set", "eth0", "up")
    _note(site, "docker0", "bridge")
    _note(site, "veth7a3f01c", "veth of a container")


def _own_network(site: Site, pid: int) -> bool:
    seen = site.gateway.run("readlink", f"/proc/{pid}/ns/net", "/proc/1/ns/net", check=False).stdout.split()
    return len(seen) == 2 and seen[0] != seen[1]


def _virtual_machine(site: Site) -> None:
    """A paused QEMU guest with its TAP in libvirt's bridge."""
    site.run_daemon(
        "qemu",
        *("qemu-system-x86_64", "-S", "-display", "none", "-monitor", "none", "-serial", "none", "-m", "16"),
        *("-nodefaults", "-netdev", "tap,id=net0,ifname=vnet0,script=no,downscript=no"),
        *("-device", "virtio-net-pci,netdev=net0,romfile="),
    )
    site.gateway.ip(
        "link add virbr0 type bridge",
        "address add 192.168.122.1/24 dev virbr0",
        "link set virbr0 up",
    )
    site.later("QEMU made its TAP", lambda: "vnet0" in site.gateway.run("ls", "/sys/class/net").stdout)
    site.finish()
    site.gateway.ip("link set vnet0 master virbr0 up")
    _note(site, "virbr0", "bridge")
    _note(site, "vnet0", "TAP of a virtual machine")


def _misnamed(site: Site) -> None:
    site.gateway.ip(
        "link add tun0 type veth peer name wg0",
        "address add 10.99.0.1/24 dev tun0",
        "link set tun0 up",
        "link set wg0 up",
        "link add ifb0 type ifb",
        "link set ifb0 up",
    )
    site.gateway.run("ip", "link", "add", "<script>", "type", "bridge")
    site.gateway.run("ip", "link", "add", NOT_UTF8, "type", "bridge")
    for interface, why in (
        ("tun0", "veth with the name of a TUN"),
        ("wg0", "veth with the name of a WireGuard device"),
        ("ifb0", "intermediate functional block"),
        ("<script>", "bridge with a hostile name"),
        (NOT_UTF8.decode(errors="backslashreplace"), "bridge whose name is not UTF-8"),
    ):
        _note(site, interface, why)
