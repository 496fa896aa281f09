"""pppd's words and options."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.errors import ParseError
from auditor.formats import pppd


def test_words() -> None:
    text = b"a 'b c'\t\"d \\\" e\" f\\ g h#i # comment\n# whole line\n\n'two\nlines' \xff\n"
    assert list(pppd.words(enumerate(text.splitlines(keepends=True), 1))) == [
        "a",
        "b c",
        'd " e',
        "f g",
        "h#i",
        "two\nlines",
        "\\xff",
    ]


@given(st.binary())
def test_words_of_any_bytes(raw: bytes) -> None:
    with suppress(ParseError):
        assert all(isinstance(word, str) for word in pppd.words(enumerate(raw.splitlines(keepends=True), 1)))


def test_a_quote_that_never_ends_is_told_with_its_line() -> None:
    with pytest.raises(ParseError, match="line 2: "):
        list(pppd.words([(1, b"a 'b'\n"), (2, b"c 'd\n"), (3, b"e\n")]))


def test_only_wanted_options_and_never_the_arguments_of_others() -> None:
    stream = ["password", "plugin", "plugin", "a.so", "linkname", "unit", "unit", "3", "noauth", "plugin"]
    assert list(pppd.options(stream, ("plugin", "unit"))) == [("plugin", "a.so"), ("unit", "3")]
