"""What the last probes look at: every far end, from the namespace and with the mark that its packets have."""

from dataclasses import replace

import pytest

from auditor.correlate import correlate_tables
from auditor.correlate.tables import build
from auditor.correlate.targets import Draft, draft, path_targets, way_targets
from auditor.model.rows import FdbRemote, L2tpSession, Outer, Route, RouteOuter, WireGuardDevice, WireGuardPeer
from auditor.model.sightings import ProbeRun, Scope
from auditor.probe import Targets
from tests.auditor.correlate.rows import BRANCH, HOST, LOOPBACK, NOW_S, link, process, run, tun, vxlan

MARK = 51820


def device(name: str, *ends: str, fwmark: int | None = None, pid: int | None = None) -> WireGuardDevice:
    peers = tuple(WireGuardPeer(f"{name}{end}", end, 51820) for end in ends)
    return WireGuardDevice(name, None, 51820, peers, "uapi" if pid else "netlink", pid, fwmark)


def targets(scope: Scope, *runs: ProbeRun) -> Targets:
    known = draft(build(runs), now_s=NOW_S)
    return replace(way_targets(scope, known), tunnel_indexes=path_targets(scope, known, frozenset()).tunnel_indexes)


def test_marked_and_unmarked_far_ends() -> None:
    aimed = targets(
        HOST,
        run(
            "links",
            link(3, "wg0", "wireguard", arphrd=65534),
            link(4, "wg1", "wireguard", arphrd=65534),
            link(5, "gre1", "gre", outer=Outer(remote="203.0.113.9")),
        ),
        run("wireguard", device("wg0", "203.0.113.8", "203.0.113.9", fwmark=MARK), device("wg1", "203.0.113.8")),
    )
    assert sorted(aimed.destinations) == ["203.0.113.8", "203.0.113.9"]
    assert aimed.marked == (("203.0.113.8", MARK), ("203.0.113.9", MARK))
    assert aimed.tunnel_indexes == (3, 4, 5)


def test_a_daemon_elsewhere_sends_its_marked_packets_from_its_own_namespace() -> None:
    runs = (
        run("links", link(2, "eth0", None)),
        run("links", tun(4, "wgo0"), scope=BRANCH),
        run("processes", process(70, "/usr/bin/wireguard-go", "wgo0", netns=HOST.inode)),
        run("wireguard_uapi", device("wgo0", "203.0.113.8", fwmark=MARK, pid=70)),
    )
    assert targets(HOST, *runs).marked == (("203.0.113.8", MARK),)


def test_far_ends_of_l2tp_are_looked_up_where_their_sessions_are() -> None:
    session = L2tpSession(1, 1, 2, 2, 3, "ip", None, None, "203.0.113.40", None, "ethernet", "l2tpeth0")
    runs = run("links"), run("l2tp", session), run("links", link(2, "l2tpeth0", None), scope=BRANCH)
    assert targets(HOST, *runs).destinations == ("203.0.113.40",)


MIXED = (
    run(
        "links",
        link(1, "lo", None, arphrd=LOOPBACK, flags=0x49),
        link(2, "tunl0", "ipip", arphrd=768, flags=0x80),
        link(3, "gre1", "gre", outer=Outer(remote="203.0.113.1")),
        vxlan(4, "vx1", remote="203.0.113.2"),
        link(5, "gnv", "geneve", outer=Outer(external=True)),
        link(6, "sit1", "sit", arphrd=776, outer=Outer(local="198.51.100.1")),
        link(7, "vti1", "vti", arphrd=768, outer=Outer(remote="203.0.113.3")),
        link(8, "wg0", "wireguard", arphrd=65534),
        link(9, "ppp0", "ppp", arphrd=512),
        link(10, "eth0", None),
        link(11, "ipip1", "ipip", arphrd=768, outer=Outer(remote="peer.example.net")),
        tun(12, "tun0"),
    ),
    run("links", link(3, "gre1", "gre", outer=Outer(remote="203.0.113.9")), scope=BRANCH),
    run("fdb", FdbRemote(4, "203.0.113.21"), FdbRemote(4, "203.0.113.2")),
    run("wireguard", device("wg0", "203.0.113.4", fwmark=MARK)),
)
ROUTES = run(
    "routes",
    Route("10.5.0.0/16", 254, 5, encapsulation="ip", outer=RouteOuter(remote="203.0.113.51")),
    Route("2001:db8:6::/48", 254, 6, gateway="::203.0.113.61"),
)


@pytest.mark.parametrize("runs", [MIXED, (*MIXED, ROUTES)])
@pytest.mark.parametrize("scope", [HOST, BRANCH])
def test_what_is_settled_without_a_tunnel_gives_the_targets_of_the_tunnels(
    runs: tuple[ProbeRun, ...], scope: Scope
) -> None:
    tables = build(runs)
    known = draft(tables, now_s=NOW_S)
    whole = Draft(tables, {inode: {} for inode in tables.scopes}, correlate_tables(tables, now_s=NOW_S)[0].tunnels)
    assert set(known.settled[HOST.inode]) == {3, 4, 5, 6, 11}
    assert path_targets(scope, known, frozenset()) == path_targets(scope, whole, frozenset())
    ours, theirs = way_targets(scope, known), way_targets(scope, whole)
    assert sorted(ours.destinations) == sorted(theirs.destinations)
    assert sorted(ours.marked) == sorted(theirs.marked)
    assert "203.0.113.61" in ours.destinations or scope is BRANCH or ROUTES not in runs
