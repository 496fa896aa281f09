"""The Debian kernel's lab for people: `python -m tests.kernel score` boots it, scans it and prints the score."""

import json
import sys
import tempfile
from pathlib import Path

from tests.kernel.guest_truth import TUNNELS
from tests.kernel.kernel_image import LabUnavailable, boot, kernel_image
from tests.lab.score import score

_PROJECT = Path(__file__).resolve().parents[2]


def main() -> int:
    """Boot, score and print; return 1 if anything was missed, wrong or too much, or the lab cannot be had here."""
    if sys.argv[1:] != ["score"]:
        print("usage: python -m tests.kernel score", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as scratch:
        shared = Path(scratch)
        try:
            console = boot(kernel_image(), "tests.kernel.guest_main", _PROJECT, shared)
        except LabUnavailable as error:
            print(error, file=sys.stderr)
            return 1
        report = shared / "scan/report.json"
        if not report.exists():
            print(console[-3000:], file=sys.stderr)
            return 1
        result = score(TUNNELS, json.loads(report.read_text()))
    print(f"kernel\n{result}")
    return int(bool(result.problems))


if __name__ == "__main__":
    sys.exit(main())
