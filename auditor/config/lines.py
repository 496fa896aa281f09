"""Which line of a TOML file each key and array element stands on.

`tomllib` gives values without lines. This is a lexer for text that `tomllib` has already accepted, so it
only has to find keys, headers and brackets (TOML 1.0, sections Keys, Table and Array of Tables).
"""

import re
import tomllib

from auditor.config.words import Path

_TOKEN = re.compile(
    r'"""(?:[^"\\]|\\.|"(?!""))*"{3,5}'
    r"|'''(?:[^']|'(?!''))*'{3,5}"
    r'|"(?:[^"\\\n]|\\.)*"'
    r"|'[^'\n]*'"
    r"|\#[^\n]*"
    r"|[\[\]{},=.\n]"
    r"|[^\s\[\]{},=.#\"']+",
    re.DOTALL,
)


class _Frame:
    """An open array (`index` counts its elements) or inline table (`index` None) and its place."""

    __slots__ = ("index", "path")

    def __init__(self, path: Path, index: int | None) -> None:
        """Start at `path`."""
        self.path = path
        self.index = index


class LineFinder:
    """Walks the tokens of one document once and notes the line of every key path."""

    def __init__(self, text: str) -> None:
        """Read `text`, a valid TOML document."""
        self.lines: dict[Path, int] = {}
        self._arrays: dict[Path, int] = {}
        self._table: Path = ()
        self._stack: list[_Frame] = []
        self._line = 1
        self._read(text)

    def _read(self, text: str) -> None:
        """Go through `text` statement by statement; a statement is a header or a key with its value."""
        key: list[str] = []
        header = 0
        in_value = False
        for match in _TOKEN.finditer(text):
            token = match.group()
            if token == "\n":
                in_value = in_value and bool(self._stack)
                key, header = (key, header) if self._stack else ([], 0)
                self._line += 1
            elif token[0] == "#":
                continue
            elif in_value or self._stack:
                in_value = self._value(token, key, in_value)
            elif token == "[":
                header += 1
            elif token == "]":
                if key:
                    self._header(key, header)
                    key = []
            elif token == "=":
                self._note(self._table, key)
                in_value = True
            elif token != ".":
                key.append(token)

    def _value(self, token: str, key: list[str], in_value: bool) -> bool:
        """Take one token of a value; return whether the value (or a key of an inline table) is awaited next."""
        top = self._stack[-1] if self._stack else None
        if token in "[{":
            place = self._place(key) if in_value else self._element()
            self._stack.append(_Frame(place, 0 if token == "[" else None))
            key.clear()
            return token == "["
        if token in "]}":
            self._stack.pop()
            return False
        if token == ",":
            key.clear()
            if top is not None and top.index is not None:
                top.index += 1
            return top is not None and top.index is not None
        if token == "=":
            self._note(top.path if top is not None else self._table, key)
            return True
        if top is not None and top.index is not None:
            self._element()
        elif not in_value and token != ".":
            key.append(token)
        self._line += token.count("\n")
        return in_value

    def _element(self) -> Path:
        """Note the line of the array element at hand and return its path."""
        top = self._stack[-1]
        path = (*top.path, top.index or 0)
        self.lines.setdefault(path, self._line)
        return path

    def _place(self, key: list[str]) -> Path:
        """Return where the value at hand belongs: an array element, or the key just read."""
        top = self._stack[-1] if self._stack else None
        if top is not None and top.index is not None:
            return self._element()
        return (*(self._table if top is None else top.path), *map(_bare, key))

    def _note(self, table: Path, key: list[str]) -> None:
        """Note the line of `key` in `table`, and of each table that a dotted key opens."""
        for end in range(1, len(key) + 1):
            self.lines.setdefault((*table, *map(_bare, key[:end])), self._line)

    def _header(self, key: list[str], brackets: int) -> None:
        """Open the table or the next table of an array that a header names."""
        path: Path = ()
        for part in key[:-1]:
            path = self._last((*path, _bare(part)))
            self.lines.setdefault(path, self._line)
        path = (*path, _bare(key[-1]))
        self.lines.setdefault(path, self._line)
        if brackets > 1:
            self._arrays[path] = self._arrays.get(path, 0) + 1
            path = self._last(path)
            self.lines.setdefault(path, self._line)
        self._table = path

    def _last(self, path: Path) -> Path:
        """Return `path`, or its newest element if it is an array of tables."""
        return (*path, self._arrays[path] - 1) if path in self._arrays else path


def _bare(token: str) -> str:
    """Return the key that `token` writes, without its quotes and escapes."""
    return str(tomllib.loads(f"key = {token}")["key"]) if token[0] in "\"'" else token


def line_of(lines: dict[Path, int], path: Path) -> int | None:
    """Return the line of `path`, or of the nearest thing around it that has one."""
    while path and path not in lines:
        path = path[:-1]
    return lines.get(path)


def deepest_line(text: str) -> int:
    """Return the line on which brackets are nested deepest; `text` need not be valid."""
    line = deepest = 1
    depth = most = 0
    for match in _TOKEN.finditer(text):
        token = match.group()
        depth += (token in ("[", "{")) - (token in ("]", "}"))
        if depth > most:
            most, deepest = depth, line
        line += token.count("\n")
    return deepest


def longest_line(text: str) -> int:
    """Return the line of the longest number or word outside strings; `text` need not be valid."""
    line = found = 1
    most = 0
    for match in _TOKEN.finditer(text):
        token = match.group()
        if token[0] not in "\"'#" and len(token) > most:
            most, found = len(token), line
        line += token.count("\n")
    return found
