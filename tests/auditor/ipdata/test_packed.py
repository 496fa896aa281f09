"""The packed form: what goes in comes out, and nothing that is cut, damaged or of another form is taken for data."""

import json
import lzma
from ipaddress import ip_address
from typing import Any

import pytest

from auditor.errors import ParseError
from auditor.ipdata.packed import FORMAT, pack, unpack

FOUR = [(0, 0), (0x01000000, 1), (0x01000100, 0), (0x02000000, 2)]
SIX = [(0, 0), (0x2001_0DB8_0000_0000, 1), (0x2001_0DB9_0000_0000, 0)]
DATA = pack("a-source", "country", "2026-09-16", ["CN", "HK"], FOUR, SIX)


def at(text: str) -> Any:
    return unpack(DATA).get(ip_address(text).packed)


def test_an_address_has_the_value_of_the_range_that_it_is_in() -> None:
    for text, value in (
        ("0.0.0.0", None),
        ("0.255.255.255", None),
        ("1.0.0.0", "CN"),
        ("1.0.0.255", "CN"),
        ("1.0.1.0", None),
        ("2.0.0.0", "HK"),
        ("255.255.255.255", "HK"),
        ("2001:db8::1", "CN"),
        ("2001:db8:ffff:ffff:ffff::", "CN"),
        ("2001:db9::", None),
        ("::", None),
    ):
        assert at(text) == value, text


def test_the_header_comes_back() -> None:
    table = unpack(DATA)
    assert (table.source, table.kind, table.dated, list(table.values)) == (
        "a-source",
        "country",
        "2026-09-16",
        ["CN", "HK"],
    )


@pytest.mark.parametrize("count", [1, 300, 70_000])
def test_value_numbers_of_every_width(count: int) -> None:
    ranges = [(number, number + 1) for number in range(count)]
    table = unpack(pack("s", "asn", "2026-01-01", list(range(count)), ranges, [(0, 0)]))
    assert table.get((count - 1).to_bytes(4)) == count - 1


def test_an_empty_table_answers_nothing() -> None:
    table = unpack(pack("s", "asn", "2026-01-01", [], [], []))
    assert table.get(bytes(4)) is table.get(bytes(16)) is None


def test_no_truncation_of_the_file_is_taken_for_data() -> None:
    for length in range(len(DATA)):
        with pytest.raises(ParseError):
            unpack(DATA[:length])


def test_no_truncation_of_what_is_inside_is_taken_for_data() -> None:
    raw = lzma.decompress(DATA)
    for length in range(len(raw)):
        with pytest.raises(ParseError):
            unpack(lzma.compress(raw[:length]))


@pytest.mark.parametrize("data", [b"", b"\0" * 100, b"\xfd7zXZ\0" * 9, DATA + b"x", DATA[:40] + b"\xff" + DATA[41:]])
def test_other_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(ParseError):
        unpack(data)


@pytest.mark.parametrize(
    "changes",
    [
        {"format": "other"},
        {"width": 3},
        {"counts": [1]},
        {"counts": [-1, 3]},
        {"counts": [1 << 60, 0]},
        {"values": "CN"},
        {"source": None},
        {"values": []},
    ],
)
def test_headers_of_another_form_are_refused(changes: dict[str, Any]) -> None:
    line, _, rest = lzma.decompress(DATA).partition(b"\n")
    header = json.loads(line) | changes
    assert json.loads(line)["format"] == FORMAT
    with pytest.raises(ParseError):
        unpack(lzma.compress(json.dumps(header).encode() + b"\n" + rest))
