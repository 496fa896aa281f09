"""The scan under exactly the capabilities of the service: finds what root finds, or says what it could not."""

from pathlib import Path
from typing import Any

import pytest

from tests.lab import Lab, Scan
from tests.lab.lab import PROJECT, service_user

pytestmark = [pytest.mark.root, pytest.mark.lab]
UNIT = Path(PROJECT) / "deploy/systemd/auditor.service"


@pytest.fixture(scope="module")
def as_service(lab: Lab) -> Scan:
    return lab.scan(wrap=service_user(UNIT))


def found(scan: Scan, namespace: str | None = None) -> dict[str, dict[str, Any]]:
    objects = [*scan.report["tunnels"], *scan.report["objects"]]
    return {entry["id"]: entry for entry in objects if entry["namespace"] == namespace}


def test_it_runs_with_those_capabilities_and_no_others(as_service: Scan) -> None:
    assert set(as_service.report["gateway"]["privileges"]) == {
        "CAP_NET_ADMIN",
        "CAP_DAC_OVERRIDE",
        "CAP_DAC_READ_SEARCH",
        "CAP_SYS_PTRACE",
    }


def far_ends(entry: dict[str, Any]) -> list[dict[str, Any]]:
    ends = [{name: value for name, value in end.items() if name != "handshake_age_s"} for end in entry["remotes"]]
    return sorted(ends, key=str)


def test_it_finds_in_the_hosts_namespace_what_root_finds(as_service: Scan, scan: Scan) -> None:
    ours, roots = found(as_service), found(scan)
    assert len(roots) > 10
    assert roots.keys() <= ours.keys()
    for id_, entry in roots.items():
        assert far_ends(ours[id_]) == far_ends(entry), entry["name"]
        for name in ("technology", "interface", "state", "routes"):
            assert ours[id_][name] == entry[name], (entry["name"], name)


def test_what_it_knows_from_configuration_only_is_not_called_down(as_service: Scan, scan: Scan) -> None:
    ours, roots = found(as_service), found(scan)
    elsewhere = [entry for id_, entry in ours.items() if id_ not in roots]
    assert [entry["state"] for entry in elsewhere] == ["unknown"] * len(elsewhere)
    assert elsewhere


def test_namespaces_that_it_may_not_enter_are_blind_spots_that_say_what_opens_them(
    as_service: Scan, scan: Scan
) -> None:
    others = {entry["namespace"] for entry in [*scan.report["tunnels"], *scan.report["objects"]]} - {None}
    assert others
    spots = [spot for spot in as_service.report["blind_spots"] if "CAP_SYS_ADMIN" in (spot["needs"] or "")]
    assert spots
    told = " ".join(str(spot) for spot in spots)
    assert all(name in told for name in others if name)
    assert as_service.code in (2, 3)
