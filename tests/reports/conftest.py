"""One Chromium for all tests that look at a report the way a reader does."""

import shutil
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.reports.chromium import Opened

if TYPE_CHECKING:
    from playwright.sync_api import Browser


@pytest.fixture(scope="module")
def browser() -> Iterator["Browser"]:
    playwright = pytest.importorskip("playwright.sync_api", reason="needs playwright (PyPI)")
    with playwright.sync_playwright() as driver:
        found = driver.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"])
        yield found
        found.close()


@pytest.fixture
def opened(browser: "Browser") -> Iterator[Opened]:
    found = Opened(browser)
    yield found
    found.context.close()
