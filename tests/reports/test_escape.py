import json
import re
import tomllib
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports import escape
from reports.escape import DISPLAY_LIMIT_CHARACTERS, content, contents, json_inert, toml_string, visible, well_formed
from tests.reports.hostile import HOSTILE


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("eth0", "eth0"),
        ("上海办公室（一）", "上海办公室（一）"),
        ("gnp.\u202eexe", "gnp.[U+202E]exe"),
        ("\u2066a\u2069", "[U+2066]a[U+2069]"),
        ("a\u200bb\ufeff", "a[U+200B]b[U+FEFF]"),
        ("\x1b[31mred", "\\x1b[31mred"),
        ("a\r\nb\tc\x00", "a\\x0d\\x0ab\\x09c\\x00"),
        ("\x9b1m\x7f", "\\x9b1m\\x7f"),
        ("a\u2028b", "a[U+2028]b"),
        ("\udcff", "[U+DCFF]"),
        ("Orléans", "Orléans"),
    ],
)
def test_visible_spells_out_what_cannot_be_seen(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_visible_breaks_up_piles_of_combining_marks() -> None:
    shown = visible("e" + "\u0301" * 40)
    assert shown.startswith("e\u0301\u0301\u0301\u0301[U+0301]")
    assert shown.count("\u0301") == 4


def test_visible_cuts_long_text_and_says_by_how_much() -> None:
    shown = visible("A" * (DISPLAY_LIMIT_CHARACTERS + 7))
    assert shown.endswith("A… [+7]")
    assert visible("abcdef", limit=3) == "abc… [+3]"


@given(st.text())
def test_nothing_visible_returns_is_invisible(text: str) -> None:
    shown = visible(text, limit=100_000)
    assert {unicodedata.category(character) for character in shown}.isdisjoint({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
    assert visible(shown, limit=1_000_000) == shown


@given(st.text(alphabet=st.characters(exclude_categories=[])))
def test_well_formed_text_can_be_written(text: str) -> None:
    assert well_formed(text).encode("utf-8").decode() == re.sub(
        "[\ud800-\udfff]", lambda m: f"\\x{ord(m[0]) & 255:02x}", text
    )


@given(st.text())
def test_json_inert_changes_no_value(text: str) -> None:
    raw = json.dumps({text: [text]}, ensure_ascii=False)
    inert = json_inert(raw)
    assert json.loads(inert) == {text: [text]}
    assert not any(character in inert for character in "\u202e\u2066\u200b\u2028\x7f\x9b")


@given(st.text())
def test_toml_strings_read_back_and_show_everything(text: str) -> None:
    line = f"key = {toml_string(text)}"
    assert tomllib.loads(line) == {"key": text}
    assert visible(line, limit=1_000_000) == line


def test_the_short_way_lets_no_character_through_that_the_long_way_spells_out() -> None:
    for number in range(0x110000):
        character = chr(number)
        if character.isprintable() and escape._PLAIN.fullmatch(character):
            assert not unicodedata.combining(character), hex(number)
            assert unicodedata.category(character) not in escape._HIDDEN, hex(number)


@given(
    st.lists(st.text(alphabet=st.one_of(st.characters(), st.sampled_from("&<>ab \u4e00\u0301\u00ad\n"))), max_size=6)
)
def test_texts_looked_at_as_one_are_as_each_alone(texts: list[str]) -> None:
    assert contents(texts) == [content(text) for text in texts]


@pytest.mark.parametrize("text", [*HOSTILE, "&", "<", ">", "A" * (DISPLAY_LIMIT_CHARACTERS + 1)])
def test_one_hostile_text_among_many_is_escaped_and_changes_no_other(text: str) -> None:
    others = [f"eth{number}" for number in range(99)]
    assert contents([*others, text]) == [*others, content(text)]
    assert contents([text, *others]) == [content(text), *others]


def test_combining_marks_of_two_texts_are_not_counted_together() -> None:
    assert contents(["e\u0301\u0301", "\u0301\u0301\u0301"]) == ["e\u0301\u0301", "\u0301\u0301\u0301"]


def test_what_is_taken_as_it_is_holds_no_character_that_needs_a_change() -> None:
    for number in range(0x110000):
        character = chr(number)
        if escape._INERT.fullmatch(character):
            assert content(character) == character, hex(number)
            assert not unicodedata.combining(character), hex(number)
