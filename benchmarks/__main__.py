"""Run every benchmark: ``python -m benchmarks``. Returns 1 if any misses its requirement."""

import subprocess
import sys
from pathlib import Path

BUSY = ("--links=1000", "--processes=1000")
LARGEST = ("--links=10000", "--processes=5000", "--rounds=3")
SCRIPTS = (
    ("links.py",),
    ("ipdata.py",),
    ("check.py",),
    ("watch.py",),
    ("report.py",),
    ("capture.py", "--all"),
    ("handshakes.py",),
    ("live.py",),
    ("whole.py", *BUSY),
    ("whole.py", *LARGEST),
)


def main() -> int:
    """Run each script in a process of its own."""
    missed = False
    for script, *options in SCRIPTS:
        done = subprocess.run([sys.executable, str(Path(__file__).with_name(script)), *options], check=False)
        missed = missed or done.returncode != 0
        print(flush=True)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
