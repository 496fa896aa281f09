"""`auditor check` against starting Python: wall time and peak memory, after a scan of a host with many tunnels.

    python benchmarks/check.py [--connections N] [--rounds N]

The check is run as an installed one is: the interpreter, one import, the last scan. What monitoring pays is the whole
process, so that is measured; the report of N connections lies beside it, unread.
"""

import argparse
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

if not __package__:
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks import harness
from reports.document import document
from tests.auditor.check.stored import store
from tests.reports.samples import many

WALL_LIMIT, MEMORY_LIMIT = 2.5, 1.5
CHECK = "import sys; from auditor.entry import main; sys.exit(main())"
BARE, OURS = "python3 -c pass", "auditor check"


def commands(directory: Path) -> dict[str, list[str]]:
    """Return both commands; ages do not matter to what it costs."""
    return {
        BARE: [sys.executable, "-c", "pass"],
        OURS: [sys.executable, "-c", CHECK, "check", "-d", str(directory), "--max-age", "999999"],
    }


def peak_kib(command: Sequence[str]) -> int:
    """Return the most memory that the process of `command` held at once.

    A child's peak is never below that of the process that made it, so a small one makes it.
    """
    small = (
        "import os, sys; child = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ,"
        " file_actions=[(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]);"
        " print(os.wait4(child, 0)[2].ru_maxrss)"
    )
    return int(harness.output(sys.executable, "-c", small, *command))


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; return 1 if a limit is missed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument("--connections", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=60)
    wanted = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        store(directory, document(many(wanted.connections)))
        run = {label: _silent(command) for label, command in commands(directory).items()}
        timings = harness.interleave(run, rounds=wanted.rounds)
        memory = {
            label: statistics.median(peak_kib(command) for _ in range(5))
            for label, command in commands(directory).items()
        }
    wall, peak = harness.wall_ratio(timings[OURS], timings[BARE]), memory[OURS] / memory[BARE]
    print(f"One check, {wanted.connections} connections in the last scan")
    print(harness.table(timings, reference=BARE))
    print(f"{'met' if wall <= WALL_LIMIT else 'MISSED'}: wall time {wall:.2f} of {BARE} (at most {WALL_LIMIT})")
    print(
        f"{'met' if peak <= MEMORY_LIMIT else 'MISSED'}: peak memory {peak:.2f} of {BARE} (at most {MEMORY_LIMIT}),"
        f" {memory[OURS] / 1024:.1f} MiB"
    )
    return int(wall > WALL_LIMIT or peak > MEMORY_LIMIT)


def _silent(command: Sequence[str]) -> harness.Candidate:
    """Return what runs `command` and drops what it prints."""
    return lambda: subprocess.run(command, stdout=subprocess.DEVNULL, check=False)


if __name__ == "__main__":
    sys.exit(main())
