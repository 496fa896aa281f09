"""The reader of YAML: what it takes it reads as YAML says, what it does not take it refuses with a line."""

import pytest

from auditor.errors import ParseError
from auditor.formats.yaml import Node, parse

SECRET = "hunter2-NeverToBeSeen"


def read(content: str, *wanted: str) -> Node:
    return parse(enumerate(content.splitlines(), 1), frozenset(wanted or ("a", "b", "c")))


@pytest.mark.parametrize(
    ("content", "node"),
    [
        ("", None),
        ("# nothing\n\n---\n", None),
        ("a: 1\nb: 'it''s # one' # two\n", {"a": "1", "b": "it's # one"}),
        ('a: "x\\ty\\"z"\n', {"a": 'x\ty"z'}),
        ("a: x:y#z\nb: [::1, fe80::/10]\n", {"a": "x:y#z", "b": ["::1", "fe80::/10"]}),
        ("a:\n- 1\n- 2\nb:\n  - 3\n", {"a": ["1", "2"], "b": ["3"]}),
        ("a:\n  - b: 1\n    c: 2\n  - c: 3\n  -\n    b: 4\n", {"a": [{"b": "1", "c": "2"}, {"c": "3"}, {"b": "4"}]}),
        ("a: {b: [1, {c: 'x, y'}], c: }\n", {"a": {"b": ["1", {"c": "x, y"}], "c": None}}),
        ("a: [1, # one\n    2,\n  3]\nb: 4\n", {"a": ["1", "2", "3"], "b": "4"}),
        ("a: ~\nb: null\nc:\n", {"a": None, "b": None, "c": None}),
        ("a: |\n  b: 1\n\n  c: 2\nb: >-\n  x\nc: 3\n", {"a": None, "b": None, "c": "3"}),
        ("a:\n  b: 1\n...\nrest\n", {"a": {"b": "1"}}),
        ("a: 1\na: 2\n", {"a": "2"}),
        ('"a": 1\n"x: y": {b: 2}\n', {"a": "1", "x: y": {"b": "2"}}),
        ("- - 1\n  - 2\n", [[None, None]]),
    ],
)
def test_yaml_is_read(content: str, node: Node) -> None:
    assert read(content) == node


def test_values_that_are_not_wanted_are_dropped_wherever_they_stand() -> None:
    content = (
        f"x: {SECRET}\ny: [{SECRET}, {{z: {SECRET}, a: 1}}]\nz:\n  - {SECRET}\n  - x: '{SECRET}'\n"
        f"k: |\n  {SECRET}\nb: {{x: kept}}\n# {SECRET}\n"
    )
    node = read(content)
    assert node == {
        "x": None,
        "y": [None, {"z": None, "a": "1"}],
        "z": [None, {"x": None}],
        "k": None,
        "b": {"x": "kept"},
    }


@pytest.mark.parametrize(
    "content",
    [
        f"a: &x {SECRET}\n",
        f"a: *{SECRET}\n",
        f"a: !!str {SECRET}\n",
        f"? {SECRET}\n",
        f"a: {SECRET}\n  {SECRET}\n",
        f'a: "{SECRET}\n',
        f"a: '{SECRET}' {SECRET}\n",
        f"a: [{SECRET}\n",
        f"a: {{{SECRET}}}\n",
        f"a: [1] {SECRET}\n",
        "a: [1 2, [}]\n",
        f"a: 1\n b: {SECRET}\n",
        f"a:\n  b: 1\n {SECRET}: 2\n",
        f"\ta: {SECRET}\n",
        f"{SECRET}\n",
        "a: 1\n--- \n--- b\n",
        "a: " + "[" * 50 + "]" * 50,
        "\n".join(" " * n + "a:" for n in range(40)),
    ],
)
def test_what_is_not_taken_is_refused_with_its_line_and_without_its_text(content: str) -> None:
    with pytest.raises(ParseError) as caught:
        read(content)
    assert caught.value.detail.startswith("line ")
    assert SECRET not in str(caught.value)


def test_any_cut_is_read_or_refused() -> None:
    content = "a:\n  - b: 'x'\n    c: [1, {a: \"2\"}]\nb: {c: 1}\nc: |\n  x\n"
    refused = []
    for size in range(len(content)):
        try:
            read(content[:size])
        except ParseError as error:
            refused.append(error.detail)
    assert refused
    assert all(detail.startswith("line ") for detail in refused)
