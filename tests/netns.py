"""Network namespaces that a test makes and removes, and running a function inside one."""

import ctypes
import itertools
import os
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

import pytest

T = TypeVar("T")
_CLONE_NEWNET = 0x40000000
_count = itertools.count()
_libc = ctypes.CDLL(None, use_errno=True)

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root: makes network namespaces")


@contextmanager
def namespace(*commands: str) -> Iterator[str]:
    """Make a namespace, give `commands` to `ip -n NAME` in order, and remove it at the end."""
    name = f"auditor-test-{os.getpid()}-{next(_count)}"
    subprocess.run(["ip", "netns", "add", name], check=True)
    try:
        for command in ("link set lo up", *commands):
            subprocess.run(["ip", "-n", name, *command.split()], check=True)
        yield name
    finally:
        subprocess.run(["ip", "netns", "del", name], check=True)


def inside(name: str, work: Callable[[], T]) -> T:
    """Return what `work` returns in namespace `name`; it runs in a thread of its own, which alone enters."""

    def enter_and_work() -> T:
        with open(f"/run/netns/{name}") as door:
            if _libc.setns(door.fileno(), _CLONE_NEWNET):
                raise OSError(ctypes.get_errno(), "setns")
        return work()

    with ThreadPoolExecutor(max_workers=1) as pool:
        return pool.submit(enter_and_work).result()
