"""What the block and the flow style of YAML share: scalars, quotes, comments, and which of it is wanted."""

import re
from collections.abc import Callable
from enum import Enum, auto
from typing import NamedTuple

from auditor.formats.events import Path

DEPTH_LIMIT = 32
_NOT_TAKEN = "&*!|>%@`?"
_DECORATION = re.compile(r"(?:[&!]\S*\s+)*(?:[&!]\S*$)?")
_COLON, _COLON_NEXT = re.compile(r"(:)(?:\s|$)"), re.compile(r"\s*(:)(?:\s|$)")
_ESCAPE = re.compile(r"\\(.)")
_ESCAPES = {"n": "\n", "t": "\t", "0": "\0"}


class Kind(Enum):
    """How a value is written; NOTHING also stands for one that is not kept."""

    PLAIN = auto()
    QUOTED = auto()
    NOTHING = auto()
    BLOCK = auto()  # a literal or folded text, which is passed over
    LIST = auto()  # brackets open here, as for MAPPING; what is in them follows
    MAPPING = auto()


class Found(NamedTuple):
    """One value with the keys and positions that lead to it; `value` None: nothing that is kept."""

    path: Path
    value: str | None
    line: int
    kind: Kind


class Rules(NamedTuple):
    """What a reader is after. `keeps`: the value at a path leaves the reader.

    `checks`: what is not understood at a path is an error; elsewhere it is passed over. `anchors`: they may stand
    before values, as may tags.
    """

    keeps: Callable[[Path], bool]
    checks: Callable[[Path], bool]
    anchors: bool = False

    def found(self, path: Path, value: str, line: int, kind: Kind) -> Found:
        """Return what is at `path`, without its value unless that is kept."""
        return Found(path, value, line, kind) if self.keeps(path) else Found(path, None, line, Kind.NOTHING)

    def undecorated(self, path: Path, said: str) -> str:
        """Return `said` without the anchors and tags before it, as it is where none may be."""
        if said[:1] in ("&", "!") and (self.anchors or not self.checks(path)) and (found := _DECORATION.match(said)):
            return said[found.end() :]
        return said


def is_taken(said: str) -> bool:
    """Return whether a plain text can begin as `said` does."""
    return said[0] not in _NOT_TAKEN


def quoted_end(said: str, at: int, quote: str) -> int | None:
    """Return where a text in quotes ends, of which the first character is at `at`; None if it goes on."""
    while at < len(said):
        if (said[at] == "\\" and quote == '"') or (quote == "'" and said.startswith("''", at)):
            at += 2
        elif said[at] == quote:
            return at + 1
        else:
            at += 1
    return None


def unquoted(said: str) -> str:
    """Return a whole text in quotes without them, its escapes resolved."""
    if said[0] == "'":
        return said[1:-1].replace("''", "'")
    return _ESCAPE.sub(lambda found: _ESCAPES.get(found[1], found[1]), said[1:-1])


def colon(said: str) -> int | None:
    """Return where the colon of a key stands in `said`, which has no comment; None if it begins with no key."""
    if said[0] in "[{" or not is_taken(said):
        return None
    if said[0] in "\"'":
        at = quoted_end(said, 1, said[0])
        found = _COLON_NEXT.match(said, at) if at is not None else None
    else:
        found = _COLON.search(said, 1)
    return found.start(1) if found else None


def without_comment(said: str) -> str:
    """Return `said` up to a comment that is outside of quotes."""
    at = 0
    while at < len(said):
        begins = at == 0 or said[at - 1] in " \t[{,:"
        if said[at] == "#" and (at == 0 or said[at - 1] in " \t"):
            return said[:at].rstrip()
        if said[at] in "\"'" and begins:
            at = quoted_end(said, at + 1, said[at]) or len(said)
        else:
            at += 1
    return said.rstrip()
