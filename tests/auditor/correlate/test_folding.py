"""IPsec around one tunnel is a layer of it, IPsec that takes a tunnel's packets among others is around it."""

import pytest

from auditor.model.rows import (
    FdbRemote,
    IkeChild,
    IkeSa,
    InterfaceAddress,
    L2tpSession,
    Link,
    Outer,
    PppSession,
    Row,
    Underlay,
    WireGuardDevice,
    WireGuardPeer,
    XfrmPolicy,
    XfrmState,
    XfrmTemplate,
)
from auditor.model.sightings import ProbeRun
from auditor.model.tunnel import State, Tunnel
from tests.auditor.correlate.rows import NOW_S, link, process, run, seen, vxlan

NEAR, FAR, OTHER = "192.0.2.1", "203.0.113.20", "203.0.113.21"
NEAR6, FAR6 = "2001:db8:a::1", "2001:db8:c::1"
BASE = (
    run("addresses", InterfaceAddress(2, NEAR, 24), InterfaceAddress(2, NEAR6, 64)),
    run("processes", process(60, "/usr/sbin/charon-systemd")),
)
ETH0 = link(2, "eth0", None)
GRE, UDP = 47, 17


def states(far: str = FAR, mode: str = "transport", near: str = NEAR) -> tuple[XfrmState, ...]:
    return XfrmState(near, far, "esp", mode, 1), XfrmState(far, near, "esp", mode, 1)


def guard(protocol: int | None = None, far: str = FAR, port: int | None = None, near: str = NEAR) -> XfrmPolicy:
    length = 128 if ":" in far else 32
    template = (XfrmTemplate(None, None, "esp", "transport", 1),)
    ends = f"{near}/{length}", f"{far}/{length}"
    return XfrmPolicy("out", *ends, "allow", template, None, protocol, port, port)


def policy(near: str, far: str, *, outer: str = FAR) -> XfrmPolicy:
    return XfrmPolicy("out", near, far, "allow", (XfrmTemplate(NEAR, outer, "esp", "tunnel", 1),))


def sa(state: str = "ESTABLISHED", child: str = "INSTALLED", mode: str = "TRANSPORT") -> IkeSa:
    children = (IkeChild("net", child, mode),)
    return IkeSa("sg", state, NEAR, 500, FAR, 500, "gw.sha", "gw.sg", True, children, 60)


def gre(remote: str = FAR, local: str | None = NEAR, index: int = 4) -> Link:
    return link(index, f"gre{index}", "gre", arphrd=778, outer=Outer(local=local, remote=remote))


def tunnels(*runs: ProbeRun) -> dict[str | None, Tunnel]:
    return {one.interface: one for one in seen(*BASE, *runs)[0].tunnels}


def both(*rows: Row, device: Link | None = None, ike: tuple[IkeSa, ...] = ()) -> dict[str | None, Tunnel]:
    return tunnels(run("links", ETH0, device or gre()), run("xfrm", *rows), run("vici", *ike))


def names(tunnel: Tunnel) -> list[str]:
    return list(dict.fromkeys(layer.technology for layer in tunnel.layers))


def test_the_inner_tunnel_keeps_what_the_ipsec_showed() -> None:
    (one,) = both(guard(GRE), *states(), ike=(sa(),)).values()
    (remote,) = one.remotes
    assert (one.technology, one.state, names(one), one.outer_id) == ("gre", State.UP, ["ipsec", "gre"], None)
    assert (remote.identity, remote.identity_kind) == ("gw.sg", "ike")
    assert one.owner is not None
    assert one.owner.program == "charon-systemd"
    assert {witness.probe for witness in one.witnesses} == {"links", "xfrm", "vici", "processes"}
    assert not one.contradictions


def test_its_id_is_the_same_with_and_without_ipsec() -> None:
    (plain,), (inside,) = both().values(), both(guard(GRE), *states()).values()
    assert plain.id == inside.id


