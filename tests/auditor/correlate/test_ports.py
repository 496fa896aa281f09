"""Uplinks as ports: dial-up with the far side of its line, VRFs with a table of their own, IPv6 alone, namespaces."""

from auditor.model.rows import InterfaceAddress, PppSession, Route, Row
from auditor.model.sightings import Scope
from auditor.model.tunnel import Port
from tests.auditor.correlate.rows import BRANCH, HOST, link, run, seen


def port(*links: Row, scope: Scope = HOST, **rows: tuple[Row, ...]) -> Port:
    """Return the only port that has a default route."""
    runs = (run(probe, *more, scope=scope) for probe, more in rows.items())
    inventory, _ = seen(run("links", *links, scope=scope), *runs)
    (found,) = [one for one in inventory.ports if one.default_route]
    return found


def test_dial_up_has_no_next_hop_and_shows_the_far_side_of_its_line() -> None:
    found = port(
        link(9, "ppp0", "ppp", arphrd=512),
        ppp=(PppSession("pppoe", device="eth0"),),
        addresses=(InterfaceAddress(9, "100.64.3.4", 32, "202.96.128.1"),),
        routes=(Route("0.0.0.0/0", 254, 9),),
    )
    assert (found.interface, found.next_hops, found.peers) == ("ppp0", (), ("202.96.128.1",))
    assert (found.addresses, found.hardware) == (("100.64.3.4/32",), True)


def test_a_port_of_a_vrf_has_the_default_route_of_the_vrfs_table() -> None:
    found = port(
        link(2, "eth0", None, master=5),
        link(5, "vrf-wan", "vrf"),
        addresses=(InterfaceAddress(2, "202.96.128.86", 24),),
        routes=(Route("0.0.0.0/0", 10, 2, "202.96.128.1"),),
    )
    assert (found.interface, found.next_hops, found.peers) == ("eth0", ("202.96.128.1",), ())


def test_an_uplink_of_ipv6_alone() -> None:
    found = port(
        link(2, "eth0", None),
        addresses=(InterfaceAddress(2, "240e:0:1::2", 64), InterfaceAddress(2, "fe80::2", 64)),
        routes=(Route("::/0", 254, 2, "fe80::1"),),
    )
    assert (found.addresses, found.next_hops) == (("240e:0:1::2/64", "fe80::2/64"), ("fe80::1",))


def test_an_uplink_in_another_namespace_says_which() -> None:
    found = port(
        link(2, "eth1", None),
        scope=BRANCH,
        addresses=(InterfaceAddress(2, "202.106.0.20", 24),),
        routes=(Route("0.0.0.0/0", 254, 2, "202.106.0.1"),),
    )
    assert (found.scope.name, found.addresses) == ("branch", ("202.106.0.20/24",))
