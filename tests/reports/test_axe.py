"""axe-core finds nothing in the report: WCAG 2.2 AA and best practices, in every language, scheme and width."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from reports import html
from reports.document import document
from tests.reports import sample_history, samples
from tests.requires import requires_program

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

axe = pytest.importorskip("axe_playwright_python", reason="needs axe-playwright-python (PyPI)")
pytestmark = requires_program("chromium")
SOURCE = (Path(axe.__file__).parent / "axe.min.js").read_text("utf-8")
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# Parts out of view are not laid out, so axe measures them by their placeholders; a reader never meets them like that.
_LAID_OUT = ".chunk{content-visibility:visible!important}"
MAKES = {
    "mixed": lambda: document(samples.mixed()),
    "changed": sample_history.compared,
    "trend": lambda: document(replace(samples.compliant(), past=sample_history.past(40))),
    "unprivileged": lambda: document(samples.unprivileged()),
    "nothing": lambda: document(samples.nothing()),
    "many": lambda: document(samples.many(170)),
}


@pytest.fixture(scope="module")
def page(browser: "Browser") -> Iterator["Page"]:
    context = browser.new_context(bypass_csp=True)  # NOTE: the report's own policy lets no script run, not even this
    yield context.new_page()
    context.close()


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("axe")
    for name, make in MAKES.items():
        (folder / name).with_suffix(".html").write_text(html.render(make()), "utf-8")
    return {name: folder / f"{name}.html" for name in MAKES}


def violations(page: "Page") -> list[str]:
    run = "tags => axe.run(document, {runOnly: {type: 'tag', values: tags}, resultTypes: ['violations']})"
    found: dict[str, Any] = page.evaluate(run, TAGS)
    return [
        f"{entry['id']}: {node['target']} {node['failureSummary']}"
        for entry in found["violations"]
        for node in entry["nodes"][:3]
    ]


STATES = [
    *(("mixed", width, scheme) for width in (1400, 380) for scheme in ("light", "dark")),
    *(("changed", width, scheme) for width, scheme in ((1400, "dark"), (380, "light"))),
    *(("trend", width, scheme) for width, scheme in ((1400, "light"), (380, "dark"))),
    *(("unprivileged", 380, "dark"), ("nothing", 1400, "light"), ("many", 1400, "dark")),
]


@pytest.mark.parametrize(("name", "width", "scheme"), STATES)
def test_nothing_is_found(page: "Page", files: dict[str, Path], name: str, width: int, scheme: str) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme)
    page.goto(files[name].as_uri())
    page.add_style_tag(content=_LAID_OUT)
    page.add_script_tag(content=SOURCE)
    for language in ("#lang-en", "#lang-zh", "#lang-both") if name != "many" else ("#lang-en",):
        page.locator(language).check()
        assert violations(page) == [], language
    if name != "many":
        page.evaluate("document.querySelectorAll('details').forEach(part => { part.open = true })")
        assert violations(page) == []


def test_paper_is_no_worse(page: "Page", files: dict[str, Path]) -> None:
    page.emulate_media(media="print")
    page.goto(files["mixed"].as_uri())
    page.add_script_tag(content=SOURCE)
    found = violations(page)
    page.emulate_media(media="screen")
    assert found == []
