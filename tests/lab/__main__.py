"""The lab for people: `python -m tests.lab up | run COMMAND... | scan | report | truth`, as root."""

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

from tests.lab import SETS, Lab, LabError
from tests.lab.score import score

_EXAMPLE = """examples:
  python -m tests.lab up                      stay until Ctrl-C; says how to enter the gateway
  python -m tests.lab run ip -d link          run a command on the gateway, return its exit code
  python -m tests.lab scan --into /tmp/out    scan the gateway and keep the reports
  python -m tests.lab report docs/pictures    scan the gateway twice, take the documentation's pictures
  python -m tests.lab truth                   what a scan has to find, as JSON
  python -m tests.lab score overlays          build gateways, scan them, print recall and false positives
"""


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.lab", epilog=_EXAMPLE, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser("up", help="build the lab and stay")
    run = verbs.add_parser("run", help="run a command on the gateway")
    run.add_argument("command", nargs=argparse.REMAINDER)
    scan = verbs.add_parser("scan", help="scan the gateway with the lab's own configuration")
    scan.add_argument("--into", type=Path, required=True, help="directory for the reports")
    scan.add_argument("options", nargs=argparse.REMAINDER, help="further options of `auditor scan`")
    report = verbs.add_parser("report", help="take pictures of the gateway's report")
    report.add_argument("into", type=Path, help="directory for the pictures")
    verbs.add_parser("truth", help="print what is true about the gateway")
    scores = verbs.add_parser("score", help="scan each gateway, print recall and false positives per technology")
    scores.add_argument("sets", nargs="*", choices=[*SETS, []], help="which gateways (default: all)")
    return parser.parse_args()


def _up(lab: Lab) -> int:
    print("enter the gateway:  ", " ".join(map(str, lab.gateway.enter("bash"))))
    print("configuration:      ", lab.papers())
    print("logs of the daemons:", lab.work)
    print("Ctrl-C ends it.", flush=True)
    while True:
        time.sleep(3600)


def _scan(lab: Lab, into: Path, options: list[str]) -> int:
    done = lab.scan(*options)
    sys.stdout.write(done.stdout)
    sys.stderr.write(done.stderr)
    shutil.copytree(done.output, into, dirs_exist_ok=True)
    return done.code


def _pictures(lab: Lab, into: Path) -> int:
    """Write every picture of the documentation into `into`."""
    from tests.lab.pictures import take  # NOTE: needs playwright and pillow, which nothing else here does

    for path in take(lab, into):
        print(path)
    return 0


def _score(names: list[str]) -> int:
    """Print the score of each gateway; return 1 if anything was missed, wrong or too much."""
    failed = False
    for name in names:
        with Lab(SETS[name]) as lab:
            result = score(lab.tunnels, lab.scan().report)
        print(f"{name}\n{result}\n", flush=True)
        failed |= bool(result.problems)
    return int(failed)


def main() -> int:
    """Build the lab, do what was asked, return the exit code (1: the lab could not be built)."""
    arguments = _arguments()
    if os.geteuid() != 0:
        print("the lab needs root: it makes namespaces", file=sys.stderr)
        return 1
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        if arguments.verb == "score":
            return _score(arguments.sets or list(SETS))
        with Lab() as lab:
            if arguments.verb == "up":
                return _up(lab)
            if arguments.verb == "run":
                return subprocess.run(lab.gateway.enter(*arguments.command), check=False).returncode
            if arguments.verb == "scan":
                return _scan(lab, arguments.into, arguments.options)
            if arguments.verb == "report":
                return _pictures(lab, arguments.into)
            print(json.dumps(lab.truth(), indent=2, ensure_ascii=False))
            return 0
    except LabError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
