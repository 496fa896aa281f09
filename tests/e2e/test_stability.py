"""The id of a tunnel is the same from scan to scan, whatever PID or ifindex it has by then."""

from typing import Any

import pytest

from tests.lab import Lab, Scan
from tests.lab.node import wait_until
from tests.lab.parts import openvpn, strongswan, tinc, vxlan, wireguard

pytestmark = [pytest.mark.root, pytest.mark.lab]


def _ids(scan: Scan) -> dict[tuple[str | None, str | None], str]:
    return {(one["namespace"], one["interface"]): one["id"] for one in scan.report["tunnels"]}


def _of(scan: Scan, interface: str) -> Any:
    return next(t for t in scan.report["tunnels"] if (t["namespace"], t["interface"]) == (None, interface))


def test_two_scans_agree(lab: Lab, scan: Scan) -> None:
    again = lab.scan()
    assert _ids(again) == _ids(scan)
    assert [one["id"] for one in again.report["tunnels"]] == [one["id"] for one in scan.report["tunnels"]]
    assert [o["id"] for o in again.report["objects"]] == [o["id"] for o in scan.report["objects"]]


@pytest.mark.parametrize(
    ("daemon", "interface", "inside"),
    [
        ("wireguard", "wgo0", wireguard.INSIDE),
        ("openvpn-udp", "tun1", "10.41.0.1"),
        ("tinc", "mesh", tinc.INSIDE),
        ("strongswan", "ipsec0", strongswan.INSIDE),
    ],
)
def test_a_restarted_daemon_keeps_its_id(lab: Lab, scan: Scan, daemon: str, interface: str, inside: str) -> None:
    before = _of(scan, interface)
    _restart(lab, daemon, inside)
    after = _of(lab.scan(), interface)
    assert after["owner"]["pid"] != before["owner"]["pid"]
    assert after["ifindex"] != before["ifindex"]
    assert after["id"] == before["id"]
    assert after["verdict"] == before["verdict"]


@pytest.mark.parametrize(
    ("daemon", "interface", "inside"), [("openvpn-udp", "tun1", "10.41.0.1"), ("tinc", "mesh", tinc.INSIDE)]
)
def test_a_stopped_daemon_leaves_its_tunnel_down_under_the_same_id(
    lab: Lab, scan: Scan, daemon: str, interface: str, inside: str
) -> None:
    lab.daemons[daemon].stop()
    try:
        down = _of(lab.scan(), interface)
    finally:
        _start(lab, daemon, inside)
    up = _of(scan, interface)
    assert (down["state"], down["ifindex"], down["owner"]) == ("down", None, None)
    assert down["id"] == up["id"]
    assert {end["address"] for end in down["remotes"]} == {end["address"] for end in up["remotes"]}


def _restart(lab: Lab, daemon: str, inside: str) -> None:
    lab.daemons[daemon].stop()
    _start(lab, daemon, inside)


def _start(lab: Lab, daemon: str, inside: str) -> None:
    {
        "wireguard": wireguard.run,
        "openvpn-udp": openvpn.run_udp,
        "tinc": tinc.run,
        "strongswan": strongswan.run,
    }[daemon](lab)
    source = "10.8.0.1" if daemon == "strongswan" else None
    wait_until(f"{daemon} works again", lambda: lab.reaches(inside, source=source), limit_s=40)


def test_a_device_made_anew_keeps_its_id(lab: Lab, scan: Scan) -> None:
    before = _of(scan, vxlan.HOSTILE)
    lab.gateway.run("ip", "link", "del", vxlan.HOSTILE)
    vxlan.add_hostile(lab)
    after = _of(lab.scan(), vxlan.HOSTILE)
    assert after["ifindex"] != before["ifindex"]
    assert after["id"] == before["id"]


def test_a_stopped_daemon_is_no_longer_up(small_lab: Lab) -> None:
    small_lab.daemons["wireguard"].stop()
    try:
        tunnels = small_lab.scan().report["tunnels"]
        assert [one["interface"] for one in tunnels if one["state"] == "up"] == []
    finally:
        wireguard.run(small_lab)
        wait_until("WireGuard works again", lambda: small_lab.reaches(wireguard.INSIDE))
