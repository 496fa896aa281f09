"""Bytes of a capture in order, from a file, a pipe or gzip, with the position for telling where it broke off."""

from collections.abc import Iterator
from typing import BinaryIO, NamedTuple, Protocol

from auditor.model.text import Text

_CHUNK_BYTES = 1 << 18
_DAMAGED = Text("the compressed data end or are damaged", "压缩数据不完整或已损坏")
LARGEST_RECORD_BYTES = 1 << 22
"""A record that claims more is no record: a frame has at most 64 KiB, offloaded ones a few hundred."""


class Record(NamedTuple):
    """One frame: when (Unix time), its link type, its length on the wire, and the bytes that were kept of it."""

    at_s: float
    link_type: int
    frame_bytes: int
    data: bytes


class Broken(Exception):
    """A capture cannot be read on: at which byte (of what is unpacked), and why."""

    def __init__(self, at: int, why: Text) -> None:
        """Keep both."""
        super().__init__(at, why)
        self.at = at
        self.why = why


Records = Iterator[Record]


class _Readable(Protocol):
    """Whatever bytes come from."""

    def read(self, size: int = -1, /) -> bytes:
        """Return at most `size` bytes, none at the end."""


class Stream:
    """Reads exactly as much as is asked for, in bounded memory; `at` is how many bytes were consumed."""

    def __init__(self, source: BinaryIO) -> None:
        """Read from `source`, through gzip where it begins like that (RFC 1952)."""
        self._source: _Readable = source
        self._buffer = b""
        self._start = 0
        self.at = 0
        self._fill(2)
        if self._buffer[:2] == b"\x1f\x8b":
            from auditor.packets.unpacked import Unpacked  # NOTE: few captures need it

            self._source = Unpacked(self._buffer, source)
            self._buffer = b""

    def take(self, size: int) -> bytes:
        """Return the next `size` bytes; fewer only at the end. Raises Broken where unpacking fails."""
        if len(self._buffer) - self._start < size:
            self._fill(size)
        piece = self._buffer[self._start : self._start + size]
        self._start += len(piece)
        self.at += len(piece)
        return piece

    def exactly(self, size: int, what: Text) -> bytes:
        """Return the next `size` bytes; raises Broken if the capture ends within `what`."""
        began = self.at
        piece = self.take(size)
        if len(piece) < size:
            raise Broken(began, Text(f"it ends within {what.en}", f"在{what.zh}中途结束"))
        return piece

    def skip(self, size: int, what: Text) -> None:
        """Pass over `size` bytes without keeping them."""
        while size > 0:
            size -= len(self.exactly(min(size, _CHUNK_BYTES), what))

    def _fill(self, size: int) -> None:
        """Read until `size` bytes are there or the end is."""
        parts = [self._buffer[self._start :]]
        have = len(parts[0])
        while have < size:
            try:
                piece = self._source.read(max(_CHUNK_BYTES, size - have))
            except EOFError:
                raise Broken(self.at + have, _DAMAGED) from None
            if not piece:
                break
            parts.append(piece)
            have += len(piece)
        self._buffer, self._start = b"".join(parts), 0
