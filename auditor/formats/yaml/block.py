"""YAML's blocks: keys and lists by their indentation, line by line."""

from collections.abc import Iterator
from typing import NamedTuple

from auditor.errors import ParseError
from auditor.formats.events import Path
from auditor.formats.lines import Line
from auditor.formats.yaml.flow import Flow
from auditor.formats.yaml.text import (
    DEPTH_LIMIT,
    Found,
    Kind,
    Rules,
    colon,
    is_taken,
    quoted_end,
    unquoted,
    without_comment,
)


class _Level(NamedTuple):
    """One open mapping or list: the column it stands at, and what leads to it."""

    indent: int
    path: Path
    is_list: bool


class Reader:
    """Takes the lines of the first document; `is_another` tells that a second one begins, which is not read."""

    def __init__(self, rules: Rules) -> None:
        """Start before the first line."""
        self.rules = rules
        self.is_another = self.is_ended = False
        self.number = 0
        self._has_begun = False
        self._levels: list[_Level] = []
        self._index: list[int] = []  # of each level, the position in a list
        self._pending: Path | None = ()  # whose value comes next
        self._column = -1  # of the key or dash that this value belongs to
        self._below: int | None = None  # what is indented more than that goes on with the value before
        self._is_checked = False  # and may not
        self._flow: Flow | None = None
        self._quote = ""

    def take(self, line: Line) -> Iterator[Found]:
        """Yield the values of one line; raises ParseError."""
        self.number, said = line
        if self._quote:
            said = self._after_quote(said)
        indent = len(said) - len(said.lstrip(" "))
        said = said.strip(" ")
        if self._flow is not None:
            yield from self._brackets(self._flow, without_comment(said))
        elif not said.strip() or said[0] == "#":
            return
        elif self._below is not None and indent > self._below:
            if self._is_checked:
                raise self._fail("a value over several lines")
        elif indent == 0 and said[:4].rstrip() in ("---", "..."):
            self._document(said)
        else:
            yield from self._line(indent, said)

    def finish(self) -> None:
        """Raise ParseError if anything is still open."""
        if self._flow is not None or self._quote:
            raise self._fail(f"a {'quote' if self._quote else 'bracket'} without its end")

    def _fail(self, why: str) -> ParseError:
        """Return the error of this line."""
        return ParseError(f"line {self.number}: {why}")

    def _doubt(self, path: Path, why: str) -> None:
        """Raise ParseError where what is not understood matters."""
        if self.rules.checks(path):
            raise self._fail(why)

    def _here(self) -> Path:
        """Return what leads to the value that comes next, or to what this line is part of."""
        return self._pending if self._pending is not None else self._levels[-1].path if self._levels else ()

    def _after_quote(self, said: str) -> str:
        """Return what of a line stands behind the quote that ends on it."""
        end = quoted_end(said, 0, self._quote)
        if end is None:
            return ""
        self._quote = ""
        return said[end:] if self._flow is not None else ""

    def _document(self, said: str) -> None:
        """Take the mark that begins or ends a document."""
        if said.startswith("---") and not self._has_begun:
            if without_comment(said[3:].strip()):
                raise self._fail("a value on the line where a document begins")
            self._has_begun = True
            return
        self.is_ended = self._has_begun
        self.is_another = said.startswith("---")

    def _line(self, indent: int, said: str) -> Iterator[Found]:
        """Yield the values of a line that begins something."""
        self._below = None
        if said[0] == "%" and not self._has_begun:
            self._doubt((), "YAML that is not read here")
            return
        self._has_begun = True
        if said[0] == "\t":
            raise self._fail("a tab in the indentation")
        said = without_comment(said)
        is_alone = said[0] not in "[{"
        while said == "-" or said.startswith("- "):
            level = self._open(indent, is_list=True)
            self._index[-1] += 1
            self._pending, self._column = (*level.path, self._index[-1]), indent
            rest = said[1:].lstrip(" ")
            indent += len(said) - len(rest)
            said, is_alone = rest, False
        if said and self._pending is not None:
            said = self.rules.undecorated(self._pending, said)
        if said and (at := colon(said)) is not None:
            self._key(indent, said[:at].rstrip())
            said, is_alone = said[at + 1 :].strip(), False
        if is_alone:
            self._doubt(self._here(), "neither a key nor part of a list")
        yield from self._value(said)

    def _open(self, indent: int, *, is_list: bool) -> _Level:
        """Return the mapping or list that goes on at `indent`, or begins there; raises ParseError."""
        while self._levels and (
            self._levels[-1].indent > indent
            or (self._levels[-1].indent == indent and self._levels[-1].is_list and not is_list)
        ):
            self._levels.pop()
            self._index.pop()
        top = self._levels[-1] if self._levels else None
        if top and top.indent == indent and top.is_list == is_list:
            return top
        if self._pending is None or indent < self._column + (not is_list):
            raise self._fail("indented unlike what is above it")
        if len(self._levels) >= DEPTH_LIMIT:
            raise self._fail("nested too deeply")
        self._levels.append(_Level(indent, self._pending, is_list))
        self._index.append(-1)
        return self._levels[-1]

    def _key(self, indent: int, said: str) -> None:
        """Take a key."""
        level = self._open(indent, is_list=False)
        if said == "<<":
            self._doubt(level.path, "YAML that is not read here")
        self._pending, self._column = (*level.path, unquoted(said) if said[0] in "\"'" else said), indent

    def _value(self, said: str) -> Iterator[Found]:
        """Yield the value that stands on this line; an empty one may still come below."""
        path = self._pending
        if path is None:
            return
        said = self.rules.undecorated(path, said)
        if not said:
            yield Found(path, None, self.number, Kind.NOTHING)
            return
        self._pending = None
        self._below, self._is_checked = self._column, self.rules.checks(path)
        if said[0] in "|>":
            yield Found(path, None, self.number, Kind.BLOCK if self._is_checked else Kind.NOTHING)
            self._is_checked = False
        elif said[0] in "[{":
            self._flow = Flow(self.rules, path)
            yield from self._brackets(self._flow, said)
        else:
            yield from self._scalar(path, said)

    def _scalar(self, path: Path, said: str) -> Iterator[Found]:
        """Yield a plain or quoted value."""
        if said[0] not in "\"'":
            if not is_taken(said):
                self._doubt(path, "YAML that is not read here")
            if colon(said) is not None:
                self._doubt(path, "a mapping where a plain value belongs")
            yield self.rules.found(path, said, self.number, Kind.PLAIN)
            return
        end = quoted_end(said, 1, said[0])
        if end is None:
            self._doubt(path, "a quote without its end")
            self._quote = said[0]
            yield Found(path, None, self.number, Kind.NOTHING)
            return
        if end < len(said):
            self._doubt(path, "more after a quoted value")
        yield self.rules.found(path, unquoted(said[:end]), self.number, Kind.QUOTED)

    def _brackets(self, flow: Flow, said: str) -> Iterator[Found]:
        """Yield the values of a line in brackets."""
        yield from flow.take(said, self.number)
        self._quote, flow.quote = flow.quote, ""
        if flow.done:
            self._flow = None
