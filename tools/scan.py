"""`make scan`: run the scan and let make succeed whenever there is a report to read.

Make has one code for every failure, while the scan's codes 1 to 3 are results. This prints the code
for people and fails only if no report was written.
"""

import subprocess
import sys
from pathlib import Path

MEANINGS = {0: "ok", 1: "warning: something needs review", 2: "critical: not in line with the guidance", 3: "unknown"}


def main() -> int:
    """Run `auditor scan` with the arguments given; return 0 if it wrote a report."""
    output = Path(sys.argv[sys.argv.index("--output") + 1])
    before = _written(output)
    code = subprocess.run([sys.executable, "-m", "auditor", "scan", *sys.argv[1:]], check=False).returncode
    print(f"exit code of the scan: {code} ({MEANINGS.get(code, 'killed')})")
    if _written(output) == before:
        return 1
    print(f"report: {(output / 'report.html').resolve()}")
    return 0


def _written(output: Path) -> int | None:
    """Return when the report was written, None if there is none."""
    report = output / "report.html"
    return report.stat().st_mtime_ns if report.exists() else None


if __name__ == "__main__":
    sys.exit(main())
