"""One lab with everything and one small one for all end-to-end tests, each built when first asked for."""

import os
from collections.abc import Iterator

import pytest

from tests.lab import SMALL, Lab, Scan
from tests.reports.chromium import browser as browser
from tests.reports.chromium import opened as opened
from tests.requires import PROGRAMS, missing


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
