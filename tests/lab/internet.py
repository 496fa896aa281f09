"""The network between the lab's hosts: one router with three segments and a carrier's hand-off.

192.0.2.0/25      2001:db8:a::/64   the gateway's uplink (eth0) and its branch namespace
192.0.2.128/30                      a carrier's Ethernet hand-off (eth1)
198.51.100.0/24   2001:db8:b::/64   the carrier's edge
203.0.113.0/24    2001:db8:c::/64   far offices and strangers
"""

from pathlib import Path

from tests.lab.node import Node

_SEGMENTS = {
    "a": ("192.0.2.1/25", "2001:db8:a::1/64"),
    "h": ("192.0.2.129/30", "2001:db8:d::1/64"),
    "b": ("198.51.100.1/24", "2001:db8:b::1/64"),
    "c": ("203.0.113.1/24", "2001:db8:c::1/64"),
}


class Internet:
    """The router, and the way to plug a node into one of its segments."""

    def __init__(self, work: Path) -> None:
        """Start the router."""
        self.node = Node("transit", work)
        self._ports = 0
        self.node.run("sysctl", "-qw", "net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1")
        for number, (name, addresses) in enumerate(_SEGMENTS.items()):
            self.node.ip(
                # NOTE: without an address of its own a bridge changes it with its ports, and neighbours lose it.
                f"link add seg{name} address 02:00:00:00:00:0{number} type bridge forward_delay 0",
                f"link set seg{name} up",
                *(f"address add {address} dev seg{name} {_nodad(address)}" for address in addresses),
            )

    def plug(self, node: Node, interface: str, segment: str, *addresses: str, default: bool = True) -> None:
        """Give `node` an Ethernet device in `segment` with `addresses` ("A/LEN"), default routes included."""
        self._ports += 1
        port = f"port{self._ports}"
        # NOTE: only the network namespace is entered, so the PID means the same to `ip` and to us.
        command = ["nsenter", "--net", "--target", str(self.node.pid), "--", "ip"]
        self.node.machine(*command, "link", "add", port, "type", "veth", "peer", "name", interface, "netns", node.pid)
        self.node.ip(f"link set {port} master seg{segment} up")
        node.ip(
            f"link set {interface} up",
            *(f"address add {address} dev {interface} {_nodad(address)}" for address in addresses),
        )
        if default:
            families = {":" in address for address in addresses}
            node.ip(
                *(
                    f"route replace default via {router.partition('/')[0]} dev {interface}"
                    for router in _SEGMENTS[segment]
                    if (":" in router) in families
                )
            )

    def close(self) -> None:
        """End the router."""
        self.node.close()


def _nodad(address: str) -> str:
    return "nodad" if ":" in address else ""
