"""The words of a report, a line for each part, as they were when somebody last read them.

Run `python -m tests.reports.golden` after a change of words, read the diff, and commit it with the change. Digests and
versions are left out.
"""

import re
from collections.abc import Callable
from html.parser import HTMLParser
from importlib.resources import files
from pathlib import Path
from typing import Any

from reports import html
from reports.document import document
from tests.reports import sample_history, samples
from tests.reports.page import VOID

LANGUAGES = ("en", "zh")
FOLDER = Path(str(files("tests"))) / "fixtures" / "reports"
_LINES = frozenset(
    (
        *("h1", "h2", "h3", "h4", "h5", "p", "li", "dt", "dd", "tr", "td", "th", "br", "caption", "summary", "legend"),
        *("pre", "div", "section", "footer", "text", "title", "blockquote", "cite", "label"),
    )
)
_SILENT = frozenset(("style", "script"))
_DIGEST = re.compile(r"\b[0-9a-f]{64}\b")
_VERSION = re.compile(r"auditor \d+\.\d+\.\d+\S*|\(tool \d+\.\d+\.\d+\S*\)|工具版本\d+\.\d+\.\d+\w*")
NAMES: dict[str, tuple[Callable[[], dict[str, Any]], str | None]] = {
    "mixed": (lambda: document(samples.mixed()), None),
    "changed": (sample_history.compared, "changes"),
    "unprivileged": (lambda: document(samples.unprivileged()), "blind-spots"),
}
"""Each report by name, and the only section of it that is kept; None keeps all of them."""


class _Words(HTMLParser):
    """Collects the text of a page, a line for each block."""

    def __init__(self) -> None:
        """Begin with nothing."""
        super().__init__(convert_charrefs=True)
        self.lines: list[list[str]] = [[]]
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin a line with each block."""
        self._silent += tag in _SILENT
        if tag in _LINES:
            self.lines.append([])

    def handle_endtag(self, tag: str) -> None:
        """End the line of a block."""
        self._silent -= tag in _SILENT
        if tag in _LINES and tag not in VOID:
            self.lines.append([])

    def handle_data(self, data: str) -> None:
        """Add words to the line."""
        if not self._silent:
            self.lines[-1].append(data)


def words(name: str, language: str) -> str:
    """Return the words of the report `name` in one language."""
    make, section = NAMES[name]
    written = html.render(make(), language)
    if section:
        written = written[written.index(f"<section id={section} ") :].partition("</section>")[0]
    page = _Words()
    page.feed(written)
    page.close()
    lines = (" ".join("".join(parts).split()) for parts in page.lines)
    return "\n".join(_VERSION.sub("VERSION", _DIGEST.sub("SHA-256", line)) for line in lines if line) + "\n"


def path(name: str, language: str) -> Path:
    """Return the file that keeps them."""
    return FOLDER / f"{name}.{language}.txt"


if __name__ == "__main__":
    for kept in NAMES:
        for spoken in LANGUAGES:
            path(kept, spoken).write_text(words(kept, spoken), "utf-8")
