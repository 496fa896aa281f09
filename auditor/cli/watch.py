"""`auditor watch` by way of the command line: hands on to `auditor.watch`, which knows its own options."""

import argparse

from auditor.cli import handed_on
from auditor.watch import daemon
from auditor.watch.options import HELP

EXAMPLE = "auditor watch --directory /var/lib/auditor/report"


def configure(parser: argparse.ArgumentParser) -> None:
    """Add whatever follows, as it stands."""
    handed_on.configure(parser, HELP)


def run(args: argparse.Namespace) -> int:
    """Run the watch until it is stopped; return its exit code."""
    return daemon.main(args.options)
