"""Chromium for tests that look at a report the way a reader does: a page with everything that it said and asked for."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page


class Opened:
    def __init__(self, browser: "Browser") -> None:
        self.context = browser.new_context()
        self.page = self.context.new_page()
        self.noise: list[str] = []
        self.page.on("console", lambda message: self.noise.append(message.text))
        self.page.on("pageerror", lambda error: self.noise.append(str(error)))
        self.page.on("request", lambda request: self.noise.append(request.url))

    def goto(self, file: Path, width: int = 1400, scheme: str = "light") -> "Page":
        self.page.set_viewport_size({"width": width, "height": 900})
        self.page.emulate_media(color_scheme=scheme)
        self.page.goto(file.as_uri())
        self.noise = [line for line in self.noise if line != file.as_uri()]
        return self.page


@pytest.fixture(scope="module")
def browser() -> Iterator["Browser"]:
    """Return one Chromium for the tests of a module."""
    playwright = pytest.importorskip("playwright.sync_api", reason="needs playwright (PyPI)")
    with playwright.sync_playwright() as driver:
        found = driver.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"])
        yield found
        found.close()


@pytest.fixture
def opened(browser: "Browser") -> Iterator[Opened]:
    """Return a page of its own for one test."""
    found = Opened(browser)
    yield found
    found.context.close()
