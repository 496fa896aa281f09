"""The report as one HTML file: no script, no request to anywhere, both languages, readable in print."""

from collections.abc import Iterator
from functools import cache, partial
from typing import Any

from jinja2 import PackageLoader, StrictUndefined
from markupsafe import Markup

from reports import change_fields, picture_html, signoff, styles, trend, writing
from reports.filters import Filters
from reports.findings import is_open, judged, worst_first
from reports.labels import both, known
from reports.rows import Rows
from reports.sentences import technology_name
from reports.templating import CONSTANT, Templates
from reports.writing import LANGUAGES, Voice

CHUNK = 100
COMPACT_ABOVE = 60
DETAILED_AT_MOST = 150
OPEN_AT_MOST = 12
FIRST_STEPS = 3
ROUTES_SHOWN = 24
ENDS_SHOWN = 50
LOOKUPS_SHOWN = 8


def render(
    document: dict[str, Any], languages: str = "both", first: str = "en", *, json_sha256: str | None = None
) -> str:
    """Return the report as HTML; `languages` is both, en or zh, `first` the one shown first (en, zh or both).

    `json_sha256` is the digest of the report.json beside it, None if there is none. Raises ValueError for
    another language.
    """
    return "".join(pieces(document, languages, first, json_sha256=json_sha256))


def pieces(
    document: dict[str, Any],
    languages: str = "both",
    first: str = "en",
    *,
    json_sha256: str | None = None,
    paper: bool = False,
    compact_above: int = COMPACT_ABOVE,
) -> Iterator[str]:
    """Return the same piece by piece, for `paper` with that style sheet alone; raises ValueError as `render` does.

    With more than `compact_above` objects the guidance text stands once, and evidence of what passed is left to JSON.
    """
    if languages not in LANGUAGES or first not in LANGUAGES:
        raise ValueError(f"languages and first are one of {', '.join(LANGUAGES)}")
    objects = judged(document)
    filters, voice = Filters(document), Voice(languages)
    anchors = _anchors(objects)
    rows = Rows(voice, filters, anchors)
    made = filters.rules(voice.languages) + signoff.running_head(document, voice.languages) + rows.rules()
    css = styles.paper() if paper else styles.sheet(made)
    generated: Iterator[str] = _template(languages).generate(
        d=document,
        css=Markup(css),
        policy=styles.content_policy(css),
        filters=filters,
        rows=rows,
        detailed=detailed(document),
        sign_off=signoff.findings(document, filters.unsettled_results),
        first=first if languages == "both" else languages,
        compact=len(objects) > compact_above,
        open_ids=_opened(objects),
        anchors=anchors,
        names={found["id"]: found["name"] for found in objects},
        uplinks_of=partial(_uplinks_of, document["uplinks"]),
        verdict_of={found["id"]: found["verdict"] for found in objects},
        controls={control["id"]: control for control in document["controls"]},
        own_controls={control["id"] for control in document["controls"] if control["scope"] == "T"},
        device_groups=_device_groups(document["not_tunnels"]),
        seen=picture_html.seen(document, voice.languages),
        trend=trend.drawn(document),
        json_sha256=json_sha256,
    )
    return generated


