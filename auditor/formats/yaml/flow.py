"""YAML's values in brackets, which may go on over lines: `[a, b]` and `{a: b}`."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from auditor.errors import ParseError
from auditor.formats.events import Path
from auditor.formats.yaml.text import DEPTH_LIMIT, Found, Kind, Rules, is_taken, quoted_end, unquoted

_LIMIT = 1 << 16  # characters of one value in brackets that is kept as a whole
_WORD = re.compile(r"(?:[^,\[\]{}:]|:(?!\s|$))+")
_AFTER_COLON = " \t\"'[{,]}"


@dataclass(slots=True)
class _Open:
    """One open bracket: the key or position that is next in it, and how far that has come."""

    is_list: bool
    part: str | int | None
    has_colon: bool = False
    is_full: bool = False


@dataclass(slots=True)
class Flow:
    """Reads one value in brackets at `base`; `quote` is the one that a line left open, `done` that nothing is left."""

    rules: Rules
    base: Path
    quote: str = ""
    done: bool = False
    _number: int = 0
    _open: list[_Open] = field(default_factory=list)
    _length: int = 0

    def take(self, said: str, number: int) -> Iterator[Found]:
        """Yield the values that end on a line, which is `said` without its comment; raises ParseError."""
        self._number = number
        self._length += len(said) if self.rules.keeps(self.base) else 0
        if self._length > _LIMIT:
            raise self._fail("too much in one pair of brackets")
        at = 0
        while at < len(said):
            character = said[at]
            if character in " \t":
                at += 1
            elif self.done:
                raise self._fail("more after brackets")
            elif character in "[]{},":
                yield from self._mark(character)
                at += 1
            elif self._is_colon(said, at):
                self._open[-1].has_colon = True
                at += 1
            elif character in "\"'":
                end = quoted_end(said, at + 1, character)
                if end is None:
                    yield from self._leave_open(character)
                    return
                yield from self._text(unquoted(said[at:end]), Kind.QUOTED)
                at = end
            elif word := _WORD.match(said, at):
                yield from self._text(word[0].strip(), Kind.PLAIN)
                at = word.end()
            else:
                raise self._fail("brackets of unknown form")

    def _fail(self, why: str) -> ParseError:
        """Return the error of this line."""
        return ParseError(f"line {self._number}: {why}")

    def _path(self) -> Path:
        """Return what leads to the value that is next."""
        return (*self.base, *(one.part for one in self._open if one.part is not None))

    def _doubt(self, why: str) -> None:
        """Raise ParseError where what is not understood matters."""
        if self.rules.checks(self._path()):
            raise self._fail(why)

    def _is_colon(self, said: str, at: int) -> bool:
        """Return whether the colon of a key is at `at`."""
        top = self._open[-1]
        ends = at + 1 == len(said) or said[at + 1] in _AFTER_COLON or said[at - 1] in "\"'"
        return said[at] == ":" and ends and not top.is_list and top.part is not None and not top.has_colon

    def _mark(self, mark: str) -> Iterator[Found]:
        """Take a bracket or comma."""
        top = self._open[-1] if self._open else None
        if mark in "[{":
            if top and (top.is_full or not (top.is_list or top.has_colon)):
                raise self._fail("brackets where none belong")
            if len(self._open) >= DEPTH_LIMIT:
                raise self._fail("nested too deeply")
            yield Found(self._path(), None, self._number, Kind.LIST if mark == "[" else Kind.MAPPING)
            self._open.append(_Open(mark == "[", 0 if mark == "[" else None))
            return
        if top is None or (mark in "]}" and top.is_list != (mark == "]")):
            raise self._fail("brackets that do not match")
        yield from self._end(top, closes=mark != ",")
        if mark == ",":
            top.part = top.part + 1 if isinstance(top.part, int) else None
            top.has_colon = top.is_full = False
            return
        self._open.pop()
        self.done = not self._open
        if self._open:
            self._open[-1].is_full = True

    def _end(self, top: _Open, *, closes: bool) -> Iterator[Found]:
        """Yield the empty value that ends here, if one does."""
        if top.is_full or (top.is_list and closes) or top.part is None:
            return
        if not top.is_list and not top.has_colon:
            self._doubt("a key without its value")
        yield Found(self._path(), None, self._number, Kind.NOTHING)

    def _text(self, said: str, kind: Kind) -> Iterator[Found]:
        """Take a key or a value."""
        top = self._open[-1]
        if not top.is_list and top.part is None:
            if kind is Kind.PLAIN and (said == "<<" or not is_taken(said)):
                self._doubt("YAML that is not read here")
            top.part = said
            return
        if kind is Kind.PLAIN:
            said = self.rules.undecorated(self._path(), said)
            if not said:
                return
            if not is_taken(said):
                self._doubt("YAML that is not read here")
        if top.is_full or not (top.is_list or top.has_colon):
            self._doubt("more than one value")
            return
        top.is_full = True
        yield self.rules.found(self._path(), said, self._number, kind)

    def _leave_open(self, quote: str) -> Iterator[Found]:
        """Pass over a value in quotes that goes on on the next line, unless it matters."""
        top = self._open[-1]
        if not top.is_list and not top.has_colon:
            raise self._fail("a quote without its end")
        self._doubt("a quote without its end")
        self.quote, top.is_full = quote, True
        yield Found(self._path(), None, self._number, Kind.NOTHING)
