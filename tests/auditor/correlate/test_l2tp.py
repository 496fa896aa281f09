"""Ethernet devices of L2TP have no kind: the session names them, as they were made."""

from auditor.model.rows import L2tpSession, Underlay
from auditor.model.sightings import BlindSpot, Reason
from auditor.model.tunnel import Layer, Role, State
from tests.auditor.correlate.rows import BRANCH, DOWN, link, only_tunnel, run, seen
from tests.auditor.correlate.test_ipsec import ADDRESSES, ETH0, LOCAL, REMOTE, state

PORT = link(2, "eth0", None, hardware="0000:00:03.0")
PSEUDOWIRE = link(3, "l2tpeth0", None)
OVER_IP = L2tpSession(3000, 1000, 4000, 2000, 3, "ip", "192.0.2.1", None, "203.0.113.40", None, "ethernet", "l2tpeth0")
OVER_UDP = L2tpSession(
    3001, 1001, 4001, 2001, 3, "udp", "192.0.2.1", 5000, "203.0.113.42", 6000, "ethernet", "lan-branch"
)
EMPTY = OVER_IP._replace(session_id=None, peer_session_id=None, pseudowire=None, interface=None)


def test_an_ethernet_pseudowire_over_ip() -> None:
    tunnel = only_tunnel(
        run("links", PSEUDOWIRE),
        run("l2tp", OVER_IP),
        run("underlay", Underlay("203.0.113.40", 3, None, "192.0.2.1")),
    )
    (remote,) = tunnel.remotes
    assert (tunnel.technology, tunnel.interface, tunnel.state, tunnel.role) == (
        "l2tp",
        "l2tpeth0",
        State.UP,
        Role.PEER,
    )
    assert (remote.endpoint.address, remote.endpoint.port, remote.endpoint.transport) == ("203.0.113.40", None, "l2tp")
    assert (tunnel.local.address, tunnel.local.transport) == ("192.0.2.1", "l2tp")
    assert remote.way is None, "a look-up that leads into the tunnel itself is no way out"
    assert tunnel.layers == (Layer(technology="l2tp", door="link"),)
    assert tunnel.witnesses[-1].says == (
        "session 1000 of tunnel 3000, version 3 over ip, remote 203.0.113.40, made with device l2tpeth0"
    )


def test_an_ethernet_pseudowire_over_udp_whose_device_is_off() -> None:
    tunnel = only_tunnel(run("links", link(3, "lan-branch", None, flags=DOWN)), run("l2tp", OVER_UDP))
    assert (tunnel.interface, tunnel.state) == ("lan-branch", State.DOWN)
    assert (tunnel.local.port, tunnel.remotes[0].endpoint.port) == (5000, 6000)
    assert tunnel.remotes[0].endpoint.transport == "udp"


def test_a_port_with_the_name_of_a_session_stays_a_port() -> None:
    named = PORT._replace(name="l2tpeth0")
    inventory, gaps = seen(run("links", named, link(4, "lan-branch", "veth")), run("l2tp", OVER_IP, OVER_UDP))
    assert [device.interface for device in inventory.not_tunnels] == ["l2tpeth0", "lan-branch"]
    assert [(tunnel.interface, tunnel.state) for tunnel in inventory.tunnels] == [(None, State.UNKNOWN)] * 2
    assert not gaps


def test_a_renamed_device_is_found_where_it_is_the_only_one_that_it_can_be() -> None:
    renamed = PSEUDOWIRE._replace(name="corp0")
    inventory, gaps = seen(run("links", PORT, renamed), run("l2tp", OVER_IP))
    assert [(tunnel.interface, tunnel.technology) for tunnel in inventory.tunnels] == [("corp0", "l2tp")]
    assert not gaps


def test_of_two_that_it_can_be_neither_is_taken_and_both_are_gaps() -> None:
    two = PSEUDOWIRE._replace(name="corp0"), link(4, "corp1", None)
    inventory, gaps = seen(run("links", PORT, *two), run("l2tp", OVER_IP))
    (tunnel,) = inventory.tunnels
    assert (tunnel.interface, tunnel.state) == (None, State.UNKNOWN)
    assert "the name that it was made with" in tunnel.state_reason.en
    assert tunnel.remotes[0].endpoint.address == "203.0.113.40"
    assert [gap.source for gap in gaps] == ["device corp0", "device corp1"]


