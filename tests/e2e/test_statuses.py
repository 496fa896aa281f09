"""Each of the four exit statuses, from the real command on a real gateway."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.lab import Lab
from tests.lab.paperwork import COMPLIANT, NON_COMPLIANT, TO_REVIEW, Papers

pytestmark = [pytest.mark.root, pytest.mark.lab]


def _only_tunnel(report: Any) -> Any:
    (tunnel,) = report["tunnels"]
    return tunnel


def test_ok(small_lab: Lab) -> None:
    scan = small_lab.scan(papers=COMPLIANT)
    report = scan.report
    assert _only_tunnel(report)["verdict"] == "compliant"
    assert (scan.code, report["status"], report["blind_spots"]) == (0, "ok", [])


@pytest.mark.parametrize(
    "papers",
    [TO_REVIEW, replace(COMPLIANT, expires_in_days=10), replace(COMPLIANT, uplink_class="unknown")],
    ids=["purpose not stated", "contract about to expire", "access provider not stated"],
)
def test_warning(small_lab: Lab, papers: Papers) -> None:
    scan = small_lab.scan(papers=papers)
    assert (scan.code, scan.report["status"]) == (1, "warning")


def test_a_waiver_turns_critical_into_warning_and_is_shown(small_lab: Lab) -> None:
    waived = replace(NON_COMPLIANT, waived=("198.51.100.8/29",))
    scan = small_lab.scan(papers=waived)
    assert (scan.code, scan.report["status"]) == (1, "warning")
    assert _only_tunnel(scan.report)["verdict"] == "non_compliant"
    assert "W-2026-01" in scan.html


@pytest.mark.parametrize(
    "papers",
    [NON_COMPLIANT, replace(COMPLIANT, expires_in_days=-1), replace(COMPLIANT, purpose="resale")],
    ids=["no circuit", "contract expired", "resale"],
)
def test_critical(small_lab: Lab, papers: Papers) -> None:
    scan = small_lab.scan(papers=papers)
    assert (scan.code, scan.report["status"]) == (2, "critical")
    assert _only_tunnel(scan.report)["verdict"] == "non_compliant"


def test_unknown_when_a_probe_did_not_look(small_lab: Lab) -> None:
    scan = small_lab.scan(papers=replace(COMPLIANT, disabled=("xfrm",)))
    assert (scan.code, scan.report["status"]) == (3, "unknown")
    assert {spot["probe"] for spot in scan.report["blind_spots"]} == {"xfrm"}


def test_unknown_when_only_one_probe_was_asked_for(small_lab: Lab) -> None:
    scan = small_lab.scan("--probe", "links")
    assert scan.code == 3


def test_critical_outranks_unknown(small_lab: Lab) -> None:
    scan = small_lab.scan(papers=replace(NON_COMPLIANT, disabled=("xfrm",)))
    assert scan.code == 2


def test_without_any_configuration_nothing_is_compliant(small_lab: Lab) -> None:
    scan = small_lab.scan(papers=None)
    assert _only_tunnel(scan.report)["verdict"] == "needs_review"
    assert scan.code == 1


@pytest.mark.parametrize(
    "arguments",
    [("--no-such-option",), ("--format", "xml"), ("--probe", "nosuch"), ("--config", "/nonexistent.toml")],
    ids=" ".join,
)
def test_unknown_for_wrong_arguments(small_lab: Lab, arguments: tuple[str, ...]) -> None:
    done = small_lab.command("scan", "--output", small_lab.work / "never", *arguments)
    assert done.returncode == 3
    assert done.stderr
    assert "Traceback" not in done.stderr
    assert not (small_lab.work / "never").exists()


def test_unknown_for_a_broken_register_with_file_and_line(small_lab: Lab) -> None:
    config = small_lab.papers(name="broken")
    register = config.parent / "register.toml"
    register.write_text(register.read_text().replace('status = "active"', 'status = "actve"'))
    done = small_lab.command("scan", "--config", config, "--output", small_lab.work / "never")
    assert done.returncode == 3
    line = next(n for n, text in enumerate(register.read_text().splitlines(), 1) if "actve" in text)
    assert f"{register}:{line}:" in done.stderr
    assert "active" in done.stderr


def test_unknown_when_the_report_cannot_be_written(small_lab: Lab) -> None:
    target = small_lab.work / "a-file"
    target.write_text("no directory")
    done = small_lab.command("scan", "--config", small_lab.papers(), "--output", target)
    assert done.returncode == 3
    assert target.read_text() == "no directory"


def test_a_full_disk_leaves_the_old_report(small_lab: Lab) -> None:
    place = "/run/full"
    node = small_lab.gateway
    node.run("mkdir", "-p", place)
    node.run("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", place)
    try:
        node.write(f"{place}/report.json", b"old json")
        node.write(f"{place}/report.html", b"old html")
        done = small_lab.command("scan", "--config", small_lab.papers(), "--output", place)
        assert done.returncode == 3
        found = sorted(node.run("ls", "-A", place).stdout.split())
        assert [name for name in found if name != "history"] == ["report.html", "report.json"]
        assert Path(f"{node.root}{place}/report.json").read_bytes() == b"old json"
        assert Path(f"{node.root}{place}/report.html").read_bytes() == b"old html"
    finally:
        node.run("umount", place)
