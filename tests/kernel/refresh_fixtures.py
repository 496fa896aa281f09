"""Boots the lab and replaces what was recorded below tests/fixtures: `python -m tests.kernel.refresh_fixtures [WHAT]`.

WHAT is `answers` (of the kernel, the default), `captures` (of its tunnels) or `sessions` (of daemons). What `sessions`
records is written down in truth.json by hand, from the tunnels that the lab says it built, which are printed.
"""

import json
import shutil
import sys
import tempfile
from pathlib import Path

from tests.kernel.kernel_image import boot, kernel_image

_PROJECT = Path(__file__).resolve().parents[2]
_FIXTURES = _PROJECT / "tests/fixtures"
_LIMIT_S = 900
_MODULES = {"answers": "guest_main", "captures": "guest_captures", "sessions": "guest_sessions"}


def main() -> None:
    """Boot, then copy what was recorded."""
    what = sys.argv[1] if len(sys.argv) > 1 else "answers"
    with tempfile.TemporaryDirectory() as scratch:
        shared = Path(scratch)
        console = boot(kernel_image(), f"tests.kernel.{_MODULES[what]}", _PROJECT, shared, limit_s=_LIMIT_S)
        if not (shared / "done.json").exists():
            raise SystemExit(console[-3000:])
        if what == "captures":
            shutil.copytree(shared / "captures", _FIXTURES / "captures/kernel", dirs_exist_ok=True)
        elif what == "sessions":
            shutil.copy(shared / "sessions.pcap", _FIXTURES / "captures/sessions/sessions.pcap")
            print(*json.loads((shared / "done.json").read_text())["tunnels"], sep="\n")
        else:
            for name in ("netlink", "wireguard", "xfrm", "ppp", "l2tp", "encap"):
                shutil.copytree(shared / name, _FIXTURES / name, dirs_exist_ok=True)


if __name__ == "__main__":
    main()
