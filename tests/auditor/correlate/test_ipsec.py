"""IPsec through several doors is one tunnel; down ones stay; WireGuard and nesting beside it."""

from dataclasses import replace

from auditor.model.rows import (
    IkeChild,
    IkeSa,
    InterfaceAddress,
    Outer,
    Underlay,
    WireGuardDevice,
    WireGuardPeer,
    XfrmPolicy,
    XfrmState,
    XfrmTemplate,
)
from auditor.model.sightings import BlindSpot, Reason
from auditor.model.tunnel import State
from tests.auditor.correlate.rows import BRANCH, NOW_S, link, only_tunnel, process, run, seen, tun

LOCAL, REMOTE = "192.0.2.1", "203.0.113.20"
ADDRESSES = run("addresses", InterfaceAddress(2, LOCAL, 24))
ETH0 = link(2, "eth0", None)
KEY = "q" * 43 + "="


def policy(direction: str, if_id: int | None = None) -> XfrmPolicy:
    near, far = ("10.1.0.0/16", "10.2.0.0/16")
    ends = (LOCAL, REMOTE) if direction == "out" else (REMOTE, LOCAL)
    selected = (near, far) if direction == "out" else (far, near)
    return XfrmPolicy(direction, *selected, "allow", (XfrmTemplate(*ends, "esp", "tunnel", 1),), if_id)


def state(source: str, destination: str, if_id: int | None = None) -> XfrmState:
    return XfrmState(source, destination, "esp", "tunnel", 1, if_id)


def sa(ike_state: str, child_state: str | None, pid: int = 60) -> IkeSa:
    children = (IkeChild("net", child_state, "TUNNEL", ("10.1.0.0/16",), ("10.2.0.0/16",)),) if child_state else ()
    return IkeSa("sg", ike_state, LOCAL, 4500, REMOTE, 4500, "gw.sha", "gw.sg", True, children, pid)


def test_policies_states_and_daemon_are_one_tunnel() -> None:
    tunnel = only_tunnel(
        run("links", ETH0),
        ADDRESSES,
        run("xfrm", policy("out"), policy("in"), policy("fwd"), state(LOCAL, REMOTE), state(REMOTE, LOCAL)),
        run("processes", process(60, "/usr/lib/ipsec/charon")),
        run("vici", sa("ESTABLISHED", "INSTALLED")),
    )
    assert (tunnel.technology, tunnel.state) == ("ipsec", State.UP)
    assert (tunnel.local.address, tunnel.remotes[0].endpoint.address) == (LOCAL, REMOTE)
    assert (tunnel.remotes[0].identity, tunnel.remotes[0].identity_kind) == ("gw.sg", "ike")
    assert {layer.door for layer in tunnel.layers} == {"xfrm state", "xfrm policy", "vici"}
    assert tunnel.owner is not None
    assert tunnel.owner.program == "charon"
    assert tunnel.routes == ("10.2.0.0/16",)


def test_policies_without_association_are_a_tunnel_that_is_down() -> None:
    tunnel = only_tunnel(run("links", ETH0), ADDRESSES, run("xfrm", policy("out"), policy("in")))
    assert tunnel.state is State.DOWN


def test_unread_associations_make_the_state_unknown() -> None:
    gap = BlindSpot(probe="xfrm", scope="host", source="s", reason=Reason.PERMISSION, detail="d", hides=("ipsec",))
    tunnel = only_tunnel(run("links", ETH0), ADDRESSES, run("xfrm", policy("out"), blind=(gap,)))
    assert tunnel.state is State.UNKNOWN


def test_an_interface_takes_the_ends_of_its_associations() -> None:
    inventory, _ = seen(
        run("links", ETH0, link(7, "ipsec7", "xfrm", arphrd=65534, outer=Outer(identifier=7))),
        ADDRESSES,
        run("xfrm", state(LOCAL, REMOTE, 7), state(REMOTE, LOCAL, 7)),
    )
    (tunnel,) = inventory.tunnels
    assert (tunnel.technology, tunnel.interface) == ("ipsec", "ipsec7")
    assert tunnel.remotes[0].endpoint.address == REMOTE


def test_user_space_ipsec_is_one_tunnel_with_its_device() -> None:
    tunnel = only_tunnel(
        run("links", ETH0, tun(8, "ipsec0")),
        ADDRESSES,
        run("processes", process(60, "/usr/sbin/charon-systemd", "ipsec0")),
        run("vici", sa("ESTABLISHED", "INSTALLED")),
    )
    assert (tunnel.technology, tunnel.interface, tunnel.state) == ("ipsec", "ipsec0", State.UP)
    assert tunnel.remotes[0].endpoint.address == REMOTE
    assert tunnel.local.port == 4500


