"""Every tunnel of the lab is found with its particulars, and nothing else is called a tunnel."""

import re
from typing import Any

import pytest

from tests.lab import EVERYTHING, Lab, Scan
from tests.lab.paperwork import CIRCUIT
from tests.lab.truth import End, TrueTunnel

pytestmark = [pytest.mark.root, pytest.mark.lab]
Reported = dict[str, Any]

KEYS = (
    *("wireguard", "openvpn-udp", "openvpn-tcp", "openvpn-staff", "strongswan", "tinc", "ssh", "xfrm-policy"),
    *("vxlan", "vxlan-v6", "vxlan-fdb", "vxlan-hostile", "openvpn-branch", "vxlan-branch"),
    *("unknown-owner", "no-owner"),
)
WITHOUT_FAR_END = ("unknown-owner", "no-owner", "openvpn-staff")
REQUIRED = {
    *("id", "technology", "layers", "interface", "ifindex", "namespace", "state", "local", "remotes", "owner"),
    *("realisation", "underlay", "routes", "places", "match", "results", "verdict", "severity", "witnesses"),
}


def _true(lab: Lab, key: str) -> TrueTunnel:
    return next(tunnel for tunnel in lab.tunnels if tunnel.key == key)


def _tunnels(scan: Scan) -> list[Reported]:
    tunnels: list[Reported] = scan.report["tunnels"]
    return tunnels


def _found(scan: Scan, true: TrueTunnel) -> Reported:
    """Return the one reported tunnel that `true` is: by its device, else by its far end."""
    if true.interface is not None:
        fitting = [
            one for one in _tunnels(scan) if (one["namespace"], one["interface"]) == (true.namespace, true.interface)
        ]
    else:
        wanted = {end.address for end in true.remotes}
        fitting = [one for one in _tunnels(scan) if wanted <= {end["address"] for end in one["remotes"]}]
    assert len(fitting) == 1, f"{true.key}: {len(fitting)} tunnels of the report fit"
    return fitting[0]


def _fits(reported: Reported, true: End) -> bool:
    """Return whether a reported end is `true`; a port or address that the truth leaves open is not compared."""
    return (
        (true.address is None or reported["address"] == true.address)
        and (true.port is None or reported["port"] == true.port)
        and (not true.transports or reported["transport"] in true.transports)
    )


def test_the_truth_has_all_these_tunnels(lab: Lab) -> None:
    assert sorted(tunnel.key for tunnel in lab.tunnels) == sorted(KEYS)
    assert len(EVERYTHING) == 11


@pytest.mark.parametrize("key", KEYS)
def test_tunnel_is_found_with_technology_interface_and_state(lab: Lab, scan: Scan, key: str) -> None:
    true = _true(lab, key)
    found = _found(scan, true)
    assert found.keys() >= REQUIRED
    assert found["technology"] in true.technologies
    assert found["interface"] == true.interface
    assert found["namespace"] == true.namespace
    assert found["state"] in true.states
    assert found["witnesses"]


@pytest.mark.parametrize("key", KEYS)
def test_tunnel_is_found_with_its_owner(lab: Lab, scan: Scan, key: str) -> None:
    true = _true(lab, key)
    owner = _found(scan, true)["owner"]
    if true.owner is None:
        assert owner is None
        return
    assert owner["path"] == true.owner
    assert owner["program"] == true.owner.rpartition("/")[2]
    assert lab.gateway.run("readlink", f"/proc/{owner['pid']}/exe").stdout.strip() == true.owner


@pytest.mark.parametrize("key", KEYS)
def test_tunnel_is_found_with_both_ends(lab: Lab, scan: Scan, key: str) -> None:
    true = _true(lab, key)
    found = _found(scan, true)
    for end in true.remotes:
        assert any(_fits(reported, end) for reported in found["remotes"]), (end, found["remotes"])
    known = {end.address for end in true.remotes}
    assert {reported["address"] for reported in found["remotes"]} <= known
    local = found["local"]
    assert _fits(local, true.local) or (true.local_any and local["address"] is None), local


