"""What holds for every format: hostile text is inert, and what was not read is never shown as fine."""

import csv
import io
import json
import re
import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest

from auditor.model.judgement import Status
from auditor.model.scan import Scan
from auditor.model.text import Text
from reports import FORMATS, pdf
from reports.document import document
from reports.html import pieces
from tests.reports import hostile, samples
from tests.reports.page import Page

TEXTS = [name for name in FORMATS if name != "pdf"]
NEUTRAL = document(hostile.hostile("plain"))
# Bidirectional and invisible characters, control characters, lone surrogates, noncharacters.
NEVER = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufffe\uffff\ud800-\udfff]"
)


def only_blind() -> Scan:
    """Return a scan that found nothing and could not read one thing."""
    return replace(
        samples.nothing(),
        gaps=samples.mixed().gaps[:1],
        status=Status.UNKNOWN,
        status_reasons=(
            Text("1 source could not be read: the audit is incomplete", "1个信息来源无法读取：审计不完整"),
        ),
    )


def shape(name: str, written: str) -> object:
    """Return the structure of a report without its texts, as a reader of the format sees it."""
    if name in ("html", "pdf"):
        return [(element.tag, tuple(sorted(element.attributes))) for element in Page(written).elements]
    if name == "junit":
        return [(node.tag, sorted(node.attrib)) for node in ET.fromstring(written).iter()]
    if name == "csv":
        return [(row[0], len(row)) for row in csv.reader(io.StringIO(written, newline=""), strict=True)]
    if name == "ocsf":
        return [sorted(json.loads(line)) for line in written.removesuffix("\n").split("\n")]
    return len(written.splitlines())


@pytest.mark.parametrize("text", hostile.HOSTILE, ids=range(len(hostile.HOSTILE)))
@pytest.mark.parametrize("name", FORMATS)
def test_hostile_text_is_inert(name: str, text: str) -> None:
    shown = document(hostile.hostile(text))
    if name == "pdf":  # NOTE: what is laid out is this page; tests/reports/test_pdf.py looks at the result
        written, neutral = ("".join(pieces(pdf.shortened(d), "both", paper=True)) for d in (shown, NEUTRAL))
    else:
        written, neutral = FORMATS[name].render(shown), FORMATS[name].render(NEUTRAL)
    assert not NEVER.search(written.removeprefix("\ufeff"))
    assert shape(name, written) == shape(name, neutral)
    assert "\n" not in text or text not in written


@pytest.mark.parametrize("name", TEXTS)
def test_hostile_text_is_still_told(name: str) -> None:
    written = FORMATS[name].render(document(hostile.hostile("gw\u202eevil")))
    assert "gw[U+202E]evil" in written or "gw\\u202eevil" in written or "gw\\[U+202E\\]evil" in written


def test_a_scan_with_only_a_blind_spot_is_unknown_in_every_format() -> None:
    shown = document(only_blind())
    written = {name: FORMATS[name].render(shown) for name in TEXTS}
    root = ET.fromstring(written["junit"])
    assert int(root.attrib["errors"]) == 2
    assert len(list(root.iter("error"))) == 2
    events = [json.loads(line) for line in written["ocsf"].splitlines()]
    assert events[0]["compliance"]["status_id"] == 0
    assert events[0]["severity_id"] == 4
    assert [e["compliance"]["status"] for e in events if "/blind_spot/" in e["finding_info"]["uid"]] == ["Unknown"]
    rows = list(csv.DictReader(io.StringIO(written["csv"].removeprefix("\ufeff"), newline="")))
    assert {row["scan_status"] for row in rows} == {"unknown"}
    assert [row["outcome"] for row in rows if row["record"] in ("scan", "blind_spot")] == ["unknown", "unknown"]
    for part in ("**The audit is incomplete**", "unknown (3)", "could not be read", "**审计不完整**"):
        assert part in written["markdown"], part
    assert json.loads(written["json"])["exit_code"] == 3
    assert "incomplete" in written["text"].splitlines()[0]
    assert "The audit is incomplete" in Page(written["html"]).one("p", class_="word").words
    assert "The audit is incomplete" in Page("".join(pieces(shown, paper=True))).one("p", class_="word").words


def test_an_accepted_blind_spot_is_no_pass_either() -> None:
    scan = replace(only_blind(), gaps=samples.mixed().gaps[2:], status=Status.WARNING)
    shown = document(scan)
    root = ET.fromstring(FORMATS["junit"].render(shown))
    assert (root.attrib["failures"], root.attrib["errors"]) == ("0", "0")
    assert len(list(root.iter("skipped"))) == 2
    events = [json.loads(line) for line in FORMATS["ocsf"].render(shown).splitlines()]
    assert [(e["compliance"]["status"], e["status"]) for e in events if e["unmapped"]["record"] == "blind_spot"] == [
        ("Unknown", "Suppressed")
    ]
    assert events[0]["compliance"]["status"] == "Warning"


@pytest.mark.parametrize("name", ["junit", "ocsf"])
def test_a_gateway_in_order_passes(name: str) -> None:
    written = FORMATS[name].render(document(samples.compliant()))
    assert "failure type=" not in written
    assert '"status": "Fail"' not in written
