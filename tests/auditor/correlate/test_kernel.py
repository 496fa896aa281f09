"""Far ends of kernel devices from every table, route and switch that names them, and how many are too many."""

import time

import pytest

from auditor.correlate.kernel import FAR_ENDS_LIMIT
from auditor.correlate.owners import worth_asking
from auditor.correlate.tables import build
from auditor.correlate.targets import draft, way_targets
from auditor.model.address import embedded_ipv4
from auditor.model.rows import (
    FarEnd,
    FdbRemote,
    FouPort,
    InterfaceAddress,
    Outer,
    Route,
    RouteOuter,
    SwitchTunnel,
    Underlay,
    XfrmState,
)
from auditor.model.sightings import Reason
from auditor.model.tunnel import State, Tunnel
from tests.auditor.correlate.rows import (
    BRANCH,
    HOST,
    NOW_S,
    link,
    only_device,
    only_tunnel,
    process,
    run,
    seen,
    vxlan,
)

ETH0 = link(2, "eth0", None)


def ends(tunnel: Tunnel) -> list[tuple[str | None, int | None]]:
    return [(remote.endpoint.address, remote.endpoint.port) for remote in tunnel.remotes]


def by_device(*runs: object) -> dict[str | None, Tunnel]:
    inventory, gaps = seen(*runs)  # type: ignore[arg-type]
    assert gaps == ()
    return {tunnel.interface: tunnel for tunnel in inventory.tunnels}


def encap(far: str, destination: str, index: int = 5, name: str = "ip") -> Route:
    return Route(destination, 254, index, encapsulation=name, outer=RouteOuter(remote=far, identifier=7))


def test_routes_name_the_far_ends_of_a_device_in_external_mode_with_their_prefixes() -> None:
    tunnel = only_tunnel(
        run("links", vxlan(5, "vx", external=True, remote_port=4789, local_port=4789)),
        run(
            "routes",
            encap("203.0.113.1", "10.1.0.0/16"),
            encap("203.0.113.1", "10.2.0.0/16"),
            encap("2001:db8::1", "10.3.0.0/16", name="ip6"),
        ),
        run("underlay", Underlay("203.0.113.1", 2, "192.0.2.254")),
    )
    assert ends(tunnel) == [("203.0.113.1", 4789), ("2001:db8::1", 4789)]
    assert tunnel.remotes[0].prefixes == ("10.1.0.0/16", "10.2.0.0/16")
    assert tunnel.remotes[0].way is not None
    assert tunnel.remotes[0].way.next_hop == "192.0.2.254"
    assert "besides the far ends shown" in tunnel.contradictions[0].en
    assert tunnel.routes == ("10.1.0.0/16", "10.2.0.0/16", "10.3.0.0/16")


def test_such_a_route_says_nothing_of_other_devices() -> None:
    """Only a device in external mode looks at what the route sets."""
    tunnels = by_device(
        run("links", ETH0, vxlan(5, "vx", external=True), vxlan(6, "own", remote="203.0.113.9")),
        run("routes", encap("203.0.113.1", "10.1.0.0/16", 6), encap("203.0.113.2", "10.1.0.0/16", 2)),
    )
    assert {name: ends(tunnel) for name, tunnel in tunnels.items()} == {"vx": [], "own": [("203.0.113.9", None)]}
    assert "the kernel names none" in tunnels["vx"].contradictions[0].en


def test_far_ends_of_contexts_and_neighbours() -> None:
    tunnels = by_device(
        run("links", link(5, "gtp0", "gtp"), link(6, "mgre", "gre", outer=Outer(local="192.0.2.1"))),
        run("gtp", FarEnd(5, "203.0.113.1", "gtp", 2152)),
        run("neighbours", FarEnd(6, "203.0.113.2", "neighbours"), FarEnd(9, "203.0.113.3", "neighbours")),
    )
    assert ends(tunnels["gtp0"]) == [("203.0.113.1", 2152)]
    assert ends(tunnels["mgre"]) == [("203.0.113.2", None)]
    assert [witness.probe for witness in tunnels["mgre"].witnesses] == ["links", "neighbours"]


@pytest.mark.parametrize(
    ("gateway", "address"),
    [
        ("::192.88.99.1", "192.88.99.1"),
        ("2002:cb00:7146::1", "203.0.113.70"),
        ("fe80::5efe:203.0.113.85", "203.0.113.85"),
        ("fe80::200:5efe:203.0.113.85", "203.0.113.85"),
        ("::", None),
        ("::1", None),
        ("fe80::1", None),
        ("2001:db8::1", None),
        ("192.0.2.1", None),
        (None, None),
    ],
)
def test_next_hops_of_automatic_tunnels(gateway: str | None, address: str | None) -> None:
    assert embedded_ipv4(gateway) == address
    tunnel = only_tunnel(
        run("links", link(5, "six", "sit", outer=Outer(local="192.0.2.1"))),
        run("routes", Route("2001:db8:61::/48", 254, 5, gateway)),
    )
    assert ends(tunnel) == ([(address, None)] if address else [])
    assert tunnel.peers_count is None, "others may be reached without any route that names them"
    assert "IPv6 address of each packet" in tunnel.contradictions[0].en


