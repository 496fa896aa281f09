"""The YAML that netplan and Nebula are configured in: blocks, lists, quoted and flow values (yaml.org/spec/1.2.2).

Only values below the keys that are asked for are kept; any other may be a key or password and goes with its
line. What this reader does not take (anchors, tags, several documents, a value over several lines) is a
ParseError with its line, so that a file is read rightly or is a gap.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from auditor.conffiles.hostfiles import Line
from auditor.errors import ParseError

Node = dict[str, "Node"] | list["Node"] | str | None
_DEPTH_LIMIT = 20
_FLOW_LINES, _FLOW_CHARACTERS = 200, 1 << 14
_NOT_TAKEN = "&*!|>%@`?"
_ESCAPES = {"n": "\n", "t": "\t", "0": "\0"}


def parse(lines: Iterable[Line], wanted: frozenset[str]) -> Node:
    """Return the document with every key, and the values of `wanted` keys and of all below them; raises ParseError."""
    reader = _Reader(_content(lines), wanted)
    first = reader.peek()
    if first is None:
        return None
    node = reader.node(first.indent, kept=False, depth=0)
    if left := reader.peek():
        raise ParseError(f"line {left.number}: indented unlike what is above it")
    return node


@dataclass(slots=True)
class _Text:
    """One line that says something: its number, its indentation, and what it says without comment."""

    number: int
    indent: int
    said: str


def _content(lines: Iterable[Line]) -> Iterator[_Text]:
    """Yield the lines that say something, up to the end of the first document; raises ParseError at a second one."""
    begun = False
    for number, line in lines:
        said = line.lstrip(" ")
        if said.startswith("\t"):
            raise ParseError(f"line {number}: a tab in the indentation")
        if line.rstrip() == "---" and not begun:
            begun = True
            continue
        if line.startswith("---"):
            raise ParseError(f"line {number}: more than one document")
        if line.rstrip() == "...":
            return
        if said and not said.startswith("#"):
            begun = True
            yield _Text(number, len(line) - len(said), said.rstrip())


@dataclass(slots=True)
class _Reader:
    """Reads nodes from lines, one line ahead."""

    lines: Iterator[_Text]
    wanted: frozenset[str]
    _ahead: list[_Text] = field(default_factory=list)

    def peek(self) -> _Text | None:
        """Return the next line, None at the end."""
        if not self._ahead:
            self._ahead += [line for line in [next(self.lines, None)] if line]
        return self._ahead[0] if self._ahead else None

    def node(self, indent: int, *, kept: bool, depth: int) -> Node:
        """Return the mapping or list whose lines begin at `indent`; its values only if `kept`."""
        line = self.peek()
        if line is None or depth > _DEPTH_LIMIT:
            raise ParseError(f"line {line.number if line else 0}: nested too deeply")
        if line.said == "-" or line.said.startswith("- "):
            return self._list(indent, kept=kept, depth=depth)
        return self._mapping(indent, kept=kept, depth=depth)

    def _list(self, indent: int, *, kept: bool, depth: int) -> Node:
        """Return the list whose dashes are at `indent`."""
        found: list[Node] = []
        while (line := self.peek()) and line.indent == indent and (line.said == "-" or line.said.startswith("- ")):
            self._ahead.clear()
            rest = line.said[1:].lstrip(" ")
            inner = indent + len(line.said) - len(rest)
            if rest and not rest.startswith("#") and (_colon(rest, line.number) is not None or rest.startswith("- ")):
                self._ahead.append(_Text(line.number, inner, rest))
                found.append(self.node(inner, kept=kept, depth=depth + 1))
            else:
                found.append(self._value(rest, line, indent, kept=kept, depth=depth))
        return found

    def _mapping(self, indent: int, *, kept: bool, depth: int) -> Node:
        """Return the mapping whose keys are at `indent`; of two keys alike the last counts."""
        found: dict[str, Node] = {}
        while (line := self.peek()) and line.indent == indent:
            colon = _colon(line.said, line.number)
            if colon is None:
                raise ParseError(f"line {line.number}: neither a key nor part of a list")
            self._ahead.clear()
            key = _scalar(line.said[:colon].rstrip(), line.number)
            below = kept or key in self.wanted
            found[key] = self._value(line.said[colon + 1 :].strip(), line, indent, kept=below, depth=depth)
        if line and line.indent > indent:
            raise ParseError(f"line {line.number}: indented unlike what is above it")
        return found

    def _value(self, said: str, line: _Text, indent: int, *, kept: bool, depth: int) -> Node:
        """Return the value that begins with `said` after a key or dash of `line`, or stands below it."""
        if not said or said.startswith("#"):
            after = self.peek()
            if after and (after.indent > indent or (after.indent == indent and _is_item(after) and not _is_item(line))):
                return self.node(after.indent, kept=kept, depth=depth + 1)
            return None
        if said[0] in "|>":
            self._skip_block(indent)
            return None
        if said[0] in "[{":
            return _Flow(self._whole_flow(said, line), line.number, self.wanted).document(kept=kept)
        value = _scalar(said, line.number)
        if (after := self.peek()) and after.indent > indent:
            raise ParseError(f"line {after.number}: a value over several lines")
        return value if kept and value not in ("", "~", "null") else None

    def _skip_block(self, indent: int) -> None:
        """Pass over the lines of a literal or folded block: nothing that is wanted is written so."""
        while (line := self.peek()) and line.indent > indent:
            self._ahead.clear()

    def _whole_flow(self, said: str, line: _Text) -> str:
        """Return a flow value with the lines that it goes on over."""
        parts = [_without_comment(said)]
        while _is_open("".join(parts)):
            after = self.peek()
            if after is None or len(parts) > _FLOW_LINES or sum(map(len, parts)) > _FLOW_CHARACTERS:
                raise ParseError(f"line {line.number}: a bracket without its end")
            self._ahead.clear()
            parts.append(" " + _without_comment(after.said))
        return "".join(parts)


def _is_item(line: _Text) -> bool:
    """Return whether `line` begins an item of a list."""
    return line.said == "-" or line.said.startswith("- ")


def _quoted_end(said: str, start: int, number: int) -> int:
    """Return where the quoted text that begins at `start` ends, behind its quote; raises ParseError."""
    quote, at = said[start], start + 1
    while at < len(said):
        if (said[at] == "\\" and quote == '"') or (said[at] == quote and quote == "'" and said[at + 1 : at + 2] == "'"):
            at += 2
        elif said[at] == quote:
            return at + 1
        else:
            at += 1
    raise ParseError(f"line {number}: a quote without its end")


def _colon(said: str, number: int) -> int | None:
    """Return where the colon of a key stands in `said`, None if it has none."""
    if said[0] in "[{":
        return None
    at = _quoted_end(said, 0, number) if said[0] in "\"'" else 0
    while (at := said.find(":", at)) >= 0:
        if at + 1 == len(said) or said[at + 1] == " ":
            return None if " #" in said[:at] else at
        at += 1
    return None


def _scalar(said: str, number: int) -> str:
    """Return a plain or quoted value without quotes and comment; raises ParseError."""
    if not said or said[0] in _NOT_TAKEN or said == "<<":
        raise ParseError(f"line {number}: YAML that is not read here")
    if said[0] not in "\"'":
        return _without_comment(said)
    end = _quoted_end(said, 0, number)
    if said[end:].strip() and not said[end:].lstrip().startswith("#"):
        raise ParseError(f"line {number}: more after a quoted value")
    return _unquoted(said[:end])


def _unquoted(said: str) -> str:
    """Return a quoted text without its quotes, its escapes resolved."""
    inner = said[1:-1]
    if said[0] == "'":
        return inner.replace("''", "'")
    parts = inner.split("\\")
    for index in range(1, len(parts)):
        parts[index] = _ESCAPES.get(parts[index][:1], parts[index][:1]) + parts[index][1:]
    return "".join(parts)


def _without_comment(said: str) -> str:
    """Return `said` up to a comment that is outside of quotes."""
    quote = ""
    for at, character in enumerate(said):
        if quote:
            quote = "" if character == quote else quote
        elif character in "\"'":
            quote = character
        elif character == "#" and (at == 0 or said[at - 1] == " "):
            return said[:at].rstrip()
    return said.rstrip()


def _is_open(said: str) -> bool:
    """Return whether a bracket or quote of flow text `said` is still open."""
    depth, quote = 0, ""
    for character in said:
        if quote:
            quote = "" if character == quote else quote
        elif character in "\"'":
            quote = character
        else:
            depth += (character in "[{") - (character in "]}")
    return depth > 0 or bool(quote)


@dataclass(slots=True)
class _Flow:
    """Reads one flow value: `[a, b]` or `{a: b}`."""

    said: str
    number: int
    wanted: frozenset[str]
    _at: int = 0

    def document(self, *, kept: bool) -> Node:
        """Return the value; raises ParseError if anything stands behind it."""
        node = self._node(kept=kept, depth=0)
        if self._next():
            raise self._error()
        return node

    def _error(self) -> ParseError:
        """Return that the value has not the form of one."""
        return ParseError(f"line {self.number}: a list or mapping in brackets that cannot be read")

    def _next(self) -> str:
        """Return the next character that is no blank, "" at the end."""
        while self._at < len(self.said) and self.said[self._at] == " ":
            self._at += 1
        return self.said[self._at : self._at + 1]

    def _node(self, *, kept: bool, depth: int) -> Node:
        """Return the value that begins here."""
        if depth > _DEPTH_LIMIT:
            raise self._error()
        opening = self._next()
        if opening == "[":
            return self._items(kept=kept, depth=depth)
        if opening == "{":
            return self._pairs(kept=kept, depth=depth)
        value = self._plain(",]}")
        return value if kept and value not in ("", "~", "null") else None

    def _items(self, *, kept: bool, depth: int) -> Node:
        """Return the list that begins here."""
        found: list[Node] = []
        self._at += 1
        while self._next() != "]":
            found.append(self._node(kept=kept, depth=depth + 1))
            self._comma("]")
        self._at += 1
        return found

    def _pairs(self, *, kept: bool, depth: int) -> Node:
        """Return the mapping that begins here."""
        found: dict[str, Node] = {}
        self._at += 1
        while self._next() != "}":
            key = self._plain(":,}")
            if self._next() != ":":
                raise self._error()
            self._at += 1
            found[key] = self._node(kept=kept or key in self.wanted, depth=depth + 1)
            self._comma("}")
        self._at += 1
        return found

    def _comma(self, closing: str) -> None:
        """Pass over the comma between two values; raises ParseError if neither it nor `closing` follows."""
        if self._next() == ",":
            self._at += 1
        elif self._next() != closing:
            raise self._error()

    def _plain(self, ends: str) -> str:
        """Return the quoted or plain text that begins here and ends before one of `ends`."""
        self._next()
        start = self._at
        if self.said[start : start + 1] in ('"', "'"):
            self._at = _quoted_end(self.said, start, self.number)
            return _unquoted(self.said[start : self._at])
        while self._at < len(self.said) and not self._ends(ends):
            self._at += 1
        value = self.said[start : self._at].strip()
        if value[:1] and value[0] in _NOT_TAKEN:
            raise self._error()
        return value

    def _ends(self, ends: str) -> bool:
        """Return whether a plain text ends here: a colon ends one only before a blank, as addresses have colons."""
        character = self.said[self._at]
        return character in ends and (character != ":" or self.said[self._at + 1 : self._at + 2] in (" ", ""))
