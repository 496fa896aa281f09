"""Texts of a drawing are cut before they run into something, never without a sign."""

import pytest

from reports.fit import cut, width_em


def test_full_width_characters_count_one_em_and_marks_none() -> None:
    assert width_em("中国") == 2.0
    assert width_em("e\u0301") == width_em("e")
    assert width_em("WW") > width_em("ii") * 2


@pytest.mark.parametrize(
    "text", ["tun0", "W" * 300, "中国电信股份有限公司" * 9, "<b>\u202e</b>" * 40, "\u0301" * 300, ""]
)
@pytest.mark.parametrize("room", [1.5, 8, 22])
def test_what_is_cut_fits_and_says_so(text: str, room: float) -> None:
    shown = cut(text, room)
    assert width_em(shown) <= room
    assert shown == text or shown.endswith("…") or "\\x" in shown or "[U+" in shown
    assert "\u202e" not in shown


def test_what_fits_stays_whole() -> None:
    assert cut("SHA-SIN-IPLC-0042", 12) == "SHA-SIN-IPLC-0042"
    assert cut("W" * 12, 6) == "WWWWW…"
