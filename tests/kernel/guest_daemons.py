"""Gateways with daemons over the guest's kernel: `python -m tests.kernel.guest_daemons SHARED` builds, scans, scores.

The lab of docs/lab.md, within the guest. `done.json` comes last, so its absence means that the guest failed.
"""

import json
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tests.kernel.guest import prepare, reported
from tests.lab import KERNEL_SETS, Lab
from tests.lab.paperwork import Papers
from tests.lab.score import score

_MODULES = ("l2tp_ppp", "l2tp_netlink", "pppoe", "overlay", "tun", "xfrm_user", "xfrm_interface", "esp4", "esp6")
_MORE = ("ip_gre", "ip6_gre", "wireguard", "vxlan", "ppp_async", "ppp_synctty", "macvlan")
_PAPERS = Papers(circuit=False)


def modules() -> set[str]:
    """Return the names of the loaded kernel modules."""
    return {line.split()[0] for line in Path("/proc/modules").read_text().splitlines()}


def gateway(name: str, shared: Path) -> dict[str, Any]:
    """Build one gateway, scan it, return the score and what leaked; the reports stay below `shared`."""
    started = time.monotonic()
    with Lab(KERNEL_SETS[name]) as lab:
        built = time.monotonic()
        before = modules()
        scan = lab.scan(papers=_PAPERS)
        report = scan.report
        result = score(lab.tunnels, report)
        everything = scan.everything()
        (shared / f"{name}.json").write_text(json.dumps(report, indent=1))
        leaks = {where: lab.secrets.found_in(content) for where, content in everything.items()}
        told = {where: [word.decode() for word in lab.personal if word in data] for where, data in everything.items()}
        return {
            "table": str(result),
            "problems": result.problems,
            "tunnels": len(lab.tunnels),
            "not_tunnels": [asdict(device) for device in lab.not_tunnels],
            "exit_code": scan.code,
            "stderr": scan.stderr,
            "leaks": {where: found for where, found in leaks.items() if found},
            "told_of_people": {where: found for where, found in told.items() if found},
            "modules_loaded": sorted(modules() - before),
            "built_s": round(built - started, 1),
            "scanned_s": round(time.monotonic() - built, 1),
        }


def main() -> None:
    """Build and scan every gateway."""
    shared = Path(sys.argv[1])
    prepare(shared, (*_MODULES, *_MORE))
    said = {name: gateway(name, shared) for name in KERNEL_SETS}
    (shared / "done.json").write_text(json.dumps(said, indent=1) + "\n")


if __name__ == "__main__":
    reported(main)
