"""The virtual machine, booted once a session, and what it left."""

import fcntl
import json
import os
import shutil
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.kernel.kernel_image import LabUnavailable, boot, kernel_image

_PROJECT = Path(__file__).resolve().parents[2]


class Lab(NamedTuple):
    """What the guest said (`done.json`) and the directory with the files it wrote."""

    said: dict[str, Any]
    files: Path


@pytest.fixture(scope="session")
def kernel_lab(tmp_path_factory: pytest.TempPathFactory) -> Lab:
    """Boot the guest once, also when several workers run tests; skip when that cannot be done here."""
    base = tmp_path_factory.getbasetemp()
    shared = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "kernel-lab"
    with shared.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not shared.exists():
            boot_into(shared)
    return Lab(json.loads((shared / "done.json").read_text()), shared)


def boot_into(shared: Path) -> None:
    """Boot the guest with a new directory as its only writable one; it becomes `shared` only on success."""
    staging = shared.with_suffix(".staging")
    shutil.rmtree(staging, ignore_errors=True)
    staging.mkdir()
    try:
        console = boot(kernel_image(), "tests.kernel.guest_main", _PROJECT, staging)
    except LabUnavailable as error:
        pytest.skip(str(error))
    if not (staging / "done.json").exists():
        failure = staging / "failure.txt"
        pytest.fail(f"the guest failed:\n{failure.read_text() if failure.exists() else console[-3000:]}")
    staging.rename(shared)
