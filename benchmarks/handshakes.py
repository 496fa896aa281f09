"""What Scapy says of handshakes where the host has 100,000 routes: its import reads all of them, unless it cannot.

    python -m benchmarks.handshakes [--routes N] [--rounds N]

`auditor capture --read` of a file with handshakes, the process of Scapy included, in a network namespace with routes
and in an empty one; beside it the plain `import scapy.all`, with routes. Needs root.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

if not __package__:
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.harness import Requirement, cpu_ratio, interleave, output, table, verdicts
from tests.auditor.packets.conversations import INSIDE
from tests.auditor.packets.handshakes import handshakes
from tests.auditor.packets.made import pcap

_HERE, _EMPTY, _NAIVE = "auditor capture, with routes", "auditor capture, empty host", "import scapy.all, with routes"


@contextmanager
def _host(name: str, routes: int) -> Iterator[str]:
    """Make a network namespace with so many routes and remove it at the end."""
    subprocess.run(["ip", "netns", "add", name], check=True)
    try:
        lines = ["link set lo up"]
        lines += [f"route add 10.{n >> 16}.{n >> 8 & 255}.{n & 255}/32 dev lo" for n in range(routes)]
        subprocess.run(["ip", "-n", name, "-batch", "-"], input="\n".join(lines), text=True, check=True)
        yield name
    finally:
        subprocess.run(["ip", "netns", "del", name], check=True)


def _within(name: str, *command: str) -> Callable[[], bytes]:
    """Return what runs Python in namespace `name`."""
    return lambda: output("ip", "netns", "exec", name, sys.executable, *command)


def main() -> int:
    """Print the table; return 1 if routes made a difference."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--routes", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    os.environ["PYTHONPATH"] = str(Path(__file__).resolve().parent.parent)
    own = f"auditor-{os.getpid()}"
    with (
        tempfile.TemporaryDirectory() as directory,
        _host(f"{own}-a", options.routes) as many,
        _host(f"{own}-b", 0) as none,
    ):
        file = Path(directory) / "handshakes.pcap"
        file.write_bytes(pcap(handshakes(INSIDE)))
        ours = ("-m", "auditor", "capture", "--read", str(file), "--format", "json")
        said = _within(many, *ours)()
        if said.count(b'"kind": "offer"') < 4 or b"details of" in said:
            print(f"MISSED: handshakes were not read: {said.decode()}")
            return 1
        candidates = {
            _HERE: _within(many, *ours),
            _EMPTY: _within(none, *ours),
            _NAIVE: _within(many, "-c", "import scapy.all"),
        }
        timings = interleave(candidates, rounds=options.rounds)
    print(f"{options.routes:,} routes, {options.rounds} rounds")
    print(table(timings, reference=_EMPTY))
    words, met = verdicts(
        timings,
        [
            Requirement(candidate=_HERE, reference=_EMPTY, limit=1.2),
            Requirement(candidate=_HERE, reference=_NAIVE, limit=0.1),
        ],
    )
    print(words)
    print(f"import scapy.all there costs {1 / cpu_ratio(timings[_HERE], timings[_NAIVE]):.0f} times as much")
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
