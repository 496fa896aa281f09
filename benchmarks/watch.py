"""`auditor watch`: what it costs when nothing happens, and when devices change a thousand times a second.

    python benchmarks/watch.py [--idle SECONDS] [--busy SECONDS]

It runs as its service does, an ordinary user with the capabilities of the unit, in a network namespace and with
processes of its own, so that nothing else is measured. Needs root.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

if not __package__:
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.lab.lab import PROJECT, service_user
from tests.lab.node import wait_until
from tests.netns import namespace

IDLE_LIMIT, MEMORY_LIMIT_MIB = 0.001, 40
EVENTS_A_SECOND = 1000
ALONE = ("unshare", "--pid", "--fork", "--kill-child", "--mount-proc")
UNIT = Path(PROJECT) / "deploy/systemd/auditor-watch.service"


@contextmanager
def watch(gateway: str, directory: Path) -> Iterator[int]:
    """Run the watch in namespace `gateway`; give its process number once the first look is over."""
    command = ["ip", "netns", "exec", gateway, *ALONE, *service_user(UNIT), sys.executable, "-m", "auditor", "watch"]
    child = subprocess.Popen([*command, "--directory", str(directory)], cwd=PROJECT)
    try:
        events = directory / "watch/events"
        wait_until("the first look", lambda: events.exists() and b'"look"' in events.read_bytes(), limit_s=90)
        time.sleep(1)
        yield int(Path(f"/proc/{child.pid}/task/{child.pid}/children").read_text())
    finally:
        child.kill()
        child.wait()


def cpu_s(pid: int) -> float:
    """Return the CPU time of a process and of its ended children."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")


def memory_mib(pid: int) -> float:
    """Return the memory that a process holds now."""
    found = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    assert found
    return int(found[1]) / 1024


def change_devices(gateway: str, seconds: float) -> float:
    """Change one device for some time, a thousand times a second; return how often a second it was."""
    began_s, done = time.monotonic(), 0
    while (now_s := time.monotonic()) < began_s + seconds:
        burst = "".join(f"link set tun9 mtu {1300 + (done + number) % 100}\n" for number in range(100))
        subprocess.run(["ip", "-n", gateway, "-batch", "-"], input=burst, text=True, check=True)
        done += 100
        time.sleep(max(0.0, began_s + done / EVENTS_A_SECOND - now_s))
    return done / (time.monotonic() - began_s)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; return 1 if a limit is missed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument("--idle", type=float, default=130.0, help="seconds (two beats of the watch)")
    parser.add_argument("--busy", type=float, default=10.0)
    wanted = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as name, namespace("tuntap add tun9 mode tun") as gateway:
        directory = Path(name)
        directory.chmod(0o777)
        with watch(gateway, directory) as pid:
            before_s = cpu_s(pid)
            time.sleep(wanted.idle)
            idle, held = (cpu_s(pid) - before_s) / wanted.idle, memory_mib(pid)
            before_s = cpu_s(pid)
            rate = change_devices(gateway, wanted.busy)
            busy = (cpu_s(pid) - before_s) / wanted.busy
            lost = (directory / "watch/events").read_bytes().count(b'"overflow"')
            busy_held = memory_mib(pid)
    print(f"watch, idle for {wanted.idle:.0f} s: {idle:.4%} of a core, {held:.1f} MiB")
    print(f"watch, {rate:.0f} events a second: {busy:.2%} of a core, {busy_held:.1f} MiB, {lost} gaps told")
    print(f"{'met' if idle < IDLE_LIMIT else 'MISSED'}: idle {idle:.4%} of a core (under {IDLE_LIMIT:.1%})")
    most = max(held, busy_held)
    print(f"{'met' if most < MEMORY_LIMIT_MIB else 'MISSED'}: {most:.1f} MiB (under {MEMORY_LIMIT_MIB} MiB)")
    return int(idle >= IDLE_LIMIT or most >= MEMORY_LIMIT_MIB)


if __name__ == "__main__":
    sys.exit(main())
