"""One whole scan of a busy gateway, each candidate a fresh process, against a careful psutil + ip(8) program.

    python benchmarks/whole.py [--links N] [--routes N] [--processes N] [--rounds N]

Needs root. Everything is made inside a network and a PID namespace of its own, and ends with them.
Each includes start-up. The scan looks, matches and judges 27 controls; the peer looks, matches and
writes what it saw. The rows of `auditor scan` add the report, in two languages with reasons and evidence.
"""

import argparse
import os
import random
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

if not __package__:
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks import harness

OURS = "auditor: look, match, judge"
JSON = "auditor scan, JSON report"
HTML = "auditor scan, HTML and JSON report"
STACK = "careful psutil + ip -j stack"
TOOLS = "ip, bridge, ss, conntrack: not parsed"
DUMPS = "limit: netlink dumps, not decoded"
REQUIREMENTS = [harness.Requirement(candidate=OURS, reference=STACK, limit=0.5)]
OF_THE_LARGEST = harness.Requirement(candidate=OURS, reference=TOOLS, limit=1.5)
LARGEST_LINKS = 10_000  # on fewer, the start of Python, a tenth of a second, outweighs the tables
_TOOLS = """\
ip -d -j link; ip -j addr; bridge -j fdb; ss -H -tunap; conntrack -L
for family in -4 -6; do ip $family -j route show table all; ip $family -j rule; done
ip xfrm policy; ip xfrm state; ip -batch "$1"
"""
SOCKETS_EACH = 4


def populate(links: int, routes: int) -> None:
    """Make `links` VXLAN devices and `routes` routes, 3 % of them through three of the devices."""
    draw = random.Random(1)
    commands = ["link add v0 type veth peer name v1", "addr add 10.0.0.1/16 dev v0", "link set v0 up", "link set v1 up"]
    for number in range(links):
        high, low = number >> 8 & 255, number & 255
        commands.append(f"link add vx{number} type vxlan id {number + 1} remote 10.0.{high}.{low} dstport 4789 dev v0")
        commands.append(f"addr add 172.16.{high}.{low}/32 dev vx{number}")
    commands += [f"link set vx{number} up" for number in range(min(3, links))]
    seen: set[int] = set()
    while len(seen) < routes:
        prefix = draw.randrange(11 << 16, 99 << 16)
        if prefix in seen:
            continue
        seen.add(prefix)
        text = f"{prefix >> 16}.{prefix >> 8 & 255}.{prefix & 255}.0/24"
        if links and draw.random() < 0.03:
            commands.append(f"route add {text} dev vx{draw.randrange(min(3, links))}")
        else:
            commands.append(f"route add {text} via 10.0.{draw.randrange(1, 20)}.{draw.randrange(2, 250)} dev v0")
    harness.ip_batch(commands)


@contextmanager
def population(processes: int) -> Iterator[None]:
    """Keep `processes` processes alive, each with four sockets, and end them by PID."""
    children = []
    reading, writing = os.pipe()
    try:
        for number in range(processes):
            child = os.fork()
            if child == 0:
                _live(number, writing)
            children.append(child)
        ready = 0
        while ready < processes:
            ready += len(os.read(reading, 4096))
        yield
    finally:
        for child in children:
            os.kill(child, 9)
            os.waitpid(child, 0)


def _live(number: int, writing: int) -> None:
    """Hold four sockets until killed."""
    held = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2)]
    held[0].bind(("127.0.0.1", 10000 + number))
    held[1].connect(("127.0.0.2", 20000))
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.bind(("127.0.0.3", 10000 + number))
    listener.listen(1)
    held += [listener, socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)]
    held[3].bind(("::1", 10000 + number))
    os.write(writing, b"x")
    while True:
        time.sleep(3600)


def candidates(directory: str, links: int, peaks: dict[str, int]) -> dict[str, harness.Candidate]:
    """Return the candidates; each notes the most memory that any of its processes held."""
    scan = [sys.executable, "-m", "auditor", "scan", "--output", directory]
    ends = Path(directory, "ends")
    ends.write_text("".join(f"route get 10.0.{number >> 8 & 255}.{number & 255}\n" for number in range(links)))
    commands = {
        OURS: [sys.executable, _beside("look.py"), str(links)],
        JSON: [*scan, "--format", "json"],
        HTML: [*scan, "--format", "html,json"],
        STACK: [sys.executable, _beside("careful_stack.py"), f"{directory}/peer.json"],
        TOOLS: ["sh", "-c", _TOOLS, "sh", str(ends)],
        DUMPS: [sys.executable, _beside("dumps.py")],
    }
    return {name: lambda name=name, command=command: _run(name, command, peaks) for name, command in commands.items()}


def _beside(script: str) -> str:
    """Return the path of a script of this directory."""
    return str(Path(__file__).with_name(script))


def _run(name: str, command: list[str], peaks: dict[str, int]) -> None:
    """Run `command` to its end; note its peak memory."""
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environment)
    assert child.stderr is not None
    errors = child.stderr.read()
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode not in (0, 1, 2, 3) or (name in (OURS, STACK) and child.returncode):
        raise RuntimeError(f"{name} ended with {child.returncode}: {errors.decode(errors='replace')[-500:]}")
    peaks[name] = max(peaks.get(name, 0), usage.ru_maxrss * 1024)


def compare(options: argparse.Namespace) -> int:
    """Run the comparison inside the namespaces; return 0 if the requirement is met."""
    populate(options.links, options.routes)
    peaks: dict[str, int] = {}
    with population(options.processes), tempfile.TemporaryDirectory() as directory:
        timings = harness.interleave(candidates(directory, options.links, peaks), rounds=options.rounds)
    requirements = [*REQUIREMENTS, OF_THE_LARGEST] if options.links >= LARGEST_LINKS else REQUIREMENTS
    lines, met = harness.verdicts(timings, requirements)
    sockets = options.processes * SOCKETS_EACH
    print(
        f"Whole scan, {options.links} links, {options.routes} routes, {options.processes} processes,"
        f" {sockets} sockets, {options.rounds} interleaved rounds"
    )
    print(harness.table(timings, reference=STACK))
    print("\n".join(f"peak memory of one process: {name}: {peaks[name] / 2**20:.0f} MiB" for name in peaks))
    print(lines)
    return 0 if met else 1


def main(arguments: list[str] | None = None) -> int:
    """Make the namespaces and run the comparison in them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--links", type=int, default=1_000)
    parser.add_argument("--routes", type=int, default=100_000)
    parser.add_argument("--processes", type=int, default=1_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.inside:
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
        return compare(options)
    numbers = [f"--{key}={getattr(options, key)}" for key in ("links", "routes", "processes", "rounds")]
    inside = [sys.executable, str(Path(__file__).resolve()), "--inside", *numbers]
    own = ["unshare", "--net", "--pid", "--fork", "--mount-proc", "--kill-child"]
    return subprocess.run([*own, *inside], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
