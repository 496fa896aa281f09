"""What was not read is never shown as absent, down or harmless."""

import pytest

from auditor.model.rows import IkeChild, IkeSa, Outer, Route, XfrmState
from auditor.model.sightings import Reason
from auditor.model.tunnel import State
from tests.auditor.correlate.rows import HOST, link, only_tunnel, process, run, seen, tun

LOCAL, REMOTE = "192.0.2.1", "203.0.113.20"
ETH0 = link(2, "eth0", None)


def sa(**changes: object) -> IkeSa:
    child = IkeChild("net", "INSTALLED", "TUNNEL", ("10.1.0.0/16",), ("10.2.0.0/16",))
    made = IkeSa("sg", "ESTABLISHED", LOCAL, 4500, REMOTE, 4500, "gw.sha", "gw.sg", True, (child,), 60)
    return made._replace(**changes)  # type: ignore[arg-type]


def test_without_a_look_at_associations_a_configured_connection_is_not_down() -> None:
    rows = run("links", ETH0), run("vici", sa(state="CONFIGURED", children=())), run("processes", process(60, "charon"))
    assert only_tunnel(*rows).state is State.UNKNOWN
    assert only_tunnel(*rows, run("xfrm")).state is State.DOWN


def test_a_default_route_that_was_not_read_stays_unknown_on_an_ipsec_interface() -> None:
    device = link(7, "ipsec7", "xfrm", arphrd=65534, outer=Outer(identifier=42))
    rows = run("links", ETH0, device), run("xfrm", XfrmState(LOCAL, REMOTE, "esp", "tunnel", 1, 42))
    assert only_tunnel(*rows).default_route is None
    assert only_tunnel(*rows, run("routes")).default_route is False
    assert only_tunnel(*rows, run("routes", Route("0.0.0.0/0", 254, 7))).default_route is True


@pytest.mark.parametrize("path", ["/usr/lib/ipsec/charon-nm", "/usr/libexec/ipsec/pluto", "/usr/sbin/racoon"])
def test_a_daemon_that_nobody_asked_reports_no_absence(path: str) -> None:
    rows = run("links", tun(5, "ipsec0")), run("processes", process(60, path, "ipsec0")), run("vici")
    assert only_tunnel(*rows).state is State.UNKNOWN


@pytest.mark.parametrize("encapsulation", ["bpf", "rpl", "99"])
def test_routes_of_an_unknown_encapsulation_are_a_gap(encapsulation: str) -> None:
    inventory, (gap,) = seen(run("links", ETH0), run("routes", route(encapsulation), route("ip"), route("xfrm")))
    assert (inventory.tunnels, gap.reason, gap.scope) == ((), Reason.UNPARSED, HOST.label)
    assert encapsulation in gap.source


def route(encapsulation: str) -> Route:
    return Route("10.9.0.0/16", 254, 2, encapsulation=encapsulation)


def test_a_site_behind_the_address_of_a_roaming_user_stays_a_tunnel() -> None:
    """Two associations between the same two addresses: one of a person, one of a whole network."""
    user = sa(name="road", children=(), remote_access=True)
    inventory, _ = seen(
        run("links", ETH0), run("xfrm", XfrmState(LOCAL, REMOTE, "esp", "tunnel", 1)), run("vici", user, sa())
    )
    by_family = {tunnel.family.value: tunnel for tunnel in inventory.tunnels}
    assert set(by_family) == {"remote_access", "network_tunnel"}
    assert by_family["network_tunnel"].remotes[0].endpoint.address == REMOTE
    assert by_family["network_tunnel"].state is State.UP
