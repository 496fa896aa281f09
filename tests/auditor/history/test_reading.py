"""Reports read again: what is wrong is named with file and field, whatever the bytes are."""

import copy
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.errors import InputError
from auditor.history import previous, reading
from auditor.history.diff import diff
from auditor.history.reading import parse, read, same_gateway
from tests.reports import sample_history

GOOD = json.loads(sample_history.written())


def refused(document: Any) -> str:
    with pytest.raises(InputError) as caught:
        parse(json.dumps(document).encode(), "old.json")
    return str(caught.value)


def test_a_report_is_read_whole() -> None:
    assert parse(sample_history.written(), "x").document == GOOD


BYTES = {
    "nothing": (b"", "old.json:1: is not JSON"),
    "half": (sample_history.written()[:5000], "is not JSON"),
    "not UTF-8": (b'{"a": "\xff"}', "old.json: is not UTF-8 text (byte 7)"),
    "a list": (b"[]", "must be one JSON object"),
    "another kind": (b'{"tunnels": []}', "schema_version: is missing"),
    "NaN": (b'{"a": NaN}', "NaN is no JSON value"),
    "infinity": (b'{"a": 1e999}', "a number is too large"),
    "many digits": (b'{"a": ' + b"9" * 10_000 + b"}", "old.json: "),
    "twice": (b'{"a": 1, "a": 2}', "the key 'a' stands twice"),
    "deep": (b"[" * 200_000, "old.json: is nested too deeply"),
    "deep objects": (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "old.json: is nested too deeply"),
}


@pytest.mark.parametrize(("data", "said"), BYTES.values(), ids=BYTES.keys())
def test_bytes_that_are_no_report(data: bytes, said: str) -> None:
    with pytest.raises(InputError) as caught:
        parse(data, "old.json")
    assert said in str(caught.value)


Alter = Callable[[dict[str, Any]], object]
FIELDS: dict[str, tuple[Alter, str]] = {
    "version": (
        lambda d: d.update(schema_version="2.0"),
        "schema_version: is 2.0; this version compares reports of 1.x",
    ),
    "list": (lambda d: d.update(tunnels={}), "tunnels: must be a list"),
    "object": (lambda d: d.update(gateway=3), "gateway: must be an object"),
    "entry": (lambda d: d["tunnels"].insert(1, 7), "tunnels[1]: must be an object"),
    "id": (lambda d: d["tunnels"][2].pop("id"), "tunnels[2].id: must be text"),
    "verdict": (lambda d: d["objects"][0].update(verdict="fine"), "objects[0].verdict: must be one of"),
    "status": (lambda d: d.update(status=None), "status: must be one of"),
    "moment": (lambda d: d["scan"].update(started_at="yesterday"), "scan.started_at: must be a moment"),
    "moment without offset": (lambda d: d["scan"].update(started_at="2026-11-01T10:00:00"), "must be a moment"),
    "hides": (lambda d: d["blind_spots"][0].update(hides=[["x"]]), "blind_spots[0].hides: must be a list of texts"),
    "technology": (lambda d: d["tunnels"][0].update(technology=[1]), "tunnels[0].technology: must be text or null"),
    "deep": (lambda d: d["tunnels"][0].update(x=json.loads("[" * 90 + "]" * 90)), "nested too deeply"),
}


@pytest.mark.parametrize(("alter", "said"), FIELDS.values(), ids=FIELDS.keys())
def test_the_field_is_named(alter: Alter, said: str) -> None:
    broken = copy.deepcopy(GOOD)
    alter(broken)
    assert f"old.json: {said}" in refused(broken) or said in refused(broken)


def test_messages_hold_nothing_that_a_terminal_obeys() -> None:
    with pytest.raises(InputError) as caught:
        parse(b'{"schema_version": "\\u001b[31m\\u202e"}', "a\x1b[1mb")
    assert str(caught.value).isprintable()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


