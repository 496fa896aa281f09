"""Records daemons over the guest's kernel from their first packet: `python -m tests.kernel.guest_sessions SHARED`.

strongSwan, xl2tpd, PPTP and PPPoE of tests/lab, on the gateway's uplink. `done.json` comes last.
"""

import json
import sys
import tempfile
import time
from importlib import import_module
from pathlib import Path

from tests.kernel.guest import prepare, reported
from tests.kernel.guest_daemons import _MODULES, _MORE
from tests.lab.site import Site

_PARTS = ("ipsec.start", "dialup.start_l2tp", "dialup.start_pptp", "dialup.start_pppoe")
_FILTER = "not arp and not icmp6"


def sessions(shared: Path) -> list[str]:
    """Write what crosses the uplink while the daemons start and something goes through each; return the tunnels."""
    site = Site(Path(tempfile.mkdtemp()))
    try:
        dump = site.gateway.spawn("tcpdump", "-Z", "root", "-i", "eth0", "-U", "-w", "/tmp/x.pcap", _FILTER)
        time.sleep(2)
        for part in _PARTS:
            module, function = part.rsplit(".", 1)
            getattr(import_module(f"tests.lab.parts.{module}"), function)(site)
        site.finish()
        for tunnel in site.tunnels:
            if tunnel.inside:
                site.reaches(tunnel.inside, netns=tunnel.namespace)
        time.sleep(2)
        dump.stop()
        (shared / "sessions.pcap").write_bytes(Path(f"{site.gateway.root}/tmp/x.pcap").read_bytes())
        return [f"{one.key} {one.technologies} {one.remotes}" for one in site.tunnels]
    finally:
        site.close()


def main() -> None:
    """Record."""
    shared = Path(sys.argv[1])
    prepare(shared, (*_MODULES, *_MORE))
    (shared / "done.json").write_text(json.dumps({"tunnels": sessions(shared)}, indent=1) + "\n")


if __name__ == "__main__":
    reported(main)
