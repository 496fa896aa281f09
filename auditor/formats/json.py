"""JSON (RFC 8259) read token by token: only the values under wanted keys ever leave here.

Daemons take more than the RFC allows, so comments, trailing commas, single quotes and bare keys (JSON5) are
read too. A string cannot span lines, so a secret goes with its line.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from auditor.errors import ParseError, SourceTruncated
from auditor.formats.events import EVENTS_LIMIT, Event, Scalar, last_key
from auditor.formats.lines import numbered

_DEPTH_LIMIT = 64
_STRING = r'"(?:[^"\\]|\\.)*"|' + r"'(?:[^'\\]|\\.)*'"
_TOKEN = re.compile(rf"\s+|//.*|\#.*|/\*.*?(?:\*/|$)|(?P<string>{_STRING})|(?P<mark>[][{{}}:,])|(?P<word>[-+.\w$]+)")
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|.)")
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}
_CONSTANTS: dict[str, Scalar] = {"true": True, "false": False, "null": None}


def events(lines: Iterable[bytes], wanted: frozenset[str]) -> Iterator[Event]:
    """Yield (path, value) for each scalar whose last key in its path is in `wanted`, in the order of the file.

    Paths hold the keys and the positions in arrays. Raises ParseError naming the line.
    """
    walk = Walk(wanted)
    in_comment = False
    count = number = 0
    for number, line in numbered(lines):
        if in_comment:
            _, end, line = line.partition("*/")
            if not end:
                continue
        in_comment = False
        for kind, token in _tokens(line, number):
            if kind == "comment":
                in_comment = True
                continue
            event = walk.take(kind, token, number)
            if event is not None:
                count += 1
                if count > EVENTS_LIMIT:
                    raise SourceTruncated(f"more than {EVENTS_LIMIT} settings")
                yield event
    if not walk.complete:
        raise ParseError(f"line {number}: the file ends too early")


def _tokens(line: str, number: int) -> Iterator[tuple[str, str]]:
    """Yield kind and text of each token of `line`; an open comment is one of kind "comment"."""
    at = 0
    while at < len(line):
        match = _TOKEN.match(line, at)
        if match is None:
            raise ParseError(f"line {number}: not JSON")
        at = match.end()
        if match.lastgroup:
            yield match.lastgroup, match.group()
        elif match.group().startswith("/*") and not match.group().endswith("*/"):
            yield "comment", ""


@dataclass(slots=True)
class Walk:
    """Where in the document the next token stands: open containers, and the key or position in each."""

    wanted: frozenset[str]
    path: list[str | int] = field(default_factory=list)
    key_next: bool = False
    complete: bool = False

    def take(self, kind: str, token: str, number: int) -> Event | None:
        """Take one token; return the event that it is, None for the rest. Raises ParseError."""
        if self.complete:
            raise ParseError(f"line {number}: text after the end")
        if kind == "mark":
            self._mark(token, number)
            return None
        if self.key_next:
            self.path[-1] = _text(token) if kind == "string" else token
            return None
        path = tuple(self.path)
        event = (path, _value(kind, token)) if last_key(path) in self.wanted else None
        self.complete = not self.path
        return event

    def _mark(self, token: str, number: int) -> None:
        """Take a structural character."""
        if token in "{[":
            if len(self.path) >= _DEPTH_LIMIT:
                raise ParseError(f"line {number}: nested too deeply")
            self.path.append("" if token == "{" else 0)
            self.key_next = token == "{"
        elif not self.path or (token in "}]" and self._in_array() != (token == "]")):
            raise ParseError(f"line {number}: unexpected {token}")
        elif token in "}]":
            self.path.pop()
            self.key_next = False
            self.complete = not self.path
        elif token == ":":
            self.key_next = False
        else:
            last = self.path[-1]
            self.path[-1] = last + 1 if isinstance(last, int) else ""
            self.key_next = isinstance(last, str)

    def _in_array(self) -> bool:
        """Return whether the innermost open container is an array."""
        return isinstance(self.path[-1], int)


def _value(kind: str, token: str) -> Scalar:
    """Return the scalar that a token is; a word that is none stays text."""
    if kind == "string":
        return _text(token)
    if token in _CONSTANTS:
        return _CONSTANTS[token]
    return int(token) if token.isascii() and token.isdigit() and len(token) < 20 else token


def _text(token: str) -> str:
    """Return a quoted string without its quotes and escapes."""
    return _ESCAPE.sub(_unescape, token[1:-1])


def _unescape(match: re.Match[str]) -> str:
    """Return the character that an escape stands for."""
    escape = match.group(1)
    return chr(int(escape[1:], 16)) if len(escape) > 1 else _ESCAPES.get(escape, escape)
