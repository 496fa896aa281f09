"""Pictures for docs/report.md and the README: the report of the lab's gateway, as Chromium shows and prints it."""

import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from tests.lab.lab import Lab
from tests.lab.story import story

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

_WIDE, _NARROW = 1280, 380
_COLOURS = 128
_CARD = ".card:has(h4:text-is('wgo0'))"


def take(lab: Lab, into: Path) -> list[Path]:
    """Scan `lab` and write every picture into the directory `into`; return them. Needs playwright and pillow."""
    from playwright.sync_api import sync_playwright

    into.mkdir(parents=True, exist_ok=True)
    report = story(lab, lab.work / "pictures").output / "report.html"
    with sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu", "--hide-scrollbars"]
        )
        for name, (language, scheme, width, act) in PICTURES.items():
            _shot(browser, report, into / f"{name}.png", language, scheme, width, act)
        _paper(browser, report, into / "report-paper.png")
        browser.close()
    written = [*(into / f"{name}.png" for name in PICTURES), into / "report-paper.png"]
    for path in written:
        _smaller(path)
    return written


Act = Callable[["Page", Path], object]


def _screen(height: int) -> Act:
    """Return what takes the top of the page."""

    def act(page: "Page", path: Path) -> None:
        page.set_viewport_size(
            {"width": page.viewport_size["width"] if page.viewport_size else _WIDE, "height": height}
        )
        page.screenshot(path=path)

    return act


def _part(selector: str, prepare: str = "0") -> Act:
    """Return what takes one part of the page, after `prepare` (JavaScript) has run."""

    def act(page: "Page", path: Path) -> None:
        page.evaluate(prepare)
        page.locator(selector).first.screenshot(path=path)

    return act


_OPEN_CARD = "document.querySelectorAll('.card').forEach(c => { c.open = c.querySelector('h4').textContent == 'wgo0' })"
_OPEN_FILTERS = "document.querySelector('#filters > details').open = true; document.querySelector('#f-v1').click()"

PICTURES: dict[str, tuple[str, str, int, Act]] = {
    "report": ("en", "light", _WIDE, _screen(1500)),
    "report-first-en": ("en", "light", _WIDE, _screen(820)),
    "report-first-zh": ("zh", "light", _WIDE, _screen(820)),
    "report-network": ("en", "light", _WIDE, _part("#picture .picture")),
    "report-changes": ("en", "light", _WIDE, _part("#changes")),
    "report-card": ("en", "light", _WIDE, _part(_CARD, _OPEN_CARD)),
    "report-filters": ("en", "light", _WIDE, _part("#filters", _OPEN_FILTERS)),
    "report-unread": ("en", "light", _WIDE, _part("#blind-spots")),
    "report-narrow": ("zh", "light", _NARROW, _screen(1000)),
    "report-dark": ("both", "dark", _WIDE, _screen(820)),
}
"""Each picture by name: language, colour scheme, width of the window, and what is taken of it."""


def _shot(browser: "Browser", report: Path, path: Path, language: str, scheme: str, width: int, act: Act) -> None:
    """Write one picture."""
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(report.as_uri())
    page.locator(f"#lang-{language}").check()
    act(page, path)
    context.close()


def _paper(browser: "Browser", report: Path, path: Path) -> None:
    """Write the sheet with the sign-off."""
    page = browser.new_page()
    page.goto(report.as_uri())
    with tempfile.TemporaryDirectory() as folder:
        paper = Path(folder) / "paper.pdf"
        paper.write_bytes(page.pdf(format="A4", prefer_css_page_size=True, print_background=True))
        told = subprocess.run(["pdftotext", paper, "-"], capture_output=True, text=True, check=True).stdout.split("\f")
        (sheet,) = [number for number, text in enumerate(told, 1) if "Reviewer (name, function)" in text]
        subprocess.run(
            [
                "pdftoppm",
                "-r",
                "90",
                "-png",
                "-singlefile",
                "-f",
                str(sheet),
                "-l",
                str(sheet),
                paper,
                path.with_suffix(""),
            ],
            check=True,
        )
    page.close()


def _smaller(path: Path) -> None:
    """Write a picture again with a palette: a report has few colours."""
    from PIL import Image

    with Image.open(path) as whole:
        few = whole.convert("RGB").quantize(_COLOURS, dither=Image.Dither.NONE)
    few.save(path, optimize=True)
