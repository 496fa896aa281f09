"""Listening under load from a packet generator: what is lost, what it costs, and Scapy's sniffer beside it.

    python -m benchmarks.live [--seconds N] [--rounds N] [--packets N]

trafgen (Debian netsniff-ng) sends ordinary traffic with 5 % of packets of tunnels over a veth pair in a network
namespace of its own: at 100,000 packets a second, then as fast as it can. `auditor capture --interface` is the whole
command, started and ended; its CPU time is that of all its processes, the one of Scapy for handshakes included. What a
silent line costs is told beside it. Needs root. Two processors that others use too lose packets where an idle machine
would not: the generator's own rate is printed.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

if not __package__:
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.capture_filter import expression
from benchmarks.harness import ip_batch, network_namespace
from tests.auditor.packets.load import CYCLE, HANDSHAKES, PAIRS, WANTED, write

RATE, MOST_SHARE = 100_000, 0.03
_EAR, _MOUTH = "eth0", "far0"
_GRACE_S = 4
_SCAPY = """
import sys, time
from scapy.all import AsyncSniffer
seen = [0]
def count(_): seen[0] += 1
ear = AsyncSniffer(iface=sys.argv[1], filter=sys.argv[2], store=False, prn=count)
ear.start()
time.sleep(float(sys.argv[3]))
ear.stop()
print(seen[0])
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """One listener under one load: packets of tunnels sent and seen, tunnels, drops told, CPU and load in seconds."""

    sent: int
    seen: int
    tunnels: int | None
    dropped: int | None
    cpu_s: float
    load_s: float
    packets: int

    @property
    def share(self) -> float:
        """Return the CPU time by the time under load."""
        return self.cpu_s / self.load_s if self.load_s else 0.0

    def line(self, name: str) -> str:
        """Return it as a line of the table."""
        rate = self.packets / self.load_s / 1000 if self.load_s else 0.0
        dropped = "?" if self.dropped is None else f"{self.dropped:,}"
        handshakes = "?" if self.tunnels is None else f"{self.tunnels} of {PAIRS}"
        return (
            f"{name:34} {rate:8.0f} {self.seen:10,} of {self.sent:<10,} {handshakes:>9} {dropped:>8}"
            f" {self.cpu_s:7.2f} {self.share:7.1%}"
        )


def _listening() -> bool:
    """Return whether some process of this namespace has a packet socket that is bound to a device."""
    rows = Path("/proc/thread-self/net/packet").read_text().splitlines()[1:]
    return any(int(row.split()[4]) for row in rows)


def under_load(command: list[str], load: list[str], packets: int) -> tuple[bytes, float, float]:
    """Return what `command` prints while `load` runs, its CPU time with its children's, and how long the load took."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    listener = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    while not _listening():
        if listener.poll() is not None:
            raise SystemExit(f"{command[:4]} ended before it listened")
        time.sleep(0.05)
    time.sleep(0.3)
    began_s = time.monotonic()
    generator_s = 0.0
    if packets:
        started = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(load, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
        ended = resource.getrusage(resource.RUSAGE_CHILDREN)
        generator_s = ended.ru_utime + ended.ru_stime - started.ru_utime - started.ru_stime
    load_s = time.monotonic() - began_s
    said, _ = listener.communicate(timeout=300)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime - generator_s
    return said, cpu_s, load_s


def ours(load: list[str], packets: int, seconds: int) -> Heard:
    """Return what `auditor capture` makes of it."""
    command = [sys.executable, "-m", "auditor", "capture", "--interface", _EAR, "--format", "json"]
    said, cpu_s, load_s = under_load([*command, "--seconds", str(seconds)], load, packets)
    answer = json.loads(said)
    tunnels = [one for one in answer["tunnels"] if one["technology"] in ("wireguard", "ikev2", "esp")]
    told = [one["en"] for one in answer["problems"]]
    return Heard(
        sent=packets // CYCLE * WANTED,
        seen=sum(one["packets"] for one in tunnels),
        tunnels=sum(HANDSHAKES.get(one["technology"], "\0") in str(one["evidence"]) for one in tunnels),
        dropped=sum(int(one.split()[0].replace(",", "")) for one in told),
        cpu_s=cpu_s,
        load_s=load_s,
        packets=packets,
    )


def scapy(load: list[str], packets: int, seconds: int) -> Heard:
    """Return what Scapy's sniffer makes of it, with the same filter; it tells no drops."""
    command = [sys.executable, "-c", _SCAPY, _EAR, expression(), str(seconds)]
    said, cpu_s, load_s = under_load(command, load, packets)
    return Heard(
        sent=packets // CYCLE * WANTED,
        seen=int(said),
        tunnels=None,
        dropped=None,
        cpu_s=cpu_s,
        load_s=load_s,
        packets=packets,
    )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--seconds", type=int, default=60, help="how long the load at 100,000 packets a second lasts")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--packets", type=int, default=4_000_000, help="how many are sent as fast as can be")
    return parser.parse_args()


def _round(send: list[str], options: argparse.Namespace) -> bool:
    """Run both listeners under both loads; return whether ours did what it has to."""
    packets, seconds = RATE * options.seconds // CYCLE * CYCLE, options.seconds + _GRACE_S
    load = [*send, "--rate", f"{RATE}pps", "--num", str(packets)]
    paced = ours(load, packets, seconds)
    print(paced.line("auditor capture, 100,000 a second"), flush=True)
    print(scapy(load, packets, seconds).line("Scapy AsyncSniffer, the same"), flush=True)
    packets = options.packets // CYCLE * CYCLE
    load, seconds = [*send, "--gap", "0us", "--num", str(packets)], _GRACE_S + packets // 80_000
    fast = ours(load, packets, seconds)
    print(fast.line("auditor capture, as fast as can be"), flush=True)
    print(scapy(load, packets, seconds).line("Scapy AsyncSniffer, the same"), flush=True)
    whole = all(one.seen == one.sent and one.tunnels == PAIRS and not one.dropped for one in (paced, fast))
    return whole and paced.share <= MOST_SHARE


def main() -> int:
    """Run all; return 1 if a packet was lost, a handshake missed, or more CPU used than allowed."""
    options = _options()
    with tempfile.TemporaryDirectory() as directory, network_namespace(f"auditor-live-{os.getpid()}"):
        ip_batch([f"link add {_EAR} type veth peer name {_MOUTH}", f"link set {_EAR} up", f"link set {_MOUTH} up"])
        ip_batch([f"addr add 10.99.0.1/8 dev {_EAR}"])
        os.environ["PYTHONPATH"] = str(Path(__file__).resolve().parent.parent)
        file = Path(directory) / "load.cfg"
        write(file)
        send = ["trafgen", "--dev", _MOUTH, "--conf", str(file), "--cpus", "1", "--no-sock-mem", "--notouch-irq"]
        print(f"{'':34} {'kpps':>8} {'packets of tunnels seen':>24} {'tunnels':>9} {'dropped':>8} {'CPU s':>7} of load")
        idle = ours([], 0, 5)
        print(f"{'auditor capture, silent line':34} {'0':>8} {'':24} {'':9} {'':8} {idle.cpu_s:7.2f}")
        met = [_round(send, options) for _ in range(options.rounds)]
    word = "met" if all(met) else "MISSED"
    print(
        f"{word}: no packet of a tunnel lost, every handshake seen; "
        f"{RATE:,} a second take at most {MOST_SHARE:.0%} of a core"
    )
    return 0 if all(met) else 1


if __name__ == "__main__":
    sys.exit(main())
