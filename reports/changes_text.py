"""Changes between two reports as plain text and as Markdown, in one language or both."""

import re
from collections.abc import Iterator
from typing import Any

from auditor.model.text import Text
from reports.changes import moment
from reports.escape import visible
from reports.labels import joined, say

_MARKS = re.compile(r"([\\`*_\[\]<>|~&])")
_LIMIT = 400


def text(compared: dict[str, Any], language: str) -> str:
    """Return `compared` (a gateway, two reports, their changes) for a terminal; `language` is en, zh or both."""
    return "\n".join(_lines(compared, _Plain(language))) + "\n"


def markdown(compared: dict[str, Any], language: str) -> str:
    """Return the same as Markdown (CommonMark), for tickets and mail; nothing of a host is markup in it."""
    return "\n".join(_lines(compared, _Markdown(language))) + "\n"


class _Plain:
    """Writes lines of text."""

    def __init__(self, language: str) -> None:
        """Write in `language`: en, zh or both."""
        self._languages = ("en", "zh") if language == "both" else (language,)

    def safe(self, text: str) -> str:
        """Return text from a report as it may stand here."""
        return visible(text, limit=_LIMIT)

    def words(self, text: Text | dict[str, str]) -> str:
        """Return a text in the languages wanted, once if they say the same."""
        both = {"en": text.en, "zh": text.zh} if isinstance(text, Text) else text
        return self.safe(" / ".join(dict.fromkeys(both[language] for language in self._languages)))

    def title(self, text: Text) -> Iterator[str]:
        """Yield the heading of the whole."""
        yield self.words(text)

    def entry(self, head: str) -> str:
        """Return the line of one change."""
        return head

    def detail(self, line: str) -> str:
        """Return a line that belongs to the change above it."""
        return f"    {line}"


class _Markdown(_Plain):
    """Writes lines of Markdown."""

    def safe(self, text: str) -> str:
        """Return text from a report with everything that Markdown would obey marked as plain."""
        return _MARKS.sub(r"\\\1", visible(text, limit=_LIMIT))

    def title(self, text: Text) -> Iterator[str]:
        """Yield the heading of the whole."""
        yield f"# {self.words(text)}"
        yield ""

    def entry(self, head: str) -> str:
        """Return the line of one change."""
        return f"- {head}"

    def detail(self, line: str) -> str:
        """Return a line that belongs to the change above it."""
        return f"  - {line}"


def _lines(compared: dict[str, Any], page: _Plain) -> Iterator[str]:
    """Yield everything, a line for each change and each of its fields."""
    since = compared["changes"]
    old, new = (moment(compared[which]["started_at"]) for which in ("old", "new"))
    yield from page.title(say("changes.title", gateway=compared["gateway"], old=old, new=new))
    yield page.words(since["summary"])
    if compared["backwards"]:
        yield page.words(say("changes.backwards"))
    if since["entries"]:
        yield ""
    for entry in since["entries"]:
        why = joined([Text(label["en"], label["zh"]) for label in entry["cause_labels"]])
        label, name = entry["about_label"], entry["name"]
        what = Text(f"{label['en']} {name}", f"{label['zh']} {name}")
        yield page.entry(page.words(say("text.change", kind=entry["kind_label"], what=what, fields="", why=why)))
        if not entry["sure"]:
            yield page.detail(page.words(say("changes.not_sure")))
        if entry["summary"] and entry["kind"] != "changed":
            yield page.detail(page.words(entry["summary"]))
        if "history" in entry:
            yield page.detail(page.words(entry["history"]["says"]))
        for field in entry["fields"]:
            label, told = field["label"], field["says"]
            yield page.detail(page.words(Text(f"{label['en']}: {told['en']}", f"{label['zh']}：{told['zh']}")))