def test_the_device_of_an_idle_daemon_is_down() -> None:
    links, owner = run("links", tun(8, "ipsec0")), run("processes", process(60, "/usr/sbin/charon-systemd", "ipsec0"))
    assert only_tunnel(links, owner, run("vici")).state is State.DOWN
    assert only_tunnel(links, owner).state is State.UNKNOWN


def test_a_configured_connection_that_is_down_does_not_disappear() -> None:
    tunnel = only_tunnel(
        run("links", ETH0),
        ADDRESSES,
        run("xfrm"),
        run("processes", process(60, "/usr/lib/ipsec/charon")),
        run("vici", sa("CONFIGURED", None)),
    )
    assert (tunnel.state, tunnel.remotes[0].configured_only) == (State.DOWN, True)


def test_wireguard_state_is_the_youngest_handshake() -> None:
    def with_age(*ages_s: int | None) -> State:
        peers = tuple(
            WireGuardPeer(KEY, REMOTE, 51820, None if age is None else NOW_S - age, ("10.2.0.0/16",)) for age in ages_s
        )
        device = WireGuardDevice("wg0", KEY, 51820, peers, "netlink")
        return only_tunnel(run("links", link(3, "wg0", "wireguard", arphrd=65534)), run("wireguard", device)).state

    assert with_age(5, 4_000) is State.UP
    assert with_age(180) is State.UP
    assert with_age(181) is State.STALE
    assert with_age(None) is State.DOWN
    assert with_age(-50) is State.UP
    assert only_tunnel(run("links", link(3, "wg0", "wireguard", arphrd=65534))).state is State.UNKNOWN


def test_user_space_wireguard_is_wireguard() -> None:
    device = WireGuardDevice("wgo0", KEY, 51820, (WireGuardPeer(KEY, REMOTE, 51820, NOW_S),), "uapi", 70)
    tunnel = only_tunnel(
        run("links", tun(3, "wgo0")),
        run("processes", process(70, "/usr/bin/wireguard-go", "wgo0")),
        run("wireguard_uapi", device),
    )
    assert (tunnel.technology, tunnel.state, tunnel.remotes[0].identity) == ("wireguard", State.UP, KEY)
    assert tunnel.owner is not None


def test_a_tunnel_through_a_tunnel_knows_its_outer_one() -> None:
    inventory, _ = seen(
        run("links", ETH0, tun(3, "wgo0"), link(4, "gre1", "gre", outer=Outer(local="10.9.0.1", remote="10.9.0.2"))),
        run("processes", process(70, "/usr/bin/wireguard-go", "wgo0")),
        run("underlay", Underlay("10.9.0.2", 3, None, "10.9.0.1")),
    )
    by_name = {tunnel.interface: tunnel for tunnel in inventory.tunnels}
    assert by_name["gre1"].outer_id == by_name["wgo0"].id
    assert [layer.technology for layer in by_name["gre1"].layers] == ["wireguard", "gre"]


def test_ipsec_that_only_protects_gre_is_a_layer_of_it() -> None:
    tunnel = only_tunnel(
        run("links", ETH0, link(4, "gre1", "gre", outer=Outer(local=LOCAL, remote=REMOTE))),
        ADDRESSES,
        run("xfrm", state(LOCAL, REMOTE)._replace(mode="transport"), state(REMOTE, LOCAL)._replace(mode="transport")),
    )
    assert (tunnel.technology, tunnel.outer_id) == ("gre", None)
    assert [layer.technology for layer in tunnel.layers] == ["ipsec", "gre"]


def test_ids_do_not_change_with_numbers_that_a_reboot_changes() -> None:
    def ids(index: int, pid: int, port: int) -> set[str]:
        inventory, _ = seen(
            run("links", ETH0, tun(index, "wgo0"), link(index + 1, "vx0", "vxlan", outer=Outer(remote=REMOTE))),
            ADDRESSES,
            run("processes", process(pid, "/usr/bin/wireguard-go", "wgo0")),
            run("wireguard_uapi", WireGuardDevice("wgo0", KEY, port, (), "uapi", pid)),
            run("xfrm", policy("out")),
        )
        return {tunnel.id for tunnel in inventory.tunnels}

    assert len(ids(3, 70, 51820)) == 3
    assert ids(3, 70, 51820) == ids(33, 777, 40000)


def test_ids_of_a_namespace_do_not_change_with_its_inode() -> None:
    first, _ = seen(run("links", tun(3, "tun0"), scope=BRANCH))
    later, _ = seen(run("links", tun(3, "tun0"), scope=replace(BRANCH, inode=999)))
    assert first.tunnels[0].id == later.tunnels[0].id


