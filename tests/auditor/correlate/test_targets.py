"""What the last probes look at: every far end, from the namespace and with the mark that its packets have."""

from dataclasses import replace

from auditor.correlate.tables import build
from auditor.correlate.targets import draft, path_targets, way_targets
from auditor.model.rows import L2tpSession, Outer, WireGuardDevice, WireGuardPeer
from auditor.model.sightings import ProbeRun, Scope
from auditor.probe import Targets
from tests.auditor.correlate.rows import BRANCH, HOST, NOW_S, link, process, run, tun

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
