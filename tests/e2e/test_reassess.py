"""A real gateway's scan judged again: the same papers give the same document, others are the only cause of changes."""

import json
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.lab import Lab, Scan
from tests.lab.paperwork import COMPLIANT, NON_COMPLIANT, Papers

pytestmark = [pytest.mark.root, pytest.mark.lab]
MARKS = ("reassessment", "title", "changes", "notices", "scan")


def judged_again(lab: Lab, scan: Scan, papers: Papers, *arguments: str) -> tuple[int, dict[str, Any]]:
    """Run the command outside the gateway, where nothing of it could be looked at."""
    command = ("reassess", "last", "-d", scan.output, "--config", lab.papers(papers), "--format", "json", *arguments)
    done = lab.outside(*command)
    assert not done.stderr
    return done.returncode, json.loads(done.stdout)


def unmarked(shown: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in shown.items() if name not in MARKS}


def causes(shown: dict[str, Any]) -> set[str]:
    return {cause for entry in shown["changes"]["entries"] for cause in entry["causes"]}


def test_the_whole_gateway_judged_again_is_the_same_document(lab: Lab, scan: Scan) -> None:
    old = scan.report
    code, new = judged_again(lab, scan, COMPLIANT)
    assert len(old["tunnels"]) > 10
    assert unmarked(new) == unmarked(old)
    assert (code, new["scan"]["started_at"]) == (scan.code, old["scan"]["started_at"])
    assert new["changes"]["counts"] == {"new": 0, "gone": 0, "changed": 0, "verdicts": 0, "others": 0}
    assert new["reassessment"]["scan"] == 1


def test_another_register_changes_verdicts_and_is_the_cause(lab: Lab, scan: Scan) -> None:
    code, new = judged_again(lab, scan, NON_COMPLIANT)
    assert code == 2
    assert new["changes"]["counts"]["verdicts"] >= 1
    assert causes(new) == {"register"}
    again = judged_again(lab, scan, replace(COMPLIANT, expires_in_days=-3))[1]
    assert causes(again) == {"register"}


def test_judged_again_it_gives_nothing_away(lab: Lab, scan: Scan, tmp_path: Path) -> None:
    formats = "html,json,csv,junit,ocsf,markdown,text"
    command = ("reassess", "last", "-d", scan.output, "--config", lab.papers(COMPLIANT), "--format", formats)
    done = lab.outside(*command, "--output", tmp_path)
    outputs = {path.name: path.read_bytes() for path in tmp_path.iterdir()} | {"stdout": done.stdout.encode()}
    assert len(outputs) == 8
    leaks = [f"{name} in {output}" for output, data in outputs.items() for name in lab.secrets.found_in(data)]
    assert leaks == []
    assert not [output for output, data in outputs.items() for one in lab.personal if one in data]


def test_what_is_recorded_is_found_by_verify(scan: Scan, lab: Lab) -> None:
    done: subprocess.CompletedProcess[str] = lab.outside("verify", "-d", scan.output)
    assert done.returncode == 0, done.stdout
    record = json.loads((scan.output / "history" / "journal").read_text().splitlines()[-1][65:])
    assert record["survey"]["size_bytes"] < record["size_bytes"] / 5
