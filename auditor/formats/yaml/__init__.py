"""YAML (yaml.org/spec/1.2.2) as configurations use it, read line by line: only wanted values ever leave here.

Programs keep keys and passwords in the same file, so no library may hold the whole of it: each line is looked at,
and nothing but wanted values is kept. Three views of one reader say which those are: `parse` (a document, all of
which has to be understood), `leaves` (values below whole paths) and `events` (values by their last key). Where
something is wanted, aliases, tags, merge keys and text over several lines raise ParseError with the line: a value
is read rightly or is told of. Only the first document of a file counts, as for the programs that read it.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from auditor.errors import ParseError, SourceTruncated
from auditor.formats.events import EVENTS_LIMIT, Event, Path, Scalar, last_key
from auditor.formats.lines import Line, numbered
from auditor.formats.yaml.block import Reader
from auditor.formats.yaml.text import Found, Kind, Rules

Node = dict[str, "Node"] | list["Node"] | str | None


class Leaf(NamedTuple):
    """One value with the keys that lead to it; a list gives one leaf an element."""

    path: tuple[str, ...]
    value: str
    line: int


_NOTHING = ("", "~", "null")
_INTEGER = re.compile(r"\d{1,19}")
_CONSTANTS: dict[str, Scalar] = {"true": True, "false": False, "null": None, "~": None, "yes": True, "no": False}


def parse(lines: Iterable[Line], wanted: frozenset[str]) -> Node:
    """Return the document with every key, and the values of `wanted` keys and of all below them; raises ParseError.

    A value in a literal or folded block is None; a file of several documents is refused.
    """
    reader = Reader(Rules(keeps=lambda path: not wanted.isdisjoint(path), checks=lambda path: True))
    top: dict[str, Any] = {}
    for found in _read(lines, reader):
        value: Node = None
        if found.kind in (Kind.LIST, Kind.MAPPING):
            value = [] if found.kind is Kind.LIST else {}
        elif found.value not in _NOTHING:
            value = found.value
        _place(top, ("", *found.path), value)
    if reader.is_another:
        raise ParseError(f"line {reader.number}: more than one document")
    document: Node = top.get("")
    return document


def _place(within: Any, path: tuple[Any, ...], value: Node) -> None:
    """Put `value` where `path` leads from `within`, making what is not there yet."""
    for part, after in zip(path, (*path[1:], None), strict=True):
        if isinstance(within, list) and part == len(within):
            within.append(None)
        if after is None:
            within[part] = value
            return
        inner = within[part] if isinstance(within, list) else within.get(part)
        if not isinstance(inner, dict | list):
            inner = within[part] = [] if isinstance(after, int) else {}
        within = inner


def leaves(lines: Iterable[bytes], wanted: tuple[tuple[str, ...], ...]) -> Iterator[Leaf]:
    """Yield every scalar at or below one of `wanted`, one leaf for each element of a list; raises ParseError.

    A file in brackets as a whole (JSON) and lists of mappings are refused.
    """

    def keeps(path: Path) -> bool:
        keys = _keys(path)
        return any(keys[: len(one)] == one for one in wanted)

    def checks(path: Path) -> bool:
        keys = _keys(path)
        return any(keys[: len(one)] == one[: len(keys)] for one in wanted)

    for found in _read(numbered(lines), Reader(Rules(keeps, checks))):
        if found.kind is Kind.BLOCK:
            raise ParseError(f"line {found.line}: text over several lines where a plain value belongs")
        if not found.path and found.kind is not Kind.NOTHING:
            raise ParseError(f"line {found.line}: a file in brackets")
        keys = _keys(found.path)
        if found.value is not None:
            if found.path[: len(keys)] != keys:
                raise ParseError(f"line {found.line}: a mapping where a plain value belongs")
            yield Leaf(keys, found.value, found.line)


def _keys(path: Path) -> tuple[str, ...]:
    """Return the keys of `path` without the positions in lists."""
    return tuple(part for part in path if isinstance(part, str))


def events(lines: Iterable[bytes], wanted: frozenset[str]) -> Iterator[Event]:
    """Yield (path, value) for each scalar whose last key in its path is in `wanted`, in the order of the file.

    Anchors before values are understood. Raises ParseError naming the line of what is not, SourceTruncated when
    there are too many.
    """
    count = 0

    def keeps(path: Path) -> bool:
        return last_key(path) in wanted

    for found in _read(numbered(lines), Reader(Rules(keeps, keeps, anchors=True))):
        if found.value is not None:
            count += 1
            if count > EVENTS_LIMIT:
                raise SourceTruncated(f"more than {EVENTS_LIMIT} settings")
            yield found.path, found.value if found.kind is Kind.QUOTED else _scalar(found.value)


def _scalar(said: str) -> Scalar:
    """Return the scalar that a plain text is."""
    if said.lower() in _CONSTANTS:
        return _CONSTANTS[said.lower()]
    return int(said) if _INTEGER.fullmatch(said) else said


def _read(lines: Iterable[Line], reader: Reader) -> Iterator[Found]:
    """Yield the values of the first document; raises ParseError."""
    for line in lines:
        yield from reader.take(line)
        if reader.is_ended:
            return
    reader.finish()
