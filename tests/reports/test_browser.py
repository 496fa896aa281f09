"""The report in real Chromium: no message, no request, no sideways scrolling, usable by keyboard, printable."""

import subprocess
from pathlib import Path

import pytest

from reports import html
from reports.document import document
from tests.reports import hostile, sample_history, samples
from tests.reports.chromium import Opened
from tests.requires import requires_program

playwright = pytest.importorskip("playwright.sync_api", reason="needs playwright (PyPI)")
pytestmark = requires_program("chromium", "pdftotext")
SCRIPTS = '<img src=x onerror="document.title=1">\u202e"\'><script>document.title=2</script>'
SCANS = {
    "mixed": samples.mixed,
    "unprivileged": samples.unprivileged,
    "hostile": lambda: hostile.hostile(
        '<img src=x onerror="document.title=1">\u202e"\'><script>document.title=2</script>'
    ),
    "long": lambda: hostile.hostile("W" * 3000),
    "many": lambda: samples.many(130),
}
WIDTHS = (380, 1400)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("reports")
    written = {name: folder / f"{name}.html" for name in SCANS}
    for name, make in SCANS.items():
        written[name].write_text(html.render(document(make())), "utf-8")
    written["changed"] = folder / "changed.html"
    written["changed"].write_text(html.render(sample_history.compared(), json_sha256="0" * 64), "utf-8")
    return written


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", [*SCANS, "changed"])
def test_quiet_and_never_wider_than_the_window(
    opened: Opened, files: dict[str, Path], name: str, width: int, scheme: str
) -> None:
    page = opened.goto(files[name], width, scheme)
    page.evaluate("document.querySelectorAll('details').forEach(part => { part.open = true })")
    for language in ("#lang-en", "#lang-zh", "#lang-both"):
        page.locator(language).check()
        wider = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wider <= 0, language
    assert opened.noise == []
    assert "mark" not in page.title()
    assert page.title() not in ("1", "2")


def test_the_language_is_switched_by_keyboard_alone(opened: Opened, files: dict[str, Path]) -> None:
    page = opened.goto(files["mixed"])
    word = page.locator(".verdict .word")
    assert word.inner_text() == "Not in line with the guidance"
    page.keyboard.press("Tab")  # the link that skips to the connections
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")
    assert page.locator("#lang-zh").is_checked()
    assert word.inner_text() == "与指引不符"
    page.keyboard.press("ArrowRight")
    assert (
        word.inner_text() == "Not in line with the guidance与指引不符"
    )  # the stroke between them is drawn by the style
    page.keyboard.press("ArrowRight")
    assert word.inner_text() == "Not in line with the guidance"


@pytest.mark.parametrize("language", ["en", "zh"])
def test_nothing_of_the_other_language_is_seen(opened: Opened, files: dict[str, Path], language: str) -> None:
    page = opened.goto(files["mixed"])
    page.evaluate("document.querySelectorAll('details').forEach(part => { part.open = true })")
    page.locator(f"#lang-{language}").check()
    other = "zh-CN" if language == "en" else "en"
    seen = page.evaluate(
        f"[...document.querySelectorAll('i[lang={other}]')].filter(part => part.checkVisibility()).length"
    )
    assert seen == 0


def test_details_open_by_keyboard(opened: Opened, files: dict[str, Path]) -> None:
    page = opened.goto(files["mixed"])
    card = page.locator("#o-t-3d2a9c41f0b7")
    assert card.get_attribute("open") is None
    card.locator("> summary").focus()
    page.keyboard.press("Enter")
    assert card.get_attribute("open") is not None
    assert card.locator("table").get_by_text("203.0.113.7/32").is_visible()


def test_the_keyboard_reaches_every_control_and_shows_where_it_is(opened: Opened, files: dict[str, Path]) -> None:
    page = opened.goto(files["mixed"])
    reached = set()
    for _ in range(60):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.tagName"))
        outline = page.evaluate(
            "(e => e.tagName === 'INPUT' ? getComputedStyle(e.nextElementSibling) : getComputedStyle(e))"
            "(document.activeElement).outlineStyle"
        )
        assert outline != "none"
    assert {"A", "INPUT", "SUMMARY"} <= reached


