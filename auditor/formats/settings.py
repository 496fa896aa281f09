"""Files of lines "key = value" with sections in brackets (INI, and TOML as daemons' configurations use it); pure."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from auditor.errors import ParseError

_QUOTES = "\"'"


class Setting(NamedTuple):
    """One kept setting; `section` is the bracketed name above it as written, "" before the first one."""

    section: str
    key: str
    value: str


def settings(lines: Iterable[bytes], wanted: frozenset[str]) -> Iterator[Setting]:
    """Yield the settings of `wanted`, and one with an empty key for each section that begins.

    Values lose their quotes. Raises ParseError naming the line of what is neither.
    """
    section, closing = "", ""
    number = 0
    for number, raw in enumerate(lines, 1):
        line = raw.decode("utf-8", "replace").removeprefix("\ufeff" if number == 1 else "").strip()
        if closing:
            closing = "" if closing in line else closing
            continue
        if not line or line[0] in "#;" or line in ("]", "],", "}", "},"):
            continue
        if line[0] == "[" and "]" in line and "=" not in line.partition("]")[0]:
            section = line.rpartition("]")[0].strip("[] ")
            yield Setting(section, "", "")
            continue
        key, equals, value = (part.strip() for part in line.partition("="))
        if not equals:
            if line[0] in _QUOTES or line.endswith(","):
                continue  # an element of an array that spans lines
            raise ParseError(f"line {number}: neither a section nor a setting")
        if value[:3] in ('"""', "'''"):
            closing = value[:3] if value.count(value[:3]) == 1 else ""
        elif key.strip(_QUOTES) in wanted:
            yield Setting(section, key.strip(_QUOTES), _plain(value))
    if closing:
        raise ParseError(f"line {number}: text of several lines without its end")


def _plain(value: str) -> str:
    """Return a value without quotes and without the comment behind it."""
    if value[:1] in _QUOTES and value[:1]:
        return value[1:].partition(value[0])[0]
    return value.partition(" #")[0].partition(" ;")[0].strip()
