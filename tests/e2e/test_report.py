"""The report of a real gateway in real Chromium, in each state that a reader can meet it in.

The gateway has something of everything (tests/lab/story.py): findings that fail, are accepted, need review and pass, a
tunnel that is new, a source that was not read. The same gateway as an ordinary user sees it is mostly blind spots.
"""

import json
import re
import subprocess
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from auditor.cli import main
from tests.lab import NOBODY, Lab
from tests.lab.story import DEVICE, story
from tests.reports.chromium import Opened
from tests.reports.given_statements import GIVEN
from tests.reports.overlaps import OVERLAPS
from tests.requires import requires_program

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

axe = pytest.importorskip("axe_playwright_python", reason="needs axe-playwright-python (PyPI)")
pytestmark = [pytest.mark.root, pytest.mark.lab, requires_program("chromium", "pdftotext")]
LANGUAGES, SCHEMES, WIDTHS = ("en", "zh", "both"), ("light", "dark"), (1400, 380)
STATES = list(product(LANGUAGES, SCHEMES, WIDTHS))
AXE = (Path(axe.__file__).parent / "axe.min.js").read_text("utf-8")
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
_UNFOLD = "document.querySelectorAll('details').forEach(part => { part.open = true })"
_ONE_OF_EACH = """() => {
  const met = new Set();
  for (const part of document.querySelectorAll('.card, .ctl, .pic, tbody tr')) {
    const kind = part.matches('.card') ? 'card ' + part.classList[1] : part.matches('.ctl') ? 'control'
      : part.matches('.pic') ? part.className + part.lang : part.parentElement;
    if (met.has(kind)) part.remove();
    met.add(kind);
  }
}"""
"""Leaves one card of each verdict, one control, one row of each table: alike parts are of one template, and axe
takes a minute for a whole report."""
_WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
_SEEN = "[...document.querySelectorAll('.card')].filter(part => part.checkVisibility()).map(part => part.id.slice(2))"
_RUN_AXE = "tags => axe.run(document, {runOnly: {type: 'tag', values: tags}, resultTypes: ['violations']})"


