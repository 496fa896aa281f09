"""The lines of a YAML file that lead to wanted keys; pure, and nothing else of the file is kept.

Daemons keep keys and passwords in the same file, so no library may hold the whole of it: each line is
looked at, and kept only below a wanted key. What stands there has to be plain: scalars in any quotes, lists
and mappings in either style. Anchors, tags, merge keys and text over several lines raise ParseError with
the line, and so does a file in brackets as a whole (JSON). Source: YAML 1.2.2.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from auditor.errors import ParseError
from auditor.netlink.wire import text

Path = tuple[str, ...]
_DEPTH_LIMIT = 32
_FLOW_LIMIT = 1 << 16  # characters of one value in brackets
_QUOTED = r""""(?:[^"\\]|\\.)*"|'(?:[^']|'')*'"""
_QUOTES = re.compile(_QUOTED)
_COMMENT = re.compile(rf"""((?:{_QUOTED}|[^"'#]|(?<=\S)["'#])*?)(?:(?:^|(?<=\s))#.*)?$""", re.DOTALL)
_KEY = re.compile(rf"""({_QUOTED}|[^\s"'#&*!|>%@`\[\]{{}},].*?)\s*:(?=\s|$)""")
_TOKEN = re.compile(
    rf"""\s*(?:({_QUOTED})|([\[\]{{}},]|:(?=[\s"'\[{{]|$))|([^\s"'#&*!|>%@`\[\]{{}},:][^\[\]{{}},]*?)(?=\s*(?:[\[\]{{}},]|:\s|$)))"""
)
_ESCAPES = {r"\"": '"', r"\\": "\\", r"\/": "/"}


class Leaf(NamedTuple):
    """One value with the keys that lead to it; a list gives one leaf an element."""

    path: Path
    value: str
    line: int


def leaves(lines: Iterable[bytes], wanted: tuple[Path, ...]) -> Iterator[Leaf]:
    """Yield every scalar at or below one of `wanted` in the first document; raises ParseError."""
    reader = _Reader(wanted)
    for line in lines:
        yield from reader.line(text(line.removeprefix(b"\xef\xbb\xbf") if reader.number == 0 else line).rstrip("\r\n"))
        if reader.ended:
            return
    if reader.brackets:
        raise reader.fail("brackets without their end")