def test_a_sit_device_with_its_prefix_does_6to4() -> None:
    six = link(5, "six", "sit", outer=Outer(local="192.0.2.1"))
    told = only_tunnel(run("links", six), run("addresses", InterfaceAddress(5, "2002:c000:201::1", 16)))
    assert "mode 6to4" in told.witnesses[0].says
    assert "mode any far end" in only_tunnel(run("links", six)).witnesses[0].says


def test_macsec_says_what_its_far_ends_are() -> None:
    said = by_device(run("links", ETH0, link(5, "ms0", "macsec", lower=2)))["ms0"].witnesses[0].says
    assert "protects the link of eth0" in said
    assert "not kept" in said


# Ports of FOU and GUE


def fou_device(index: int, name: str, kind: str, **outer: object) -> object:
    return link(index, name, kind, outer=Outer(remote="203.0.113.1", remote_port=5555, **outer))  # type: ignore[arg-type]


def test_a_port_is_the_receiving_end_of_the_device_that_it_fits() -> None:
    tunnels = by_device(
        run("links", fou_device(5, "g", "gre", encapsulation="fou"), fou_device(6, "i", "ipip", encapsulation="gue")),
        run("fou", FouPort(5555, "fou", 47), FouPort(6080, "gue")),
    )
    assert {name: tunnel.local.port for name, tunnel in tunnels.items()} == {"g": 5555, "i": 6080}
    assert "receives fou on UDP port 5555" in tunnels["g"].witnesses[-1].says


@pytest.mark.parametrize(
    ("encapsulation", "port"),
    [
        ("fou", FouPort(7, "fou", 41)),
        ("gue", FouPort(7, "fou", 47)),
        (None, FouPort(7, "gue")),
        ("fou", FouPort(7, "gue")),
    ],
)
def test_a_port_that_fits_no_device_is_a_tunnel(encapsulation: str | None, port: FouPort) -> None:
    tunnels = by_device(run("links", fou_device(5, "g", "gre", encapsulation=encapsulation)), run("fou", port))
    alone = tunnels[None]
    assert (alone.technology, alone.local.port, alone.remotes) == (port.kind, 7, ())
    assert alone.state is State.UP


def test_a_port_that_is_connected_has_its_far_end() -> None:
    alone = only_tunnel(run("fou", FouPort(7, "fou", 4, "192.0.2.1", "203.0.113.9", 8)))
    assert ends(alone) == [("203.0.113.9", 8)]


# Open vSwitch


def port(name: str, technology: str = "vxlan", remote: str | None = "203.0.113.1", **more: object) -> SwitchTunnel:
    values = {"local": None, "port": 4789, "key": None, "protected": False, "pid": 40, "source": "conf.db"} | more
    return SwitchTunnel(name=name, technology=technology, remote=remote, **values)  # type: ignore[arg-type]


SERVER = process(40, "/usr/sbin/ovsdb-server")
SWITCH = process(41, "/usr/lib/openvswitch-switch/ovs-vswitchd")


def test_ports_of_a_switch_are_the_far_ends_of_its_device() -> None:
    tunnels = by_device(
        run(
            "links",
            vxlan(5, "vxlan_sys_4789", external=True, local_port=4789, remote_port=4789),
            vxlan(6, "vxlan_sys_4790", external=True, local_port=4790, remote_port=4790),
        ),
        run("processes", SERVER, SWITCH),
        run(
            "openvswitch",
            port("a"),
            port("b", remote="203.0.113.2"),
            port("c", remote=None),
            port("d", remote="vtep.example", port=4790),
        ),
    )
    assert ends(tunnels["vxlan_sys_4789"]) == [("203.0.113.1", 4789), ("203.0.113.2", 4789)]
    (named,) = tunnels["vxlan_sys_4790"].remotes
    assert (named.endpoint.address, named.endpoint.name) == (None, "vtep.example")
    assert set(tunnels) == {"vxlan_sys_4789", "vxlan_sys_4790"}