@pytest.fixture(scope="module")
def files(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Return report.html by name, each with report.json beside it."""
    told = story(lab, lab.work / "story")
    assert told.code == 2, told.stderr
    blind = lab.scan(wrap=NOBODY)
    found = {"story": told.output / "report.html", "nobody": blind.output / "report.html"}
    for language in ("en", "zh"):
        into = tmp_path_factory.mktemp(language)
        stored = str(told.output / "report.json")
        assert main(["report", stored, "--format", "html", "--lang", language, "--output", str(into)]) == 2
        found[f"only {language}"] = into / "report.html"
    return found


@pytest.fixture(scope="module")
def document(files: dict[str, Path]) -> dict[str, Any]:
    whole: dict[str, Any] = json.loads(files["story"].with_name("report.json").read_bytes())
    return whole


@pytest.fixture(scope="module")
def examined(browser: "Browser") -> Iterator["Page"]:
    """Return a page into which axe may be put, which the report's own policy forbids."""
    context = browser.new_context(bypass_csp=True)
    yield context.new_page()
    context.close()


def violations(page: "Page") -> list[str]:
    found = page.evaluate(_RUN_AXE, TAGS)["violations"]
    return [f"{e['id']}: {n['target']} {n['failureSummary']}" for e in found for n in e["nodes"][:3]]


def test_the_gateway_has_something_of_everything(document: dict[str, Any]) -> None:
    verdicts = document["counts"]["verdicts"]
    assert all(verdicts[name] for name in ("non_compliant", "needs_review", "compliant", "permitted")), verdicts
    assert document["counts"]["waived"] == 1
    assert document["counts"]["blind_spots_open"] >= 1
    assert [e["name"] for e in document["changes"]["entries"] if e["kind"] == "new" and e["about"] == "connection"] == [
        DEVICE
    ]


@pytest.mark.parametrize(
    ("name", "language", "scheme", "width"),
    [*(("story", *state) for state in STATES), *(("nobody", *state) for state in STATES[1::4])],
)
def test_quiet_narrow_enough_and_nothing_over_anything(
    opened: Opened, files: dict[str, Path], name: str, language: str, scheme: str, width: int
) -> None:
    page = opened.goto(files[name], width, scheme)
    page.locator(f"#lang-{language}").check()
    for state in ("folded", "unfolded"):
        if state == "unfolded":
            page.evaluate(_UNFOLD)
        assert page.evaluate(_WIDER) <= 0, state
        assert page.evaluate(OVERLAPS) == [], state
    assert opened.noise == []


@pytest.mark.parametrize(("language", "scheme", "width"), STATES)
def test_axe_finds_nothing(examined: "Page", files: dict[str, Path], language: str, scheme: str, width: int) -> None:
    examined.set_viewport_size({"width": width, "height": 900})
    examined.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    examined.goto(files["story"].as_uri())
    examined.locator(f"#lang-{language}").check()
    examined.evaluate(_ONE_OF_EACH)
    examined.evaluate(_UNFOLD)
    examined.add_script_tag(content=AXE)
    assert violations(examined) == []


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_report_of_one_language(opened: Opened, files: dict[str, Path], language: str) -> None:
    page = opened.goto(files[f"only {language}"], 380, "dark")
    page.evaluate(_UNFOLD)
    assert page.evaluate(_WIDER) <= 0
    assert page.evaluate(OVERLAPS) == []
    assert opened.noise == []


def test_language_filters_and_details_by_keyboard_alone(
    opened: Opened, files: dict[str, Path], document: dict[str, Any]
) -> None:
    page = opened.goto(files["story"])

    def tab_to(selector: str) -> None:
        for _ in range(90):
            page.keyboard.press("Tab")
            if page.evaluate("wanted => document.activeElement.matches(wanted)", selector):
                return
        raise AssertionError(f"Tab never reaches {selector}")

    tab_to("#lang-en")
    page.keyboard.press("ArrowRight")
    assert page.locator(".verdict .word").inner_text() == "与指引不符"
    tab_to("#filters summary")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    judged = [*document["tunnels"], *document["objects"]]
    worst = {entry["id"] for entry in judged if entry["verdict"] == "non_compliant"}
    assert set(page.evaluate(_SEEN)) == worst
    assert len(worst) < len(judged)
    tab_to(".card > summary")
    before = page.evaluate("document.activeElement.parentElement.open")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.parentElement.open") is not before


@pytest.mark.parametrize("language", LANGUAGES)
def test_on_paper_nothing_lacks_and_each_sheet_says_what_it_is(
    opened: Opened, files: dict[str, Path], document: dict[str, Any], tmp_path: Path, language: str
) -> None:
    page = opened.goto(files["story"])
    page.locator(f"#lang-{language}").check()
    paper = tmp_path / "report.pdf"
    paper.write_bytes(page.pdf(format="A4", prefer_css_page_size=True, print_background=True))
    told = subprocess.run(["pdftotext", "-layout", str(paper), "-"], capture_output=True, text=True, check=True).stdout
    sheets = told.split("\f")[:-1]
    for number, sheet in enumerate(sheets, 1):
        assert document["gateway"]["name"] in sheet.split("\n")[0]
        assert f"{number} / {len(sheets)}" in sheet
        assert len(sheet.split()) > 25, f"sheet {number} is nearly empty: {sheet}"
    for entry in (*document["tunnels"], *document["objects"]):
        assert entry["id"] in told
    for word in {"en": ("Sign-off",), "zh": ("签核",), "both": ("Sign-off", "签核")}[language]:
        assert word in told
    assert opened.noise == []


def test_the_statements_stand_as_the_guidance_gives_them(
    opened: Opened, files: dict[str, Path], document: dict[str, Any]
) -> None:
    called_for = [statement["id"] for statement in document["statements"]]
    assert called_for == ["8.1", "8.2", "8.3", "8.4", "8.7"]
    for column, language in enumerate(("en", "zh")):
        seen = re.sub(r"\s+", " ", opened.goto(files[f"only {language}"]).inner_text("#statements"))
        for name in called_for:
            assert GIVEN[name][column] in seen, name
