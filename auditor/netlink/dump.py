"""What the kernel answered to one request, and how a datagram is told to belong to it; pure."""

import struct
from collections.abc import Iterator
from types import TracebackType
from typing import NamedTuple, Self

from auditor.errors import ParseError
from auditor.netlink.wire import (
    HEADER,
    HEADER_BYTES,
    NLM_F_DUMP_INTR,
    NLM_F_MULTI,
    NLMSG_DONE,
    NLMSG_ERROR,
    NLMSG_OVERRUN,
    Message,
    messages,
)

_LENGTH = struct.Struct("=I").unpack_from
_CODE = struct.Struct("=i").unpack_from
_ENDS = (NLMSG_DONE, NLMSG_ERROR, NLMSG_OVERRUN)


class Dump:
    """A whole answer: `chunks` are datagrams of the messages asked for, without NLMSG_DONE.

    As a context manager it fills its bytes with zeros at the end, for answers that carry keys.
    Views of messages taken from it then show zeros.
    """

    __slots__ = ("chunks",)

    def __init__(self, chunks: list[bytearray] | None = None) -> None:
        """Hold `chunks` (none at first)."""
        self.chunks: list[bytearray] = [] if chunks is None else chunks

    def messages(self) -> Iterator[Message]:
        """Yield every message in the order received; raises ParseError."""
        for chunk in self.chunks:
            yield from messages(chunk)

    def wipe(self) -> None:
        """Fill every byte with zero and forget the datagrams."""
        for chunk in self.chunks:
            chunk[:] = bytes(len(chunk))
        self.chunks.clear()

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Wipe."""
        self.wipe()


class Sifted(NamedTuple):
    """What one datagram was.

    `ours`: it answers our request. `end`: bytes of it that are messages asked for. `ended`: the
    kernel said that no more follows. `multipart`: its last message had NLM_F_MULTI. `interrupted`:
    NLM_F_DUMP_INTR stood on a message. `code`: the kernel's errno, 0 none. `overrun`: the kernel
    says it lost messages.
    """

    ours: bool
    end: int = 0
    ended: bool = False
    multipart: bool = True
    interrupted: bool = False
    code: int = 0
    overrun: bool = False


def sift(chunk: bytearray, sequence: int, port: int) -> Sifted:
    """Return what datagram `chunk` is to the request `sequence` of `port`; looks at every header.

    Raises ParseError when a length cannot be or answers to several requests share the datagram.
    """
    offset, size = 0, len(chunk)
    interrupted = False
    flags = NLM_F_MULTI
    known = b""  # type, flags, sequence and port of the message before: nearly always the same again
    while offset < size:
        if size - offset < HEADER_BYTES:
            raise ParseError("netlink message header cut short")
        (length,) = _LENGTH(chunk, offset)
        if not HEADER_BYTES <= length <= size - offset:
            raise ParseError("netlink message length out of bounds")
        if not known or not chunk.startswith(known, offset + 4):
            _, kind, flags, reply_to, to_port = HEADER.unpack_from(chunk, offset)
            if reply_to != sequence or to_port not in (port, 0):
                if offset:
                    raise ParseError("netlink datagram with answers to several requests")
                return Sifted(False)
            interrupted = interrupted or bool(flags & NLM_F_DUMP_INTR)
            if kind in _ENDS:
                code = _error_code(chunk, kind, offset, length)
                return Sifted(True, offset, True, False, interrupted, code, kind == NLMSG_OVERRUN)
            known = bytes(chunk[offset + 4 : offset + HEADER_BYTES])
        offset += (length + 3) & ~3  # NOTE: `align`, without a call for each of 100,000 routes
    return Sifted(size > 0, size, False, bool(flags & NLM_F_MULTI), interrupted)


def _error_code(chunk: bytearray, kind: int, offset: int, length: int) -> int:
    """Return the errno (0: success) of the message at `offset` that ends an answer.

    NLMSG_DONE may come without one; NLMSG_ERROR without one is malformed.
    """
    if kind == NLMSG_OVERRUN:
        return 0
    if length < HEADER_BYTES + 4:
        if kind == NLMSG_ERROR:
            raise ParseError("netlink error message cut short")
        return 0
    code: int = _CODE(chunk, offset + HEADER_BYTES)[0]
    return -code if code < 0 else 0