def test_steps_lead_to_what_they_speak_of(opened: Opened, files: dict[str, Path]) -> None:
    page = opened.goto(files["mixed"])
    page.locator("#first a", has_text="tun0").click()
    assert page.url.endswith("#o-t-5e6f7a8b9c0d")
    assert page.locator("#o-t-5e6f7a8b9c0d").is_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_what_is_behind_it(opened: Opened, files: dict[str, Path], scheme: str) -> None:
    page = opened.goto(files["mixed"], scheme=scheme)
    page.evaluate("document.querySelectorAll('details').forEach(part => { part.open = true })")
    assert page.evaluate(_CONTRAST) == []


# WCAG 2.2, 1.4.3: contrast of text and the nearest background that is not transparent, 4.5 (large text 3).
_CONTRAST = """() => {
  const numbers = colour => colour.match(/[0-9.]+/g).map(Number);
  const linear = v => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4;
  const light = ([r, g, b]) => [r, g, b].map(v => linear(v / 255))
    .reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0);
  const behind = part => {
    for (let at = part; at; at = at.parentElement) {
      const found = numbers(getComputedStyle(at).backgroundColor);
      if (found.length < 4 || found[3] > 0) return found;
    }
    return [255, 255, 255];
  };
  const bad = new Set();
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const part = walk.currentNode.parentElement;
    if (!walk.currentNode.textContent.trim() || !part.checkVisibility() || part.closest(".sr, legend, .skip")) continue;
    const style = getComputedStyle(part);
    const [a, b] = [light(numbers(style.color)), light(behind(part))].sort((x, y) => y - x);
    const size = parseFloat(style.fontSize), large = size >= 24 || (size >= 18.66 && style.fontWeight >= 700);
    if ((a + .05) / (b + .05) < (large ? 3 : 4.5)) bad.add(part.className + ": " + part.textContent.slice(0, 40));
  }
  return [...bad];
}"""


def test_paper_has_everything_that_is_folded_and_page_numbers(
    opened: Opened, files: dict[str, Path], tmp_path: Path
) -> None:
    page = opened.goto(files["mixed"])
    page.emulate_media(media="print")
    assert not page.locator("fieldset.lang").is_visible()
    assert not page.locator("nav.toc").is_visible()
    paper = tmp_path / "report.pdf"
    paper.write_bytes(page.pdf(prefer_css_page_size=True, print_background=True))
    told = subprocess.run(["pdftotext", "-layout", str(paper), "-"], capture_output=True, text=True, check=True).stdout
    sheets = told.split("\f")[:-1]
    for folded in ("veth17", "wg show wg-sg", "203.0.113.7/32", "Order to disconnect", "10.90.0.0/16"):
        assert folded in told, folded
    for number, sheet in enumerate(sheets, 1):
        assert f"{number} / {len(sheets)}" in sheet


def test_a_thousand_objects_open_within_seconds(browser: "playwright.Browser", tmp_path: Path) -> None:
    file = tmp_path / "thousand.html"
    file.write_text(html.render(document(samples.many(1000))), "utf-8")
    opened = Opened(browser)
    page = opened.goto(file)
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    took_ms = page.evaluate("performance.now()")
    assert page.evaluate("document.querySelectorAll('.card, .rows tbody tr[id]').length") == 1000
    assert took_ms < 15000
    assert opened.noise == []
    opened.context.close()


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize(
    ("width", "height", "wanted"),
    [(1400, 900, (".verdict", ".cover", ".todo > li")), (380, 800, (".verdict", ".cover"))],
)
def test_the_first_screen_holds_what_a_reader_needs(
    opened: Opened, files: dict[str, Path], width: int, height: int, wanted: tuple[str, ...], language: str
) -> None:
    page = opened.goto(files["changed"], width)
    page.set_viewport_size({"width": width, "height": height})
    page.locator(f"#lang-{language}").check()
    page.evaluate("scrollTo(0, 0)")
    for selector in wanted:
        part = "#first > ol" if selector.startswith(".todo") else "#summary"
        found = page.locator(f"{part} {selector.removeprefix('.todo > ')}")
        assert found.count() == {".verdict": 1, ".cover": 2, ".todo > li": 3}[selector]
        for box in (found.nth(number).bounding_box() for number in range(found.count())):
            assert box is not None
            assert box["y"] + box["height"] <= height, selector


def test_the_step_after_the_third_is_folded_and_counts_on(opened: Opened, files: dict[str, Path]) -> None:
    page = opened.goto(files["changed"])
    fourth = page.locator("#first details li").first
    assert not fourth.is_visible()
    page.locator("#first details > summary").click()
    assert fourth.is_visible()
    assert page.locator("#first details ol").get_attribute("start") == "4"