@cache
def _template(languages: str) -> Any:
    """Return the compiled template for `languages`."""
    environment = Templates(
        loader=PackageLoader("reports", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=writing.shown,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_reload=False,
    )
    voice = Voice(languages)
    environment.globals.update(
        languages=languages,
        live=_live(voice.languages),
        routes_shown=ROUTES_SHOWN,
        ends_shown=ENDS_SHOWN,
        lookups_shown=LOOKUPS_SHOWN,
        first_steps=FIRST_STEPS,
        t=voice.label,
        w=voice.text,
        said=voice.said,
        colon=voice.colon,
        mark=voice.mark,
        icon=writing.icon,
        chevron=Markup('<svg class="i chev" aria-hidden=true><use href="#i-chev"/></svg>'),
        date_time=writing.date_time,
        chunks=_chunks,
        chunk_size=CHUNK,
        divided=_divided,
        divided_fields=change_fields.divided,
        listed=_listed,
        lines=writing.lines,
        age=writing.age,
        end_text=writing.end_text,
        place_for=_place_for,
        place_of_path=_place_of_path,
        compared=_compared,
        by_outcome=_by_outcome,
        technology=technology_name,
        marks=picture_html.MARKS,
        door=lambda door: known(f"door.{door}", door),
        data_set=lambda name: both(known(f"data.{name}", name)),
        rule_status=lambda status: both(known(f"rule.{status}", status)),
    )
    environment.filters.update({name: environment.globals[name] for name in CONSTANT})
    return environment.get_template("report.html.j2")


def _place_for(found: dict[str, Any], index: int) -> dict[str, Any] | None:
    """Return the place of one far end, None if the judged paths are not one a far end."""
    places: list[dict[str, Any]] = found["places"]["remotes"]
    return places[index] if len(places) == len(found["remotes"]) else None


def _place_of_path(found: dict[str, Any], path: dict[str, Any]) -> dict[str, Any] | None:
    """Return the place of the far end of a judged path, None where it is withheld."""
    return next((place for place in found["places"]["remotes"] if place["remote"] == path["remote"]), None)


def _uplinks_of(uplinks: list[dict[str, Any]], found: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what is declared and seen of the uplink that `found` is."""
    return [one for one in uplinks if all(one[key] == found[key] for key in ("namespace", "interface"))]


def _compared(found: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the paths whose register match has something to show, the first of all if none has."""
    matched = [path for path in found["paths"] if path["match"]]
    return [path for path in matched if path["match"]["reasons"]][:ENDS_SHOWN] or matched[:1]


def _by_outcome(results: list[dict[str, Any]], own: set[str]) -> tuple[list[dict[str, Any]], ...]:
    """Return the results of the controls `own` that are open, that passed or inform, and that do not apply."""
    outcomes = (("fail", "review"), ("pass", "info"), ("not_applicable",))
    mine = [result for result in results if result["control"] in own]
    return tuple([result for result in mine if result["outcome"] in wanted] for wanted in outcomes)


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


def detailed(document: dict[str, Any]) -> set[str]:
    """Return the ids of objects shown with every detail: all, or of very many those with the worst verdicts."""
    return {found["id"] for found in worst_first(document)[:DETAILED_AT_MOST]}


def _divided(members: list[dict[str, Any]], detailed: set[str]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return those of `members` that are shown with every detail, and the others."""
    whole = [found for found in members if found["id"] in detailed]
    return whole, [found for found in members if found["id"] not in detailed] if len(whole) < len(members) else []


def _listed(texts: list[dict[str, str]]) -> dict[str, str]:
    """Return whole texts as one enumeration: semicolons of each language."""
    return {"en": "; ".join(text["en"] for text in texts), "zh": "；".join(text["zh"] for text in texts)}


def _live(languages: tuple[str, ...]) -> Markup:
    """Return empty elements that the style sheet fills with the words for what is shown now."""
    return Markup("<i lang=en></i><i lang=zh-CN></i>" if len(languages) > 1 else "<span></span>")


def _opened(objects: list[dict[str, Any]]) -> set[str]:
    """Return the ids of objects shown open: what fails or needs review, up to a number that stays readable."""
    wanted = [found["id"] for found in objects if is_open(found)]
    return set(wanted) if len(wanted) <= OPEN_AT_MOST else set()


def _anchors(objects: list[dict[str, Any]]) -> dict[str, str]:
    """Return a link target for each object id; an id of unexpected form gets a number."""
    names = [str(found["id"]) for found in objects]
    plain = [name.isascii() and name.replace("-", "").isalnum() for name in names]
    return {
        name: f"o-{name if fits else number}" for number, (name, fits) in enumerate(zip(names, plain, strict=True), 1)
    }
