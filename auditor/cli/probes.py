"""`auditor probes`: what each probe reads, needs and covers, and whether this process may."""

import argparse

from auditor.gateway import privileges
from auditor.host import Host
from probes import PROBES

EXAMPLE = "auditor probes"


def configure(parser: argparse.ArgumentParser) -> None:
    """Add no options: the command has none."""


def run(_args: argparse.Namespace) -> int:
    """Print one paragraph a probe; return 0, or 1 if this process lacks what some probe needs."""
    held = set(privileges(Host()))
    lacking = False
    for probe in PROBES:
        missing = [need for need in probe.needs if need not in held]
        lacking = lacking or bool(missing)
        print(f"{probe.name}\n  {probe.summary}")
        print(f"  reads   {', '.join(probe.reads)}")
        print(f"  needs   {', '.join(probe.needs) or 'nothing special'}")
        print(f"  covers  {', '.join(probe.covers)}")
        print(f"  here    {'lacks ' + ', '.join(missing) if missing else 'can look'}\n")
    if lacking:
        print("Some probes cannot look with the privileges of this process; run as root for all of them.")
    return 1 if lacking else 0
