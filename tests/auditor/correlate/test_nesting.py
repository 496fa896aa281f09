"""A tunnel is inside another only if its packets are known to leave through that one."""

from auditor.model.rows import Outer, Route, Underlay, WireGuardDevice, WireGuardPeer
from auditor.model.tunnel import Tunnel
from tests.auditor.correlate.rows import BRANCH, link, process, run, seen, tcp, tun

WIREGUARD = WireGuardDevice(
    "wg0", None, 51820, (WireGuardPeer("k" * 43 + "=", "203.0.113.1", 51820, allowed_ips=("10.9.0.0/16",)),), "netlink"
)


def wg(index: int, name: str = "wg0") -> object:
    return link(index, name, "wireguard", arphrd=65534)


def gre(index: int, remote: str, **more: object) -> object:
    return link(index, "gre1", "gre", arphrd=778, outer=Outer(remote=remote), **more)


def inner(*runs: object) -> Tunnel:
    inventory, _ = seen(*runs)  # type: ignore[arg-type]
    return next(tunnel for tunnel in inventory.tunnels if tunnel.interface != "wg0")


def test_a_tunnel_that_leaves_by_another_is_inside_it() -> None:
    rows = (
        run("links", wg(5), gre(6, "10.9.0.1")),
        run("wireguard", WIREGUARD),
        run("underlay", Underlay("10.9.0.1", 5)),
    )
    assert inner(*rows).outer_id is not None


def test_a_route_that_encapsulates_is_no_tunnel_around_all_that_leaves_by_its_device() -> None:
    inventory, _ = seen(
        run("links", link(2, "eth0", None), gre(6, "203.0.113.9")),
        run("underlay", Underlay("203.0.113.9", 2)),
        run("routes", Route("10.50.0.0/16", 254, 2, "192.0.2.254", "unicast", None, "mpls")),
    )
    assert {tunnel.technology: tunnel.outer_id for tunnel in inventory.tunnels} == {"gre": None, "mpls": None}


def test_a_moved_device_does_not_leave_by_what_its_new_namespace_would_choose() -> None:
    moved = gre(6, "203.0.113.9", lower_netnsid=0)
    rows = run("links", wg(5), moved, scope=BRANCH), run("underlay", Underlay("203.0.113.9", 5), scope=BRANCH)
    tunnel = inner(*rows, run("wireguard", WIREGUARD, scope=BRANCH))
    assert (tunnel.outer_id, tunnel.remotes[0].way) == (None, None)


def test_a_bound_device_leaves_by_what_it_is_bound_to() -> None:
    bound = gre(6, "10.9.0.1", lower=2)
    rows = run("links", link(2, "eth0", None), wg(5), bound), run("underlay", Underlay("10.9.0.1", 5, None, "10.9.1.1"))
    tunnel = inner(*rows, run("wireguard", WIREGUARD))
    way = tunnel.remotes[0].way
    assert (tunnel.outer_id, way and way.interface, way and way.source) == (None, "eth0", None)


def test_a_device_bound_to_a_routing_domain_tells_no_way() -> None:
    vrf = link(2, "blue", "vrf")
    rows = run("links", vrf, wg(5), gre(6, "10.9.0.1", lower=2)), run("underlay", Underlay("10.9.0.1", 5))
    assert inner(*rows, run("wireguard", WIREGUARD)).remotes[0].way is None


def test_the_device_by_which_a_moved_tun_leaves_is_sought_where_its_owner_is() -> None:
    """The device is in the branch, the program in the host's namespace, where it leaves through wg0."""
    rows = (
        run("links", wg(5)),
        run("wireguard", WIREGUARD),
        run("links", tun(3, "tun3"), wg(4), scope=BRANCH),
        run("processes", process(50, "/usr/bin/ssh", "tun3", sockets=(900,))),
        run("underlay", Underlay("10.9.0.1", 5)),
    )
    inventory, _ = seen(*rows, run("sockets", tcp(900, ("10.9.1.1", 40000), ("10.9.0.1", 22))))
    ids = {(tunnel.scope.inode, tunnel.interface): tunnel for tunnel in inventory.tunnels}
    assert ids[200, "tun3"].outer_id == ids[100, "wg0"].id
