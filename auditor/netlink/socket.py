"""A netlink socket that either returns a whole, consistent answer or says why it cannot.

The kernel marks a dump as interrupted when its table changed meanwhile, drops datagrams for which
there is no room, and cuts those longer than the buffer. Each of these is retried a bounded number
of times and then raised, never returned as an answer. All datagrams are read before any is
decoded: reading slowly is what gets dumps interrupted.
"""

import contextlib
import errno
import os
import socket
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, Protocol, Self

from auditor.errors import (
    SourceAbsent,
    SourceDenied,
    SourceError,
    SourceInterrupted,
    SourceOverflow,
    SourceTimeout,
    SourceTruncated,
)
from auditor.netlink.dump import Dump, sift
from auditor.netlink.wire import NLM_F_DUMP, NLM_F_REQUEST, pack_message

_SOL_NETLINK = 270
_NETLINK_GET_STRICT_CHK = 12
_SO_RCVBUFFORCE = 33
_DATAGRAM_BYTES = 1 << 15  # the kernel makes dump datagrams no longer, unless one message is
_DATAGRAM_LIMIT_BYTES = 1 << 24
_RECEIVE_FIRST_BYTES = 1 << 20
_RECEIVE_LIMIT_BYTES = 1 << 26
_SEQUENCE_MASK = 0x7FFFFFFF

_ABSENT = {
    errno.EOPNOTSUPP,
    errno.EPROTONOSUPPORT,
    errno.EAFNOSUPPORT,
    errno.ESOCKTNOSUPPORT,
    errno.ENOENT,
    errno.ENODEV,
}
_DENIED = {errno.EPERM, errno.EACCES}


class Endpoint(Protocol):
    """The part of a bound AF_NETLINK socket that is used; tests give their own."""

    def send(self, data: bytes, /) -> int:
        """Send one datagram to the kernel."""

    def recvfrom_into(self, buffer: bytearray, nbytes: int, flags: int, /) -> tuple[int, Any]:
        """Receive one datagram; return its length and the sender's (port, groups)."""

    def settimeout(self, value: float | None, /) -> None:
        """Let calls fail with TimeoutError after `value` seconds."""

    def getsockname(self) -> Any:
        """Return the own (port, groups)."""

    def close(self) -> None:
        """Close."""


def kernel_error(code: int) -> SourceError:
    """Return the cause that errno `code` stands for when the kernel answers with it."""
    words = os.strerror(code)
    if code in _DENIED:
        return SourceDenied(words, needs="CAP_NET_ADMIN", errno=code)
    if code in _ABSENT:
        return SourceAbsent(words, errno=code)
    return SourceError(words, errno=code)


def connect(family: int, receive_bytes: int) -> Endpoint:
    """Return a bound netlink socket of `family`, its receive buffer enlarged unless `receive_bytes` is 0.

    Strict checking (Linux 4.20) makes the kernel honour filters; an older kernel answers with the
    whole table instead, which is why callers filter again. Raises SourceError.
    """
    try:
        endpoint = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, family)
    except OSError as error:
        raise kernel_error(error.errno or errno.EIO) from None
    try:
        with contextlib.suppress(OSError):
            endpoint.setsockopt(_SOL_NETLINK, _NETLINK_GET_STRICT_CHK, 1)
        if receive_bytes:
            _enlarge(endpoint, receive_bytes)
        endpoint.bind((0, 0))
    except OSError as error:
        endpoint.close()
        raise kernel_error(error.errno or errno.EIO) from None
    return endpoint


def _enlarge(endpoint: socket.socket, receive_bytes: int) -> None:
    """Ask for `receive_bytes` of receive buffer, beyond the system's limit where that is allowed."""
    try:
        endpoint.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, receive_bytes)
    except OSError:
        endpoint.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)