def test_a_look_up_that_leads_into_the_tunnel_itself_is_no_way_out() -> None:
    device = WireGuardDevice("wg0", KEY, 51820, (WireGuardPeer(KEY, REMOTE, 51820, NOW_S),), "netlink")
    tunnel = only_tunnel(
        run("links", ETH0, link(3, "wg0", "wireguard", arphrd=65534)),
        run("wireguard", device),
        run("underlay", Underlay(REMOTE, 3, None, "10.9.0.1")),
    )
    assert tunnel.remotes[0].way is None
    assert tunnel.outer_id is None


def test_marked_packets_take_the_way_that_was_looked_up_with_the_mark() -> None:
    device = WireGuardDevice("wg0", KEY, 51820, (WireGuardPeer(KEY, REMOTE, 51820, NOW_S),), "netlink", fwmark=51820)
    tunnel = only_tunnel(
        run("links", ETH0, link(3, "wg0", "wireguard", arphrd=65534)),
        run("wireguard", device),
        run(
            "underlay",
            Underlay(REMOTE, 3, None, "10.9.0.1"),
            Underlay(REMOTE, ETH0.ifindex, "192.0.2.254", LOCAL, mark=51820),
        ),
    )
    way = tunnel.remotes[0].way
    assert way is not None
    assert (way.interface, way.next_hop, way.source) == ("eth0", "192.0.2.254", LOCAL)
    assert tunnel.local.address == LOCAL


def test_a_daemon_elsewhere_sends_from_its_own_namespace() -> None:
    device = WireGuardDevice("wgo0", KEY, 51820, (WireGuardPeer(KEY, REMOTE, 51820, NOW_S),), "uapi", 70)
    inventory, _ = seen(
        run("links", ETH0),
        run("links", tun(ETH0.ifindex, "wgo0"), scope=BRANCH),
        run("processes", process(70, "/usr/bin/wireguard-go", "wgo0")),
        run("wireguard_uapi", device),
        run("underlay", Underlay(REMOTE, ETH0.ifindex, "192.0.2.254", LOCAL)),
    )
    (tunnel,) = inventory.tunnels
    way = tunnel.remotes[0].way
    assert tunnel.scope == BRANCH
    assert way is not None, "an equal number of the device in the other namespace is no loop"
    assert way.interface == "eth0"


def test_a_daemon_owns_what_it_names_or_what_only_it_can_own() -> None:
    policies = run("links", ETH0), ADDRESSES, run("xfrm", policy("out"))
    charon = run("processes", process(60, "/usr/sbin/charon-systemd"))
    pluto = run("processes", process(61, "/usr/libexec/ipsec/pluto"))
    assert only_tunnel(*policies, charon, run("vici")).owner is None
    assert only_tunnel(*policies, charon).owner is not None
    assert only_tunnel(*policies, pluto, run("vici")).owner is not None


def test_roaming_users_are_counted_and_their_addresses_dropped() -> None:
    user = "198.51.100.66"
    roaming = sa("ESTABLISHED", "INSTALLED")._replace(remote=user, remote_access=True)
    inventory, _ = seen(
        run("links", ETH0),
        ADDRESSES,
        run("xfrm", state(LOCAL, user), state(user, LOCAL), state(LOCAL, REMOTE), state(REMOTE, LOCAL)),
        run("processes", process(60, "/usr/lib/ipsec/charon")),
        run("vici", roaming, sa("ESTABLISHED", "INSTALLED")),
    )
    by_family = {tunnel.family.value: tunnel for tunnel in inventory.tunnels}
    service = by_family["remote_access"]
    assert (service.peers_count, service.remotes, service.state) == (1, (), State.UP)
    assert user not in repr(inventory)
    assert by_family["network_tunnel"].remotes[0].endpoint.address == REMOTE


def test_roaming_users_of_user_space_ipsec_stay_with_its_device() -> None:
    roaming = sa("ESTABLISHED", "INSTALLED")._replace(remote="198.51.100.66", remote_access=True)
    tunnel = only_tunnel(
        run("links", tun(8, "ipsec0")),
        run("processes", process(60, "/usr/sbin/charon-systemd", "ipsec0")),
        run("vici", roaming),
    )
    assert (tunnel.interface, tunnel.family.value, tunnel.remotes) == ("ipsec0", "remote_access", ())


def test_a_far_end_known_by_name_keeps_its_name() -> None:
    named = sa("CONFIGURED", None)._replace(remote=None, remote_name="vpn.example.net")
    tunnel = only_tunnel(run("links", ETH0), run("processes", process(60, "/usr/lib/ipsec/charon")), run("vici", named))
    assert tunnel.remotes[0].endpoint.name == "vpn.example.net"
