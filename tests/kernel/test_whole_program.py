"""`auditor scan` on the Debian kernel's lab: every tunnel kind is found, nothing else is called one."""

import json
from typing import Any

import pytest

from tests.kernel.conftest import Lab

pytestmark = pytest.mark.kernel

# Devices of the gateway's own namespace by technology of the report
TUNNELS = {
    "wireguard": {"wg0", "wgbig", "wg<i>\\xe9&\"'"},
    "gre": {"gre1", "gre2", "grefou"},
    "gretap": {"gretap1", "gretapx"},
    "erspan": {"erspan1", "ip6erspan1"},
    "ip6gre": {"ip6gre1"},
    "ip6gretap": {"ip6gretap1"},
    "ipip": {"ipip1", "ipipfou", "ipipgue"},
    "sit": {"sit1"},
    "ip6tnl": {"ip6tnl1", "ipip6"},
    "vti": {"vti1", "vti61"},
    "ipsec": {"xfrm1"},
    "xfrm": {"xfrm2"},
    "geneve": {"geneve1", "geneve6", "genev_sys_6082"},
    "vxlan": {"vxlan1", "vxlan6", "vxlanfdb", "vxlanmc", "vxlan_sys_4793"},
    "macsec": {"macsec1"},
    "tun": {"tun0"},
    "tap": {"tap0"},
}
NO_TUNNELS = {
    *("lo", "veth0", "bond0", "dummy0", "dummy1", "br0", "vrf-a", "ifb9", "veth0.300"),
    *("macvlan1", "macvtap1", "ipvlan1", "eth7", "tun1", "team0", "wlan0", "ppp0"),
    *("gre0", "gretap0", "erspan0", "tunl0", "sit0", "ip6tnl0", "ip6gre0", "ip_vti0", "ip6_vti0"),
}
POLICY_BASED = {
    *("203.0.113.50", "203.0.113.51", "203.0.113.53", "203.0.113.54", "203.0.113.55", "203.0.113.56"),
    "2001:db8:2::50",
}


@pytest.fixture(scope="module")
def report(kernel_lab: Lab) -> dict[str, Any]:
    """Return the report that the scan in the guest wrote."""
    assert kernel_lab.said["scan"]["stderr"] == ""
    found: dict[str, Any] = json.loads((kernel_lab.files / "scan/report.json").read_text())
    return found


def devices(report: dict[str, Any], namespace: str | None = None) -> dict[str, dict[str, Any]]:
    """Return the tunnels of a namespace that have a device, by its name."""
    return {
        tunnel["interface"]: tunnel
        for tunnel in report["tunnels"]
        if tunnel["namespace"] == namespace and tunnel["interface"]
    }


def test_scan_is_whole_and_asks_for_review(kernel_lab: Lab, report: dict[str, Any]) -> None:
    assert kernel_lab.said["scan"]["exit_code"] == 1
    assert report["blind_spots"] == []


def test_scan_loads_no_module(kernel_lab: Lab) -> None:
    assert kernel_lab.said["scan"]["modules_loaded"] == []


def test_every_kind_of_tunnel_device_is_found(report: dict[str, Any]) -> None:
    found = devices(report)
    for technology, names in TUNNELS.items():
        assert {name: found[name]["technology"] for name in names} == dict.fromkeys(names, technology)


def test_nothing_else_is_called_a_tunnel(report: dict[str, Any]) -> None:
    assert not NO_TUNNELS & set(devices(report))
    looked_at = {row["interface"] for row in report["not_tunnels"] if row["namespace"] is None}
    assert looked_at >= NO_TUNNELS


def test_ipsec_without_a_device_is_found_once_a_far_end(report: dict[str, Any]) -> None:
    far_ends = [
        tunnel["remotes"][0]["address"]
        for tunnel in report["tunnels"]
        if tunnel["technology"] == "ipsec" and not tunnel["interface"]
    ]
    assert sorted(far_ends) == sorted(POLICY_BASED)


def test_wireguard_by_its_peers(report: dict[str, Any]) -> None:
    wg0 = devices(report)["wg0"]
    assert wg0["state"] == "up"
    ends = [(remote["address"], remote["port"]) for remote in wg0["remotes"]]
    assert set(ends) == {
        ("198.51.100.2", 51821),
        ("2001:db8:1::2", 51822),
        (None, None),
        ("192.0.2.9", 51820),
    }
    far = devices(report, "far")
    assert {name: far[name]["state"] for name in ("wgA", "wgB")} == {"wgA": "up", "wgB": "up"}


def test_a_marked_tunnel_leaves_by_the_way_of_its_mark(report: dict[str, Any]) -> None:
    (remote,) = (remote for remote in devices(report)["wg0"]["remotes"] if remote["address"] == "192.0.2.9")
    assert (remote["underlay"]["interface"], remote["underlay"]["next_hop"]) == ("veth0", "198.51.100.2")


def test_l2tp_pseudowires_are_tunnels(report: dict[str, Any]) -> None:
    found = {name: row for name, row in devices(report).items() if row["technology"] == "l2tp"}
    ends = {name: (row["remotes"][0]["address"], row["remotes"][0]["transport"]) for name, row in found.items()}
    assert ends == {
        "l2tpeth0": ("203.0.113.40", "l2tp"),
        "lan-branch": ("203.0.113.42", "udp"),
        "renamed0": ("203.0.113.42", "udp"),
        "sixth0": ("2001:db8:1::42", "udp"),
        "ppp1": ("203.0.113.41", "udp"),
    }
    moved = devices(report, "far")["moved0"]
    assert (moved["technology"], moved["remotes"][0]["address"]) == ("l2tp", "203.0.113.42")
    assert moved["remotes"][0]["underlay"]["interface"] == "veth0"


def test_l2tp_without_a_device_does_not_disappear(report: dict[str, Any]) -> None:
    bare = [row for row in report["tunnels"] if row["technology"] == "l2tp" and row["interface"] is None]
    assert sorted((row["remotes"][0]["address"], row["state"]) for row in bare) == [
        ("203.0.113.41", "unknown"),
        ("203.0.113.43", "down"),
    ]


def test_ppp_devices_are_told_apart(report: dict[str, Any]) -> None:
    assert devices(report)["ppp1"]["technology"] == "l2tp"
    assert "ppp0" not in devices(report)
    assert "ppp0" in {row["interface"] for row in report["not_tunnels"]}
