import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.guidance.jsonlines import JsonError, JsonObject, Node, parse

DOCUMENTS = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def plain(node: Node) -> Any:
    if isinstance(node.value, JsonObject):
        return {member.key: plain(member.node) for member in node.value.members}
    if isinstance(node.value, tuple):
        return [plain(item) for item in node.value]
    return node.value


@given(DOCUMENTS, st.sampled_from((None, 0, 2)), st.booleans())
def test_reads_what_the_standard_library_writes(document: Any, indent: int | None, ascii_only: bool) -> None:
    assert plain(parse(json.dumps(document, indent=indent, ensure_ascii=ascii_only))) == document


@given(st.text(alphabet='{}[]":,\\ \ntruefalsn0123456789.eE+-ué', max_size=40))
def test_agrees_with_the_standard_library_on_what_is_json(text: str) -> None:
    def refuse(word: str) -> None:
        raise ValueError(word)

    try:
        expected = json.loads(text, parse_constant=refuse)
    except ValueError:
        with pytest.raises(JsonError):
            parse(text)
    else:
        assert plain(parse(text)) == expected


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    with suppress(JsonError):
        parse(text)
    with pytest.raises(JsonError) as caught:
        parse(f"{text}\x00")
    assert 1 <= caught.value.line <= text.count("\n") + 1


def test_lines_of_keys_and_values() -> None:
    root = parse('{\n "a": 1,\n\n "b": [\n  true,\n  {"c"\n : null}]}')
    assert isinstance(root.value, JsonObject)
    a, b = root.value.members
    assert (a.line, a.node.line, b.line, b.node.line) == (2, 2, 4, 4)
    assert isinstance(b.node.value, tuple)
    assert [item.line for item in b.node.value] == [5, 6]


def test_repeated_keys_are_kept() -> None:
    root = parse('{"a": 1,\n"a": 2}')
    assert isinstance(root.value, JsonObject)
    assert [(member.key, member.line) for member in root.value.members] == [("a", 1), ("a", 2)]


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        ("", 1, "the text ends"),
        ("{\n", 2, "a key in double quotes"),
        ('{\n"a"\n1}', 3, "a colon"),
        ("[1\n2]", 2, "a comma or ]"),
        ("[1,\n]", 2, "no value"),
        ('{"a": 1,\n}', 2, "a key in double quotes"),
        ("{'a': 1}", 1, "a key in double quotes"),
        ("[NaN]", 1, "NaN and Infinity"),
        ("[-Infinity]", 1, "NaN and Infinity"),
        ("[\nTrue]", 2, "a word needs double quotes"),
        ("[01]", 1, "a comma or ]"),
        ("[-]", 1, "no value"),
        ("[" + "9" * 5000 + "]", 1, "too long"),
        ('["a\nb"]', 1, "no end on its line"),
        ('["\\x"]', 1, "wrong escape"),
        ("[" * 100_000, 1, "nested more than"),
        ('{"a":' * 50_000, 1, "nested more than"),
        ("{} {}", 1, "nothing may follow"),
        ("[1] // note", 1, "nothing may follow"),
        ("[٣]", 1, "malformed"),
    ],
)
def test_faults_are_named_with_their_line(text: str, line: int, problem: str) -> None:
    with pytest.raises(JsonError, match=problem) as caught:
        parse(text)
    assert caught.value.line == line
