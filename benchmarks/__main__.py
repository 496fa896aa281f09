"""Run every benchmark: ``python -m benchmarks``. Returns 1 if any misses its requirement."""

import subprocess
import sys
from pathlib import Path

SCRIPTS = ("links.py", "whole.py")


def main() -> int:
    """Run each script in a process of its own."""
    missed = False
    for script in SCRIPTS:
        done = subprocess.run([sys.executable, str(Path(__file__).with_name(script))], check=False)
        missed = missed or done.returncode != 0
        print(flush=True)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
