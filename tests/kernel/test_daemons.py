"""Daemons over a Debian kernel: each gateway's tunnels are found, named and described, and nothing else is one."""

import json
from typing import Any

import pytest

from tests.kernel.conftest import Lab
from tests.lab import KERNEL_SETS

pytestmark = pytest.mark.kernel


@pytest.fixture(params=sorted(KERNEL_SETS))
def gateway(request: pytest.FixtureRequest, daemons_lab: Lab) -> dict[str, Any]:
    """Return what the guest said of one gateway, its report included."""
    return of(daemons_lab, request.param)


@pytest.fixture
def sessions(daemons_lab: Lab) -> dict[str, Any]:
    """Return the same of the gateway with PPP of every kind and IPsec around other tunnels."""
    return of(daemons_lab, "sessions")


def of(lab: Lab, name: str) -> dict[str, Any]:
    """Return what the guest said of gateway `name`, its report included."""
    said: dict[str, Any] = lab.said[name]
    return said | {"name": name, "report": json.loads((lab.files / f"{name}.json").read_text())}


def test_every_tunnel_is_found_and_nothing_else_is_called_one(gateway: dict[str, Any]) -> None:
    print(f"\n{gateway['name']}: built in {gateway['built_s']} s, scanned in {gateway['scanned_s']} s")
    print(gateway["table"])
    assert gateway["problems"] == []
    assert gateway["tunnels"] > 0


def test_nothing_is_left_unread(gateway: dict[str, Any]) -> None:
    assert gateway["report"]["blind_spots"] == []
    assert (gateway["exit_code"], gateway["stderr"]) == (1, "")


def test_what_is_no_tunnel_is_listed_with_its_reason(gateway: dict[str, Any]) -> None:
    listed = {row["interface"]: row["reason"]["en"] for row in gateway["report"]["not_tunnels"]}
    assert {device["interface"] for device in gateway["not_tunnels"]} <= set(listed)


def test_broadband_says_how_it_was_told(sessions: dict[str, Any]) -> None:
    listed = {row["interface"]: row["reason"]["en"] for row in sessions["report"]["not_tunnels"]}
    assert "listed by the kernel" in listed["ppp14"]
    assert "carried by /usr/sbin/pppoe" in listed["ppp15"]


def test_no_secret_and_nothing_about_people_comes_out(gateway: dict[str, Any]) -> None:
    assert gateway["leaks"] == {}
    assert gateway["told_of_people"] == {}


def test_the_scan_loads_no_module(gateway: dict[str, Any]) -> None:
    assert gateway["modules_loaded"] == []


def test_packets_that_leave_unprotected_are_a_contradiction(sessions: dict[str, Any]) -> None:
    by_device = {row["interface"]: row for row in sessions["report"]["tunnels"]}
    assert "unprotected" in json.dumps(by_device["gre5"]["contradictions"])
    assert by_device["gre1"]["contradictions"] == []
    assert "the IPsec around it" in by_device["gre4"]["state_reason"]["en"]


def test_the_ike_identity_goes_with_the_tunnel_that_ipsec_protects(sessions: dict[str, Any]) -> None:
    by_device = {row["interface"]: row for row in sessions["report"]["tunnels"]}
    assert [end["identity"] for end in by_device["gre1"]["remotes"]] == ["gre.corp.example"]
    assert [end["identity"] for end in by_device["gre5"]["remotes"]] == [None]
