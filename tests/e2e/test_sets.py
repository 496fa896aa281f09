"""On every gateway of the lab each tunnel is found, named and described, and nothing else is called one."""

import pytest

from tests.e2e.conftest import require
from tests.lab import SETS, Lab
from tests.lab.score import score

pytestmark = [pytest.mark.root, pytest.mark.lab]


@pytest.mark.parametrize("name", [name for name in SETS if name != "everything"])
def test_gateway(name: str) -> None:
    require()
    with Lab(SETS[name]) as lab:
        scan = lab.scan()
        result = score(lab.tunnels, scan.report)
        print(f"\n{name}\n{result}")
        assert result.problems == ()
        assert scan.report["blind_spots"] == []
        listed = {(device["namespace"], device["interface"]) for device in scan.report["not_tunnels"]}
        assert [true for true in lab.not_tunnels if (true.namespace, true.interface) not in listed] == []
        for where, content in scan.everything().items():
            assert lab.secrets.found_in(content) == [], where
            assert not [word for word in lab.personal if word in content], where


def test_the_gateway_with_everything(lab: Lab, scan: object) -> None:
    result = score(lab.tunnels, scan.report)  # type: ignore[attr-defined]
    print(f"\n{result}")
    assert result.problems == ()
