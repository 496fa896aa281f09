"""YAML by lines: wanted values in every style, nothing else kept, and honest failure."""

import pytest

from auditor.errors import ParseError
from auditor.formats.yaml import Leaf, leaves

WANTED = (("listen", "port"), ("hosts",), ("tun", "dev"))
SECRET = "planted-yaml-secret"
PEM = f"pki:\n  key: |\n    -----BEGIN-----\n    {SECRET}\n    listen: 1\n\n    -----END-----\n"


def read(text: str) -> list[tuple[tuple[str, ...], str]]:
    found = list(leaves(text.encode().splitlines(keepends=True), WANTED))
    assert SECRET not in repr(found)
    return [(leaf.path, leaf.value) for leaf in found]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("hosts:\n  a: x\n", "x"),
        ("hosts:\n  a: 'it''s'\n", "it's"),
        ('hosts:\n  a: "x # y"  # z\n', "x # y"),
        ("hosts:\n  'a': [x]\n", "x"),
        ("hosts:\n  a:\n  - x\n", "x"),
        ("hosts:\n    a:\n      - x # y\n", "x"),
        ("hosts: {a: x}\n", "x"),
        ('"hosts": {"a":["x"]}\n', "x"),
        ("hosts: {\n  a: [\n    x, # ]\n  ],\n}\n", "x"),
        ("\ufeff---\n# c\nhosts:\n  a: x\n---\nhosts:\n  a: y\n", "x"),
        (PEM + "hosts:\n  a: x\n", "x"),
        (f"pki: {{key: [\n  {SECRET},\n  '}}',\n]}}\nhosts:\n  a: x\n", "x"),
        (f"pki:\n  key: >-\n    {SECRET}\nhosts:\n  a: x\n", "x"),
        (f"list:\n- |\n  {SECRET}\n- port: 1\n  dev: y\nhosts:\n  a: x\n", "x"),
        (f"pki: &anchor\n  key: {SECRET}\nmore: *anchor\nhosts:\n  a: x\n", "x"),
        ("hosts:\r\n  a: x\r\n", "x"),
    ],
)
def test_every_style(text: str, value: str) -> None:
    assert read(text) == [(("hosts", "a"), value)]


def test_lists_lines_and_addresses() -> None:
    text = 'hosts:\n  "10.0.0.1": ["192.0.2.1:4242", \'x:1\',y.example:2]\n  10.0.0.2:\n    - "[2001:db8::1]:4242"\n'
    assert list(leaves(text.encode().splitlines(), WANTED)) == [
        Leaf(("hosts", "10.0.0.1"), "192.0.2.1:4242", 2),
        Leaf(("hosts", "10.0.0.1"), "x:1", 2),
        Leaf(("hosts", "10.0.0.1"), "y.example:2", 2),
        Leaf(("hosts", "10.0.0.2"), "[2001:db8::1]:4242", 4),
    ]


def test_only_what_is_wanted() -> None:
    text = "listen:\n  host: h\n  port: 4\ntun: {dev: d, other: o}\nmore:\n  listen:\n    port: 9\n"
    assert read(text) == [(("listen", "port"), "4"), (("tun", "dev"), "d")]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (f"hosts:\n  a: &x {SECRET}\n", 2),
        (f"hosts:\n  a: *{SECRET}\n", 2),
        (f"hosts:\n  a: !t {SECRET}\n", 2),
        (f"hosts:\n  a: |\n    {SECRET}\n", 2),
        (f"hosts:\n  a: '{SECRET}\n", 2),
        (f"<<: *{SECRET}\n", 1),
        (f"hosts:\n  - a: {SECRET}\n", 2),
        (f"{{hosts: {SECRET}}}\n", 1),
        (f"hosts: [{SECRET}\n\n", 2),
        (f"hosts: [{SECRET}]]\n", 1),
        ("hosts:\n\ta: x\n", 2),
        (f"hosts:\n  a: x\n   {SECRET}\n", 3),
    ],
)
def test_what_is_not_understood_is_an_error_with_its_line(text: str, line: int) -> None:
    with pytest.raises(ParseError, match=f"line {line}: ") as caught:
        read(text)
    assert SECRET not in caught.value.detail


def test_a_deep_file_ends() -> None:
    deep = "".join(" " * depth + "hosts:\n" for depth in range(100))
    with pytest.raises(ParseError):
        read(deep)
    with pytest.raises(ParseError):
        read("hosts: " + "[" * 1000 + "]" * 1000)
    with pytest.raises(ParseError):
        read("hosts: [\n" + "x,\n" * 100_000 + "]\n")


@pytest.mark.parametrize("size", range(0, 200, 3))
def test_every_truncation_is_read_or_refused(size: int) -> None:
    text = (PEM + 'listen:\n  port: 4242\nhosts:\n  "10.0.0.1": ["192.0.2.1:4242"]\ntun: {dev: nebula1}\n')[:size]
    try:
        found = read(text)
    except ParseError as error:
        found = [((), error.detail)] if SECRET in error.detail else []
    assert {path for path, _ in found} <= {("listen", "port"), ("hosts", "10.0.0.1"), ("tun", "dev")}
