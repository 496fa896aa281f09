"""What the guest does: `python -m tests.kernel.guest_main SHARED` builds the lab, runs probes, records answers.

Everything goes to files below SHARED; `done.json` comes last, so its absence means that the guest failed.
"""

import importlib.util
import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from tests.kernel import guest_encap, guest_record, guest_sockets
from tests.kernel import guest_topology as lab
from tests.kernel.guest import reported

PROBES = ("wireguard", "xfrm", "ppp", "l2tp", "mpls", "fou", "gtp", "neighbours")
_PROJECT = Path(__file__).resolve().parents[2]
_HANDSHAKE_LIMIT_S = 30


def run(*command: str, text: str = "", check: bool = True) -> bytes:
    """Return what `command` printed, given `text`; raises when it fails, or returns its errors if not `check`."""
    done = subprocess.run(command, input=text.encode(), capture_output=True, timeout=60, check=False)
    if check and done.returncode:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr.decode(errors='replace')}")
    return done.stdout if check else done.stderr


def batch(text: str, *options: str) -> str:
    """Run a batch of ip(8), going on after failures; return what failed."""
    return run("ip", *options, "-force", "-batch", "-", text=text, check=False).decode(errors="replace").strip()


def modules() -> set[str]:
    """Return the names of the loaded kernel modules."""
    return {line.split()[0] for line in Path("/proc/modules").read_text().splitlines()}


def probe(*prefix: str) -> Any:
    """Return what the probes say, run in a process of their own after `prefix`."""
    return json.loads(run(*prefix, sys.executable, "-B", "-m", "tests.kernel.guest_probe", *PROBES))


def build() -> tuple[list[str], list[int]]:
    """Make the lab; return what could not be made, and descriptors that keep PPP sessions."""
    run("udevadm", "control", "--exit", check=False)  # it renames devices with names it does not like
    run("modprobe", "-a", *lab.MODULES, *guest_encap.MODULES)
    failures = [batch("netns add sw"), batch(guest_encap.NAMESPACE_SWITCH, "-n", "sw")]
    failures += [batch(lab.NAMESPACE), batch(lab.NAMESPACE_FAR, "-n", "far")]
    run("ip", "link", "add", "dev", os.fsdecode(lab.HOSTILE_NAME), "type", "wireguard")
    for device, (namespace, text) in lab.wireguard().items():
        prefix = ("ip", "netns", "exec", namespace) if namespace else ()
        run(*prefix, "wg", "setconf", device, "/dev/stdin", text=text)
    failures += [batch("link set wg0 up\nlink set wgbig up\n"), batch(lab.TUNNELS), batch(lab.NO_TUNNELS)]
    failures += [batch(lab.L2TP), batch(lab.FULL_TUNNEL)]
    failures.append(batch(lab.xfrm()))
    run("bridge", "fdb", "append", "00:00:00:00:00:00", "dev", "vxlanfdb", "dst", "203.0.113.31", check=False)
    failures += encapsulations()
    guest_sockets.make_node()
    kept = guest_sockets.pppoe("veth0", 0x1234, bytes.fromhex("02005e10aa01"))
    kept += guest_sockets.l2tp(lab.NEAR, "203.0.113.41")
    kept.append(guest_sockets.socket_policy())
    return [failure for failure in failures if failure], kept


def encapsulations() -> list[str]:
    """Make what encapsulates without a device; return what could not be made."""
    failures = [batch(guest_encap.DEVICES), batch(guest_encap.PORTS)]
    routes = guest_encap.ROUTES.splitlines()
    failures.append(batch("\n".join(line for line in routes if not line.startswith("-6"))))
    failures.append(batch("\n".join(line[3:] for line in routes if line.startswith("-6")), "-6"))
    guest_encap.sysctl("net/mpls/platform_labels", "1000")
    guest_encap.sysctl("net/mpls/conf/veth0/input", "1")
    failures.append(batch(guest_encap.LABELS, "-f", "mpls"))
    failures.append(run(*guest_encap.FDB6, check=False).decode())
    guest_encap.gtp_contexts(guest_record.family_number("gtp"), "gtp1")
    return failures


