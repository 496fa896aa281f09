from datetime import UTC, date, datetime, time

import pytest

from auditor.config.words import clean, dotted, kind_of, show, suggestion


def test_long_values_are_cut_and_control_characters_escaped() -> None:
    assert show("a" * 61) == '"' + "a" * 60 + '..."'
    assert show("a" * 60) == '"' + "a" * 60 + '"'
    assert show("a\x1b[2J\nb\u202e") == '"a\\x1b[2J\\nb\\u202e"'
    assert clean("中文") == "中文"


@pytest.mark.parametrize(
    ("value", "shown", "kind"),
    [
        (True, "true", "true or false"),
        (7, "7", "a whole number"),
        (1.5, "1.5", "a number with a fraction"),
        (date(2026, 1, 2), "2026-01-02", "a date"),
        (datetime(2026, 1, 2, tzinfo=UTC), "2026-01-02T00:00:00+00:00", "a date with a time"),
        (time(1, 2), "01:02:00", "a time"),
        (["secret"], "an array", "an array"),
        ({"secret": 1}, "a table", "a table"),
        (object(), "an unknown value", "an unknown value"),
    ],
)
def test_values_are_shown_short_and_named(value: object, shown: str, kind: str) -> None:
    assert show(value) == shown
    assert kind_of(value) == kind


def test_numbers_too_long_to_print_are_not_printed() -> None:
    assert show(16**5000) == show(-(16**5000)) == "a number of more than 60 digits"


def test_suggestions_forgive_case_and_hyphens() -> None:
    assert suggestion("china-unicorn", ("china_telecom", "china_unicom")) == " (did you mean china_unicom?)"
    assert suggestion("asia/shangai", ("Asia/Shanghai",)) == " (did you mean Asia/Shanghai?)"
    assert suggestion("zzz", ("china_telecom",)) == ""


def test_paths_are_written_as_people_write_them() -> None:
    assert dotted(("circuit", 2, "z", "location")) == "circuit[2].z.location"
    assert dotted(("a b", "\n", "")) == '"a b"."\\n".""'
