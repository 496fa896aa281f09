"""Objects of very large reports in one table row each, without details.

NOTE: written as strings, not by a template, and a table column by column, so that the texts of a hundred rows are
looked at as one: for ten thousand rows that is less than a fifth of the time. Every text of a host passes through
`content` or `contents`.
"""

from collections.abc import Iterator
from itertools import groupby, islice
from operator import itemgetter
from typing import Any

from markupsafe import Markup

from reports import styles
from reports.escape import content, contents
from reports.filters import Filters
from reports.labels import say
from reports.writing import Voice, end_text, icon

ENDS_SHOWN = 50
_RESULT, _PROBE = itemgetter(0), itemgetter("probe")
_Result = tuple[str, str, tuple[tuple[str, str], ...]]


class Rows:
    """Writes tables of objects for one report."""

    def __init__(self, voice: Voice, filters: Filters, anchors: dict[str, str]) -> None:
        """Write in the languages of `voice`, with the classes of `filters` and the link targets `anchors`."""
        self._voice, self._filters, self._anchors = voice, filters, anchors
        self._none = str(voice.label("word.none"))
        columns = ("word.connection", "word.what", "word.match", "word.probes")
        self._head = "".join(f"<th scope=col>{voice.label(key)}</th>" for key in columns)

    def rules(self) -> str:
        """Return the style rules that name a cell where a narrow screen shows no head above it."""
        return "".join(
            styles.spoken(f"row-{key}", {"en": f"{text.en}: ", "zh": f"{text.zh}："}, self._voice.languages)
            for key, text in (("match", say("word.match")), ("probes", say("word.probes")))
        )

    def tables(self, entries: list[dict[str, Any]], caption: Markup, size: int) -> Iterator[Markup]:
        """Yield tables of at most `size` rows; objects with the same result stand together, under it."""
        same: dict[_Result, list[dict[str, Any]]] = {}
        for entry in entries:
            result = entry["severity"], entry["waived"], self._filters.unsettled(entry)
            same.setdefault(result, []).append(entry)
        ordered = [(result, entry) for result, found in same.items() for entry in found]
        for start in range(0, len(ordered), size):
            yield self._table(ordered[start : start + size], caption)

    def _table(self, part: list[tuple[_Result, dict[str, Any]]], caption: Markup) -> Markup:
        """Return one table of objects, each with its result; those of one result come together."""
        entries = [entry for _, entry in part]
        rows = iter(self._rows(entries))
        together = [(result, [entry for _, entry in found]) for result, found in groupby(part, key=_RESULT)]
        bodies = "".join(self._body(result, found, "".join(islice(rows, len(found)))) for result, found in together)
        return Markup(
            f'<div class="wide chunk rows {self._filters.of(*entries)}"><table class=stack>'
            f"<caption class=sr>{caption}</caption><thead><tr>{self._head}</tr></thead>\n{bodies}</table></div>\n"
        )

    def _body(self, result: _Result, entries: list[dict[str, Any]], rows: str) -> str:
        """Return the rows of objects that share a result, headed by it."""
        head = self._result(entries[0]["verdict"], result) + self._reasons(entries)
        return (
            f'<tbody class="{self._filters.of(*entries)}"><tr class="by {entries[0]["verdict"]}">'
            f"<th scope=rowgroup colspan=4>{head}</th></tr>\n"
            f"{rows}</tbody>\n"
        )

    def _rows(self, entries: list[dict[str, Any]]) -> list[str]:
        """Return each object as a row: name and id, sentence with its far ends, circuit, who saw it."""
        columns = zip(
            map(self._filters.of, entries),
            [self._anchors[entry["id"]] for entry in entries],
            contents([entry["name"] for entry in entries]),
            contents([entry["id"] for entry in entries]),
            self._sentences([entry["summary"] for entry in entries]),
            [self._far_ends(entry) if len(entry["remotes"]) > 1 else "" for entry in entries],
            self._matches(entries),
            contents([", ".join(dict.fromkeys(map(_PROBE, entry["witnesses"]))) for entry in entries]),
            strict=True,
        )
        return [
            f'<tr class="{classes}" id={anchor}><th scope=row>{name}<code>{found}</code></th>'
            f"<td class=s>{sentence}{far_ends}</td><td>{match}</td><td>{probes or self._none}</td></tr>\n"
            for classes, anchor, name, found, sentence, far_ends, match, probes in columns
        ]

    def _sentences(self, texts: list[dict[str, str]]) -> list[str]:
        """Return what each object is in the languages of the report."""
        said = [contents([text[language] for text in texts]) for language in self._voice.languages]
        if len(said) == 1:
            return said[0]
        return [f"<i lang=en>{english}</i><i lang=zh-CN>{chinese}</i>" for english, chinese in zip(*said, strict=True)]

    def _far_ends(self, entry: dict[str, Any]) -> str:
        """Return every far end with its place; the sentence names the first only."""
        remotes, places = entry["remotes"], entry["places"]["remotes"]
        same = len(remotes) == len(places)
        parts = []
        for number, remote in enumerate(remotes[:ENDS_SHOWN]):
            at = self._voice.text(places[number]["name"]) if same else self._voice.label("word.not_known")
            parts.append(f"<li><code>{content(end_text(remote))}</code> {at}</li>")
        if len(remotes) > ENDS_SHOWN:
            parts.append(f"<li>{self._voice.label('page.cut_routes', shown=ENDS_SHOWN, total=len(remotes))}</li>")
        return f"<ul class=dots>{''.join(parts)}</ul>"

    def _result(self, verdict: str, result: _Result) -> str:
        """Return verdict, severity, waiver, and each control that fails or needs review."""
        voice, (severity, waived, controls) = self._voice, result
        parts = [f'<span class="tag {verdict}">{icon(verdict)}{voice.label(f"section.group_{verdict}")}</span>']
        if severity != "none":
            parts.append(f'<span class="tag plain">{voice.said("severity", severity)}</span>')
        if waived != "none":
            key = "word.waived" if waived == "all" else "word.waived_part"
            parts.append(f'<span class="tag plain">{icon("hand")}{voice.label(key)}</span>')
        parts += [
            f'<span class="nb {outcome}">{icon(outcome)} <a href="#c-{control}">{control}</a>'
            f" {voice.said('outcome', outcome)}</span>"
            for control, outcome in controls
        ]
        return " ".join(parts)

    def _reasons(self, entries: list[dict[str, Any]]) -> str:
        """Return why each control fails or needs review, where that is the same for all of `entries`."""
        reasons: dict[str, dict[str, dict[str, str]]] = {}
        for entry in entries:
            for result in self._filters.unsettled_results[entry["id"]]:
                reasons.setdefault(result["control"], {})[result["reason"]["en"]] = result["reason"]
        shared = [control for control, _ in self._filters.unsettled(entries[0]) if len(reasons[control]) == 1]
        return "".join(
            f'<div class="soft why"><b>{control}</b> {self._voice.text(*reasons[control].values())}</div>'
            for control in shared
        )

    def _matches(self, entries: list[dict[str, Any]]) -> list[str]:
        """Return the circuit of each object, or how well the register explains one that it names no circuit for."""
        circuits = contents([entry["circuit"] or "" for entry in entries])
        return [
            f"<code>{circuit}</code>" if circuit else self._strength(entry["match"])
            for circuit, entry in zip(circuits, entries, strict=True)
        ]

    def _strength(self, match: dict[str, Any] | None) -> str:
        """Return how well the register explains an object."""
        return self._voice.said("circuit_match", match["strength"]) if match else self._none
