"""Routes that encapsulate: one tunnel for each far end, however many prefixes; paths that end here; what is none."""

from auditor.correlate.tables import build
from auditor.correlate.targets import draft, way_targets
from auditor.model.rows import LabelRoute, Route, RouteOuter, Underlay
from auditor.model.tunnel import Tunnel
from tests.auditor.correlate.rows import HOST, NOW_S, link, only_tunnel, run, seen

ETH0 = link(2, "eth0", None)
PATH = ("2001:db8:9::1", "2001:db8:9::2")


def segments(destination: str, *path: str, mode: str = "encap") -> Route:
    return Route(destination, 254, 2, encapsulation="seg6", outer=RouteOuter(remote=path[-1], segments=path, mode=mode))


def labels(destination: str, *numbers: int, gateway: str = "192.0.2.254") -> Route:
    return Route(destination, 254, 2, gateway, encapsulation="mpls", outer=RouteOuter(labels=numbers))


def tunnels(*runs: object) -> dict[tuple[str, str | None], Tunnel]:
    inventory, gaps = seen(run("links", ETH0), *runs)  # type: ignore[arg-type]
    assert gaps == ()
    found = {(t.technology, t.remotes[0].endpoint.address if t.remotes else None): t for t in inventory.tunnels}
    assert len(found) == len(inventory.tunnels)
    assert len({t.id for t in inventory.tunnels}) == len(inventory.tunnels)
    return found


def test_thousands_of_prefixes_by_the_same_segments_are_one_tunnel() -> None:
    rows = [segments(f"2001:db8:{n:x}::/48", *PATH) for n in range(5_000)]
    found = tunnels(run("routes", *rows), run("underlay", Underlay(PATH[0], 2, "fe80::1")))
    ((_, tunnel),) = found.items()
    assert tunnel.remotes[0].endpoint.address == PATH[-1]
    assert tunnel.routes is not None
    assert len(tunnel.routes) == 5_000
    assert tunnel.remotes[0].way is not None
    assert tunnel.remotes[0].way.next_hop == "fe80::1"
    assert len(tunnel.witnesses) <= 8
    assert "segments 2001:db8:9::1, 2001:db8:9::2" in tunnel.witnesses[0].says


def test_each_far_end_is_a_tunnel() -> None:
    found = tunnels(
        run(
            "routes",
            segments("2001:db8:a::/48", *PATH),
            segments("10.7.0.0/16", "2001:db8:9::3"),
            labels("10.1.0.0/16", 100, 200),
            labels("10.2.0.0/16", 300),
            labels("10.3.0.0/16", 300, gateway="192.0.2.253"),
        )
    )
    assert set(found) == {
        ("srv6", PATH[-1]),
        ("srv6", "2001:db8:9::3"),
        ("mpls", "192.0.2.254"),
        ("mpls", "192.0.2.253"),
    }
    by_label = found["mpls", "192.0.2.254"]
    assert by_label.routes == ("10.1.0.0/16", "10.2.0.0/16")
    assert by_label.remotes[0].way is not None
    assert (by_label.remotes[0].way.interface, by_label.remotes[0].way.next_hop) == ("eth0", "192.0.2.254")
    assert "next hop" in by_label.contradictions[0].en
    assert [witness.says for witness in by_label.witnesses] == [
        "routes with encapsulation mpls labels 100/200",
        "routes with encapsulation mpls labels 300",
    ]


def test_own_segments_are_one_receiving_end() -> None:
    def own(segment: str, mode: str) -> Route:
        return Route(segment, 254, 2, encapsulation="seg6local", outer=RouteOuter(mode=mode))

    one = only_tunnel(run("links", ETH0), run("routes", own("2001:db8::4/128", "End.DX4")))
    assert (one.local.address, one.routes, one.remotes) == ("2001:db8::4", (), ())
    assert "does not know where they begin" in one.contradictions[0].en
    both = tunnels(run("routes", own("2001:db8::4/128", "End.DX4"), own("2001:db8::6/128", "End.DT6")))
    assert both["srv6", None].local.address is None


def test_label_routes_swap_to_a_next_hop_or_end_here() -> None:
    found = tunnels(
        run("mpls", LabelRoute(100, (200,), 2, "192.0.2.254"), LabelRoute(102, (), 2, "192.0.2.254")),
        run("routes", labels("10.1.0.0/16", 300)),
    )
    assert set(found) == {("mpls", "192.0.2.254"), ("mpls", None)}
    assert found["mpls", "192.0.2.254"].routes == ("10.1.0.0/16",)
    assert "label 100: label 200 by 192.0.2.254" in [w.says for w in found["mpls", "192.0.2.254"].witnesses]
    assert [w.says for w in found["mpls", None].witnesses] == ["label 102: popped"]


def test_measuring_in_place_is_no_tunnel_and_around_packets_is_one() -> None:
    def ioam(mode: str, far: str | None) -> Route:
        return Route("2001:db8:a::/48", 254, 2, encapsulation="ioam6", outer=RouteOuter(remote=far, mode=mode))

    assert tunnels(run("routes", ioam("inline", None))) == {}
    assert set(tunnels(run("routes", ioam("encap", "2001:db8::9")))) == {("ip6tnl", "2001:db8::9")}


def test_the_way_of_the_first_segment_is_looked_up() -> None:
    tables = build([run("links", ETH0), run("routes", segments("2001:db8:a::/48", *PATH))])
    assert set(way_targets(HOST, draft(tables, now_s=NOW_S)).destinations) == set(PATH)


def test_translation_is_no_tunnel() -> None:
    assert tunnels(run("routes", Route("2001:db8:a::/48", 254, 2, encapsulation="ila"))) == {}
