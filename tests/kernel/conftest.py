"""The virtual machine, booted once a session, and what it left."""

import fcntl
import json
import os
import shutil
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.kernel.kernel_image import LabUnavailable, boot, kernel_image
from tests.requires import missing

_PROJECT = Path(__file__).resolve().parents[2]


class Lab(NamedTuple):
    """What the guest said (`done.json`) and the directory with the files it wrote."""

    said: dict[str, Any]
    files: Path


@pytest.fixture(scope="session")
def kernel_lab(tmp_path_factory: pytest.TempPathFactory) -> Lab:
    """Boot the guest once, also when several workers run tests; skip when that cannot be done here."""
    return _booted(tmp_path_factory, "kernel-lab", "tests.kernel.guest_main")


@pytest.fixture(scope="session")
def daemons_lab(tmp_path_factory: pytest.TempPathFactory) -> Lab:
    """Boot a guest whose gateways run daemons; skip when that cannot be done here."""
    if packages := missing("xl2tpd", "pptp", "pptpd", "pppd", "pppoe-server", "charon-systemd", "swanctl"):
        pytest.skip(f"needs Debian packages: {' '.join(packages)}")
    return _booted(tmp_path_factory, "daemons-lab", "tests.kernel.guest_daemons")


def _booted(tmp_path_factory: pytest.TempPathFactory, name: str, module: str) -> Lab:
    """Return what the guest that runs `module` left, in directory `name`; it is booted once a session."""
    base = tmp_path_factory.getbasetemp()
    shared = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / name
    with shared.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not shared.exists():
            boot_into(shared, module)
    return Lab(json.loads((shared / "done.json").read_text()), shared)


def boot_into(shared: Path, module: str = "tests.kernel.guest_main") -> None:
    """Boot the guest with a new directory as its only writable one; it becomes `shared` only on success."""
    staging = shared.with_suffix(".staging")
    shutil.rmtree(staging, ignore_errors=True)
    staging.mkdir()
    try:
        console = boot(kernel_image(), module, _PROJECT, staging)
    except LabUnavailable as error:
        pytest.skip(str(error))
    if not (staging / "done.json").exists():
        failure = staging / "failure.txt"
        pytest.fail(f"the guest failed:\n{failure.read_text() if failure.exists() else console[-3000:]}")
    staging.rename(shared)