@pytest.mark.parametrize(
    ("device", "rows"),
    [
        (gre(), (guard(), *states())),
        (gre(), states()),
        (gre(), (policy(f"{NEAR}/32", f"{FAR}/32"), *states(mode="tunnel"))),
        (gre(local=None), (guard(GRE), *states())),
        (vxlan(4, "vx4", local=NEAR, remote=FAR, remote_port=4789), (guard(UDP, port=None), *states())),
        (link(4, "ip4", "ipip", arphrd=768, outer=Outer(local=NEAR, remote=FAR)), (guard(4), *states())),
        (
            link(4, "g6", "ip6gre", arphrd=823, outer=Outer(local=NEAR6, remote=FAR6)),
            (guard(GRE, FAR6, near=NEAR6), *states(FAR6, near=NEAR6)),
        ),
    ],
)
def test_ipsec_between_the_same_hosts_is_a_layer(device: Link, rows: tuple[Row, ...]) -> None:
    found = tunnels(run("links", ETH0, device), run("xfrm", *rows), run("underlay", Underlay(FAR, 2, None, NEAR)))
    assert set(found) == {device.name}
    assert names(found[device.name])[0] == "ipsec"


@pytest.mark.parametrize(
    "rows",
    [
        (guard(UDP, port=1701), *states()),
        (guard(GRE, OTHER), *states(OTHER)),
        (policy("10.1.0.0/16", "10.2.0.0/16"), *states(mode="tunnel")),
    ],
)
def test_ipsec_for_other_packets_stays_a_connection_of_its_own(rows: tuple[Row, ...]) -> None:
    found = both(*rows)
    assert set(found) == {"gre4", None}
    assert found["gre4"].outer_id is None
    assert names(found["gre4"]) == ["gre"]


def test_transport_mode_that_protects_no_tunnel_is_ipsec_between_two_hosts() -> None:
    (one,) = tunnels(run("links", ETH0), run("xfrm", guard(), *states())).values()
    assert (one.technology, one.interface, one.state) == ("ipsec", None, State.UP)


def test_a_policy_that_waits_for_traffic_to_a_network_does_not_disappear() -> None:
    template = (XfrmTemplate(None, None, "esp", "transport", 0),)
    trap = XfrmPolicy("out", "10.8.0.0/24", "10.39.0.0/24", "allow", template)
    found = both(trap, device=gre("10.39.0.1", "10.8.0.1"))
    one = found[None]
    assert one.routes == ("10.39.0.0/24",)
    assert (one.technology, one.state, one.remotes[0].endpoint.address) == ("ipsec", State.DOWN, None)
    assert found["gre4"].outer_id is None, "nobody knows where it would go"


def test_a_policy_without_an_association_holds_the_packets_back() -> None:
    (one,) = both(guard(GRE), ike=(sa("CONFIGURED", "CONFIGURED"),)).values()
    assert (one.state, names(one)) == (State.DOWN, ["ipsec", "gre"])
    assert "IPsec around it" in one.state_reason.en
    assert "外层IPsec" in one.state_reason.zh


def test_ipsec_that_is_only_configured_protects_nothing() -> None:
    (one,) = both(ike=(sa("CONFIGURED", "CONFIGURED"),)).values()
    assert (one.state, names(one), one.remotes[0].identity) == (State.UP, ["gre"], None)
    assert ["unprotected" in text.en for text in one.contradictions] == [True]
    assert any(witness.probe == "vici" for witness in one.witnesses)


def test_several_far_ends_each_with_ipsec_of_its_own() -> None:
    device = vxlan(4, "vx4", local=NEAR, remote=FAR, remote_port=4789)
    fdb = run("fdb", FdbRemote(4, OTHER, 4789))
    whole = tunnels(run("links", ETH0, device), fdb, run("xfrm", *states(), *states(OTHER)))
    assert set(whole) == {"vx4"}
    assert not whole["vx4"].contradictions
    half = tunnels(run("links", ETH0, device), fdb, run("xfrm", *states()))["vx4"]
    assert ["1 of 2" in text.en for text in half.contradictions] == [True]


def test_two_tunnels_share_the_ipsec_between_their_hosts() -> None:
    device = vxlan(5, "vx5", local=NEAR, remote=FAR, remote_port=4789)
    found = tunnels(run("links", ETH0, gre(), device), run("xfrm", guard(), *states()))
    assert {name: names(one) for name, one in found.items()} == {"gre4": ["ipsec", "gre"], "vx5": ["ipsec", "vxlan"]}


