"""One lab with everything and one small one for all end-to-end tests, each built when first asked for."""

import os
import shutil
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.lab import SMALL, Lab, Scan
from tests.requires import PROGRAMS, missing

if TYPE_CHECKING:
    from playwright.sync_api import Browser


def require() -> None:
    if os.geteuid() != 0:
        pytest.skip("needs root: builds namespaces with real daemons")
    if packages := missing(*PROGRAMS):
        pytest.skip(f"needs Debian packages: {' '.join(packages)}")


@pytest.fixture(scope="session")
def lab() -> Iterator[Lab]:
    """Return the gateway on which everything stands."""
    require()
    with Lab() as built:
        yield built


@pytest.fixture(scope="session")
def small_lab() -> Iterator[Lab]:
    """Return a gateway on which only the WireGuard tunnel to the carrier stands."""
    require()
    with Lab(SMALL) as built:
        yield built


@pytest.fixture(scope="session")
def scan(lab: Lab) -> Scan:
    """Return one scan of the whole gateway as root, for all tests that only read it."""
    return lab.scan()


@pytest.fixture(scope="module")
def browser() -> Iterator["Browser"]:
    """Return one Chromium for the tests of a module that look at the report of the lab."""
    playwright = pytest.importorskip("playwright.sync_api", reason="needs playwright (PyPI)")
    with playwright.sync_playwright() as driver:
        found = driver.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"])
        yield found
        found.close()
