"""What the report says of owners that are hard to tell: how sure it is, what was removed, who else holds a device."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e.conftest import require
from tests.lab import Lab
from tests.lab.parts import owners

pytestmark = [pytest.mark.root, pytest.mark.lab]


@pytest.fixture(scope="module")
def tunnels() -> Iterator[dict[str, Any]]:
    """Return the tunnels of one scan of a gateway with nothing but odd owners, by device."""
    require()
    with Lab((owners.start,)) as lab:
        yield {tunnel["interface"]: tunnel for tunnel in lab.scan().report["tunnels"]}


@pytest.mark.parametrize(
    ("device", "technology", "certainty"),
    [
        ("vendor0", "warp", "medium"),  # by its name
        ("vendor1", "tailscale", "high"),  # by its package
        ("vendor2", "netbird", "medium"),
        ("odd0", "openvpn", "medium"),
        ("odd1", "tun", "high"),  # that nobody knows it is sure
        ("edge0", "tun", "high"),
    ],
)
def test_how_sure_a_technology_is(tunnels: dict[str, Any], device: str, technology: str, certainty: str) -> None:
    assert (tunnels[device]["technology"], tunnels[device]["certainty"]) == (technology, certainty)


def test_a_removed_program_is_told(tunnels: dict[str, Any]) -> None:
    removed = {device for device, tunnel in tunnels.items() if tunnel["owner"]["deleted"]}
    assert removed == {"vendor2"}


def test_what_a_program_calls_itself_is_not_what_it_is(tunnels: dict[str, Any]) -> None:
    owner = tunnels["tun0"]["owner"]
    assert owner["program"].startswith("python3")
    assert tunnels["tun0"]["technology"] == "tun"


def test_other_holders_are_named(tunnels: dict[str, Any]) -> None:
    (other,) = tunnels["shared0"]["contradictions"]
    assert f"{owners.ODD}/launcher" in other["en"]
    assert f"{owners.ODD}/launcher" in other["zh"]
    assert not [device for device, tunnel in tunnels.items() if tunnel["contradictions"] and device != "shared0"]


def test_a_device_given_away_is_its_new_holders(tunnels: dict[str, Any]) -> None:
    assert tunnels["given0"]["owner"]["path"] == f"{owners.ODD}/client"


def test_names_of_fifteen_bytes_and_of_none_that_is_text(tunnels: dict[str, Any]) -> None:
    assert "t\\xff\\xfe<i>" in tunnels
    assert [name for name in tunnels if name.startswith("<b>&") and len(name) == 15]
