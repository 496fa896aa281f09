"""Interleaved comparisons: every round runs every candidate once, in shuffled order.

A machine with other work on it drifts, so single times say little. Both times of a ratio come from
the same round, and the median of the rounds' ratios is the result. CPU time counts this process and
the children that it has waited for; of both, CPU ratios are the steadier.
"""

import gc
import random
import resource
import statistics
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from auditor.host import enter_network_namespace

Candidate = Callable[[], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """Times of one candidate in seconds, one of each a round, in the order of the rounds."""

    cpu_s: list[float] = field(default_factory=list)
    wall_s: list[float] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """`candidate` is to take at most `limit` times the CPU of `reference`."""

    candidate: str
    reference: str
    limit: float


def interleave(candidates: Mapping[str, Candidate], *, rounds: int, seed: int = 1) -> dict[str, Timing]:
    """Return the times of `candidates` over `rounds` rounds, after one more that only warms up."""
    order = list(candidates)
    shuffle = random.Random(seed).shuffle
    timings = {name: Timing() for name in candidates}
    for turn in range(rounds + 1):
        shuffle(order)
        for name in order:
            gc.collect()
            cpu_s, wall_s = _cpu_s(), time.perf_counter()
            result = candidates[name]()
            wall_s, cpu_s = time.perf_counter() - wall_s, _cpu_s() - cpu_s
            del result
            if turn:
                timings[name].cpu_s.append(cpu_s)
                timings[name].wall_s.append(wall_s)
    return timings


def cpu_ratio(candidate: Timing, reference: Timing) -> float:
    """Return the median over the rounds of one candidate's CPU time by the other's."""
    return _median_ratio(candidate.cpu_s, reference.cpu_s)


def wall_ratio(candidate: Timing, reference: Timing) -> float:
    """Return the median over the rounds of one candidate's wall time by the other's."""
    return _median_ratio(candidate.wall_s, reference.wall_s)


def table(timings: Mapping[str, Timing], *, reference: str) -> str:
    """Return one line for each candidate, cheapest first: median times, and ratios to `reference`."""
    base = timings[reference]
    width = max(map(len, timings))
    lines = [f"{'':{width}}   CPU ms  x CPU  wall ms  x wall"]
    for name, timing in sorted(timings.items(), key=lambda item: cpu_ratio(item[1], base)):
        lines.append(
            f"{name:{width}} {statistics.median(timing.cpu_s) * 1e3:8.1f} {cpu_ratio(timing, base):6.2f}"
            f" {statistics.median(timing.wall_s) * 1e3:8.1f} {wall_ratio(timing, base):7.2f}"
        )
    return "\n".join(lines)


def verdicts(timings: Mapping[str, Timing], requirements: list[Requirement]) -> tuple[str, bool]:
    """Return one line for each requirement, and whether all are met."""
    lines, met = [], True
    for wanted in requirements:
        ratio = cpu_ratio(timings[wanted.candidate], timings[wanted.reference])
        met = met and ratio <= wanted.limit
        word = "met" if ratio <= wanted.limit else "MISSED"
        lines.append(f"{word}: {wanted.candidate} takes {ratio:.3f} of {wanted.reference} (at most {wanted.limit:g})")
    return "\n".join(lines), met


def peak_memory_bytes() -> int:
    """Return the most memory that this process has held at once."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


@contextmanager
def network_namespace(name: str) -> Iterator[None]:
    """Make network namespace `name`, move this process into it, and leave and remove it at the end."""
    subprocess.run(["ip", "netns", "add", name], check=True)
    try:
        subprocess.run(["ip", "-n", name, "link", "set", "lo", "up"], check=True)
        with Path("/proc/self/ns/net").open("rb") as home:
            _enter(f"/run/netns/{name}")
            try:
                yield
            finally:
                _enter(f"/proc/self/fd/{home.fileno()}")
    finally:
        subprocess.run(["ip", "netns", "del", name], check=True)


def _enter(door: str) -> None:
    """Move this process into the network namespace behind the file `door`."""
    enter_network_namespace(door, Path(door).stat().st_ino)


def ip_batch(commands: list[str]) -> None:
    """Run `commands` of ip(8) in the current network namespace."""
    subprocess.run(["ip", "-batch", "-"], input="\n".join(commands) + "\n", text=True, check=True)


def output(*command: str) -> bytes:
    """Return what `command` prints; raises CalledProcessError when it fails."""
    return subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout


def _cpu_s() -> float:
    """Return the CPU time used so far by this process and its ended children."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in used)


def _median_ratio(times: list[float], references: list[float]) -> float:
    """Return the median of the ratios of two lists of times."""
    return statistics.median(one / max(other, 1e-9) for one, other in zip(times, references, strict=True))
