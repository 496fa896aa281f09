"""Records proxies: `python -m tests.auditor.packets.record_proxies FILE`, as root (microsocks, tinyproxy, curl).

A client asks a web server by SOCKS 5 and HTTP CONNECT, all in two namespaces of its own.
"""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.netns import namespace

_CLIENT, _PROXY = "192.0.2.10", "203.0.113.20"
_TINYPROXY = """Port 8888
Listen {proxy}
Timeout 60
MaxClients 5
DisableViaHeader Yes
ConnectPort 8000
User root
Group root
"""
_ASK = ("--socks5", f"{_PROXY}:1080"), ("--socks5-hostname", f"{_PROXY}:1080"), ("-p", "-x", f"{_PROXY}:8888")


def main() -> None:
    """Record."""
    target = Path(sys.argv[1])
    with namespace() as client, namespace() as proxy, tempfile.TemporaryDirectory() as directory:
        pair = ["link", "add", "eth0", "netns", client, "type", "veth", "peer", "name", "eth0", "netns", proxy]
        subprocess.run(["ip", *pair], check=True)
        for name, own, other in ((client, _CLIENT, _PROXY), (proxy, _PROXY, _CLIENT)):
            for line in (f"address add {own}/32 dev eth0", "link set eth0 up", f"route add {other}/32 dev eth0"):
                subprocess.run(["ip", "-n", name, *line.split()], check=True)
        settings = Path(directory, "tinyproxy.conf")
        settings.write_text(_TINYPROXY.format(proxy=_PROXY))
        within = ["ip", "netns", "exec", proxy]
        running = [
            subprocess.Popen([*within, *command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            for command in (
                ["microsocks", "-i", _PROXY, "-p", "1080"],
                ["tinyproxy", "-d", "-c", str(settings)],
                [sys.executable, "-m", "http.server", "8000", "--bind", _PROXY, "--directory", directory],
                ["tcpdump", "-Z", "root", "-i", "eth0", "-U", "-w", str(target), "tcp"],
            )
        ]
        time.sleep(2)
        for how in _ASK:
            ask = ["curl", "--silent", "--fail", "--output", "/dev/null", "--max-time", "10", *how]
            subprocess.run(["ip", "netns", "exec", client, *ask, f"http://{_PROXY}:8000/"], check=True)
        time.sleep(1)
        for one in running:
            one.terminate()
            one.wait()


if __name__ == "__main__":
    main()