def test_where_the_kernel_names_no_hardware_a_port_is_not_taken_for_a_renamed_device() -> None:
    inventory, _ = seen(run("links", link(2, "eth0", None)), run("l2tp", OVER_IP))
    assert [device.interface for device in inventory.not_tunnels] == ["eth0"]
    assert [tunnel.interface for tunnel in inventory.tunnels] == [None]


def test_a_device_moved_to_another_namespace_leaves_from_its_first_one() -> None:
    inventory, _ = seen(
        run("links", PORT),
        run("l2tp", OVER_IP),
        run("underlay", Underlay("203.0.113.40", 2, "192.0.2.254", "192.0.2.1")),
        run("links", link(2, "l2tpeth0", None), scope=BRANCH),
    )
    (tunnel,) = inventory.tunnels
    way = tunnel.remotes[0].way
    assert (tunnel.scope, tunnel.interface) == (BRANCH, "l2tpeth0")
    assert way is not None, "an equal number of the device in the other namespace is no loop"
    assert (way.interface, way.next_hop) == ("eth0", "192.0.2.254")


def test_a_second_session_that_names_a_taken_device_is_not_lost() -> None:
    second = OVER_UDP._replace(interface="l2tpeth0")
    inventory, _ = seen(run("links", PSEUDOWIRE), run("l2tp", OVER_IP, second))
    assert [tunnel.interface for tunnel in inventory.tunnels] == ["l2tpeth0", None]
    assert {tunnel.remotes[0].endpoint.address for tunnel in inventory.tunnels} == {"203.0.113.40", "203.0.113.42"}


def test_a_tunnel_without_a_session_is_down_and_does_not_disappear() -> None:
    tunnel = only_tunnel(run("l2tp", EMPTY))
    assert (tunnel.technology, tunnel.state, tunnel.interface) == ("l2tp", State.DOWN, None)
    assert "no session" in tunnel.state_reason.en
    assert tunnel.witnesses[0].recheck == "ip l2tp show tunnel"


def test_ids_do_not_change_with_the_numbers_that_a_daemon_draws() -> None:
    def ids(number: int) -> list[str]:
        rows = (OVER_IP, OVER_UDP._replace(interface=None), EMPTY)
        drawn = (row._replace(tunnel_id=row.tunnel_id + number, peer_tunnel_id=number) for row in rows)
        return [tunnel.id for tunnel in seen(run("links", PSEUDOWIRE), run("l2tp", *drawn))[0].tunnels]

    assert len(set(ids(1))) == 3
    assert ids(1) == ids(500)


def test_ipsec_that_only_protects_l2tp_is_a_layer_of_it() -> None:
    inside = OVER_UDP._replace(local=LOCAL, remote=REMOTE)
    associations = state(LOCAL, REMOTE)._replace(mode="transport"), state(REMOTE, LOCAL)._replace(mode="transport")
    tunnel = only_tunnel(
        run("links", ETH0, link(4, "lan-branch", None)), ADDRESSES, run("xfrm", *associations), run("l2tp", inside)
    )
    assert (tunnel.technology, tunnel.interface, tunnel.outer_id) == ("l2tp", "lan-branch", None)
    assert [layer.technology for layer in tunnel.layers] == ["ipsec", "l2tp"]


def test_without_the_table_of_sessions_a_device_of_neither_kind_nor_hardware_stays_a_gap() -> None:
    refused = BlindSpot(
        probe="l2tp", scope="host", source="generic netlink", reason=Reason.PERMISSION, detail="", hides=("l2tp",)
    )
    inventory, (gap,) = seen(run("links", PORT, PSEUDOWIRE), run("l2tp", blind=(refused,)))
    assert not inventory.tunnels
    assert gap.source == "device l2tpeth0"
