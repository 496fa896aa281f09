"""Records what the kernel's tunnels put on the wire: `python -m tests.kernel.guest_captures SHARED`, in the guest.

For each kind of `guest_tunnels` a capture and a row of truth.json below SHARED/captures. `done.json` comes last.
"""

import json
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.kernel import guest_encap, guest_record
from tests.kernel.guest import reported
from tests.kernel.guest_tunnels import FAR, FAR6, KINDS, MODULES, NEAR, NEAR6, Kind
from tests.netns import inside

_WIRE = f"""netns add far
link add veth0 address 02:00:00:00:00:01 type veth peer name veth0 address 02:00:00:00:00:02 netns far
address add {NEAR}/24 dev veth0
address add {NEAR6}/64 dev veth0 nodad
link set lo up
link set veth0 up
route add 203.0.113.0/24 dev veth0
route add 2001:db8:2::/64 dev veth0
"""
_WIRE_FAR = f"""address add {FAR}/24 dev veth0
address add {FAR6}/64 dev veth0 nodad
link set lo up
link set veth0 up
route add 198.51.100.0/24 dev veth0
route add 2001:db8:1::/64 dev veth0
"""
_SETTINGS = (
    "net/ipv4/conf/all/rp_filter=0",
    "net/ipv4/conf/default/rp_filter=0",
    "net/ipv4/conf/veth0/rp_filter=0",
    "net/ipv6/conf/all/seg6_enabled=1",
    "net/ipv6/conf/veth0/seg6_enabled=1",
    "net/ipv6/conf/all/forwarding=1",
    "net/ipv6/conf/default/accept_dad=0",
    "net/mpls/platform_labels=1000",
)
_UNMADE = """link del gw0
link del outer
l2tp del tunnel tunnel_id 101
l2tp del tunnel tunnel_id 102
xfrm state flush
xfrm policy flush
fou del port 5555
fou del port 6080
fou del port 4754
fou del port 6635
route del 10.9.1.0/24
route del 10.9.2.0/24
route del 10.9.0.2/32
route del fd00:9::2/128
route del 2001:db8:2::f/128
route del default
route del 10.90.0.0/24
address del 10.9.1.1/32 dev lo
address del 10.9.2.1/32 dev lo
address del 10.9.0.1/32 dev lo
address del 10.9.0.2/32 dev lo
address del 10.8.1.1/32 dev lo
address del 10.8.2.1/32 dev lo
address del fd00:9::2/128 dev lo
"""
_UDP_ENCAP, _ESP_IN_UDP = 100, 2
_SNAP_BYTES, _HEAD_BYTES = 300, 24
_FILTER = "not arp and not ip6[6] == 0 and not (ip6[6] == 58 and ip6[40] >= 130 and ip6[40] <= 137)"


def ip(text: str, *, far: bool, family: str = "") -> str:
    """Run a batch of ip(8) at one end, going on after failures; return what failed."""
    where = [*(["-n", "far"] if far else []), *(["-f", family] if family else [])]
    command = ["ip", *where, "-force", "-batch", "-"]
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=False, timeout=60)
    return done.stderr.strip()


def at(end: int, work: Callable[[], Any]) -> Any:
    """Return what `work` returns at one end (1 near, 2 far)."""
    return work() if end == 1 else inside("far", work)


def filled(text: str, end: int) -> str:
    """Return a batch with the addresses of one end."""
    near = end == 1
    values = {
        "own": str(end),
        "other": str(3 - end),
        "me": NEAR if near else FAR,
        "peer": FAR if near else NEAR,
        "me6": NEAR6 if near else FAR6,
        "peer6": FAR6 if near else NEAR6,
        "gate": FAR if near else NEAR,
        "hex": "c633:6401" if near else "cb00:7109",
    }
    for name, value in values.items():
        text = text.replace("{" + name + "}", value)
    return text


def settings() -> None:
    """Turn on what segments and labels need, at this end."""
    for line in _SETTINGS:
        name, _, value = line.partition("=")
        path = Path("/proc/sys", name)
        if path.exists():
            path.write_text(value)


def labels(device: str) -> None:
    """Take labels from `device`."""
    path = Path(f"/proc/sys/net/mpls/conf/{device}/input")
    if path.exists():
        path.write_text("1")


def takes_esp_in_udp() -> socket.socket:
    """Return a socket that has the kernel take ESP out of UDP 4500, as IKE daemons open it."""
    door = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    door.setsockopt(socket.IPPROTO_UDP, _UDP_ENCAP, _ESP_IN_UDP)
    door.bind(("0.0.0.0", 4500))
    return door


def wireguard() -> None:
    """Give both ends keys of the moment."""
    keys = [subprocess.run(["wg", "genkey"], capture_output=True, check=True).stdout for _ in range(2)]
    public = [
        subprocess.run(["wg", "pubkey"], input=key, capture_output=True, check=True).stdout.decode().strip()
        for key in keys
    ]
    for end, key in enumerate(keys, 1):

        def configure(end: int = end, key: bytes = key) -> None:
            text = f"[Interface]\nPrivateKey={key.decode().strip()}\nListenPort=5182{end}\n"
            text += f"[Peer]\nPublicKey={public[2 - end]}\nAllowedIPs=10.9.0.0/24\n"
            text += f"Endpoint={FAR if end == 1 else NEAR}:5182{3 - end}\n"
            command = ["wg", "setconf", "gw0", "/dev/stdin"]
            done = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
            if done.returncode:
                raise RuntimeError(done.stderr)

        at(end, configure)


