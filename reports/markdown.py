"""The document as a short Markdown text for tickets: verdict, what to do first, open findings, blind spots, digests.

CommonMark with tables (GFM). Nothing that a host or a person wrote becomes markup, a link, a mention or a reference.
"""

import re
from collections.abc import Iterator
from typing import Any

from auditor.model.judgement import Verdict
from reports import words
from reports.escape import visible
from reports.findings import OPEN_STATES, OPEN_VERDICTS, Findings
from reports.labels import Value, both, say

ROWS_SHOWN = 50
_TEXT_LIMIT = 400
_RUN = re.compile("[!-~]+")
# What trackers make something of by themselves, also without markup: mentions, issues, addresses, emoji, formulas.
_LIVE = re.compile(
    r"[@#$%~&^`]|://|!\d|\bwww\.|\.[A-Za-z]{2,}|:[a-z]\w*:|\bmailto:|\bGH-\d|\b[0-9a-f]{7,40}\b", re.IGNORECASE
)
_MARKUP = re.compile(r"[\\*_\[\]{}!=]")
_ENTITIES = {"|": "&#124;", "<": "&lt;", ">": "&gt;", "&": "&amp;", "`": "&#96;"}
_BLOCK_START = re.compile(r"^(?:([-+#>=~:])|(\d+)([.)]))")


def render(document: dict[str, Any], languages: str = "both") -> str:
    """Return the summary; `languages` both gives the English text with the Chinese one below."""
    return "".join(pieces(document, languages))


def pieces(document: dict[str, Any], languages: str = "both") -> Iterator[str]:
    """Yield the same, a language at a time."""
    wanted = ("en", "zh") if languages == "both" else (languages,)
    for number, language in enumerate(wanted):
        yield "\n---\n\n" if number else ""
        yield "\n".join(_Page(document, language).lines()) + "\n"


def inert(text: str) -> str:
    """Return text on one line that any renderer shows as it is, in a paragraph, list or table cell.

    Runs of characters that a tracker would turn into something by itself stand as code; the rest is escaped.
    """
    shown = visible(text, limit=_TEXT_LIMIT).strip()
    return _BLOCK_START.sub(_not_a_block, _RUN.sub(lambda run: _run(run[0]), shown))


def _run(run: str) -> str:
    """Return a run of ASCII without spaces: as code where it is live, else with its markup escaped."""
    if _LIVE.search(run):
        return "".join(_code(part) if part not in ("|", "`") else _ENTITIES[part] for part in _parts(run))
    return _MARKUP.sub(lambda found: "\\" + found[0], "".join(_ENTITIES.get(character, character) for character in run))


def _parts(run: str) -> list[str]:
    """Return a run cut at bars and backticks, which no code in a table cell can hold for every renderer."""
    return [part for part in re.split(r"([|`])", run) if part]


def _code(part: str) -> str:
    """Return text as a code span."""
    return f"`{part}`"


def _not_a_block(found: re.Match[str]) -> str:
    """Return the beginning of a line so that it opens no list, heading or quotation."""
    return f"\\{found[1]}" if found[1] else f"{found[2]}\\{found[3]}"