@dataclass(slots=True)
class _Reader:
    """Where in the file the reader is: keys with their indentation, and what is skipped or still open."""

    wanted: tuple[Path, ...]
    keys: list[tuple[int, str]] = field(default_factory=list)
    block: int | None = None  # indentation of the key whose block scalar is being skipped
    flow: str = ""
    brackets: int = 0
    number: int = 0
    ended: bool = False
    began: bool = False

    def fail(self, why: str) -> ParseError:
        """Return the error of this line."""
        return ParseError(f"line {self.number}: {why}")

    def line(self, line: str) -> Iterator[Leaf]:
        """Yield the leaves that end on `line`; raises ParseError."""
        self.number += 1
        indent = len(line) - len(line.lstrip(" "))
        if self.block is not None:
            if not line.strip() or indent > self.block:
                return
            self.block = None
        found = _COMMENT.fullmatch(line)
        words = (found[1] if found else line).strip()
        if self.brackets:
            yield from self._brackets(words)
        elif words in ("---", "...") and indent == 0:
            self.ended = self.began
        elif words and not line.startswith("%"):
            self.began = True
            if line[indent] == "\t":
                raise self.fail("indented by a tab")
            yield from self._words(indent, words)

    def _words(self, indent: int, words: str) -> Iterator[Leaf]:
        """Yield the leaves of a line that starts something or goes on with it."""
        item = words == "-" or words.startswith("- ")
        while self.keys and (self.keys[-1][0] > indent or (self.keys[-1][0] == indent and not item)):
            self.keys.pop()
        if len(self.keys) > _DEPTH_LIMIT:
            raise self.fail("too deep")
        if item:
            if self._matters():
                yield from self._value(indent, words[1:].strip())
            elif words.rstrip("0123456789+-").endswith(("|", ">")):
                self.block = indent
            else:
                self._skip(words[1:].strip().partition(": ")[2] or words[1:].strip())
        elif key := _KEY.match(words):
            self.keys.append((indent, _plain(key[1])))
            if key[1] == "<<" and self._matters(self._path()[:-1]):
                raise self.fail("a merge key")
            yield from self._value(indent, words[key.end() :].strip())
        elif self._matters():
            raise self.fail("neither key nor list item")

    def _path(self) -> Path:
        """Return the keys that lead here."""
        return tuple(key for _, key in self.keys)

    def _matters(self, path: Path | None = None) -> bool:
        """Return whether a wanted key is at, above or below `path` (None: here)."""
        path = self._path() if path is None else path
        return any(path[: len(one)] == one[: len(path)] for one in self.wanted)

    def _value(self, indent: int, value: str) -> Iterator[Leaf]:
        """Yield the leaves of what follows a key or list mark."""
        if value[:1] in ("|", ">"):
            self.block = indent
            if self._matters():
                raise self.fail("text over several lines where a plain value belongs")
        elif not self._matters():
            self._skip(value)
        elif value[:1] in ("[", "{"):
            yield from self._brackets(value)
        elif value:
            yield from self._scalar(value)

    def _scalar(self, value: str) -> Iterator[Leaf]:
        """Yield the leaf that a plain or quoted `value` is, none where it is not wanted."""
        if value[0] in "\"'":
            if not _QUOTES.fullmatch(value):
                raise self.fail("a quote without its end on the line")
        elif value[0] in "&*!%@`#" or _KEY.match(value):
            raise self.fail("an anchor, alias, tag or mapping where a plain value belongs")
        yield from self._leaf(self._path(), _plain(value))

    def _leaf(self, path: Path, value: str) -> Iterator[Leaf]:
        """Yield the leaf at `path` if it is wanted."""
        if any(path[: len(one)] == one for one in self.wanted):
            yield Leaf(path, value, self.number)

    def _skip(self, value: str) -> None:
        """Follow the brackets of a value that nobody wants."""
        if value[:1] in ("[", "{"):
            self.brackets = _depth(value)

    def _brackets(self, words: str) -> Iterator[Leaf]:
        """Yield the leaves of a value in brackets when `words` ends it; raises ParseError."""
        self.brackets += _depth(words)
        if not self._matters():
            return
        self.flow += words + " "
        if len(self.flow) > _FLOW_LIMIT:
            raise self.fail("too much in one pair of brackets")
        if self.brackets <= 0:
            flow, self.flow, self.brackets = self.flow, "", 0
            yield from self._flow(flow)

    def _flow(self, flow: str) -> Iterator[Leaf]:
        """Yield the leaves of a whole value in brackets; raises ParseError."""
        base = self._path()
        keys: list[str | None] = []
        last: str | None = None
        for quoted, mark, plain in _tokens(flow.strip(), self):
            if quoted or plain:
                last = _plain(quoted or plain)
            elif mark == ":" and keys:
                keys[-1], last = last, None
            elif mark in "[{":
                keys.append(None)
                if len(keys) > _DEPTH_LIMIT:
                    raise self.fail("too deep")
            elif not keys or mark == ":":
                raise self.fail("brackets of unknown form")
            else:
                if last is not None:
                    yield from self._leaf(base + tuple(key for key in keys if key is not None), last)
                last = None
                keys[-1] = None
                if mark in "]}":
                    keys.pop()


def _tokens(flow: str, reader: _Reader) -> Iterator[tuple[str, str, str]]:
    """Yield quoted text, mark or plain text, each in its place; raises ParseError."""
    place = 0
    while place < len(flow):
        token = _TOKEN.match(flow, place)
        if token is None or token.end() == place:
            raise reader.fail("brackets of unknown form")
        yield token[1] or "", token[2] or "", token[3] or ""
        place = token.end()


def _depth(words: str) -> int:
    """Return how many more brackets `words` opens than it closes, those in quotes aside."""
    bare = _QUOTES.sub("", words)
    return bare.count("[") + bare.count("{") - bare.count("]") - bare.count("}")


def _plain(value: str) -> str:
    """Return a scalar without its quotes."""
    if value[0] == '"':
        return re.sub(r'\\["\\/]', lambda found: _ESCAPES[found[0]], value[1:-1])
    return value[1:-1].replace("''", "'") if value[0] == "'" else value
