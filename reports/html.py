"""The report as one HTML file: no script, no request to anywhere, both languages, readable in print."""

from base64 import b64encode
from collections.abc import Callable, Iterator
from functools import cache
from hashlib import sha256
from html import escape as html_escape
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from auditor.model.text import Text
from reports import words
from reports.escape import visible
from reports.labels import Value, both, known, say
from reports.sentences import technology_name

LANGUAGES = ("both", "en", "zh")
CHUNK = 100
COMPACT_ABOVE = 60
OPEN_AT_MOST = 12
ROUTES_SHOWN = 24
ENDS_SHOWN = 50
_ICONS = {
    **dict.fromkeys(("non_compliant", "fail", "critical", "high", "expired"), "bad"),
    **dict.fromkeys(("needs_review", "review", "warning", "medium", "low", "expiring"), "warn"),
    **dict.fromkeys(("compliant", "pass", "ok", "used"), "ok"),
    **dict.fromkeys(("permitted",), "per"),
    **dict.fromkeys(("info",), "info"),
    **dict.fromkeys(("not_applicable", "none", "unused"), "na"),
    **dict.fromkeys(("unknown", "blind"), "eye"),
}


def render(document: dict[str, Any], languages: str = "both", first: str = "en") -> str:
    """Return the report as HTML; `languages` is both, en or zh, `first` the one shown first (en, zh or both).

    Raises ValueError for another value.
    """
    return "".join(pieces(document, languages, first))


def pieces(
    document: dict[str, Any],
    languages: str = "both",
    first: str = "en",
    style: str = "report.css",
    compact_above: int = COMPACT_ABOVE,
) -> Iterator[str]:
    """Return the same piece by piece, with the style sheet `style`; raises ValueError as `render` does.

    With more than `compact_above` objects the guidance text stands once, and evidence of what passed is left to JSON.
    """
    if languages not in LANGUAGES or first not in LANGUAGES:
        raise ValueError(f"languages and first are one of {', '.join(LANGUAGES)}")
    objects = [*document["tunnels"], *document["objects"]]
    generated: Iterator[str] = _template(languages).generate(
        d=document,
        css=Markup(_style(style)),
        policy=_content_policy(style),
        first=first if languages == "both" else languages,
        compact=len(objects) > compact_above,
        open_ids=_opened(objects),
        anchors=_anchors(objects),
        names={found["id"]: found["name"] for found in objects},
        verdict_of={found["id"]: found["verdict"] for found in objects},
        controls={control["id"]: control for control in document["controls"]},
        own_controls={control["id"] for control in document["controls"] if control["scope"] == "T"},
        device_groups=_device_groups(document["not_tunnels"]),
    )
    return generated


@cache
def _style(name: str) -> str:
    """Return the style sheet `name` without comments and line breaks that only help its authors."""
    css = files("reports").joinpath(f"templates/{name}").read_text("utf-8")
    return "\n" + css.strip() + "\n"


