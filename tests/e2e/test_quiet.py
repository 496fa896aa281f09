"""A whole scan sends nothing, on any interface: neither a probe of a far end nor a question to a name server."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.requires import missing, requires_root

PROJECT = Path(__file__).resolve().parents[2]
_INSIDE = """\
import json, pathlib, socket, subprocess, sys

def ip(command):
    subprocess.run(["ip", *command.split()], check=True)

def frames():
    heard = []
    try:
        while True:
            frame, (device, *_) = wire.recvfrom(65536)
            heard.append([device, frame[:64].hex()])
    except BlockingIOError:
        return heard

for family in ("all", "default"):
    pathlib.Path(f"/proc/sys/net/ipv6/conf/{family}/disable_ipv6").write_text("1")  # NOTE: it talks by itself
subprocess.run(["mount", "-t", "tmpfs", "tmpfs", "/etc/wireguard"], check=True)
pathlib.Path("/etc/wireguard/spare.conf").write_text(
    "[Interface]\\nPrivateKey = " + "A" * 43 + "=\\n[Peer]\\nPublicKey = " + "B" * 42 + "A=\\n"
    "Endpoint = gate.example.net:51820\\nAllowedIPs = 10.8.0.0/24\\n"
)
ip("link add v0 type veth peer name v1")
ip("addr add 192.0.2.1/24 dev v0")
for device in ("lo", "v0", "v1"):
    ip(f"link set {device} up")
ip("route add default via 192.0.2.254 dev v0")
ip("link add vx0 type vxlan id 7 remote 198.51.100.7 dstport 4789 dev v0")
ip("link set vx0 up")
wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
wire.setblocking(False)
before = frames()
done = subprocess.run([sys.executable, "-m", "auditor", "scan", "--output", sys.argv[1]], stdout=subprocess.DEVNULL)
during = frames()
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
    asking.sendto(b"a question", ("203.0.113.53", 53))
print(json.dumps({"code": done.returncode, "during": during, "after": frames()}))
"""

pytestmark = [pytest.mark.root, pytest.mark.lab]


@requires_root
def test_a_whole_scan_puts_no_frame_on_any_interface(tmp_path: Path) -> None:
    if packages := missing("ip", "unshare", "wg"):
        pytest.skip(f"needs Debian packages: {' '.join(packages)}")
    own = ["unshare", "--net", "--mount", "--pid", "--fork", "--mount-proc", "--kill-child"]
    done = subprocess.run(
        [*own, sys.executable, "-B", "-c", _INSIDE, str(tmp_path / "report")],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    said = json.loads(done.stdout)
    report = (tmp_path / "report" / "report.json").read_text()
    for far_end in ("198.51.100.7", "gate.example.net"):
        assert far_end in report, "the scan saw what it could have asked about"
    assert said["during"] == []
    assert said["after"], "a frame would have been heard"
