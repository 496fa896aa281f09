"""Control groups of the lab: below one of the builder's own, which is removed with the lab or by the next one."""

import contextlib
import os
from pathlib import Path

_PREFIX = "auditor-lab-"


def parent() -> str:
    """Return the name of this builder's group, for programs that make groups below it."""
    return f"{_PREFIX}{os.getpid()}"


def remove_left_over() -> None:
    """Remove this builder's groups, and those of builders that have ended; their processes ended before."""
    top = _top()
    for group in top.glob(f"{_PREFIX}*") if top else ():
        builder = group.name.removeprefix(_PREFIX)
        if builder == str(os.getpid()) or not Path(f"/proc/{builder}").exists():
            for directory, _, _ in os.walk(group, topdown=False):
                with contextlib.suppress(OSError):
                    Path(directory).rmdir()


def _top() -> Path | None:
    """Return where the unified hierarchy is mounted on the machine, None if it is not."""
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        fields, _, kind = line.partition(" - ")
        if kind.startswith("cgroup2 "):
            return Path(fields.split(" ")[4])
    return None
