"""JSON that remembers its lines, so that an error can say where it stands (RFC 8259)."""

import json
import re
from bisect import bisect_right
from dataclasses import dataclass
from typing import Final

_SPACE: Final = re.compile(r"[ \t\n\r]*")
_NUMBER: Final = re.compile(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_STRING: Final = re.compile(r'"[^"\\\x00-\x1f]*(?:\\.[^"\\\x00-\x1f]*)*"')
_WORD: Final = re.compile(r"-?[A-Za-z]+")
_LITERALS: Final = {"true": True, "false": False, "null": None}
_MAX_DEPTH: Final = 16
_MAX_DIGITS: Final = 32

Scalar = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Node:
    """One value and the line, from 1, on which it begins. A `JsonObject` keeps repeated keys."""

    line: int
    value: "Scalar | tuple[Node, ...] | JsonObject"


@dataclass(frozen=True, slots=True)
class Member:
    """One key of an object, the line of the key, and its value."""

    key: str
    line: int
    node: Node


@dataclass(frozen=True, slots=True)
class JsonObject:
    """The members of an object in the order of the text, repeated keys included."""

    members: tuple[Member, ...]


class JsonError(ValueError):
    """The text is no JSON; `line` is where, from 1."""

    def __init__(self, line: int, problem: str) -> None:
        """Keep the line and the problem in words."""
        super().__init__(f"line {line}: {problem}")
        self.line = line
        self.problem = problem


def parse(text: str) -> Node:
    """Return the one value that `text` holds; raises JsonError at the first fault of form."""
    return _Reader(text).document()


class _Reader:
    """Reads one text from its start, by recursive descent."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._breaks = [match.start() for match in re.finditer("\n", text)]

    def document(self) -> Node:
        """Return the only value of the text."""
        node = self._value(0)
        self._skip()
        if self._at < len(self._text):
            raise self._error("nothing may follow the end of the value")
        return node

    def _line(self, at: int) -> int:
        """Return the line of a position, from 1."""
        return bisect_right(self._breaks, at - 1) + 1

    def _error(self, problem: str, at: int | None = None) -> JsonError:
        """Return the error for a fault at `at`, by default where the reader stands."""
        return JsonError(self._line(self._at if at is None else at), f"no valid JSON: {problem}")

    def _skip(self) -> None:
        """Go past white space."""
        match = _SPACE.match(self._text, self._at)
        self._at = match.end() if match else self._at

    def _next(self) -> str:
        """Go past white space and return the character that follows, empty at the end."""
        self._skip()
        return self._text[self._at : self._at + 1]

    def _value(self, depth: int) -> Node:
        """Read one value that stands `depth` deep."""
        if depth > _MAX_DEPTH:
            raise self._error(f"nested more than {_MAX_DEPTH} deep")
        first = self._next()
        line = self._line(self._at)
        match first:
            case "":
                raise self._error("the text ends where a value should stand")
            case "{":
                return Node(line, self._object(depth))
            case "[":
                return Node(line, self._array(depth))
            case '"':
                return Node(line, self._string())
        if first.isdigit() or (first == "-" and self._text[self._at + 1 : self._at + 2].isdigit()):
            return Node(line, self._number())
        return Node(line, self._literal())

    def _object(self, depth: int) -> JsonObject:
        """Read an object from its opening brace."""
        self._at += 1
        members: list[Member] = []
        if self._next() == "}":
            self._at += 1
            return JsonObject(())
        while True:
            if self._next() != '"':
                raise self._error("a key in double quotes should stand here")
            line = self._line(self._at)
            key = self._string()
            if self._next() != ":":
                raise self._error("a colon should stand after the key")
            self._at += 1
            members.append(Member(key, line, self._value(depth + 1)))
            if self._ends("}"):
                return JsonObject(tuple(members))

    def _array(self, depth: int) -> tuple[Node, ...]:
        """Read an array from its opening bracket."""
        self._at += 1
        items: list[Node] = []
        if self._next() == "]":
            self._at += 1
            return ()
        while True:
            items.append(self._value(depth + 1))
            if self._ends("]"):
                return tuple(items)

    def _ends(self, bracket: str) -> bool:
        """Read a comma or the closing `bracket`; return whether it was the bracket."""
        sign = self._next()
        if sign not in (",", bracket) or not sign:
            raise self._error(f"a comma or {bracket} should stand here")
        self._at += 1
        return sign == bracket

    def _string(self) -> str:
        """Read a text from its opening quote."""
        match = _STRING.match(self._text, self._at)
        if match is None:
            raise self._error("this text has no end on its line, or holds a control character")
        try:
            value = json.loads(match[0])
        except json.JSONDecodeError:
            raise self._error("this text has a wrong escape") from None
        self._at = match.end()
        return str(value)

    def _number(self) -> int | float:
        """Read a number."""
        match = _NUMBER.match(self._text, self._at)
        if match is None or len(match[0]) > _MAX_DIGITS:
            raise self._error("a number is too long" if match else "a number is malformed")
        self._at = match.end()
        return float(match[0]) if match[1] or match[2] else int(match[0])

    def _literal(self) -> bool | None:
        """Read true, false or null."""
        match = _WORD.match(self._text, self._at)
        if match is None or match[0] not in _LITERALS:
            raise self._error("this is no value (a word needs double quotes; NaN and Infinity are not JSON)")
        self._at = match.end()
        return _LITERALS[match[0]]
