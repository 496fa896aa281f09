"""Boots the lab and replaces the recorded bytes below tests/fixtures: `python -m tests.kernel.refresh_fixtures`."""

import shutil
import tempfile
from pathlib import Path

from tests.kernel.kernel_image import boot, kernel_image

_PROJECT = Path(__file__).resolve().parents[2]


def main() -> None:
    """Boot, then copy what was recorded."""
    with tempfile.TemporaryDirectory() as scratch:
        shared = Path(scratch)
        console = boot(kernel_image(), "tests.kernel.guest_main", _PROJECT, shared)
        if not (shared / "done.json").exists():
            raise SystemExit(console[-3000:])
        for name in ("netlink", "wireguard", "xfrm", "ppp", "l2tp", "encap"):
            shutil.copytree(shared / name, _PROJECT / "tests/fixtures" / name, dirs_exist_ok=True)


if __name__ == "__main__":
    main()
