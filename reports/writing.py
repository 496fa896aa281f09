"""How the HTML report writes texts and values: in one language or both, escaped, with their drawings."""

from collections.abc import Callable
from functools import cache
from html import escape as html_escape
from typing import Any

from markupsafe import Markup, escape

from auditor.model.text import Text
from reports import words
from reports.escape import visible
from reports.labels import Value, both, say

LANGUAGES = ("both", "en", "zh")
_MARKS = {
    "comma": (", ", "，"),
    "list": (", ", "、"),
    "stop": ("; ", "；"),
    "colon": (": ", "："),
    "open": (" (", "（"),
    "close": (")", "）"),
}
_ICONS = {
    **dict.fromkeys(("non_compliant", "fail", "critical", "high", "expired"), "bad"),
    **dict.fromkeys(("needs_review", "review", "warning", "medium", "low", "expiring"), "warn"),
    **dict.fromkeys(("compliant", "pass", "ok", "used"), "ok"),
    **dict.fromkeys(("permitted",), "per"),
    **dict.fromkeys(("info",), "info"),
    **dict.fromkeys(("not_applicable", "none", "unused"), "na"),
    **dict.fromkeys(("unknown", "blind"), "eye"),
}


class Voice:
    """Writes a text in the languages of one report."""

    def __init__(self, languages: str) -> None:
        """Speak `languages`: both, en or zh."""
        self.languages = ("en", "zh") if languages == "both" else (languages,)
        self._labels: dict[str, Markup] = {}

    def text(self, text: dict[str, str]) -> Markup:
        """Return `text` as one ``<i lang>`` a language (HTML: i, a phrase from another language).

        Where both languages say the same, or only one is spoken, it is plain text.
        """
        if len(self.languages) == 1 or text["en"] == text["zh"]:
            return escape(visible(text[self.languages[0]]))
        english, chinese = escape(visible(text["en"])), escape(visible(text["zh"]))
        # NOTE: both parts are escaped; joining plain strings is a fifth of the cost of Markup.format.
        return Markup("<i lang=en>" + str(english) + "</i><i lang=zh-CN>" + str(chinese) + "</i>")

    def label(self, key: str, **values: Value) -> Markup:
        """Return the report's own text `key` with `values` filled in."""
        if values:
            return self.text(both(say(key, **values)))
        if key not in self._labels:
            self._labels[key] = self.text(both(say(key)))
        return self._labels[key]

    def colon(self, key: str) -> Markup:
        """Return the label `key` with the colon of each language, for a value that follows."""
        whole = say(key)
        return self.text({"en": f"{whole.en}: ", "zh": f"{whole.zh}："})

    def mark(self, name: str) -> Markup:
        """Return a punctuation mark between parts of a line, of one language only: where both are shown, English."""
        english, chinese = _MARKS[name]
        key = f"mark={name}"
        if key not in self._labels:
            both_ways = self.text({"en": english, "zh": chinese})
            self._labels[key] = (
                both_ways if len(self.languages) == 1 else Markup("<span class=p>{}</span>").format(both_ways)
            )
        return self._labels[key]

    def said(self, kind: str, value: str) -> Markup:
        """Return the label of a value of a closed list: outcome, severity, verdict, attribute or a fact."""
        key = f"{kind}={value}"
        if key not in self._labels:
            self._labels[key] = self.text(both(_LABELS[kind](value) if kind in _LABELS else words.value(kind, value)))
        return self._labels[key]


_LABELS: dict[str, Callable[[str], Text]] = {
    "outcome": words.outcome,
    "severity": words.severity,
    "verdict": words.verdict,
    "attribute": words.attribute,
}


def shown(value: Any) -> Any:
    """Return what a template may print; raises TypeError for None, which must be put in words."""
    if isinstance(value, Markup | int | float):
        return value
    if isinstance(value, str):
        return visible(value)
    raise TypeError(f"a template cannot print {type(value).__name__}")


def icon(state: str) -> Markup:
    """Return the drawing for a state; the word beside it carries the meaning."""
    return _drawn(_ICONS.get(state, state))


@cache
def _drawn(name: str) -> Markup:
    """Return a use of one symbol of the sprite."""
    return Markup('<svg class=i aria-hidden=true><use href="#i-{}"/></svg>').format(name)


def date_time(moment: str) -> str:
    """Return an ISO 8601 moment for people: date, time to the second, offset."""
    day, _, rest = moment.partition("T")
    return f"{day} {rest[:8]} UTC{rest[8:]}" if rest[8:] else f"{day} {rest}"


def lines(text: str) -> Markup:
    """Return text of several lines for the content of `pre`, each line made safe by itself."""
    # NOTE: quotation marks need no escape outside of attributes, and entries are full of them.
    return Markup("\n".join(html_escape(visible(line), quote=False) for line in text.split("\n")))


def age(seconds: int) -> str:
    """Return a span of time for people, in its two largest units."""
    days, hours, minutes = seconds // 86400, seconds // 3600 % 24, seconds // 60 % 60
    if days:
        return f"{days} d {hours} h"
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {seconds % 60} s"


def end_text(end: dict[str, Any]) -> str:
    """Return an end as ``address:port``, IPv6 in brackets; the port alone as ``*:port``."""
    host = end["address"] or end["name"] or "*"
    if end["port"] is None:
        return str(host)
    return f"[{host}]:{end['port']}" if ":" in host else f"{host}:{end['port']}"