class _Page:
    """The summary of one document in one language."""

    def __init__(self, document: dict[str, Any], language: str) -> None:
        """Read `document`, speak `language`."""
        self._document = document
        self._language = language
        self._findings = Findings(document)
        self._comma = "，" if language == "zh" else ", "

    def lines(self) -> Iterator[str]:
        """Yield the lines of the summary."""
        yield from self._head()
        yield from self._first()
        yield from self._open()
        yield from self._gaps()
        yield from self._foot()

    def _text(self, text: dict[str, str]) -> str:
        """Return a text of the document."""
        return inert(text[self._language])

    def _say(self, key: str, **values: Value) -> str:
        """Return a text of our own with `values` filled in."""
        return self._text(both(say(key, **values)))

    def _item(self, key: str, value: str) -> str:
        """Return a list item of a label and a value that is Markdown already."""
        return f"- {self._say(key)}{'：' if self._language == 'zh' else ': '}{value}"

    def _head(self) -> Iterator[str]:
        """Yield verdict, status, coverage, where and when, and the numbers."""
        document = self._document
        yield f"# {self._text(document['title'])}"
        yield ""
        yield f"**{self._text(document['headline'])}**"
        yield ""
        yield self._item("markdown.status", f"{self._text(document['status_label'])} ({document['exit_code']})")
        told = [*document["status_reasons"], *(n for n in document["notices"] if n not in document["status_reasons"])]
        for reason in told[:ROWS_SHOWN]:
            yield f"  - {self._text(reason)}"
        yield from (f"  - {line}" for line in self._more(len(told)))
        accepted = document["counts"]["blind_spots"]
        open_gaps = document["counts"]["blind_spots_open"]
        key = "word.incomplete" if open_gaps else "word.accepted_gaps" if accepted else "word.complete"
        yield f"- {self._say(key, count=open_gaps or accepted)}"
        yield self._item("word.site", self._text(document["site"]["label"]))
        began = document["scan"]["started_at"]
        yield self._item("word.scanned", inert(f"{began[:10]} {began[11:19]} UTC{began[19:]}"))
        counts = document["counts"]["verdicts"]
        yield "- " + " · ".join(f"{counts[name]} {self._say(f'count.{name}')}" for name in map(str, Verdict))

    def _first(self) -> Iterator[str]:
        """Yield what to do first."""
        yield ""
        yield f"## {self._say('section.first')}"
        yield ""
        if not self._document["actions"]:
            yield self._say("empty.first")
        for number, action in enumerate(self._document["actions"], 1):
            yield f"{number}. **{self._text(action['title'])}**  "
            yield f"   {self._text(action['what'])}"

    def _open(self) -> Iterator[str]:
        """Yield the table of what fails or needs review, and of what is accepted."""
        rows = [*self._gateway_rows(), *map(self._object_row, self._open_objects())]
        yield ""
        yield f"## {self._say('markdown.open')}"
        yield ""
        if not rows:
            yield self._say("markdown.none_open")
            return
        yield from self._table(("markdown.verdict", "markdown.controls", "markdown.what", "word.remediation"), rows)

    def _gateway_rows(self) -> Iterator[tuple[str, ...]]:
        """Yield a row for each open control on the gateway that decides."""
        for finding in self._findings.of_gateway():
            if finding.state in OPEN_STATES:
                control = finding.control
                remediation = self._text(control["remediation"] or finding.result["reason"])
                outcome = self._text(both(words.outcome(finding.state)))
                yield (
                    outcome,
                    control["id"],
                    f"{self._say('section.gateway')} {self._text(control['title'])}",
                    remediation,
                )

    def _open_objects(self) -> list[dict[str, Any]]:
        """Return the objects whose verdict is open, worst first, accepted ones last among equals."""
        found = [entry for entry in self._findings.objects() if entry["verdict"] in OPEN_VERDICTS]
        return sorted(found, key=lambda entry: (OPEN_VERDICTS.index(entry["verdict"]), entry["waiver"] is not None))

    def _object_row(self, entry: dict[str, Any]) -> tuple[str, ...]:
        """Return the row of an object; an accepted one says by what waiver."""
        found = [finding for finding in self._findings.of(entry) if finding.state in OPEN_STATES]
        verdict = self._say(f"section.group_{entry['verdict']}")
        todo = self._text(found[0].control["remediation"] or found[0].result["reason"]) if found else ""
        if entry["waiver"]:
            waiver = entry["waiver"]
            verdict += self._comma + self._say("word.waived")
            todo = self._say("text.accepted", id=waiver["id"], expires=waiver["expires"])
        controls = ", ".join(finding.control["id"] for finding in found)
        return verdict, controls, f"{self._text(entry['summary'])} {inert(entry['id'])}", todo

    def _gaps(self) -> Iterator[str]:
        """Yield what could not be read."""
        gaps = self._document["blind_spots"]
        yield ""
        yield f"## {self._say('section.blind_spots')}"
        yield ""
        if not gaps:
            yield self._say("empty.blind_spots")
            return
        rows: list[tuple[str, ...]] = []
        for gap in gaps:
            where = inert(gap["namespace"]) if gap["namespace"] else self._say("word.host_namespace")
            source = f"{inert(gap['source'])} {self._text(gap['reason_label'])}"
            hides = ", ".join(map(inert, gap["hides"][:ROWS_SHOWN])) or self._say("word.not_known")
            todo = self._text(gap["how_to_open"])
            if gap["acknowledged"]:
                accepted = f"{self._say('word.acknowledged')}{self._comma}{self._say('word.expires')}"
                todo = f"{accepted} {inert(gap['acknowledged']['expires'])}"
            rows.append((f"{inert(gap['probe'])}{self._comma}{where}", source, hides, todo))
        yield from self._table(("word.probe", "word.reads", "word.hides", "word.open_by"), rows)

    def _table(self, heads: tuple[str, ...], rows: list[tuple[str, ...]]) -> Iterator[str]:
        """Yield a table of at most ROWS_SHOWN rows, and how many more there are."""
        yield f"| {' | '.join(map(self._say, heads))} |"
        yield f"|{' --- |' * len(heads)}"
        yield from (f"| {' | '.join(row)} |" for row in rows[:ROWS_SHOWN])
        for line in self._more(len(rows)):
            yield ""
            yield line

    def _more(self, count: int) -> Iterator[str]:
        """Yield how many of `count` things are not shown, if any."""
        if count > ROWS_SHOWN:
            yield self._say("markdown.more", count=count - ROWS_SHOWN)

    def _foot(self) -> Iterator[str]:
        """Yield what the document was made with, and what it is not."""
        document = self._document
        yield ""
        yield f"## {self._say('section.provenance')}"
        yield ""
        yield self._item("word.tool", f"auditor {inert(document['versions']['tool'])}")
        yield self._item("word.schema", inert(document["schema_version"]))
        for key, name in (("word.config", "config"), ("word.register", "register")):
            digest = document[name]["sha256"]
            yield self._item(key, inert(digest) if digest else self._say("word.no_file"))
        yield ""
        yield self._say("page.aid")
