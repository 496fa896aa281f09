"""The report on paper, as Chromium prints it: head and number on each sheet, nothing cut, a sign-off."""

import re
import subprocess
from pathlib import Path

import pytest

from reports import html
from reports.document import document
from tests.reports import samples
from tests.reports.chromium import Opened
from tests.requires import requires_program

pytestmark = requires_program("chromium", "pdftotext")


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("paper")
    scans = {"mixed": samples.mixed(), "many": samples.many(html.DETAILED_AT_MOST + 50)}
    for name, scan in scans.items():
        folder.joinpath(f"{name}.html").write_text(html.render(document(scan)), "utf-8")
    return {name: folder / f"{name}.html" for name in scans}


def sheets(opened: Opened, tmp_path: Path, size: str = "A4") -> list[str]:
    """Return the text of each sheet."""
    paper = tmp_path / "report.pdf"
    paper.write_bytes(opened.page.pdf(format=size, prefer_css_page_size=True, print_background=True))
    told = subprocess.run(["pdftotext", "-layout", str(paper), "-"], capture_output=True, text=True, check=True).stdout
    return told.split("\f")[:-1]


@pytest.mark.parametrize("size", ["A4", "Letter"])
@pytest.mark.parametrize(
    ("language", "verdict", "words"),
    [
        ("en", "Not in line with the guidance", ("Sign-off", "To be fixed by", "Reviewer (name, function)")),
        ("zh", "与指引不符", ("签核", "限期整改", "复核人（姓名、职务）")),
        ("both", "Not in line with the guidance / 与指引不符", ("Sign-off", "签核", "To be fixed by")),
    ],
)
def test_each_sheet_has_gateway_time_verdict_and_number(
    opened: Opened, files: dict[str, Path], tmp_path: Path, size: str, language: str, verdict: str, words: tuple[str]
) -> None:
    page = opened.goto(files["mixed"])
    page.locator(f"#lang-{language}").check()
    printed = sheets(opened, tmp_path, size)
    assert len(printed) > 10
    for number, sheet in enumerate(printed, 1):
        head = sheet.split("\n")[0]
        assert "gw-sha-01 · 2026-11-23 14:05:09 UTC+08:00" in head, head
        assert verdict in head, head
        assert f"{number} / {len(printed)}" in sheet
    last = "\n".join(printed[-3:])
    for word in words:
        assert word in last, word
    sizes = subprocess.run(["pdfinfo", str(tmp_path / "report.pdf")], capture_output=True, text=True, check=True)
    assert {"A4": "595.92 x 842.88", "Letter": "612 x 792"}[size] in sizes.stdout


def test_filters_of_the_screen_hide_nothing_on_paper_and_it_says_so(
    opened: Opened, files: dict[str, Path], tmp_path: Path
) -> None:
    page = opened.goto(files["mixed"])
    whole = "".join(sheets(opened, tmp_path))
    assert "Everything is on paper" not in whole
    page.locator("#filters summary").click()
    page.locator("#f-v1").check()
    filtered = "".join(sheets(opened, tmp_path))
    assert "Everything is on paper" in filtered
    for entry in document(samples.mixed())["tunnels"]:
        assert entry["id"] in whole
        assert entry["id"] in filtered
    assert "Show only some" not in filtered


def test_the_sign_off_is_on_paper_only_and_has_a_box_for_each_decision(opened: Opened, files: dict[str, Path]) -> None:
    page = opened.goto(files["mixed"])
    assert not page.locator("#sign-off").is_visible()
    page.emulate_media(media="print")
    assert page.locator("#sign-off").is_visible()
    rows = page.locator("#sign-off tbody tr:not(.by)")
    assert page.locator("#sign-off .box").count() == 3 * rows.count() > 0


def test_tables_repeat_their_head_and_no_row_is_cut(opened: Opened, files: dict[str, Path], tmp_path: Path) -> None:
    page = opened.goto(files["many"])
    printed = sheets(opened, tmp_path)
    rows = [
        number for number, sheet in enumerate(printed) if re.search(r"^ *wg-sg\d+ ", sheet, re.M) and "Seen by" in sheet
    ]
    names = [name for sheet in printed for name in re.findall(r"^ *(wg-sg\d+) ", sheet, re.M)]
    assert len(rows) >= 3
    assert len(set(names)) >= 50
    for part in ("tr", ".issue", ".card > summary", ".decide .by"):
        found = page.locator(part).first
        page.emulate_media(media="print")
        assert found.evaluate("e => getComputedStyle(e).breakInside") in ("avoid", "avoid-page")
