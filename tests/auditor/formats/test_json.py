"""JSON token by token: wanted values with their paths, everything else dropped, every cut of a file refused."""

import json
import random
from pathlib import Path

import pytest

from auditor.errors import ParseError, SourceTruncated
from auditor.formats.json import events

DOCUMENT = b"""\xef\xbb\xbf{ // a comment
  "server": ["::1", "a.example"], /* over
  lines */ "server_port": 8388,
  'local_port': 1080, # another
  "password": "hunter2 \\" } , server",
  nested: {"server": null, "deep": [[{"port": -1}, {"port": true,}]],},
  "text": "\\u4e2d\\n\\/",
}
"""
WANTED = frozenset(["server", "server_port", "local_port", "port", "text"])


def test_wanted_values_come_with_their_paths() -> None:
    assert list(events(DOCUMENT.splitlines(keepends=True), WANTED)) == [
        (("server", 0), "::1"),
        (("server", 1), "a.example"),
        (("server_port",), 8388),
        (("local_port",), 1080),
        (("nested", "server"), None),
        (("nested", "deep", 0, 0, "port"), "-1"),
        (("nested", "deep", 0, 1, "port"), True),
        (("text",), "中\n/"),
    ]


def test_every_cut_of_a_file_is_an_error_that_quotes_nothing() -> None:
    whole = DOCUMENT.rstrip()
    for size in range(3, len(whole)):
        with pytest.raises(ParseError, match=r"^line \d+: [a-zA-Z ,\]}\[{:]+$") as error:
            list(events(whole[:size].splitlines(keepends=True), WANTED))
        assert "hunter2" not in error.value.detail


@pytest.mark.parametrize("text", ["{]", "[}", "}", "1 2", '{"a": 1} x', "{" * 80, '{"a": "b\n"}', ",", '{"a": @}'])
def test_what_is_not_json_is_refused(text: str) -> None:
    with pytest.raises(ParseError, match="line 1"):
        list(events(text.encode().splitlines(keepends=True), frozenset(["a"])))


def test_too_many_settings_are_too_many() -> None:
    with pytest.raises(SourceTruncated):
        list(events([b'{"port": [' + b"1," * 30_000 + b"1]}"], WANTED))


def test_random_documents_read_like_the_library_reads_them() -> None:
    maker = random.Random(7)

    def value(depth: int) -> object:
        kind = maker.randrange(6 if depth else 4)
        if kind == 4:
            return [value(depth - 1) for _ in range(maker.randrange(4))]
        if kind == 5:
            return {maker.choice(["port", "x", "server"]): value(depth - 1) for _ in range(maker.randrange(4))}
        return maker.choice([maker.randrange(10**6), maker.choice(['a"b\\', "中,{}[]:", ""]), True, None])

    def walk(path: tuple[str | int, ...], one: object) -> list[tuple[tuple[str | int, ...], object]]:
        if isinstance(one, dict):
            return [event for key, child in one.items() for event in walk((*path, key), child)]
        if isinstance(one, list):
            return [event for at, child in enumerate(one) for event in walk((*path, at), child)]
        name = next((part for part in reversed(path) if isinstance(part, str)), "")
        return [(path, one)] if name in WANTED else []

    for _ in range(300):
        made = {"server": value(4)}
        text = json.dumps(made, indent=maker.choice([None, 2]), ensure_ascii=maker.choice([True, False]))
        assert list(events(text.encode().splitlines(keepends=True), WANTED)) == walk((), made)


def test_a_file_of_a_package() -> None:
    packaged = Path("/etc/v2ray/config.json")
    if not packaged.exists():
        pytest.skip("package v2ray is not installed")
    with packaged.open("rb") as lines:
        found = dict(events(lines, frozenset(["port", "protocol"])))
    assert found["inbounds", 0, "port"] == 10086
