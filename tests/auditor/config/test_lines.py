import re
import tomllib
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.config.lines import LineFinder, deepest_line, line_of, longest_line

# Every number in these documents is the line it stands on.
DOCUMENT = '''\
top = 1  # a comment with [[brackets]] and x = 1
"quoted [key]" = 2
text = """
[[circuit]]
cid = 1 \\""" still text """"
a.b.c = 6
literal = \'\'\'
[x]\'\'\'\'\'
inline = { one = 9, "t=w]o" = 9, deep = { three = [9, 9] } }
list = [ # the first comment
  11, 11,
  12,
  [ 13, [ 13,
    14 ] ],
  { x = 15, y.z = 15 }, """
""", 16,
]
when = [2026-01-01 10:00:00, 1.5e3, true]
empty = []
none = {}

[table]
key = 23
   [ "a.b" . c ]
key=25

[[circuit]]
cid = 28
[circuit.a]
site = 30
[[circuit.licence]]
n = 32
[[circuit.licence]]
n = 34
[circuit.licence.more]
n = 36
[[circuit]]
cid = 38
z.location = 39
'''


def leaves(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], int]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from leaves(inner, (*path, index))
    elif isinstance(value, int) and not isinstance(value, bool):
        yield path, value


@pytest.mark.parametrize("text", [DOCUMENT, DOCUMENT.replace("\n", "\r\n")])
def test_every_key_and_element_has_its_line(text: str) -> None:
    lines = LineFinder(text).lines
    expected = dict(leaves(tomllib.loads(text)))
    assert len(expected) == 25
    assert {path: lines.get(path) for path in expected} == expected


def test_tables_have_the_line_of_their_header() -> None:
    lines = LineFinder(DOCUMENT).lines
    assert lines["circuit", 0] == 27
    assert lines["circuit", 1] == 37
    assert lines["circuit", 0, "licence", 1] == 33
    assert lines["circuit", 0, "a"] == 29
    assert lines["text",] == 3
    assert lines["literal",] == 7
    assert lines["list", 4] == 15


def test_an_unknown_path_has_the_line_of_what_is_around_it() -> None:
    lines = LineFinder(DOCUMENT).lines
    assert line_of(lines, ("circuit", 1, "z", "prefixes")) == 39
    assert line_of(lines, ("circuit", 1, "owner")) == 37
    assert line_of(lines, ("nowhere",)) is None


FORMS = ("a{}", "b-{}", '"q{} = ["', "'l#{}'", '"\\u0041\\n{}"', "c{0} . d", "{}")
KEYS = st.builds(lambda form, number: form.format(number), st.sampled_from(FORMS), st.integers(0, 99))


@st.composite
def values(draw: st.DrawFn, depth: int = 0) -> str:
    kinds = ["int", "int", "string", "array", "inline", "multi"]
    match draw(st.sampled_from(kinds if depth < 3 else kinds[:3])):
        case "int":
            return "@"
        case "string":
            return draw(st.sampled_from(['"x = [ # \\" {"', "'['", "1979-05-27 07:32:00", "-1.5", "true", '""']))
        case "multi":
            return draw(st.sampled_from(['"""\n[x]\n\\""""""', "'''\n\n''''", '"""""a"""']))
        case "array":
            parts = draw(st.lists(values(depth + 1), max_size=3))
            gap = draw(st.sampled_from(["", "\n", " # ]\n", "\n\n"]))
            return "[" + gap + f",{gap}".join(parts) + gap + "]"
        case _:
            names = draw(st.lists(KEYS, unique=True, max_size=2))
            return "{ " + ", ".join(f"{name} = {draw(values(depth + 1))}" for name in names) + " }"


@st.composite
def documents(draw: st.DrawFn) -> str:
    statements = []
    for _ in range(draw(st.integers(1, 8))):
        header = draw(st.sampled_from(["", "", "", "[{}]", "[[{}]]", " [ {} ] # x"]))
        statement = header.format(draw(KEYS)) if header else f"{draw(KEYS)} = {draw(values())}"
        statements.append(statement + draw(st.sampled_from(["", " # comment ] = [", "\n"])))
    numbered = "\n".join(statements)
    out, line = "", 1
    for part in re.split("(@|\n)", numbered):
        out += str(line) if part == "@" else part
        line += part == "\n"
    return out


@given(documents())
def test_generated_documents_agree_with_the_lines_they_state(text: str) -> None:
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return  # NOTE: double keys; there is no document then
    lines = LineFinder(text).lines
    for path, line in leaves(data):
        if line > 0:
            assert lines.get(path) == line, (path, text)


def test_places_of_what_the_parser_gives_no_line_for() -> None:
    assert deepest_line("a = [\n[[\n[1]]]\n]") == 3
    assert longest_line('x = 1\ny = "' + "a" * 50 + '"\nz = 123456\n') == 3
