"""What the template of the picture needs: the drawings, the same in words, and the key to the lines."""

from typing import Any

from auditor.model.text import Text
from reports import picture_words as words
from reports.drawing import drawing
from reports.labels import both
from reports.picture import Group, Picture, Uplink, picture
from reports.shapes import NARROW, WIDE

MARKS = {
    "non_compliant": "bad",
    "needs_review": "warn",
    "compliant": "ok",
    "permitted": "per",
    "not_applicable": "na",
}
_WAYS_SHOWN = 24
_SAMPLES = {verdict: "M2 8.5H38M2 13.5H38" if verdict == "compliant" else "M2 11H38" for verdict in MARKS}


def seen(document: dict[str, Any], languages: tuple[str, ...]) -> dict[str, Any]:
    """Return the picture of `document` for its template, drawn in each of `languages` on each sheet."""
    of = picture(document)
    rows = [row for group in of.groups for row in group.rows]
    return {
        "said": [both(sentence) for sentence in words.summary(of)],
        "home": of.home,
        "drawings": [drawing(of, sheet, language) for language in languages for sheet in (WIDE, NARROW)],
        "ways": [both(_way(of, uplink)) for uplink in of.uplinks[:_WAYS_SHOWN]],
        "ways_more": max(0, len(of.uplinks) - _WAYS_SHOWN),
        "groups": [_group(group, of.home) for group in of.groups],
        "verdicts": [verdict for verdict in MARKS if any(row.kind[0] == verdict for row in rows)],
        "samples": _SAMPLES,
        "has_down": any(row.kind[2] for row in rows),
        "has_unknown": any(group.crosses is None for group in of.groups),
    }


def _group(group: Group, home: str) -> dict[str, Any]:
    """Return one group in words, each row with the first object that it stands for."""
    return {
        "said": both(words.group_said(group, home)),
        "rows": [
            {"verdict": row.kind[0], "object_id": row.members[0]["id"], "said": both(words.sentence(row, group))}
            for row in group.rows
        ],
    }


def _way(of: Picture, uplink: Uplink) -> Text:
    """Return one way out with its provider and the number of connections by it."""
    device = words.scoped(uplink.way)
    named = words.dotted([Text(device, device), words.provider(of.document, uplink.provider)])
    count = words.counted(uplink.count)
    return Text(f"{named.en}: {count.en}", f"{named.zh}：{count.zh}")
