"""The drawing has room for each of its words, each row leads to its connection, unknown never looks like home."""

import re

import pytest

from reports.document import document
from reports.drawing import drawing
from reports.fit import width_em
from reports.picture import picture
from reports.shapes import NARROW, WIDE, Drawing, Sheet
from tests.reports import hostile, samples
from tests.reports.sample_coverage import GAPS
from tests.reports.sample_pictures import at, one, variety

SCANS = {
    "mixed": samples.mixed,
    "nothing": samples.nothing,
    "without_config": samples.without_config,
    "60": lambda: variety(60, GAPS),
    "500": lambda: variety(500),
    "in Hong Kong": lambda: at(variety(12), "HK"),
    "long": lambda: hostile.hostile("W" * 255),
    "long Chinese": lambda: hostile.hostile("国" * 255),
}


def drawn(name: str, sheet: Sheet, language: str) -> Drawing:
    return drawing(picture(document(SCANS[name]())), sheet, language)


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("sheet", [WIDE, NARROW], ids=lambda sheet: sheet.name)
@pytest.mark.parametrize("name", SCANS)
def test_words_stay_on_the_sheet(name: str, sheet: Sheet, language: str) -> None:
    for part in drawn(name, sheet, language).segments:
        for line in [*part.words, *(line for row in part.rows for line in row.words)]:
            size = 34 if line.style == "big" else 14
            assert line.x + width_em(line.lead + line.text) * size <= sheet.width, line
            assert 14 <= line.y <= part.height - 4, line
        for row in part.rows:
            assert row.top + row.height <= part.height


@pytest.mark.parametrize("name", SCANS)
def test_all_drawings_show_the_same_rows(name: str) -> None:
    of = picture(document(SCANS[name]()))
    wanted = [(group.name, [row.members[0]["id"] for row in group.rows]) for group in of.groups]
    for sheet in (WIDE, NARROW):
        for language in ("en", "zh"):
            parts = [part for part in drawing(of, sheet, language).segments if part.name not in ("gateway", "unread")]
            assert [(part.name, [row.object_id for row in part.rows]) for part in parts] == wanted


@pytest.mark.parametrize("sheet", [WIDE, NARROW], ids=lambda sheet: sheet.name)
def test_an_unknown_place_is_drawn_beyond_a_question_mark(sheet: Sheet) -> None:
    for part in drawn("mixed", sheet, "en").segments:
        for row in part.rows:
            assert row.asks == (part.name == "unknown")
            if row.asks:
                assert not any(start <= sheet.border <= end for start, end in _strokes(row.path))
            else:
                assert row.breaks or any(start <= sheet.border <= end for start, end in _strokes(row.path))
        assert bool(part.haze) == (part.name in ("unknown", "unread"))


@pytest.mark.parametrize("sheet", [WIDE, NARROW], ids=lambda sheet: sheet.name)
def test_a_line_that_is_down_is_broken(sheet: Sheet) -> None:
    of = picture(document(samples.scan(one(1, "US"), one(2, "US", down=True))))
    (part,) = [part for part in drawing(of, sheet, "en").segments if part.name == "abroad"]
    assert [(bool(row.breaks), len(_strokes(row.path))) for row in part.rows] == [(False, 1), (True, 2)]


def test_a_circuit_is_a_double_line() -> None:
    of = picture(document(samples.compliant()))
    (part,) = [part for part in drawing(of, WIDE, "en").segments if part.name == "abroad"]
    assert len(_strokes(part.rows[0].path)) == 2


@pytest.mark.parametrize("sheet", [WIDE, NARROW], ids=lambda sheet: sheet.name)
def test_the_near_side_holds_what_stays_and_only_that(sheet: Sheet) -> None:
    rights = {
        part.name: max(map(int, re.findall(r"H(\d+)", part.land)))
        for part in drawn("60", sheet, "en").segments
        if part.land
    }
    assert rights["abroad"] == rights["hk_mo_tw"] == rights["unknown"] == sheet.border
    assert rights["mainland"] == sheet.width - 1


def test_what_was_not_read_stands_in_the_picture() -> None:
    parts = {part.name: part for part in drawn("60", WIDE, "zh").segments}
    assert [line.text for line in parts["unread"].words] == ["有2处未能读取", "实际连接可能更多。"]
    assert "unread" not in {part.name for part in drawn("500", WIDE, "zh").segments}


def _strokes(path: str) -> list[tuple[int, int]]:
    return [(int(start), int(end)) for start, end in re.findall(r"M(\d+) [\d.]+H(\d+)", path)]
