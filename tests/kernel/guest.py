"""What programs in the guest have in common: a place for the lab, and a word on what stopped them."""

import os
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Callable
from pathlib import Path

from tests.lab.node import LabError


def prepare(shared: Path, modules: tuple[str, ...]) -> None:
    """Make the guest fit for the lab: a directory of its own below `shared`, and the kernel `modules` that it needs."""
    work = shared / "work"
    work.mkdir()
    # NOTE: the lab writes files with names and modes that the share with the machine does not take.
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", str(work)], check=True)
    tempfile.tempdir = str(work)
    subprocess.run(["udevadm", "control", "--exit"], check=False)  # it renames devices
    subprocess.run(["modprobe", "-a", *modules], check=True)
    os.environ["PYTHONDONTWRITEBYTECODE"] = "1"


def reported(main: Callable[[], None]) -> None:
    """Run `main`, and leave what stops it in `failure.txt` of the directory that the command line names."""
    try:
        main()
    except BaseException as error:
        text = str(error) if isinstance(error, LabError) else traceback.format_exc()
        Path(sys.argv[1], "failure.txt").write_text(text)
        raise
