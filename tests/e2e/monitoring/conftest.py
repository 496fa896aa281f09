"""Four real scans, one of each status, and a machine on which monitoring systems read them; made once."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.e2e.monitoring.station import Station
from tests.lab import Lab
from tests.lab.paperwork import COMPLIANT, NON_COMPLIANT, TO_REVIEW, Papers

PAPERS: dict[str, tuple[int, Papers]] = {
    "ok": (0, COMPLIANT),
    "warning": (1, TO_REVIEW),
    "critical": (2, NON_COMPLIANT),
    "unknown": (3, replace(COMPLIANT, disabled=("xfrm",))),
}


@pytest.fixture(scope="session")
def scans(small_lab: Lab) -> dict[str, Path]:
    """Return the report directories of the four scans by status; beside each, what node-exporter is to read."""
    found = {}
    for name, (code, papers) in PAPERS.items():
        config = small_lab.papers(papers, name=f"monitored-{name}")
        (config.parent / "textfile").mkdir()
        with config.open("a", encoding="utf-8") as stream:
            stream.write('\n[report]\nformats = ["json"]\ntextfile_directory = "textfile"\n')
        output = config.parent / "report"
        done = small_lab.command("scan", "--config", config, "--output", output)
        assert done.returncode == code, done.stdout + done.stderr
        assert f"{config.parent}/textfile/auditor.prom\n" in done.stdout
        found[name] = output
    return found


@pytest.fixture(scope="session")
def station(small_lab: Lab, scans: dict[str, Path]) -> Iterator[Station]:
    """Return the machine; besides the four, `changed` is a scan whose summary somebody edited."""
    changed = small_lab.work / "monitored-changed"
    shutil.copytree(scans["critical"], changed)
    summary = changed / "last-scan"
    summary.write_bytes(summary.read_bytes().replace(b"exit_code 2", b"exit_code 0"))
    made = Station(small_lab.work, scans | {"changed": changed})
    yield made
    made.close()
