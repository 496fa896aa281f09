"""One TOML file: read whole, parsed, and able to say on which line anything stands."""

import hashlib
import re
import tomllib
from functools import cached_property
from typing import Any

from auditor.config.lines import LineFinder, deepest_line, line_of, longest_line
from auditor.config.validate import Problem
from auditor.config.words import Path, clean, dotted
from auditor.errors import InputError, SourceError
from auditor.host import FILE_LIMIT_BYTES, Host
from auditor.model.register import Where

_PLACE = re.compile(r" \(at line (\d+), column (\d+)\)$")
# NOTE: tomllib copies the key for every part of it, so one key of a million parts takes hours.
_LONG_KEY = re.compile(r"""(?<![\w"'.-])(?:[\w"'-]++[ \t]*+\.[ \t]*+){64}""")


class Document:
    """A TOML file that could be parsed. `path` is as given, `sha256` of its bytes in hexadecimal."""

    def __init__(self, path: str, content: bytes) -> None:
        """Parse `content`; raises InputError with the line of what is not UTF-8 or not TOML."""
        self.path = path
        self.sha256 = hashlib.sha256(content).hexdigest()
        self._text = _decode(path, content)
        self.data: dict[str, Any] = _parse(path, self._text)

    @cached_property
    def lines(self) -> dict[Path, int]:
        """Return the line, from 1, of every key path and array element of the file."""
        return LineFinder(self._text).lines

    def where(self, path: Path) -> Where:
        """Return the place of `path` for messages."""
        return Where(file=self.path, line=line_of(self.lines, path), key=dotted(path))

    def say(self, problems: list[Problem]) -> list[str]:
        """Return `problems` as lines ``file:line: key: what is wrong``, in the order of the file."""
        placed = [(line_of(self.lines, problem.path) or 1, problem) for problem in problems]
        placed.sort(key=lambda pair: pair[0])
        return [f"{clean(self.path, 300)}:{line}: {dotted(each.path)}: {each.text}" for line, each in placed]


def read_document(path: str, host: Host | None = None) -> Document:
    """Return the file at `path`; raises InputError if it cannot be read (at most 4 MiB) or parsed."""
    try:
        content = (host or Host()).read(path, limit_bytes=FILE_LIMIT_BYTES)
    except (SourceError, ValueError) as error:
        words = error.detail if isinstance(error, SourceError) else "not a usable path"
        raise InputError([f"{clean(path, 300)}: cannot be read: {words}"]) from None
    return Document(path, content)


def _decode(path: str, content: bytes) -> str:
    """Return the file as text with a byte order mark removed; raises InputError."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        wide = content.startswith((b"\xff\xfe", b"\xfe\xff"))
        words = "is UTF-16; save the file as UTF-8" if wide else "is not UTF-8 from here on; save the file as UTF-8"
        raise InputError([f"{clean(path, 300)}:{line}: encoding: {words}"]) from None


def _parse(path: str, text: str) -> dict[str, Any]:
    """Return the parsed document; raises InputError."""
    long_key = _LONG_KEY.search(text)
    if long_key is not None:
        line = text.count("\n", 0, long_key.start()) + 1
        raise InputError([f"{clean(path, 300)}:{line}: syntax: a key with more than 64 parts"])
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line, words = _syntax(str(error), text)
    except RecursionError:
        line, words = deepest_line(text), "brackets are nested too deeply"
    except ValueError:
        line, words = longest_line(text), "a number with too many digits"
    raise InputError([f"{clean(path, 300)}:{line}: syntax: {words}"])


def _syntax(words: str, text: str) -> tuple[int, str]:
    """Return line and message of a complaint of tomllib; one about the end gets the last line."""
    place = _PLACE.search(words)
    message = clean(_PLACE.sub("", words).removesuffix(" (at end of document)"), 120)
    message = message[:1].lower() + message[1:]
    if place is None:
        return text.rstrip("\n").count("\n") + 1, f"{message}, at the end of the file"
    return int(place[1]), f"{message} (column {place[2]})"
