"""The words of fastd's configuration language, statement by statement (src/lex.c of fastd 22); pure."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from auditor.errors import ParseError
from auditor.netlink.wire import text

_KEPT = frozenset(("bind", "include", "interface", "key", "mode", "peer", "remote", "}"))
_ENDS = frozenset((";", "{", "}"))
_WORDS_LIMIT = 16


class Word(NamedTuple):
    """One word; `quoted`: a string, not a keyword, number or address."""

    text: str
    quoted: bool = False

    @property
    def is_port(self) -> bool:
        """Return whether a port follows."""
        return not self.quoted and self.text in (":", "port")


def statements(lines: Iterable[bytes]) -> Iterator[list[Word]]:
    """Yield each kept statement as its words, the beginning of a block with "{" last; raises ParseError.

    Blocks of every kind begin and end; of other statements no word is kept.
    """
    found: list[Word] = []
    wanted = True
    for word in words(lines):
        ends = not word.quoted and word.text in _ENDS
        if not found and not ends:
            wanted = not word.quoted and word.text in _KEPT
            found = [word if wanted else Word("")]
        elif (wanted and len(found) < _WORDS_LIMIT and word.text != ";") or (ends and word.text != ";"):
            found.append(word)
        if ends:
            if found and (wanted or found[-1].text == "{"):
                yield found
            found, wanted = [], True
    if found:
        raise ParseError("statement without its end")


def words(lines: Iterable[bytes]) -> Iterator[Word]:
    """Yield the words of the lines; raises ParseError, with the number of the line, at a string without end."""
    open_at: int | None = None
    closing = ""
    kept = bytearray()
    for number, line in enumerate(lines, 1):
        at = 0
        while at < len(line):
            if closing == "*/":
                at = _after(line, b"*/", at)
                closing = "" if at >= 0 else closing
                at = at if at >= 0 else len(line)
            elif closing:
                at, ended = _string(line, at, kept)
                if ended:
                    yield Word(text(bytes(kept)), quoted=True)
                    closing = ""
                    kept.clear()
            elif line.startswith((b"#", b"//"), at):
                break
            elif line.startswith(b"/*", at):
                closing, open_at, at = "*/", number, at + 2
            elif line[at : at + 1] == b'"':
                closing, open_at, at = '"', number, at + 1
            else:
                at, word = _bare(line, at)
                if word:
                    yield Word(text(word))
    if closing:
        raise ParseError(f"line {open_at}: {'comment' if closing == '*/' else 'string'} without its end")


def _after(line: bytes, mark: bytes, at: int) -> int:
    """Return where `line` goes on after `mark`, -1 if it is not there."""
    found = line.find(mark, at)
    return found + len(mark) if found >= 0 else -1


def _string(line: bytes, at: int, kept: bytearray) -> tuple[int, bool]:
    """Add to `kept` what the string holds from `at` on; return where it stops, and whether it ended."""
    while at < len(line):
        byte = line[at]
        at += 1
        if byte == 0x22:  # the closing quote
            return at, True
        if byte == 0x5C:  # a backslash: the next byte as it is, the end of the line not at all
            kept += line[at : at + 1].replace(b"\n", b"")
            at += 1
        else:
            kept.append(byte)
    return at, False


def _bare(line: bytes, at: int) -> tuple[int, bytes]:
    """Return where the word at `at` stops, and the word: a sign, an address in brackets, or up to a space or sign."""
    if line[at : at + 1] in (b";", b":", b"{", b"}"):
        return at + 1, line[at : at + 1]
    if line[at : at + 1] == b"[":
        close = line.find(b"]", at)
        stop = close + 1 if close >= 0 else len(line)
        return stop, line[at:stop].rstrip()
    stop = at
    while stop < len(line) and line[stop] not in b' \t\r\n;:{}"[#/':
        stop += 1
    return (stop, line[at:stop]) if stop > at else (at + 1, b"")
