"""Lines "key = value" with sections."""

import pytest

from auditor.errors import ParseError
from auditor.formats.settings import Setting, settings


def read(text: str) -> list[Setting]:
    return list(settings(text.encode().splitlines(keepends=True), frozenset(["a", "b"])))


def test_settings_know_their_section() -> None:
    assert read('a = 1\n# a = 2\n[x]\nb=\'y # z\' # w\nc = 3\n[[p]]\n"a" = "q"\n') == [
        Setting("", "a", "1"),
        Setting("x", "", ""),
        Setting("x", "b", "y # z"),
        Setting("p", "", ""),
        Setting("p", "a", "q"),
    ]


@pytest.mark.parametrize(("text", "line"), [("a\n", 1), ("a = 1\nhunter2\n", 2), ('c = """\nx\n', 2)])
def test_what_is_neither_is_refused_with_its_line(text: str, line: int) -> None:
    with pytest.raises(ParseError, match=f"^line {line}: ") as error:
        read(text)
    assert "hunter2" not in error.value.detail