MARKS = st.text('[]{}"\\\\,: a\n\t中', max_size=8)
NESTED = st.recursive(
    MARKS | st.none(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(MARKS, inner, max_size=3),
    max_leaves=12,
)


def depth(value: Any) -> int:
    """Return how deep a value is nested, 0 for what is neither object nor list."""
    if not isinstance(value, dict | list):
        return 0
    return 1 + max(map(depth, value.values() if isinstance(value, dict) else value), default=0)


@settings(max_examples=500, deadline=None)
@given(NESTED, st.integers(1, 6), st.booleans(), st.sampled_from([None, 1]))
def test_depth_is_told_by_the_text_as_by_the_value(value: Any, most: int, ascii_only: bool, indent: int | None) -> None:
    data = json.dumps(value, ensure_ascii=ascii_only, indent=indent).encode()
    with mock.patch.object(reading, "_MAX_DEPTH", most):
        assert reading._too_deep(data) is (depth(value) > most)


@pytest.mark.parametrize(("levels", "good"), [(63, True), (64, False)])
def test_a_report_is_nested_64_deep_at_most(levels: int, good: bool) -> None:
    document = {**GOOD, "later": json.loads("[" * levels + '"]]"' + "]" * levels)}
    if good:
        assert parse(json.dumps(document).encode(), "x").document == document
    else:
        assert "nested too deeply" in refused(document)


@settings(deadline=None)
@given(st.data())
def test_any_value_in_any_place_is_compared_or_refused(data: st.DataObject) -> None:
    broken = copy.deepcopy(GOOD)
    at: Any = broken
    for _ in range(data.draw(st.integers(0, 4))):
        keys = list(at) if isinstance(at, dict) else list(range(len(at)))
        below = [key for key in keys if isinstance(at[key], dict | list) and at[key]]
        if not below:
            break
        at = at[data.draw(st.sampled_from(below))]
    at[data.draw(st.sampled_from(list(at) if isinstance(at, dict) else range(len(at))))] = data.draw(JSON)
    try:
        other = parse(json.dumps(broken).encode(), "x").document
    except InputError:
        return
    diff(GOOD, other)
    diff(other, GOOD)


def test_files(tmp_path: Path) -> None:
    file = tmp_path / "report.json"
    assert previous.find(tmp_path) == previous.Previous()
    file.write_bytes(sample_history.written())
    found = previous.find(tmp_path)
    assert found.report is not None
    assert found.problem is None
    file.write_bytes(sample_history.written()[:999])
    assert "report.json:" in str(previous.find(tmp_path).problem)
    assert str(tmp_path) not in str(previous.find(tmp_path).problem)
    with pytest.raises(InputError, match="is larger than 0 MiB"):
        read(file, limit_bytes=10)
    file.unlink()
    file.mkdir()
    assert "is not a regular file" in str(previous.find(tmp_path).problem)
    file.rmdir()
    os.mkfifo(file)
    assert "is not a regular file" in str(previous.find(tmp_path).problem)


@pytest.mark.parametrize(
    ("old", "new", "same"),
    [
        (("a", "a"), ("a", "a"), True),
        (("a", "a"), ("gw", "a"), True),
        (("gw", "a"), ("gw", "b"), True),
        (("gw1", "a"), ("gw2", "a"), False),
        (("a", "a"), ("b", "b"), False),
    ],
)
def test_which_gateway(old: tuple[str, str], new: tuple[str, str], same: bool) -> None:
    one, other = ({"gateway": dict(zip(("name", "hostname"), pair, strict=True))} for pair in (old, new))
    assert same_gateway(one, other) is same


@pytest.mark.parametrize(
    ("memory", "limit"),
    [
        ("MemAvailable: 524288 kB", previous.LIMIT_BYTES),
        ("MemTotal: 9 kB\nMemAvailable: 2097152 kB\n", (2 << 30) // 12),
        ("MemAvailable: 33554432 kB", previous.MOST_BYTES),
        ("MemAvailable:", previous.LIMIT_BYTES),
        ("MemTotal: 33554432 kB", previous.LIMIT_BYTES),
    ],
)
def test_a_report_is_compared_up_to_what_memory_allows(tmp_path: Path, memory: str, limit: int) -> None:
    (tmp_path / "meminfo").write_text(memory)
    assert previous.limit_bytes(tmp_path / "meminfo") == limit
    assert previous.limit_bytes(tmp_path / "none") == previous.LIMIT_BYTES


def test_a_report_over_the_limit_is_named_as_such(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(previous, "LIMIT_BYTES", 1 << 20)
    monkeypatch.setattr(previous, "_MEMORY", tmp_path / "none")
    (tmp_path / "report.json").write_bytes(b" " * ((1 << 20) + 1))
    assert previous.find(tmp_path).problem == "report.json: is larger than 1 MiB"