class Netlink:
    """One netlink socket in the namespace it was opened in; close it, or use it as a context manager."""

    def __init__(self, family: int, *, open_endpoint: Callable[[int, int], Endpoint] = connect) -> None:
        """Open a socket of `family`; raises SourceError (SourceAbsent: the kernel has no such family)."""
        self._family = family
        self._open_endpoint = open_endpoint
        self._receive_bytes = 0
        self._datagram_bytes = _DATAGRAM_BYTES
        self._sequence = int(time.monotonic() * 1000) & _SEQUENCE_MASK
        self._settled = True
        self._endpoint = open_endpoint(family, 0)
        self._port = self._endpoint.getsockname()[0]

    def dump(self, message: int, body: bytes, *, attempts: int = 4, deadline_s: float = 20.0) -> Dump:
        """Return the whole answer to dump request `message` with `body` (what follows the header).

        Raises SourceError after `attempts` tries at most: SourceInterrupted, SourceOverflow,
        SourceTruncated, SourceTimeout (`deadline_s` bounds all tries together), SourceDenied,
        SourceAbsent, ParseError, or a plain one with the kernel's words and errno.
        """
        return self._ask(message, NLM_F_REQUEST | NLM_F_DUMP, body, attempts, deadline_s)

    def request(self, message: int, body: bytes, *, attempts: int = 4, deadline_s: float = 5.0) -> Dump:
        """Return the answer to a request for one thing; raises as `dump` does."""
        return self._ask(message, NLM_F_REQUEST, body, attempts, deadline_s)

    def close(self) -> None:
        """Close the socket; once is enough, twice does no harm."""
        self._endpoint.close()

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Close."""
        self.close()

    def _ask(self, message: int, flags: int, body: bytes, attempts: int, deadline_s: float) -> Dump:
        """Try until an attempt yields a whole answer, mending what can be mended in between."""
        give_up_at = time.monotonic() + deadline_s
        failure = SourceError("no attempt was allowed")
        for _ in range(attempts):
            try:
                return self._attempt(message, flags, body, give_up_at)
            except SourceOverflow as error:
                failure = error
                wanted = max(_RECEIVE_FIRST_BYTES, 4 * self._receive_bytes)
                self._receive_bytes = min(wanted, _RECEIVE_LIMIT_BYTES)
            except (SourceInterrupted, SourceTruncated) as error:
                failure = error
        raise failure

    def _attempt(self, message: int, flags: int, body: bytes, give_up_at: float) -> Dump:
        """Send the request once and read its answer to the end; nothing of a failed one stays in memory."""
        if not self._settled:
            self._reopen()
        self._settled = False
        self._sequence = (self._sequence + 1) & _SEQUENCE_MASK
        dump = Dump()
        try:
            self._endpoint.settimeout(max(give_up_at - time.monotonic(), 0.001))
            self._endpoint.send(pack_message(message, flags, self._sequence, 0, body))
            interrupted = self._drain(dump, whole=bool(flags & NLM_F_DUMP), give_up_at=give_up_at)
            self._settled = True
            if interrupted:
                raise SourceInterrupted("the table changed during every attempt to read it")
        except TimeoutError:
            dump.wipe()
            raise SourceTimeout("no answer in time") from None
        except OSError as error:
            dump.wipe()
            if error.errno == errno.ENOBUFS:
                raise SourceOverflow("the kernel dropped a part of the answer") from None
            raise kernel_error(error.errno or errno.EIO) from None
        except BaseException:
            dump.wipe()
            raise
        return dump

    def _drain(self, dump: Dump, *, whole: bool, give_up_at: float) -> bool:
        """Read datagrams into `dump` up to the end of the answer; return whether it was interrupted."""
        interrupted = False
        while True:
            chunk = self._receive(give_up_at)
            dump.chunks.append(chunk)
            part = sift(chunk, self._sequence, self._port)
            if not part.ours:
                Dump([dump.chunks.pop()]).wipe()
                continue
            interrupted = interrupted or part.interrupted
            del chunk[part.end :]
            if part.overrun:
                raise SourceOverflow("the kernel dropped a part of the answer")
            if part.code:
                self._settled = True
                raise kernel_error(part.code)
            # In a dump only NLMSG_DONE ends: not every part of the kernel sets NLM_F_MULTI there.
            if part.ended or not (whole or part.multipart):
                return interrupted

    def _receive(self, give_up_at: float) -> bytearray:
        """Return the next datagram that the kernel sent; raises OSError, SourceTimeout, SourceTruncated."""
        while True:
            left_s = give_up_at - time.monotonic()
            if left_s <= 0:
                raise SourceTimeout("no answer in time")
            self._endpoint.settimeout(left_s)
            chunk = bytearray(self._datagram_bytes)
            size, sender = self._endpoint.recvfrom_into(chunk, len(chunk), socket.MSG_TRUNC)
            if sender[0] != 0:
                continue
            if size > len(chunk):
                chunk[:] = bytes(len(chunk))
                if size <= _DATAGRAM_LIMIT_BYTES:
                    self._datagram_bytes = 1 << size.bit_length()
                raise SourceTruncated("a datagram was longer than its buffer")
            del chunk[size:]
            return chunk

    def _reopen(self) -> None:
        """Start afresh: the kernel refuses a second dump on a socket whose first was not read to its end."""
        self._endpoint.close()
        self._endpoint = self._open_endpoint(self._family, self._receive_bytes)
        self._port = self._endpoint.getsockname()[0]
        self._settled = True
