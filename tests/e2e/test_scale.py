"""The largest gateway that is asked for: nothing is missed, and nothing is a gap."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.requires import missing, requires_root

PROJECT = Path(__file__).resolve().parents[2]
TUNNELS, ROUTES, PROCESSES = 10_000, 100_000, 5_000
_INSIDE = f"""\
import subprocess, sys
from benchmarks import whole
subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
whole.populate({TUNNELS}, {ROUTES})
with whole.population({PROCESSES}):
    sys.exit(subprocess.run([sys.executable, "benchmarks/look.py", "{TUNNELS}"], check=False).returncode)
"""

pytestmark = [pytest.mark.root, pytest.mark.lab]


@requires_root
def test_ten_thousand_tunnels_among_routes_and_processes_are_all_found_without_a_gap() -> None:
    if packages := missing("ip", "unshare"):
        pytest.skip(f"needs Debian packages: {' '.join(packages)}")
    own = ["unshare", "--net", "--pid", "--fork", "--mount-proc", "--kill-child"]
    done = subprocess.run(
        [*own, sys.executable, "-B", "-c", _INSIDE], cwd=PROJECT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    judged, others, _ = done.stdout.split()
    assert (int(judged), int(others)) == (TUNNELS, 3)
