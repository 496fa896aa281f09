"""`auditor check` by way of the command line: hands on to `auditor.check`, which knows its own options."""

import argparse

from auditor.check import main as check
from auditor.check.options import HELP
from auditor.cli import handed_on

EXAMPLE = "auditor check --max-age 26 -t 10"


def configure(parser: argparse.ArgumentParser) -> None:
    """Add whatever follows, as it stands."""
    handed_on.configure(parser, HELP)


def run(args: argparse.Namespace) -> int:
    """Run the check; return its state."""
    return check.main(args.options)
