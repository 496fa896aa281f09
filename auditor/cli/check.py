"""`auditor check` by way of the command line: hands on to `auditor.check`, which knows its own options."""

import argparse

from auditor.check import main as check
from auditor.check.options import HELP

EXAMPLE = "auditor check --max-age 26 -t 10"


def configure(parser: argparse.ArgumentParser) -> None:
    """Add whatever follows, as it stands."""
    parser.usage = argparse.SUPPRESS
    parser.description = HELP
    parser.add_argument("options", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)


def run(args: argparse.Namespace) -> int:
    """Run the check; return its state."""
    return check.main(args.options)