@pytest.mark.parametrize("key", [key for key in KEYS if key not in WITHOUT_FAR_END])
def test_tunnel_is_found_with_its_way_out(lab: Lab, scan: Scan, key: str) -> None:
    true = _true(lab, key)
    way = _found(scan, true)["underlay"]
    handoff = key == "wireguard"
    assert way["interface"] == ("eth1" if handoff else "eth0")
    router = "192.0.2.129" if handoff else "2001:db8:a::1" if key == "vxlan-v6" else "192.0.2.1"
    assert way["next_hop"] == router


def test_a_server_for_people_shows_how_many_and_not_who(lab: Lab, scan: Scan) -> None:
    found = _found(scan, _true(lab, "openvpn-staff"))
    assert found["family"] == "remote_access"
    assert found["realisation"] == "vpn_server"
    assert found["remotes"] == []


def test_routes_into_tunnels_are_found(lab: Lab, scan: Scan) -> None:
    for key, prefix in (
        ("wireguard", "10.20.0.0/16"),
        ("openvpn-udp", "10.40.0.0/16"),
        ("strongswan", "10.30.0.0/24"),
        ("tinc", "10.50.0.0/24"),
    ):
        assert prefix in _found(scan, _true(lab, key))["routes"], key


def test_nothing_else_is_a_tunnel(lab: Lab, scan: Scan) -> None:
    expected = {_found(scan, tunnel)["id"] for tunnel in lab.tunnels}
    others = [one for one in _tunnels(scan) if one["id"] not in expected]
    assert [(one["technology"], one["interface"], one["namespace"]) for one in others] == []
    assert len({one["id"] for one in _tunnels(scan)}) == len(KEYS)


def test_every_other_device_is_listed_with_a_reason(lab: Lab, scan: Scan) -> None:
    listed = {(device["namespace"], device["interface"]): device for device in scan.report["not_tunnels"]}
    for true in lab.not_tunnels:
        device = listed[true.namespace, true.interface]
        assert device["reason"]["en"], true
        assert re.search(r"[\u4e00-\u9fff]", device["reason"]["zh"]), true
    called_tunnels = {(one["namespace"], one["interface"]) for one in _tunnels(scan)}
    assert not called_tunnels & listed.keys()


def test_the_devices_of_a_container_are_no_tunnels(scan: Scan) -> None:
    inside = {d["interface"] for d in scan.report["not_tunnels"] if d["namespace"] not in (None, "branch")}
    assert inside == {"lo", "eth0"}


def test_nothing_is_unread_for_root(scan: Scan) -> None:
    assert scan.report["blind_spots"] == []


@pytest.mark.parametrize("key", KEYS)
def test_verdict_follows_from_the_register(lab: Lab, scan: Scan, key: str) -> None:
    true = _true(lab, key)
    assert _found(scan, true)["verdict"] == true.verdict


def test_the_leased_circuit_is_matched_strongly_and_seen(lab: Lab, scan: Scan) -> None:
    match = _found(scan, _true(lab, "wireguard"))["match"]
    assert (match["circuit"], match["strength"]) == (CIRCUIT, "strong")
    agreeing = {reason["attribute"] for reason in match["reasons"] if reason["agrees"]}
    assert {"endpoint pair", "key identity", "hand-off interface"} <= agreeing
    circuits = {circuit["cid"]: circuit for circuit in scan.report["circuits"]}
    assert circuits.keys() == {CIRCUIT}
    assert circuits[CIRCUIT]["seen"]
    others = [one for one in _tunnels(scan) if one["match"]["circuit"] is not None]
    assert len(others) == 1


def test_the_whole_host_is_critical(scan: Scan) -> None:
    assert scan.code == 2
    report = scan.report
    assert (report["status"], report["verdict"]) == ("critical", "non_compliant")
    assert report["gateway"]["hostname"] == "gw-sha-01"
    verdicts = {one["verdict"] for one in report["tunnels"]}
    assert verdicts >= {"compliant", "non_compliant", "needs_review", "permitted"}


def test_hostile_names_are_text_in_the_report(lab: Lab, scan: Scan) -> None:
    html = scan.html
    assert "<script" not in html.lower()
    assert "<u>&" not in html
    assert "&lt;script&gt;" in html
    assert "&lt;u&gt;&amp;" in html