def await_handshakes() -> bool:
    """Return whether two peers of wg0 have shaken hands in time."""
    give_up_at = time.monotonic() + _HANDSHAKE_LIMIT_S
    while time.monotonic() < give_up_at:
        lines = run("wg", "show", "wg0", "latest-handshakes").decode().splitlines()
        if sum(not line.endswith("\t0") for line in lines) == 2:
            return True
        time.sleep(0.5)
    return False


def record(shared: Path) -> None:
    """Write raw answers, /proc files and what ip(8) says of the links."""
    for name in ("netlink", "wireguard", "xfrm", "ppp", "l2tp", "encap"):
        (shared / name).mkdir()
    for name, read in guest_record.RECORDS.items():
        (shared / name).write_bytes(read())
    truth = json.loads(run("ip", "-d", "-j", "link").decode(errors="surrogateescape"))
    lines = ",\n".join(json.dumps(_escaped(link)) for link in truth)
    (shared / "netlink/kernel-links.json").write_text(f"[\n{lines}\n]\n")
    for device, buffer_bytes in {"wg0": 1 << 16, "wgbig": 1 << 12, os.fsdecode(lab.HOSTILE_NAME): 1 << 16}.items():
        name = device if device.isalnum() else "hostile"
        answer = guest_record.wireguard(socket.if_nametoindex(device), buffer_bytes=buffer_bytes)
        (shared / f"wireguard/{name}.bin").write_bytes(answer)
    for name in ("pppoe", "pppol2tp"):
        (shared / f"ppp/{name}").write_bytes(Path(f"/proc/net/{name}").read_bytes())


def _escaped(value: Any) -> Any:
    """Return `value` with undecodable bytes in its texts shown as ``\\xNN``, as the probes show them."""
    if isinstance(value, str):
        return value.encode(errors="surrogateescape").decode(errors="backslashreplace")
    if isinstance(value, list):
        return [_escaped(item) for item in value]
    return {key: _escaped(item) for key, item in value.items()} if isinstance(value, dict) else value


def whole_program(shared: Path) -> dict[str, Any] | None:
    """Run `auditor scan` on the lab; return how it ended, None when there is no such command."""
    if importlib.util.find_spec("auditor.__main__") is None:
        return None
    before = modules()
    command = [sys.executable, "-B", "-m", "auditor", "scan", "--format", "json", "--output", str(shared / "scan")]
    done = subprocess.run(command, capture_output=True, timeout=120, check=False)
    return {
        "exit_code": done.returncode,
        "stdout": done.stdout.decode(errors="backslashreplace"),
        "stderr": done.stderr.decode(errors="backslashreplace"),
        "modules_loaded": sorted(modules() - before),
    }


def main() -> None:
    """Build, probe, record."""
    os.chdir(_PROJECT)
    shared = Path(sys.argv[1])
    before = modules()
    result: dict[str, Any] = {"empty_host": probe(), "modules_loaded_by_probes": sorted(modules() - before)}
    result["build_failures"], kept = build()
    began = time.monotonic()
    daemons = guest_encap.switch(run)
    result["switch_s"] = round(time.monotonic() - began, 1)
    result["handshakes"] = await_handshakes()
    result["host"] = probe()
    result["far"] = probe("ip", "netns", "exec", "far")
    result["unprivileged"] = probe("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=-all")
    record(shared)
    result["scan"] = whole_program(shared)
    result["uptime_s"] = round(float(Path("/proc/uptime").read_text().split()[0]), 1)
    result["descriptors_kept"] = len(kept)
    for daemon in daemons:
        daemon.kill()
    (shared / "done.json").write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    reported(main)
