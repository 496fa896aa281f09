"""`auditor watch` by way of the command line: hands on to `auditor.watch`, which knows its own options."""

import argparse

from auditor.watch import daemon
from auditor.watch.options import HELP

EXAMPLE = "auditor watch --directory /var/lib/auditor/report"


def configure(parser: argparse.ArgumentParser) -> None:
    """Add whatever follows, as it stands."""
    parser.usage = argparse.SUPPRESS
    parser.description = HELP
    parser.add_argument("options", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)


def run(args: argparse.Namespace) -> int:
    """Run the watch until it is stopped; return its exit code."""
    return daemon.main(args.options)