def _content_policy(style: str) -> str:
    """Return the content security policy: nothing loads, nothing runs, only our own style applies."""
    digest = b64encode(sha256(_style(style).encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; form-action 'none'"


@cache
def _template(languages: str) -> Any:
    """Return the compiled template for `languages`."""
    environment = Environment(
        loader=PackageLoader("reports", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_reload=False,
    )
    voice = Voice(languages)
    environment.globals.update(
        languages=languages,
        routes_shown=ROUTES_SHOWN,
        ends_shown=ENDS_SHOWN,
        t=voice.label,
        w=voice.text,
        said=voice.said,
        colon=voice.colon,
        icon=_icon,
        chevron=Markup('<svg class="i chev" aria-hidden=true><use href="#i-chev"/></svg>'),
        date_time=_date_time,
        chunks=_chunks,
        lines=_lines,
        age=_age,
        end_text=_end_text,
        place_for=_place_for,
        compared=_compared,
        technology=technology_name,
        door=lambda door: known(f"door.{door}", door),
        data_set=lambda name: both(known(f"data.{name}", name)),
        rule_status=lambda status: both(known(f"rule.{status}", status)),
    )
    return environment.get_template("report.html.j2")


class Voice:
    """Writes a text in the languages of one report."""

    def __init__(self, languages: str) -> None:
        """Speak `languages`: both, en or zh."""
        self._languages = ("en", "zh") if languages == "both" else (languages,)
        self._labels: dict[str, Markup] = {}

    def text(self, text: dict[str, str]) -> Markup:
        """Return `text` as one ``<i lang>`` a language (HTML: i, a phrase from another language).

        Where both languages say the same, or only one is spoken, it is plain text.
        """
        if len(self._languages) == 1 or text["en"] == text["zh"]:
            return escape(visible(text[self._languages[0]]))
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


def _shown(value: Any) -> Any:
    """Return what a template may print; raises TypeError for None, which must be put in words."""
    if isinstance(value, Markup | int | float):
        return value
    if isinstance(value, str):
        return visible(value)
    raise TypeError(f"a template cannot print {type(value).__name__}")


def _icon(state: str) -> Markup:
    """Return the drawing for a state; the word beside it carries the meaning."""
    return _drawn(_ICONS.get(state, state))


@cache
def _drawn(name: str) -> Markup:
    """Return a use of one symbol of the sprite."""
    return Markup('<svg class=i aria-hidden=true><use href="#i-{}"/></svg>').format(name)


def _date_time(moment: str) -> str:
    """Return an ISO 8601 moment for people: date, time to the second, offset."""
    day, _, rest = moment.partition("T")
    return f"{day} {rest[:8]} UTC{rest[8:]}" if rest[8:] else f"{day} {rest}"


def _lines(text: str) -> Markup:
    """Return text of several lines for the content of `pre`, each line made safe by itself."""
    # NOTE: quotation marks need no escape outside of attributes, and entries are full of them.
    return Markup("\n".join(html_escape(visible(line), quote=False) for line in text.split("\n")))


def _age(seconds: int) -> str:
    """Return a span of time for people, in its two largest units."""
    days, hours, minutes = seconds // 86400, seconds // 3600 % 24, seconds // 60 % 60
    if days:
        return f"{days} d {hours} h"
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {seconds % 60} s"


def _end_text(end: dict[str, Any]) -> str:
    """Return an end as ``address:port``, IPv6 in brackets; the port alone as ``*:port``."""
    host = end["address"] or end["name"] or "*"
    if end["port"] is None:
        return str(host)
    return f"[{host}]:{end['port']}" if ":" in host else f"{host}:{end['port']}"


def _place_for(found: dict[str, Any], index: int) -> dict[str, Any] | None:
    """Return the place of one far end, None if the judged paths are not one a far end."""
    places: list[dict[str, Any]] = found["places"]["remotes"]
    return places[index] if len(places) == len(found["remotes"]) else None


def _compared(found: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the paths whose register match has something to show, the first of all if none has."""
    matched = [path for path in found["paths"] if path["match"]]
    return [path for path in matched if path["match"]["reasons"]][:ENDS_SHOWN] or matched[:1]


def _device_groups(devices: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return devices that are no tunnels by reason, the largest group first."""
    groups: dict[tuple[str, str], list[str]] = {}
    for device in devices:
        name = f"{device['namespace']}/{device['interface']}" if device["namespace"] else device["interface"]
        groups.setdefault((device["reason"]["en"], device["reason"]["zh"]), []).append(name)
    ordered = sorted(groups.items(), key=lambda item: (-len(item[1]), item[0]))
    return [{"reason": {"en": en, "zh": zh}, "devices": names} for (en, zh), names in ordered]


def _chunks(items: list[Any]) -> list[list[Any]]:
    """Return `items` in groups that a browser lays out one at a time."""
    return [items[start : start + CHUNK] for start in range(0, len(items), CHUNK)]


def _opened(objects: list[dict[str, Any]]) -> set[str]:
    """Return the ids of objects shown open: what fails or needs review, up to a number that stays readable."""
    wanted = [o["id"] for o in objects if o["verdict"] in ("non_compliant", "needs_review") and o["waived"] != "all"]
    return set(wanted) if len(wanted) <= OPEN_AT_MOST else set()


def _anchors(objects: list[dict[str, Any]]) -> dict[str, str]:
    """Return a link target for each object id; an id of unexpected form gets a number."""
    names = [str(found["id"]) for found in objects]
    plain = [name.isascii() and name.replace("-", "").isalnum() for name in names]
    return {
        name: f"o-{name if fits else number}" for number, (name, fits) in enumerate(zip(names, plain, strict=True), 1)
    }
