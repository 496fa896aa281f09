"""The file of records: reading it, what is wrong with it, and adding a line that survives a crash."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from auditor.history.records import GENESIS, MAX_LINE_BYTES, Record, RecordError, ScanRecord, digest, from_line
from auditor.output import hand_over

NAME = "journal"
_TAIL_BYTES = 1 << 17


@dataclass(frozen=True, slots=True)
class Line:
    """One line: its number from 1, its digest, and its record, or what is wrong with it instead.

    `chained` is whether it names the digest of the line before it.
    """

    number: int
    digest: str
    record: Record | None
    wrong: str | None
    chained: bool


def read(directory: Path) -> Iterator[Line]:
    """Yield the lines of the journal in `directory`, none if there is no journal. Raises OSError.

    A last line without its line break is what a crash leaves behind: it is yielded with `wrong` set.
    """
    before = GENESIS
    try:
        stream = (directory / NAME).open("rb")
    except FileNotFoundError:
        return
    with stream:
        for number, line in enumerate(iter(lambda: stream.readline(MAX_LINE_BYTES + 1), b""), 1):
            whole = line.endswith(b"\n")
            text = line[:-1] if whole else line
            record, wrong = _parsed(text, whole)
            yield Line(number, digest(text), record, wrong, record is not None and record.previous == before)
            before = digest(text)


def _parsed(text: bytes, whole: bool) -> tuple[Record | None, str | None]:
    """Return the record of a line, or what is wrong with it."""
    if not whole:
        return None, "cut short"
    try:
        return from_line(text), None
    except RecordError as error:
        return None, str(error)


def tail(directory: Path) -> list[Line]:
    """Return the last whole lines of the journal, reading only its tail; raises OSError.

    Line numbers count from the first line read, whose `chained` says nothing.
    """
    _, kept = _tail(directory)
    lines, before = [], GENESIS
    for number, text in enumerate(kept.splitlines(), 1):
        record, wrong = _parsed(text, True)
        lines.append(Line(number, digest(text), record, wrong, record is not None and record.previous == before))
        before = digest(text)
    return lines


def backwards(directory: Path) -> Iterator[Record]:
    """Yield the records of the journal from the last to the first, lines that are none left out; raises OSError.

    Who needs the newest ones stops early, however long the journal has become.
    """
    try:
        stream = (directory / NAME).open("rb")
    except FileNotFoundError:
        return
    with stream:
        start, begun = stream.seek(0, os.SEEK_END), b""
        while start:
            size = min(start, _TAIL_BYTES)
            start -= size
            stream.seek(start)
            first, *whole = (stream.read(size) + begun).split(b"\n")
            begun = first[: MAX_LINE_BYTES + 1]
            for text in reversed(whole if start else [first, *whole]):
                record, _ = _parsed(text, True)
                if record is not None:
                    yield record


def _tail(directory: Path) -> tuple[int, bytes]:
    """Return the length of the journal up to its last whole line, and the whole lines of its tail. Raises OSError."""
    try:
        with (directory / NAME).open("rb") as stream:
            size = stream.seek(0, os.SEEK_END)
            start = max(0, size - _TAIL_BYTES)
            stream.seek(start)
            data = stream.read(_TAIL_BYTES)
    except FileNotFoundError:
        return 0, b""
    end = data.rfind(b"\n") + 1
    first = data.find(b"\n") + 1 if start else 0
    return start + end, data[first:end]


@dataclass(frozen=True, slots=True)
class Head:
    """The end of the journal: the digest that the next record names, its number, and the bytes that are whole."""

    digest: str
    next_number: int
    length_bytes: int


def head(directory: Path) -> Head:
    """Return the end of the journal up to its last whole line, reading only its tail. Raises OSError.

    Numbers go on from the last scan that the tail shows, so that damage further up never makes one number twice.
    """
    length, kept = _tail(directory)
    lines = kept.splitlines()
    if not lines:
        return Head(GENESIS, 1, length)
    return Head(digest(lines[-1]), max(map(_number, lines)) + 1, length)


def _number(line: bytes) -> int:
    """Return the highest number that a line speaks of, 0 if it is no record."""
    try:
        record = from_line(line)
    except RecordError:
        return 0
    return record.number if isinstance(record, ScanRecord) else max(record.numbers, default=0)


def append(directory: Path, line: bytes, after: Head) -> Head:
    """Add `line` behind `after` and flush it to disk; return the new end. Raises OSError.

    What follows the last whole line is the rest of a write that a crash cut short: it was never reported as
    stored, and is cut off. If the line cannot be written whole, the journal is as it was.
    """
    path = directory / NAME
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o640)
    try:
        hand_over(descriptor, directory)
        os.ftruncate(descriptor, after.length_bytes)
        try:
            _write(descriptor, line + b"\n", after.length_bytes)
            os.fsync(descriptor)
        except OSError:
            os.ftruncate(descriptor, after.length_bytes)
            raise
    finally:
        os.close(descriptor)
    return Head(digest(line), after.next_number, after.length_bytes + len(line) + 1)


def _write(descriptor: int, data: bytes, offset: int) -> None:
    """Write all of `data` at `offset`; raises OSError."""
    while data:
        done = os.pwrite(descriptor, data, offset)
        data, offset = data[done:], offset + done
