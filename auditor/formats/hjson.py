"""HJSON (https://hjson.github.io/syntax.html), and JSON with it, as far as finding the values of a few keys; pure.

Lines are taken one at a time; values of keys that nobody asked for are passed over and never kept.
"""

from collections.abc import Iterable, Iterator

from auditor.errors import ParseError
from auditor.netlink.wire import text

_DEPTH_LIMIT = 16
_SIGNS = b"{}[]:,"
_ESCAPES = {b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t"}


def values(lines: Iterable[bytes], wanted: frozenset[str]) -> dict[str, tuple[str, ...]]:
    """Return the texts below each of the `wanted` keys (in lower case) of the outermost object; raises ParseError.

    Below a key may be a text, a list, an object whose values count, or those within each other.
    """
    reader = _Reader(lines)
    found: dict[str, tuple[str, ...]] = {}
    braced = reader.peek() == b"{"
    if braced:
        reader.take()
    while (byte := reader.peek()) not in (b"", b"}"):
        if byte == b",":
            reader.take()
            continue
        name = reader.key().lower()
        kept: list[str] | None = [] if name in wanted else None
        _value(reader, kept, 0)
        if kept is not None:
            found[name] = tuple(kept)
    if braced and reader.take() != b"}":
        raise ParseError(f"line {reader.number}: object without its end")
    return found


def _value(reader: "_Reader", kept: list[str] | None, depth: int) -> None:
    """Pass over one value, adding the texts in it to `kept` if that is wanted; raises ParseError."""
    if depth > _DEPTH_LIMIT:
        raise ParseError(f"line {reader.number}: nested too deeply")
    byte = reader.peek()
    if byte not in (b"{", b"["):
        word = reader.word()
        if kept is not None:
            kept.append(word)
        return
    close = b"}" if byte == b"{" else b"]"
    reader.take()
    while (byte := reader.peek()) != close:
        if not byte:
            raise ParseError(f"line {reader.number}: value without its end")
        if byte == b",":
            reader.take()
            continue
        if close == b"}":
            reader.key()
        _value(reader, kept, depth + 1)
    reader.take()


class _Reader:
    """Reads bytes of `lines`, one line in memory; `number` counts them."""

    def __init__(self, lines: Iterable[bytes]) -> None:
        """Start before the first line."""
        self._lines: Iterator[bytes] = iter(lines)
        self._line = b""
        self._at = 0
        self.number = 0

    def _next_line(self) -> bool:
        """Go on to the next line; return whether there is one."""
        self._line, self._at = next(self._lines, b""), 0
        self.number += bool(self._line)
        return bool(self._line)

    def peek(self) -> bytes:
        """Return the next byte that is no space or comment, nothing at the end; it stays next."""
        while True:
            if self._at >= len(self._line):
                if not self._next_line():
                    return b""
            elif self._line.startswith((b"#", b"//"), self._at):
                self._at = len(self._line)
            elif self._line.startswith(b"/*", self._at):
                self._pass(b"*/", self._at + 2)
            elif self._line[self._at : self._at + 1].isspace() or self._line.startswith(b"\xef\xbb\xbf", self._at):
                self._at += 1 if self._line[self._at] != 0xEF else 3
            else:
                return self._line[self._at : self._at + 1]

    def take(self) -> bytes:
        """Return the next byte that is no space or comment, and go past it."""
        byte = self.peek()
        self._at += 1
        return byte

    def _pass(self, mark: bytes, start: int) -> bytes:
        """Go past `mark`, which may be on a later line; return what stood before it; raises ParseError."""
        begun = self.number
        passed = bytearray()
        self._at = start
        while (found := self._line.find(mark, self._at)) < 0:
            passed += self._line[self._at :]
            if not self._next_line():
                raise ParseError(f"line {begun}: text or comment without its end")
        passed += self._line[self._at : found]
        self._at = found + len(mark)
        return bytes(passed)

    def key(self) -> str:
        """Return a key and go past its colon; raises ParseError."""
        byte = self.peek()
        if byte in (b'"', b"'"):
            name = self._quoted(byte)
        else:
            start = self._at
            while self._at < len(self._line) and self._line[self._at] not in _SIGNS + b" \t\r\n":
                self._at += 1
            name = text(self._line[start : self._at])
        if not name or self.take() != b":":
            raise ParseError(f"line {self.number}: a key without its value")
        return name

    def word(self) -> str:
        """Return a text, a number or a word, in quotes or up to the end of its line; raises ParseError."""
        byte = self.peek()
        if self._line.startswith(b"'''", self._at):
            return text(self._pass(b"'''", self._at + 3).strip())
        if byte in (b'"', b"'"):
            return self._quoted(byte)
        if not byte or byte in (b"}", b"]", b":"):
            raise ParseError(f"line {self.number}: no value where one belongs")
        start, self._at = self._at, len(self._line)
        line = self._line[start:]
        # NOTE: only numbers and the three words end at a sign; every other text without quotes takes its whole line.
        plain = line.split(b"#")[0].split(b"//")[0].split(b"/*")[0]
        stop = next((at for at, one in enumerate(plain) if one in b",]}"), len(plain))
        if _is_plain(plain[:stop].strip()):
            self._at = start + stop
            return text(plain[:stop].strip())
        return text(line.strip())

    def _quoted(self, quote: bytes) -> str:
        """Return a text in quotes, which ends on its line; raises ParseError."""
        at = self._at + 1
        kept = bytearray()
        while at < len(self._line) and (byte := self._line[at : at + 1]) != quote:
            if byte == b"\\":
                at, byte = self._escape(at + 1)
            kept += byte
            at += 1
        if at >= len(self._line):
            raise ParseError(f"line {self.number}: text without its end")
        self._at = at + 1
        return text(bytes(kept))

    def _escape(self, at: int) -> tuple[int, bytes]:
        """Return where the escape that goes on at `at` ends, and what it stands for."""
        letter = self._line[at : at + 1]
        digits = self._line[at + 1 : at + 5]
        if letter == b"u" and len(digits) == 4 and not digits.strip(b"0123456789abcdefABCDEF"):
            return at + 4, chr(int(digits, 16)).encode("utf-8", "replace")
        return at, _ESCAPES.get(letter, letter)


def _is_plain(word: bytes) -> bool:
    """Return whether a word without quotes is a number or one of true, false and null."""
    return word in (b"true", b"false", b"null") or (bool(word) and not word.strip(b"+-.0123456789eE"))
