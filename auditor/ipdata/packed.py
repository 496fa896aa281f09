"""The form in which IP data is shipped: ranges of addresses with one value each, packed small and read fast; pure.

A packed table is an LZMA stream of one line of JSON (the header), then for IPv4 and for IPv6 two columns: where each
range starts, as the difference to the one before, and the number of its value. Columns are stored byte plane
by byte plane, which halves their size. A range ends where the next one starts; value 0 means "no answer".
IPv6 ranges are whole /64 prefixes, of which the upper 64 bits count.
"""

import json
import lzma
import sys
from array import array
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Any

from auditor.errors import ParseError

FORMAT = "auditor-ip-ranges-1"
_START_BYTES = {4: 4, 6: 8}
_TYPES = {1: "B", 2: "H", 4: "I", 8: "Q"}
_FILTERS = [{"id": lzma.FILTER_LZMA2, "preset": 9 | lzma.PRESET_EXTREME}]
_HEADER_LIMIT_BYTES = 4 << 20
UNPACKED_LIMIT_BYTES = 256 << 20

Range = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Ranges:
    """The ranges of one address family: sorted starts, and the number of the value that holds from there on."""

    starts: "array[int]"
    values: "array[int]"


@dataclass(frozen=True, slots=True)
class Packed:
    """One table: `values[n - 1]` is value number n, `dated` the day of the data (ISO 8601)."""

    source: str
    kind: str
    dated: str
    values: Sequence[Any]
    four: Ranges
    six: Ranges

    def get(self, address: bytes) -> Any:
        """Return the value at `address` (4 or 16 bytes, network order), None if there is none."""
        ranges = self.four if len(address) == 4 else self.six
        index = bisect_right(ranges.starts, int.from_bytes(address[:8]))
        number = ranges.values[index - 1] if index else 0
        return self.values[number - 1] if number else None


def pack(
    source: str, kind: str, dated: str, values: Sequence[Any], four: Sequence[Range], six: Sequence[Range]
) -> bytes:
    """Return the packed form of sorted (start, value number) pairs; starts of IPv6 are upper 64 bits."""
    width = next(size for size in (1, 2, 4) if len(values) < 1 << 8 * size)
    header = {
        "format": FORMAT,
        "source": source,
        "kind": kind,
        "dated": dated,
        "width": width,
        "counts": [len(four), len(six)],
        "values": list(values),
    }
    parts = [json.dumps(header, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"]
    for version, ranges in ((4, four), (6, six)):
        starts = [start for start, _ in ranges]
        steps = [later - earlier for earlier, later in pairwise([0, *starts])]
        parts.append(_shuffled(steps, _START_BYTES[version]))
        parts.append(_shuffled([value for _, value in ranges], width))
    return lzma.compress(b"".join(parts), format=lzma.FORMAT_XZ, check=lzma.CHECK_SHA256, filters=_FILTERS)


def unpack(data: bytes) -> Packed:
    """Return the table in `data`; raises ParseError when it is anything else, cut short, damaged or too large."""
    raw = memoryview(_decompressed(data))
    end = bytes(raw[:_HEADER_LIMIT_BYTES]).find(b"\n")
    header = _header(bytes(raw[: max(end, 0)]))
    at, tables = end + 1, []
    for version, count in zip((4, 6), header["counts"], strict=True):
        steps, at = _column(raw, at, count, _START_BYTES[version])
        values, at = _column(raw, at, count, header["width"])
        try:
            starts = array(_TYPES[_START_BYTES[version]], accumulate(steps))
        except OverflowError:
            raise ParseError("IP data goes beyond the last address") from None
        if values and max(values) > len(header["values"]):
            raise ParseError("IP data names a value that it does not have")
        tables.append(Ranges(starts, values))
    if at != len(raw):
        raise ParseError("IP data is longer than it says")
    return Packed(header["source"], header["kind"], header["dated"], header["values"], *tables)


def _decompressed(data: bytes) -> bytes:
    """Return `data` without its compression, UNPACKED_LIMIT_BYTES at most; raises ParseError."""
    decompressor = lzma.LZMADecompressor(format=lzma.FORMAT_XZ, memlimit=256 << 20)
    try:
        raw = decompressor.decompress(data, UNPACKED_LIMIT_BYTES)
    except lzma.LZMAError:
        raise ParseError("IP data is damaged or of another form") from None
    if not decompressor.eof or decompressor.unused_data:
        raise ParseError("IP data is cut short, too long or too large")
    return raw


def _header(line: bytes) -> dict[str, Any]:
    """Return the header; raises ParseError unless it has everything that it must have."""
    try:
        header = json.loads(line)
    except (ValueError, RecursionError):
        raise ParseError("IP data without a header") from None
    sound = (
        isinstance(header, dict)
        and header.get("format") == FORMAT
        and all(isinstance(header.get(name), str) for name in ("source", "kind", "dated"))
        and header.get("width") in tuple(_TYPES)
        and isinstance(header.get("values"), list)
        and isinstance(header.get("counts"), list)
        and len(header["counts"]) == 2
        and all(isinstance(count, int) and count >= 0 for count in header["counts"])
    )
    if not sound:
        raise ParseError("IP data with a header of another form")
    found: dict[str, Any] = header
    return found


def _shuffled(numbers: Iterable[int], width: int) -> bytes:
    """Return `numbers` of `width` bytes each, little end first, byte plane by byte plane."""
    plain = array(_TYPES[width], numbers)
    if sys.byteorder == "big":
        plain.byteswap()
    raw = plain.tobytes()
    return b"".join(raw[plane::width] for plane in range(width))


def _column(raw: memoryview, at: int, count: int, width: int) -> tuple["array[int]", int]:
    """Return the column of `count` numbers at `at`, and where it ends; raises ParseError when it is cut short."""
    end = at + count * width
    if end > len(raw):
        raise ParseError("IP data is cut short")
    plain = bytearray(count * width)
    for plane in range(width):
        plain[plane::width] = raw[at + plane * count : at + (plane + 1) * count]
    numbers = array(_TYPES[width])
    numbers.frombytes(plain)
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers, end
