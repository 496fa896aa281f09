"""YAML 1.2 as daemons' configurations use it, read line by line: only values under wanted keys leave here.

Block and flow style, comments, anchors in front of values, and block scalars (passed over) are understood. What
is not - an alias where a wanted value should stand, tabs as indentation - raises ParseError. No library sees
the file, since that would hold its passwords.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from auditor.daemons.json_events import Event, Path, Scalar, Walk
from auditor.errors import ParseError, SourceTruncated

_EVENTS_LIMIT = 20_000
_DEPTH_LIMIT = 64
_KEY = re.compile(r"""(?P<key>"(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[^\s"'{\[&*!|>%@`#:](?:[^:]*[^:\s])?)\s*:(?:\s+|$)""")
_DECORATION = re.compile(r"(?:[&!][^\s]*\s+|[&!][^\s]*$)+")
_FLOW = re.compile(
    r"""\s+|(?P<string>"(?:[^"\\]|\\.)*"|'(?:[^']|'')*')|(?P<mark>[][{},]|:(?=\s|$|["'\[{]))"""
    r"""|(?P<word>(?:[^\s,\[\]{}"':]|:(?!\s|$))(?:[^,\[\]{}:]|:(?!\s|$))*)"""
)
_COMMENT = re.compile(r"\s#.*")
_INTEGER = re.compile(r"\d{1,19}")
_CONSTANTS: dict[str, Scalar] = {"true": True, "false": False, "null": None, "~": None, "yes": True, "no": False}


@dataclass(slots=True)
class _Level:
    """One open mapping or sequence: the column it stands at, its path, and the position in a sequence."""

    indent: int
    path: Path
    index: int | None = None


@dataclass(slots=True)
class _Document:
    """Where the next line stands. `pending` is the path of the value that is being read."""

    wanted: frozenset[str]
    levels: list[_Level] = field(default_factory=list)
    pending: Path = ()
    skipped_below: int | None = None
    flow: Walk | None = None

    def take(self, line: str, number: int) -> Iterator[Event]:
        """Yield the events of one line; raises ParseError."""
        text = line.strip()
        if self.flow is not None:
            yield from self._take_flow(line, number)
            return
        indent = len(line) - len(line.lstrip(" "))
        if not text or text[0] == "#" or (indent == 0 and text[:3] in ("---", "...")) or text[0] == "%":
            return
        if self.skipped_below is not None and indent > self.skipped_below:
            return
        self.skipped_below = None
        if line[indent] == "\t":
            raise ParseError(f"line {number}: a tab as indentation")
        yield from self._block(indent, text, number)

    def _block(self, indent: int, text: str, number: int) -> Iterator[Event]:
        """Yield the events of a line in block style."""
        parent = indent
        self._close(indent, in_sequence=text == "-" or text.startswith("- "))
        while text == "-" or text.startswith("- "):
            level = self.levels[-1] if self.levels else None
            if level is None or level.indent != indent or level.index is None:
                level = _Level(indent, self.pending, -1)
                self.levels.append(level)
            level.index = (-1 if level.index is None else level.index) + 1
            self.pending = (*level.path, level.index)
            if len(self.levels) > _DEPTH_LIMIT:
                raise ParseError(f"line {number}: nested too deeply")
            rest = text[1:].lstrip()
            indent += len(text) - len(rest)
            text = rest
        if match := _KEY.match(text):
            level = self.levels[-1] if self.levels else None
            if level is None or level.indent != indent or level.index is not None:
                level = _Level(indent, self.pending)
                self.levels.append(level)
            self.pending = (*level.path, str(_scalar(match["key"])))
            text = text[match.end() :]
            parent = indent
        yield from self._value(text, parent, number)

    def _close(self, indent: int, *, in_sequence: bool) -> None:
        """Close what ends where a line begins at column `indent`."""
        while self.levels and (
            self.levels[-1].indent > indent
            or (self.levels[-1].indent == indent and self.levels[-1].index is not None and not in_sequence)
        ):
            self.levels.pop()

    def _value(self, text: str, indent: int, number: int) -> Iterator[Event]:
        """Yield the event of a value in `text`, if it is one of a wanted key."""
        text = text[match.end() :] if (match := _DECORATION.match(text)) else text
        if not text or text[0] == "#":
            return
        if text[0] in "|>":
            self.skipped_below = indent
        elif text[0] in "{[":
            self.flow = Walk(self.wanted, prefix=self.pending)
            yield from self._take_flow(text, number)
        elif self._is_wanted():
            if text[0] == "*":
                raise ParseError(f"line {number}: an alias in place of a value")
            yield self.pending, _scalar(text)

    def _is_wanted(self) -> bool:
        """Return whether the nearest key of the value being read is wanted."""
        return next((part for part in reversed(self.pending) if isinstance(part, str)), "") in self.wanted

    def _take_flow(self, text: str, number: int) -> Iterator[Event]:
        """Yield the events of a line in flow style."""
        at, flow = 0, self.flow
        while flow is not None and at < len(text):
            if text[at] == "#" and (at == 0 or text[at - 1].isspace()):
                return
            match = _FLOW.match(text, at)
            if match is None:
                raise ParseError(f"line {number}: flow style of unknown form")
            at = match.end()
            if match.lastgroup is None:
                continue
            word = match.lastgroup == "word"
            token = _COMMENT.sub("", match.group()).strip() if word else match.group()
            event = flow.take(match.lastgroup, token, number)
            if event is not None:
                yield (event[0], _scalar(token))
            if flow.complete:
                self.flow = flow = None


def events(lines: Iterable[bytes], wanted: frozenset[str]) -> Iterator[Event]:
    """Yield (path, value) for each scalar whose last key in its path is in `wanted`, in the order of the file.

    Raises ParseError naming the line of what is not understood.
    """
    document = _Document(wanted)
    count = number = 0
    for number, raw in enumerate(lines, 1):
        line = raw.decode("utf-8", "replace").removeprefix("\ufeff" if number == 1 else "").rstrip("\r\n")
        for event in document.take(line, number):
            count += 1
            if count > _EVENTS_LIMIT:
                raise SourceTruncated(f"more than {_EVENTS_LIMIT} settings")
            yield event
    if document.flow is not None:
        raise ParseError(f"line {number}: the file ends too early")


def _scalar(text: str) -> Scalar:
    """Return the scalar that `text` is, without quotes and comment."""
    if text[:1] == "'":
        return text[1:].replace("''", "\0").partition("'")[0].replace("\0", "'")
    if text[:1] == '"':
        return re.sub(r"\\(.)", r"\1", text[1:].partition('"')[0])
    text = _COMMENT.sub("", text).strip()
    if text.lower() in _CONSTANTS:
        return _CONSTANTS[text.lower()]
    return int(text) if _INTEGER.fullmatch(text) else text
