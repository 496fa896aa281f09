"""The picture in real Chromium: words large enough, none over another, one language, usable by keyboard."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from reports import html
from reports.document import document
from tests.reports import hostile, samples
from tests.reports.sample_coverage import GAPS
from tests.reports.sample_pictures import at, variety
from tests.reports.test_browser import Opened
from tests.requires import requires_program

playwright = pytest.importorskip("playwright.sync_api", reason="needs playwright (PyPI)")
pytestmark = requires_program("chromium", "pdftotext")
SCANS = {
    "nothing": samples.nothing,
    "mixed": samples.mixed,
    "60": lambda: variety(60, GAPS),
    "500": lambda: variety(500),
    "in Hong Kong": lambda: at(variety(12), "HK"),
    "long": lambda: hostile.hostile("Wm" * 127),
    "long Chinese": lambda: hostile.hostile("国" * 255),
}
WIDTHS = (320, 380, 800, 801, 1021, 1400)


@pytest.fixture(scope="module")
def browser() -> Iterator["playwright.Browser"]:
    with playwright.sync_playwright() as driver:
        found = driver.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"])
        yield found
        found.close()


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("pictures")
    written = {name: folder / f"{number}.html" for number, name in enumerate(SCANS)}
    for name, make in SCANS.items():
        written[name].write_text(html.render(document(make())), "utf-8")
    return written


@pytest.fixture
def opened(browser: "playwright.Browser") -> Iterator[Opened]:
    found = Opened(browser)
    yield found
    found.context.close()


@pytest.mark.parametrize("name", SCANS)
def test_words_are_readable_and_none_is_over_another(opened: Opened, files: dict[str, Path], name: str) -> None:
    page = opened.goto(files[name])
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        for language in ("en", "zh"):
            page.locator(f"#lang-{language}").check()
            found = page.evaluate(_LAID_OUT)
            assert found["pictures"] == [("zh-CN" if language == "zh" else "en")]
            assert found["collisions"] == [], width
            assert found["smallest"] >= 12, width
            assert found["texts"] > 3
            assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0


# Visible pictures, the smallest letters as they appear, and texts that touch a text, a mark or the edge of the sheet.
_LAID_OUT = """() => {
  const shown = [...document.querySelectorAll('.pic')].filter(part => part.checkVisibility());
  const collisions = [];
  let smallest = 99, texts = 0;
  for (const sheet of shown.flatMap(part => [...part.querySelectorAll(':scope > svg')])) {
    const paper = sheet.getBoundingClientRect(), scale = paper.width / sheet.viewBox.baseVal.width;
    const boxes = [...sheet.querySelectorAll('text, .mark, .badge, circle.ask')];
    const rects = boxes.map(box => box.getBoundingClientRect());
    boxes.forEach((box, i) => {
      const own = rects[i];
      if (box.tagName === 'text') {
        texts += 1;
        smallest = Math.min(smallest, parseFloat(getComputedStyle(box).fontSize) * scale);
        if (own.left < paper.left - 1 || own.right > paper.right + 1 || own.bottom > paper.bottom + 1)
          collisions.push([box.textContent, 'edge']);
      }
      for (let j = i + 1; j < boxes.length; j++) {
        const other = rects[j], beside = boxes[j].previousElementSibling === box;
        if (beside && /badge|ask/.test(box.getAttribute('class'))) continue;
        const across = Math.min(own.right, other.right) - Math.max(own.left, other.left);
        const down = Math.min(own.bottom, other.bottom) - Math.max(own.top, other.top);
        if (across > 1 && down > 3 * scale) collisions.push([box.textContent, boxes[j].textContent, across, down]);
      }
    });
  }
  return {pictures: shown.map(part => part.lang), collisions, smallest, texts};
}"""


def test_both_languages_are_two_pictures(opened: Opened, files: dict[str, Path]) -> None:
    page = opened.goto(files["mixed"])
    page.locator("#lang-both").check()
    assert page.evaluate(_LAID_OUT)["pictures"] == ["en", "zh-CN"]


def test_each_line_is_reached_by_keyboard_and_leads_to_its_connection(opened: Opened, files: dict[str, Path]) -> None:
    page = opened.goto(files["mixed"])
    links = page.locator(".pic.in-wide[lang=en] a")
    assert links.count() == 12  # eleven lines, and what was not read
    page.keyboard.press("Tab")  # so that the focus shows as it does for those who use the keyboard
    links.first.focus()
    for number in range(links.count()):
        if number:
            page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.getAttribute('href')") == links.nth(number).get_attribute("href")
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    assert page.url.endswith(".html")
    links.first.focus()
    page.keyboard.press("Enter")
    assert page.url.endswith("#o-t-5e6f7a8b9c0d")
    assert page.locator("#o-t-5e6f7a8b9c0d").is_visible()


def test_a_screen_reader_hears_each_line_as_a_sentence(opened: Opened, files: dict[str, Path]) -> None:
    page = opened.goto(files["mixed"])
    line = "wg-sg (WireGuard) to Singapore: matched · circuit SHA-SIN-IPLC-0042 · leaves by eth0"
    part = page.get_by_role("group", name="Abroad: 4 connections", exact=True)
    assert part.get_by_role("link", name=line, exact=True).count() == 1
    page.locator("#lang-zh").check()
    part = page.get_by_role("group", name="其他国家和地区：4条连接", exact=True)
    assert part.get_by_role("link").count() == 4


def test_forced_colours_leave_every_line_and_word_visible(
    browser: "playwright.Browser", files: dict[str, Path]
) -> None:
    context = browser.new_context(forced_colors="active", color_scheme="dark")
    page = context.new_page()
    page.goto(files["mixed"].as_uri())
    unseen = page.evaluate("""() => [...document.querySelectorAll('.pic .line, .pic .break, .pic .mark, .pic .edge')]
      .filter(part => part.checkVisibility() && getComputedStyle(part).stroke !== getComputedStyle(document.body).color)
      .length""")
    assert unseen == 0
    context.close()


def test_paper_holds_the_picture_and_its_words(opened: Opened, files: dict[str, Path], tmp_path: Path) -> None:
    page = opened.goto(files["60"])
    page.locator("#lang-both").check()
    paper = tmp_path / "report.pdf"
    paper.write_bytes(page.pdf(prefer_css_page_size=True, print_background=True))
    told = subprocess.run(["pdftotext", str(paper), "-"], capture_output=True, text=True, check=True).stdout
    for words in ("Outside the mainland", "Abroad: 36 connections", "其他国家和地区：36条连接", "有2处未能读取"):
        assert words in told or words in re.sub(r"\s", "", told), words
    assert opened.noise == []