def test_a_tunnel_whose_packets_a_policy_takes_among_others_is_inside() -> None:
    rows = policy("10.1.0.0/16", "10.2.0.0/16"), *states(mode="tunnel")
    found = both(*rows, device=gre("10.2.0.1", "10.1.0.1"))
    assert found["gre4"].outer_id == (found[None].id)
    assert names(found["gre4"]) == ["ipsec", "gre"]
    outside = both(*rows, device=gre("10.2.0.1", "192.0.2.1"))
    assert outside["gre4"].outer_id is None


def test_a_policy_for_marked_packets_or_of_an_interface_takes_no_tunnel() -> None:
    for change in ({"marked": True}, {"if_id": 7}):
        row = policy("0.0.0.0/0", "0.0.0.0/0")._replace(**change)
        found = both(row, device=gre("10.2.0.1", "10.1.0.1"))
        assert (found["gre4"].outer_id, names(found["gre4"])) == (None, ["gre"])


def test_the_most_exact_policy_decides() -> None:
    rows = policy("10.1.0.0/16", "10.0.0.0/8", outer=OTHER), policy("10.1.0.0/16", "10.2.0.0/16")
    inventory, _ = seen(*BASE, run("links", ETH0, gre("10.2.0.1", "10.1.0.1")), run("xfrm", *rows))
    outer = {one.id: one.remotes[0].endpoint.address for one in inventory.tunnels if one.interface is None}
    (inner,) = (one for one in inventory.tunnels if one.interface)
    assert outer[inner.outer_id or ""] == FAR


def test_three_tunnels_in_each_other_name_every_layer() -> None:
    peer = WireGuardPeer("k" * 43 + "=", FAR, 51820, NOW_S, ("10.9.0.0/24",))
    found = tunnels(
        run(
            "links",
            ETH0,
            link(3, "wg0", "wireguard", arphrd=65534),
            vxlan(4, "vx4", local="10.9.0.1", remote="10.9.0.2", remote_port=4789),
            gre("10.8.0.2", "10.8.0.1", 5),
        ),
        run("wireguard", WireGuardDevice("wg0", None, 51820, (peer,), "netlink")),
        run("underlay", Underlay(FAR, 2, None, NEAR), Underlay("10.9.0.2", 3), Underlay("10.8.0.2", 4)),
        run("xfrm", guard(UDP, port=51820), *states()),
    )
    assert set(found) == {"wg0", "vx4", "gre5"}
    assert names(found["gre5"]) == ["ipsec", "wireguard", "vxlan", "gre"]
    assert found["gre5"].outer_id == found["vx4"].id
    assert found["vx4"].outer_id == found["wg0"].id


def test_tunnels_that_would_each_be_inside_the_other_are_inside_none() -> None:
    found = tunnels(
        run("links", ETH0, gre("10.5.0.2", "10.5.0.1", 4), gre("10.4.0.2", "10.4.0.1", 5)),
        run("underlay", Underlay("10.5.0.2", 5), Underlay("10.4.0.2", 4)),
    )
    assert {one.outer_id for one in found.values()} == {None}
    assert {tuple(names(one)) for one in found.values()} == {("gre",)}


def test_the_ipsec_of_a_person_who_dials_in_tells_no_address() -> None:
    home = "198.18.0.7"
    session = L2tpSession(11, 7, 22, 8, 2, "udp", NEAR, 1701, home, 1701, "ppp", None, server=True)
    inventory, _ = seen(
        *BASE,
        run("links", ETH0, link(7, "ppp0", "ppp", arphrd=512)),
        run("ppp", PppSession("l2tp", interface="ppp0", tunnel_id=11, session_id=7, server=True)),
        run("l2tp", session),
        run("xfrm", guard(UDP, home, 1701), *states(home)),
        run("vici", sa()._replace(remote=home, remote_id="198.18.0.7")),
    )
    (one,) = inventory.tunnels
    assert (one.technology, one.family.value, one.peers_count, names(one)) == (
        "l2tp",
        "remote_access",
        1,
        ["ipsec", "l2tp"],
    )
    assert home not in repr(inventory)


def test_a_person_without_a_device_yet_is_counted_too() -> None:
    session = L2tpSession(11, 7, 22, 8, 2, "udp", NEAR, 1701, "198.18.0.7", 1701, "ppp", None, server=True)
    inventory, _ = seen(*BASE, run("links", ETH0), run("l2tp", session))
    (one,) = inventory.tunnels
    assert (one.family.value, one.peers_count) == ("remote_access", 1)
    assert "198.18.0.7" not in repr(inventory)
