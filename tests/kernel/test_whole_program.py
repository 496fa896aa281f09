"""`auditor scan` on the Debian kernel's lab: every tunnel kind is found, nothing else is called one."""

import json
from dataclasses import replace
from typing import Any

import pytest

from tests.kernel import guest_encap
from tests.kernel.conftest import Lab
from tests.kernel.guest_truth import NO_TUNNELS, NO_TUNNELS_OF_THE_SWITCH, TUNNELS
from tests.lab.score import score

pytestmark = pytest.mark.kernel
_BY_ROUTES = ("mpls", "srv6")  # leave by a device that carries everything else as well


@pytest.fixture(scope="module")
def report(kernel_lab: Lab) -> dict[str, Any]:
    """Return the report that the scan in the guest wrote."""
    assert kernel_lab.said["scan"]["stderr"] == ""
    found: dict[str, Any] = json.loads((kernel_lab.files / "scan/report.json").read_text())
    return found


def devices(report: dict[str, Any], namespace: str | None = None) -> dict[str, dict[str, Any]]:
    """Return the tunnels of a namespace that have a device of their own, by its name."""
    return {
        tunnel["interface"]: tunnel
        for tunnel in report["tunnels"]
        if tunnel["namespace"] == namespace and tunnel["interface"] and tunnel["technology"] not in _BY_ROUTES
    }


def test_scan_is_whole_and_asks_for_review(kernel_lab: Lab, report: dict[str, Any]) -> None:
    assert kernel_lab.said["scan"]["exit_code"] == 1
    assert report["blind_spots"] == []


def test_scan_loads_no_module(kernel_lab: Lab) -> None:
    assert kernel_lab.said["scan"]["modules_loaded"] == []


def test_every_tunnel_is_found_and_described_and_nothing_else_called_one(report: dict[str, Any]) -> None:
    result = score(TUNNELS, report)
    print(f"\nkernel\n{result}")
    assert result.problems == ()


def test_a_wrong_truth_is_noticed(report: dict[str, Any]) -> None:
    (gre,) = [true for true in TUNNELS if true.interface == "gre1"]
    for wrong in (
        replace(gre, remotes=(replace(gre.remotes[0], address="203.0.113.250"),)),
        replace(gre, states=("down",)),
        replace(gre, technologies=("ipip",)),
        replace(gre, interface="gre9"),
    ):
        assert score([wrong if true is gre else true for true in TUNNELS], report).problems
    assert score([true for true in TUNNELS if true is not gre], report).problems, "a tunnel too much goes unnoticed"


def test_nothing_else_is_called_a_tunnel(report: dict[str, Any]) -> None:
    assert not NO_TUNNELS & set(devices(report))
    for namespace, names in ((None, NO_TUNNELS), ("sw", NO_TUNNELS_OF_THE_SWITCH)):
        assert {row["interface"] for row in report["not_tunnels"] if row["namespace"] == namespace} >= names


def test_a_marked_tunnel_leaves_by_the_way_of_its_mark(report: dict[str, Any]) -> None:
    (remote,) = (remote for remote in devices(report)["wg0"]["remotes"] if remote["address"] == "192.0.2.9")
    assert (remote["underlay"]["interface"], remote["underlay"]["next_hop"]) == ("veth0", "198.51.100.2")


def test_a_moved_pseudowire_leaves_from_where_its_session_is(report: dict[str, Any]) -> None:
    (remote,) = devices(report, "far")["moved0"]["remotes"]
    assert remote["underlay"]["interface"] == "veth0"


def test_far_ends_that_only_routes_name_have_a_way_out(report: dict[str, Any]) -> None:
    found = devices(report)
    for name in ("gretapx", "vxlan_sys_4793", "sit6rd", "isatap1", "gre2", "gtp1"):
        for remote in found[name]["remotes"]:
            assert remote["underlay"]["interface"] == "veth0", name
            assert remote["underlay"]["next_hop"] == "198.51.100.2", name
    labels = [row for row in report["tunnels"] if row["technology"] == "mpls" and row["remotes"]]
    assert {row["remotes"][0]["underlay"]["next_hop"] for row in labels} == {
        "198.51.100.2",
        "198.51.100.9",
        "2001:db8:1::9",
    }


def test_prefixes_by_one_path_are_one_tunnel(report: dict[str, Any]) -> None:
    by_end = {
        row["remotes"][0]["address"]: row["routes"]
        for row in report["tunnels"]
        if row["technology"] in ("srv6", "mpls") and row["remotes"]
    }
    assert by_end["2001:db8:9::2"] == ["2001:db8:80::/48", "2001:db8:81::/48"]
    assert by_end["198.51.100.2"] == ["10.74.0.0/16", "10.75.0.0/16"]


def test_variants_are_told(report: dict[str, Any]) -> None:
    said = {name: row["witnesses"][0]["says"] for name, row in devices(report).items()}
    for name, mode in (
        ("sit6to4", "6to4"),
        ("sit6rd", "6rd"),
        ("isatap1", "isatap"),
        ("mplsip1", "MPLS inside"),
        ("erspan2", "version 2"),
        ("vxlangpe", "gpe"),
        ("macsec1", "integrity only"),
    ):
        assert f"mode {mode}" in said[name]


def test_no_subscriber_of_the_mobile_core_is_told(kernel_lab: Lab) -> None:
    text = (kernel_lab.files / "scan/report.json").read_text()
    assert not [own for own, _ in guest_encap.SUBSCRIBERS if own in text]
    assert [far for _, far in guest_encap.SUBSCRIBERS if far in text]


def test_ppp_devices_are_told_apart(report: dict[str, Any]) -> None:
    assert devices(report)["ppp1"]["technology"] == "l2tp"
    assert "ppp0" not in devices(report)
    assert "ppp0" in {row["interface"] for row in report["not_tunnels"]}
