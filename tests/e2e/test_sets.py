"""On every gateway of the lab each tunnel is found, named and described, and nothing else is called one."""

from collections.abc import Callable

import pytest

from tests.e2e.conftest import require
from tests.lab import SETS, Lab, Scan
from tests.lab.score import score

pytestmark = [pytest.mark.root, pytest.mark.lab]
Record = Callable[[str, object], None]


@pytest.mark.parametrize("name", [name for name in SETS if name != "everything"])
def test_gateway(name: str, record_property: Record) -> None:
    require()
    with Lab(SETS[name]) as lab:
        scan = lab.scan()
        result = score(lab.tunnels, scan.report)
        record_property(f"score of gateway {name}", str(result))
        assert result.problems == ()
        assert scan.report["blind_spots"] == []
        listed = {(device["namespace"], device["interface"]) for device in scan.report["not_tunnels"]}
        assert [true for true in lab.not_tunnels if (true.namespace, true.interface) not in listed] == []
        for where, content in scan.everything().items():
            assert lab.secrets.found_in(content) == [], where
            assert not [word for word in lab.personal if word in content], where


def test_the_gateway_with_everything(lab: Lab, scan: Scan, record_property: Record) -> None:
    result = score(lab.tunnels, scan.report)
    record_property("score of gateway everything", str(result))
    assert result.problems == ()
