"""Records the lab's daemons from their first packet: `python -m tests.auditor.packets.record [--whole] FILE PART...`.

As root. A PART is MODULE.FUNCTION of tests/lab/parts. The capture holds the gateway's uplinks, 300 bytes of each packet
at most, or all.
"""

import sys
import tempfile
import time
from importlib import import_module
from pathlib import Path

from tests.lab.site import Site

_SNAP = "300"
_FILTER = "not arp and not icmp6 and not (src net fe80::/10)"


def main() -> None:
    """Build the parts while tcpdump runs on the gateway, ping through every tunnel, and copy the capture out."""
    words = [word for word in sys.argv[1:] if word != "--whole"]
    target, parts, snap = Path(words[0]), words[1:], "0" if "--whole" in sys.argv else _SNAP
    with tempfile.TemporaryDirectory(prefix="auditor-lab-") as directory:
        site = Site(Path(directory))
        try:
            dump = site.gateway.spawn(
                "tcpdump", "-Z", "root", "-i", "any", "-U", "-s", snap, "-w", "/tmp/x.pcap", _FILTER
            )
            time.sleep(1)
            for part in parts:
                module, function = part.rsplit(".", 1)
                getattr(import_module(f"tests.lab.parts.{module}"), function)(site)
            site.finish()
            for tunnel in site.tunnels:
                if tunnel.inside:
                    for _ in range(3):
                        site.reaches(tunnel.inside, netns=tunnel.namespace)
                print(tunnel.technologies, tunnel.interface, tunnel.remotes)
            time.sleep(1)
            dump.stop()
            target.write_bytes(Path(f"{site.gateway.root}/tmp/x.pcap").read_bytes())
        finally:
            site.close()


if __name__ == "__main__":
    main()
