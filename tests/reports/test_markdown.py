"""The Markdown summary: short, of the right structure, and hostile text in it stays text for every renderer."""

import re
from dataclasses import replace
from typing import Any

import pytest

from reports import markdown
from reports.document import document
from reports.markdown import ROWS_SHOWN, inert
from tests.reports import hostile, samples

markdown_it: Any = pytest.importorskip("markdown_it", reason="needs markdown-it-py (PyPI)")
pytest.importorskip("linkify_it", reason="needs linkify-it-py (PyPI)")
# As trackers render it: HTML allowed, tables, addresses made links by themselves.
RENDERER = markdown_it.MarkdownIt("commonmark", {"linkify": True, "html": True}).enable(
    ["table", "linkify", "strikethrough"]
)


def tokens(text: str) -> list[Any]:
    """Return every token, those inside of paragraphs and cells too."""
    found = []
    for token in RENDERER.parse(text):
        found += [token, *(token.children or [])]
    return found


def blocks(text: str) -> list[str]:
    return [token.type for token in RENDERER.parse(text)]


def prose(text: str) -> str:
    """Return what is not code, as a reader sees it and as a tracker looks for mentions and references."""
    return "\n".join(token.content for token in tokens(text) if token.type in ("text", "text_special"))


def words(text: str) -> str:
    """Return everything that a reader sees."""
    return "".join(
        token.content if token.type in ("text", "text_special", "code_inline") else "\n" if token.nesting else ""
        for token in tokens(text)
    )


def test_it_says_what_matters() -> None:
    written = markdown.render(document(samples.mixed()), "en")
    seen = words(written)
    for part in (
        "Network connectivity audit of gw-sha-01",
        "Not in line with the guidance",
        "Coverage is incomplete: 2 source(s) could not be read",
        "tun0 — Permitted route in evidence (X-01)",
        "OpenVPN tunnel tun0 to 198.51.100.77:1194",
        "accepted by waiver W-2026-03 through 2027-01-31",
        "NETLINK_XFRM states",
        "9b74c9897bac770ffc029102a200c5de0ad5f4d1fd1c8ce6a1f2b3c4d5e6f708",
        "Technical audit aid, not legal advice",
    ):
        assert part in seen, part
    assert len(written) < 6000


def test_the_structure_is_headings_lists_and_two_tables() -> None:
    found = blocks(markdown.render(document(samples.mixed()), "en"))
    assert found.count("heading_open") == 5
    assert found.count("table_open") == 2
    assert found.count("ordered_list_open") == 1
    assert {"fence", "code_block", "html_block", "hr", "blockquote_open"}.isdisjoint(found)


def test_both_languages_are_there_or_one() -> None:
    both = markdown.render(document(samples.mixed()))
    english, chinese = (markdown.render(document(samples.mixed()), language) for language in ("en", "zh"))
    assert both == f"{english}\n---\n\n{chinese}"
    assert not re.search("[\u4e00-\u9fff]", english)
    assert "与指引不符" in chinese
    assert "Lease the connection" not in chinese


@pytest.mark.parametrize("text", hostile.HOSTILE, ids=range(len(hostile.HOSTILE)))
def test_hostile_text_changes_no_structure(text: str) -> None:
    written = markdown.render(document(hostile.hostile(text)))
    assert blocks(written) == blocks(markdown.render(document(hostile.hostile("plain"))))
    kinds = {token.type for token in tokens(written)}
    assert not {kind for kind in kinds if kind.startswith(("link", "image", "html", "s_"))}
    assert set(written) - {"\n"} == {c for c in set(written) - {"\n"} if c.isprintable() or c == "\u3000"}


ACTED_UPON = re.compile(r"[@#$]\w|\bGH-|!\d|://|www\.|\w\.[a-z]{2}|mailto|\b[0-9a-f]{40}", re.IGNORECASE)
LIVE = (
    "@admin please",
    "see #1 and octo/repo#12",
    "GH-7",
    "!12",
    "http://evil.example/x",
    "HTTPS://evil.example",
    "www.evil.example",
    "evil.example",
    "a@evil.example",
    "mailto:a@evil.example",
    "ftp://evil.example",
    "0123456789abcdef0123456789abcdef01234567",
    "$x^2$",
    "text@admin，@admin",
    "由@admin运行",
)


@pytest.mark.parametrize("text", LIVE)
def test_mentions_references_and_addresses_are_code(text: str) -> None:
    for around in ("{}", "({})", "x{}|y", "[{}](z)", "`{}`"):
        hostile_text = around.format(text)
        seen = prose(f"| {inert(hostile_text)} | b |\n|---|---|\n")
        assert not re.search(r"[@#$]\w|\bGH-|!\d|://|www\.|\w\.[a-z]{2}|mailto|\b[0-9a-f]{40}", seen, re.IGNORECASE), (
            seen
        )
        assert "link_open" not in [token.type for token in tokens(inert(hostile_text))]


SHOWN = (
    "a|b",
    "a\\|b",
    "a\\",
    "`",
    "``x`` y `z",
    "<b>&lt;</b>",
    "*a* _b_ **c**",
    "[a](b)",
    "![a](b)",
    "# a",
    "1. a",
    "- a",
    "> a",
    "```",
    "~~~",
    "===",
    "    a",
    "&#64;",
    "a\\`b`|`@c",
    "--- | ---",
    "[ ] a",
    ":---:",
    "中文*强调*中文",
)


@pytest.mark.parametrize("text", SHOWN)
def test_text_is_shown_as_it_is_in_paragraphs_lists_and_cells(text: str) -> None:
    for page in (inert(text), f"- {inert(text)}", f"| x |\n| --- |\n| {inert(text)} |"):
        assert words(page).strip().removeprefix("x").strip() == text.strip(), page
        assert "fence" not in blocks(page)


def test_what_is_worst_comes_first_and_long_lists_say_that_they_are_cut() -> None:
    scan = samples.many(400)
    written = markdown.render(document(replace(scan, gaps=samples.mixed().gaps * 30)), "en")
    assert blocks(written).count("tr_open") == 2 * (ROWS_SHOWN + 1)
    assert "50 more are in report.json." in words(written)
    assert "40 more are in report.json." in words(written)
    assert len(written) < 80_000
