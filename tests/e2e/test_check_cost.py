"""A check costs little more than starting Python: what it loads is fixed, whatever the host has."""

import subprocess
import sys
from pathlib import Path

from tests.auditor.check.stored import store

# NOTE: all that Python itself has not loaded anyway; whoever adds one makes every check of every gateway dearer.
ALLOWED = {"auditor", "auditor.entry", "_sha256", "_sha2", "gc"}  # gc: a part of Python, and saves 1 ms at the end
CHECK = """
import sys
from auditor.entry import main
sys.argv[1:] = ["check", "-d", {directory!r}]
main()
{then}
"""
WATCH = """
import sys
opened = []
sys.addaudithook(lambda event, args: opened.append(str(args[0])) if event == "open" else None)
"""


def run(directory: Path, then: str) -> str:
    code = CHECK.format(directory=str(directory), then=then)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert not done.stderr, done.stderr
    return done.stdout


def test_a_check_loads_next_to_nothing(tmp_path: Path) -> None:
    store(tmp_path)
    bare = subprocess.run(
        [sys.executable, "-c", "import sys; print(*sys.modules)"], capture_output=True, text=True, check=True
    )
    loaded = set(run(tmp_path, "print(*sys.modules)").splitlines()[-1].split()) - set(bare.stdout.split())
    own = {name for name in loaded if name.startswith("auditor.check")}
    assert loaded - own <= ALLOWED
    assert len(own) <= 9


def test_a_check_reads_no_report(tmp_path: Path) -> None:
    store(tmp_path)
    code = WATCH + CHECK.format(directory=str(tmp_path), then="print(*opened, sep='\\n')")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    read = {Path(line).name for line in done.stdout.splitlines() if line.startswith(str(tmp_path))}
    assert read == {"last-scan", "journal"}
