"""A capture in gzip (RFC 1952), unpacked as it is read."""

import gzip
import io
import zlib
from typing import BinaryIO


class Unpacked:
    """What a file in gzip holds, of which the first bytes were read already."""

    def __init__(self, begun: bytes, source: BinaryIO) -> None:
        """Take `begun` first, then the rest of `source`."""
        self._file = gzip.GzipFile(fileobj=_Rest(begun, source), mode="rb")

    def read(self, size: int = -1, /) -> bytes:
        """Return at most `size` bytes, none at the end; raises EOFError where the data end early or are damaged."""
        try:
            return self._file.read(size)
        except (gzip.BadGzipFile, zlib.error) as error:
            raise EOFError from error


class _Rest(io.RawIOBase):
    """A file whose first bytes were read already."""

    def __init__(self, begun: bytes, source: BinaryIO) -> None:
        """Give `begun` first, then the rest of `source`."""
        self._begun = begun
        self._source = source

    def read(self, size: int = -1) -> bytes:
        """Return at most `size` bytes."""
        if self._begun:
            piece, self._begun = (self._begun, b"") if size < 0 else (self._begun[:size], self._begun[size:])
            return piece
        return self._source.read(size)
