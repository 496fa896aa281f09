"""Without privileges the scan says what it could not read, and what would open it."""

import pytest

from tests.lab import NOBODY, Lab, Scan
from tests.lab.paperwork import COMPLIANT

pytestmark = [pytest.mark.root, pytest.mark.lab]


@pytest.fixture(scope="module")
def as_nobody(small_lab: Lab) -> Scan:
    return small_lab.scan(papers=COMPLIANT, wrap=NOBODY)


def test_ends_in_unknown(as_nobody: Scan) -> None:
    assert as_nobody.code == 3
    assert as_nobody.report["status"] == "unknown"
    assert as_nobody.report["gateway"]["privileges"] == []


def test_lists_what_it_could_not_read_and_which_capability_opens_it(as_nobody: Scan) -> None:
    spots = as_nobody.report["blind_spots"]
    denied = [spot for spot in spots if spot["reason"] == "permission"]
    assert denied
    for spot in denied:
        assert spot["source"]
        assert spot["hides"]
        assert spot["needs"], spot
    needs = " ".join(spot["needs"] for spot in denied)
    assert "CAP_NET_ADMIN" in needs
    assert "CAP_SYS_PTRACE" in needs


def test_people_are_told_too(as_nobody: Scan) -> None:
    for shown in (as_nobody.stdout, as_nobody.html):
        assert "CAP_NET_ADMIN" in shown
        assert "CAP_SYS_PTRACE" in shown


def test_the_tunnel_is_still_there_and_not_compliant(as_nobody: Scan) -> None:
    (tunnel,) = as_nobody.report["tunnels"]
    assert tunnel["interface"] == "wgo0"
    assert tunnel["verdict"] != "compliant"


@pytest.mark.parametrize("capability", ["net_admin", "sys_ptrace"])
def test_root_without_one_capability_is_told_that_one(small_lab: Lab, capability: str) -> None:
    wrap = ("setpriv", f"--bounding-set=-{capability}", f"--inh-caps=-{capability}")
    scan = small_lab.scan(papers=COMPLIANT, wrap=wrap)
    assert scan.code == 3
    needs = {spot["needs"] for spot in scan.report["blind_spots"] if spot["reason"] == "permission"}
    assert any(f"CAP_{capability.upper()}" in (need or "") for need in needs), needs


def test_root_can_read_everything(small_lab: Lab) -> None:
    scan = small_lab.scan(papers=COMPLIANT)
    assert scan.code == 0