def test_ports_of_a_switch_without_a_kernel_device_are_tunnels_of_the_switch() -> None:
    inventory, _ = seen(
        run("links", ETH0, vxlan(5, "vx", external=True, local_port=4790)),
        run("processes", SERVER, SWITCH),
        run(
            "openvswitch", port("a"), port("g", "gre", None, port=None), port("p", "geneve", port=6081, protected=True)
        ),
        run("underlay", Underlay("203.0.113.1", 2)),
    )
    found = {tunnel.technology: tunnel for tunnel in inventory.tunnels if tunnel.interface is None}
    assert ends(found["vxlan"]) == [("203.0.113.1", 4789)]
    assert found["vxlan"].owner is not None
    assert found["vxlan"].owner.path == SWITCH.exe
    assert found["vxlan"].remotes[0].way is not None
    assert (found["gre"].remotes, found["gre"].peers_count) == ((), None)
    assert "flows" in found["gre"].contradictions[0].en
    assert "inside IPsec" in found["geneve"].witnesses[0].says
    assert {tunnel.state for tunnel in found.values()} == {State.UP}


def test_ports_of_a_switch_that_does_not_run_are_down_and_belong_to_the_host() -> None:
    tunnel = only_tunnel(run("links"), run("links", scope=BRANCH), run("openvswitch", port("a", pid=None)))
    assert (tunnel.state, tunnel.owner, tunnel.scope) == (State.DOWN, None, HOST)


def test_a_switch_of_another_namespace_has_its_devices_there() -> None:
    moved = [one._replace(netns=BRANCH.inode) for one in (SERVER, SWITCH)]
    device = vxlan(5, "vx", external=True, local_port=4789)
    inventory, _ = seen(
        run("links", device),
        run("links", device, scope=BRANCH),
        run("processes", *moved),
        run("openvswitch", port("a")),
    )
    assert {t.scope.name: ends(t) for t in inventory.tunnels} == {None: [], "branch": [("203.0.113.1", 4789)]}


def test_the_switchs_database_server_is_worth_asking() -> None:
    tables = build([run("processes", SERVER, SWITCH, process(42, "/usr/bin/ovsdb-server-copy"))])
    assert [one.pid for one in worth_asking(tables)] == [40]


def test_a_tap_that_the_switch_holds_is_a_port_of_it() -> None:
    holder = process(41, "/usr/lib/openvswitch-switch/ovs-vswitchd", "br0")
    tap = link(5, "br0", "tun", outer=Outer(encapsulation="tap"))
    assert "Open vSwitch" in only_device(run("links", tap), run("processes", holder)).reason.en


# Scale


def fabric(count: int, networks: int = 250) -> list[FdbRemote]:
    return [FdbRemote(5, f"10.{n % networks}.{n // networks}.1") for n in range(count)]


def test_up_to_the_limit_every_far_end_is_shown() -> None:
    tunnel = only_tunnel(run("links", vxlan(5, "vx")), run("fdb", *fabric(FAR_ENDS_LIMIT)))
    assert len(tunnel.remotes) == tunnel.peers_count == FAR_ENDS_LIMIT


def test_beyond_the_limit_the_rest_is_counted_and_a_gap() -> None:
    began = time.monotonic()
    stranger = FdbRemote(5, "198.51.100.7")
    rows = fabric(10_000)
    inventory, gaps = seen(run("links", vxlan(5, "vx")), run("fdb", *rows, stranger))
    (tunnel,) = inventory.tunnels
    assert len(tunnel.remotes) == FAR_ENDS_LIMIT
    assert tunnel.peers_count == 10_001
    assert "198.51.100.7" in [address for address, _ in ends(tunnel)], "a network of its own must not be cut off"
    assert {f"10.{n}.0.1" for n in range(250)} <= {address for address, _ in ends(tunnel)}
    (gap,) = gaps
    assert (gap.reason, gap.hides) == (Reason.TRUNCATED, ("vxlan",))
    assert "10001 far ends" in gap.detail
    assert time.monotonic() - began < 5


def test_far_ends_that_are_cut_off_are_not_looked_up() -> None:
    tables = build([run("links", vxlan(5, "vx")), run("fdb", *fabric(10_000))])
    assert len(way_targets(HOST, draft(tables, now_s=NOW_S)).destinations) == FAR_ENDS_LIMIT


# IPsec interfaces in external mode


def state(if_id: int, far: str) -> XfrmState:
    return XfrmState("192.0.2.1", far, "esp", "tunnel", 1, if_id)


def test_an_ipsec_interface_in_external_mode_takes_what_no_other_has() -> None:
    tunnels = by_device(
        run(
            "links",
            link(5, "ipsec0", "xfrm", outer=Outer(external=True)),
            link(6, "ipsec1", "xfrm", outer=Outer(identifier=42)),
        ),
        run("addresses", InterfaceAddress(2, "192.0.2.1", 24)),
        run("xfrm", state(42, "203.0.113.1"), state(43, "203.0.113.2")),
    )
    assert {name: ends(tunnel) for name, tunnel in tunnels.items()} == {
        "ipsec0": [("203.0.113.2", None)],
        "ipsec1": [("203.0.113.1", None)],
    }
