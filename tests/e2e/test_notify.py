"""Scans of a real gateway whose status changes: the right one is told, once, and no failure costs a scan."""

import json
from pathlib import Path

import pytest

from tests.lab import Lab
from tests.lab.lab import Scan
from tests.lab.paperwork import COMPLIANT, NON_COMPLIANT, Papers

pytestmark = [pytest.mark.root, pytest.mark.lab]


def scan(lab: Lab, output: Path, papers: Papers, *arguments: str) -> Scan:
    path = lab.papers(papers, "notify")
    path.write_text(path.read_text("utf-8") + '\n[notify]\ncommand = "tell"\n', "utf-8")
    done = lab.command("scan", "--config", path, "--output", output, *arguments)
    return Scan(code=done.returncode, stdout=done.stdout, stderr=done.stderr, output=output)


def test_a_change_is_told_and_a_failure_is_made_good(small_lab: Lab) -> None:
    output, notes = small_lab.work / "told", small_lab.work / "notes"
    program = small_lab.papers(COMPLIANT, "notify").with_name("tell")
    program.write_text(f"#!/bin/sh\ncat >>{notes}\n")
    program.chmod(0o755)
    assert scan(small_lab, output, COMPLIANT).code == 0
    assert not notes.exists()
    program.chmod(0o644)
    failed = scan(small_lab, output, NON_COMPLIANT, "--log")
    assert failed.code == 2
    assert "<3>event=notification" in failed.stderr
    assert (output / "report.html").exists()
    doctor = small_lab.command("doctor", "--config", program.with_name("auditor.toml"), "-d", output)
    assert "notifications: command failed at" in doctor.stdout
    program.chmod(0o755)
    assert scan(small_lab, output, NON_COMPLIANT).code == 2
    assert scan(small_lab, output, NON_COMPLIANT).code == 2
    (told,) = map(json.loads, notes.read_text().splitlines())
    assert (told["previous_status"], told["status"], told["scan"]) == ("ok", "critical", 3)
    assert told["findings"]
