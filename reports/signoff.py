"""What a person signs on paper: every open finding with room for a decision, and the running head of each page."""

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from reports import styles
from reports.findings import OPEN_STATES, judged, unread, unsettled
from reports.labels import both, say
from reports.writing import date_time

ROWS_AT_MOST = 60
NAMES_SHOWN = 12
Results = dict[str, list[dict[str, Any]]]


def findings(document: dict[str, Any], of_objects: Results | None = None) -> list[dict[str, Any]]:
    """Return the open findings by control, in the order of the catalogue, then what could not be read.

    `of_objects` is what `unsettled` said of the document, where that is at hand.

    A finding is open if it fails or needs review and nobody accepted it. With more than ROWS_AT_MOST of them,
    those of one control with the same outcome and reason are one row that says how many there are, and of a control
    with more rows than that, those of one outcome.
    """
    found: dict[str, list[tuple[str | None, dict[str, Any]]]] = {control["id"]: [] for control in document["controls"]}
    for name, result in _open(document, unsettled(document) if of_objects is None else of_objects):
        found[result["control"]].append((name, result))
    gaps = unread(document)
    grouped = sum(map(len, found.values())) + len(gaps) > ROWS_AT_MOST
    titles = {control["id"]: control["title"] for control in document["controls"]}
    made = [
        {"control": control, "title": titles[control], "count": len(items), "rows": _rows(items, grouped)}
        for control, items in found.items()
        if items
    ]
    if gaps:
        rows = list(_gap_rows(gaps, grouped))
        made.append({"control": None, "title": both(say("section.blind_spots")), "count": len(gaps), "rows": rows})
    return made


def _open(document: dict[str, Any], of_objects: Results) -> Iterator[tuple[str | None, dict[str, Any]]]:
    """Yield each open result with the name of its object, None for one on the gateway or the audit."""
    for entry in judged(document):
        for result in of_objects[entry["id"]]:
            if not result["waived"]:
                yield entry["name"], result
    for result in document["gateway_assessment"]["results"]:
        if result["outcome"] in OPEN_STATES and not result["waived"]:
            yield None, result


def _rows(items: list[tuple[str | None, dict[str, Any]]], grouped: bool) -> list[dict[str, Any]]:
    """Return the rows of one control."""
    if not grouped:
        return [_row([name] if name else [], result, result["reason"]) for name, result in items]
    rows = _together(items, by_reason=True)
    return rows if len(rows) <= ROWS_AT_MOST else _together(items, by_reason=False)


def _together(items: list[tuple[str | None, dict[str, Any]]], *, by_reason: bool) -> list[dict[str, Any]]:
    """Return one row for each outcome, and for each reason if `by_reason`; those that fail come first."""
    found: dict[tuple[str, ...], list[tuple[str | None, dict[str, Any]]]] = {}
    for name, result in items:
        key = (result["outcome"], result["reason"]["en"]) if by_reason else (result["outcome"],)
        found.setdefault(key, []).append((name, result))
    return [
        _row([name for name, _ in same if name], same[0][1], same[0][1]["reason"] if by_reason else None)
        for _, same in sorted(found.items(), key=lambda item: item[0][0])
    ]


def _row(names: list[str], result: dict[str, Any], reason: dict[str, str] | None) -> dict[str, Any]:
    """Return one row: what it is about, the outcome, and why."""
    return {"names": names[:NAMES_SHOWN], "count": len(names), "outcome": result["outcome"], "reason": reason}


def _gap_rows(gaps: list[dict[str, Any]], grouped: bool) -> Iterator[dict[str, Any]]:
    """Return a row for each source that was not read, for each probe and reason if there are many."""
    if not grouped:
        for gap in gaps:
            yield {"names": [gap["source"]], "count": 1, "outcome": "unknown", "reason": gap["reason_label"]}
        return

    def kind(gap: dict[str, Any]) -> tuple[str, str]:
        return gap["probe"], gap["reason_label"]["en"]

    for (probe, _), same in groupby(sorted(gaps, key=kind), key=kind):
        members = list(same)
        yield {"names": [probe], "count": len(members), "outcome": "unknown", "reason": members[0]["reason_label"]}


def running_head(document: dict[str, Any], languages: tuple[str, ...]) -> str:
    """Return the style rules that put gateway, time of scan and verdict at the head of each page.

    Margin boxes take values from the root element (CSS Paged Media 3, 4.2), so the language chosen decides.
    """
    left = f"{document['gateway']['name']} · {date_time(document['scan']['started_at'])}"
    if again := document["reassessment"]:
        left = f"{document['title']['en']} · {date_time(again['judged_at'])}"
    return styles.spoken("head-left", {"en": left, "zh": left}, languages[:1]) + styles.spoken(
        "head-right", document["headline"], languages
    )
