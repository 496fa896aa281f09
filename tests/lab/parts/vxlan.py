"""VXLAN devices of the kernel: one far end by IPv4, by IPv6, several by the forwarding table, one hostile name."""

from tests.lab.node import Node
from tests.lab.site import UPLINK, UPLINK_V6, Site
from tests.lab.truth import End, TrueTunnel

FAR, FAR_V6 = "203.0.113.60", "2001:db8:c::60"
LEAVES = ("203.0.113.61", "203.0.113.62")
HOSTILE = """<u>&"'</u>""".replace("/", "\\")


def start(site: Site) -> None:
    """Build four devices towards one far host."""
    addresses = [FAR, *LEAVES]
    far = site.far("fabric", "c", *(f"{address}/24" for address in addresses), f"{FAR_V6}/64")
    for node, local, remote, local_v6, remote_v6, own in (
        (site.gateway, UPLINK, FAR, UPLINK_V6, FAR_V6, 1),
        (far, FAR, UPLINK, FAR_V6, UPLINK_V6, 2),
    ):
        _device(node, "vxlan100", f"id 100 local {local} remote {remote} dstport 4789", f"10.71.0.{own}/24")
        _device(node, "vxlan6", f"id 106 local {local_v6} remote {remote_v6} dstport 8472", f"10.72.0.{own}/24")
    _device(far, "leaf", f"id 200 local {LEAVES[0]} remote {UPLINK} dstport 4790", "10.73.0.2/24")
    _device(site.gateway, "vtep200", f"id 200 local {UPLINK} dstport 4790", "10.73.0.1/24")
    for leaf in LEAVES:
        site.gateway.run("bridge", "fdb", "append", "00:00:00:00:00:00", "dev", "vtep200", "dst", leaf)
    add_hostile(site)
    for key, interface, local, remotes, port, inside in (
        ("vxlan", "vxlan100", UPLINK, (FAR,), 4789, "10.71.0.2"),
        ("vxlan-v6", "vxlan6", UPLINK_V6, (FAR_V6,), 8472, "10.72.0.2"),
        ("vxlan-fdb", "vtep200", UPLINK, LEAVES, 4790, "10.73.0.2"),
        ("vxlan-hostile", HOSTILE, UPLINK, ("203.0.113.63",), 4789, None),
    ):
        expect(site, key, interface, local, remotes, port, inside)


def add_hostile(site: Site) -> None:
    """Make the device whose name is HTML; also after it was deleted."""
    _device(site.gateway, HOSTILE, f"id 300 local {UPLINK} remote 203.0.113.63 dstport 4789", None)


def start_branch(site: Site, netns: str, address: str) -> None:
    """Build one device inside the namespace `netns`, whose uplink has `address`."""
    remote = "203.0.113.64"
    far = site.far("fabric2", "c", f"{remote}/24")
    _device(far, "vxlan100", f"id 100 local {remote} remote {address} dstport 4789", "10.74.0.2/24")
    _device(site.gateway, "vxlan100", f"id 100 local {address} remote {remote} dstport 4789", "10.74.0.1/24", netns)
    expect(site, "vxlan-branch", "vxlan100", address, (remote,), 4789, "10.74.0.2", netns)


def _device(node: Node, name: str, options: str, inside: str | None, netns: str | None = None) -> None:
    node.run("ip", "link", "add", name, "type", "vxlan", *options.split(), netns=netns)
    if inside:
        node.run("ip", "address", "add", inside, "dev", name, netns=netns)
    node.run("ip", "link", "set", name, "up", netns=netns)


def expect(
    site: Site,
    key: str,
    interface: str,
    local: str,
    remotes: tuple[str, ...],
    port: int,
    inside: str | None,
    netns: str | None = None,
) -> None:
    """Write down a VXLAN device; the kernel cannot know whether the far end lives."""
    if inside:
        site.later(f"{key} carries a ping", lambda: site.reaches(inside, netns=netns))
    site.tunnels.append(
        TrueTunnel(
            key=key,
            technologies=("vxlan",),
            interface=interface,
            namespace=netns,
            states=("up", "unknown"),
            local=End(address=local, transports=("udp",)),
            remotes=tuple(End(address=remote, port=port, transports=("udp",)) for remote in remotes),
            inside=inside,
            verdict="needs_review",
        )
    )
