"""Any one probe that crashes is a blind spot of that probe, ends in 3, and costs the others nothing."""

import json
import sys

import pytest

from probes import PROBES
from tests.lab import Lab
from tests.lab.lab import PROJECT

pytestmark = [pytest.mark.root, pytest.mark.lab]

_CODE = """
import sys
import probes.{name} as module
def crashes(view):
    yield from ()
    raise ValueError("BYTES-OF-THE-SOURCE")
object.__setattr__(module.PROBE, "run", crashes)
from auditor.cli import main
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.parametrize("name", [probe.name for probe in PROBES])
def test_a_crash_is_a_blind_spot_of_that_probe_alone(small_lab: Lab, name: str) -> None:
    output = small_lab.work / f"crash-{name}"
    arguments = ["scan", "--config", str(small_lab.papers()), "--output", str(output)]
    done = small_lab.gateway.run(
        sys.executable, "-c", _CODE.format(name=name), *arguments, cwd=str(PROJECT), check=False
    )
    report = json.loads((output / "report.json").read_text())
    assert (done.returncode, report["status"]) == (3, "unknown")
    assert {(spot["probe"], spot["reason"]) for spot in report["blind_spots"]} == {(name, "crashed")}
    assert report["counts"]["blind_spots"] >= 1
    everything = done.stdout + done.stderr + (output / "report.html").read_text() + json.dumps(report)
    assert "BYTES-OF-THE-SOURCE" not in everything
    assert "Traceback" not in everything
    if name != "links":
        assert [tunnel["interface"] for tunnel in report["tunnels"]] == ["wgo0"]