class Recorder:
    """What crosses veth0, as tcpdump has it: its ring copies each packet before the far end's kernel works on it.

    NOTE: a plain packet socket shares the bytes with that kernel, which takes FOU's header off the outer length.
    """

    def __init__(self, file: Path) -> None:
        """Begin; everything goes to `file`."""
        command = [
            "tcpdump",
            "-Z",
            "root",
            "-i",
            "veth0",
            "-s",
            str(_SNAP_BYTES),
            "-U",
            "--immediate-mode",
            "-w",
            str(file),
        ]
        self._dump = subprocess.Popen([*command, _FILTER], stderr=subprocess.DEVNULL)
        self._file = file
        give_up_at = time.monotonic() + 30
        while not file.exists() or file.stat().st_size < _HEAD_BYTES:
            if time.monotonic() > give_up_at:
                raise TimeoutError("tcpdump")
            time.sleep(0.1)
        self._head = file.read_bytes()[:_HEAD_BYTES]
        self._at = _HEAD_BYTES

    def skip(self) -> None:
        """Leave out what came since the last time: late packets of the tunnel before."""
        time.sleep(0.3)
        self._at = self._file.stat().st_size

    def write(self, file: Path) -> int:
        """Write what came since the last time as a capture of its own; return how many bytes of packets it has."""
        records = self._file.read_bytes()[self._at :]
        self._at += len(records)
        file.write_bytes(self._head + records)
        return len(records)

    def close(self) -> None:
        """End."""
        self._dump.terminate()
        self._dump.wait()


def make(kind: Kind) -> tuple[str, list[socket.socket]]:
    """Make one tunnel at both ends; return what failed, and sockets to keep."""
    doors = [at(end, takes_esp_in_udp) for end in (1, 2)] if kind.encapsulated else []
    failures = []
    for end, own in ((1, kind.near), (2, kind.far)):
        failures.append(ip(filled(f"{kind.both}\n{own}", end), far=end == 2))
    if kind.name == "wireguard":
        wireguard()
    if kind.name == "gtp":
        guest_encap.gtp_contexts(guest_record.family_number("gtp"), "gw0")
    if kind.name.startswith("mpls"):
        for end in (1, 2):
            at(end, lambda: labels("gw0"))
            failures.append(ip(f"route add 10{end} dev lo", far=end == 2, family="mpls"))
    return "\n".join(filter(None, failures)), doors


def unmake(kind: Kind) -> None:
    """Take everything away again."""
    for end in (1, 2):
        ip(_UNMADE, far=end == 2)
        if kind.name.startswith("mpls"):
            ip(f"route del 10{end}", far=end == 2, family="mpls")


def record(kind: Kind, directory: Path, recorder: Recorder) -> dict[str, Any]:
    """Make one tunnel, ping through it, keep what crossed the wire; return what came of it."""
    failures, doors = make(kind)
    recorder.skip()
    source = ["-I", "10.9.1.1"] if kind.inner == "10.9.2.1" else []
    done = subprocess.run(
        ["ping", "-q", "-n", "-c", "3", "-i", "0.2", "-W", "2", *source, kind.inner],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    time.sleep(0.3)
    size = recorder.write(directory / f"{kind.name}.pcap")
    for door in doors:
        door.close()
    unmake(kind)
    answered = done.returncode == 0
    return {
        "failures": failures,
        "answered": answered,
        "bytes": size,
        "says": done.stdout[-200:] + done.stderr[-200:],
    }


def truth(kind: Kind) -> dict[str, Any]:
    """Return the row of truth.json."""
    near, far = (NEAR6, FAR6) if kind.six else (NEAR, FAR)
    if kind.name == "qinq-gre":
        near, far = "192.0.2.1", "192.0.2.2"
    if kind.name == "gtp":
        far = guest_encap.SUBSCRIBERS[0][1]
    if kind.name.startswith("srv6"):
        far = {"srv6-encap": "2001:db8:2::f", "srv6-encap-4": "2001:db8:2::e"}.get(kind.name, FAR6)
    rows = [{"protocol": one, "tier": "core", "outer_src": near, "outer_dst": far} for one in kind.shows]
    return {"file": f"{kind.name}.pcap", "class": "tunnel", "tunnels": rows, "ignore": list(kind.also)}


def main() -> None:
    """Record every kind."""
    shared = Path(sys.argv[1])
    captures = shared / "captures"
    captures.mkdir()
    subprocess.run(["udevadm", "control", "--exit"], check=False)
    subprocess.run(["modprobe", "-a", *MODULES], check=False)
    result: dict[str, Any] = {"build": ip(_WIRE, far=False) + ip(_WIRE_FAR, far=True)}
    for end in (1, 2):
        at(end, settings)
    recorder = Recorder(Path("/run/auditor-captures.pcap"))
    result["kinds"] = {one.name: record(one, captures, recorder) for one in KINDS}
    recorder.close()
    rows = ",\n  ".join(json.dumps(truth(one)) for one in KINDS)
    (captures / "truth.json").write_text(f'{{"captures": [\n  {rows}\n]}}\n')
    result["uptime_s"] = float(Path("/proc/uptime").read_text().split()[0])
    (shared / "done.json").write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    reported(main)
