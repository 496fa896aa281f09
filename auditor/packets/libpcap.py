"""Reads a capture file with libpcap, where that is installed, and lets it drop ordinary traffic: twenty times as fast.

Nothing depends on it. It is called by ctypes, gets the filter of `prefilter` as it is, and compiles nothing.
"""

import ctypes
import errno
import os
from functools import cache
from struct import Struct
from typing import Any, BinaryIO

from auditor.packets import pcapng
from auditor.packets.engine import Engine
from auditor.packets.prefilter import program

_NAMES = ("libpcap.so.0.8", "libpcap.so.1", "libpcap.so")
_ERROR_BYTES = 256
_BUFFER_BYTES = 1 << 19  # stdio's own 4 KiB make one system call for every few packets: half of the time
_FULLY_BUFFERED = 0
_NO_LOCKING = 2  # FSETLOCKING_BYCALLER (stdio_ext.h): nobody else has this stream
_FIRST_BATCH, _MOST_BATCH = 8, 64  # packets; of 256 KiB each, the most that libpcap hands out, they take 16 MiB
_RECORD, _RECORD_BYTES = Struct("=IIII").unpack_from, 16  # what pcap_dump writes before a packet
_LINK_TYPES = {12: 101, 14: 101}  # numbers that differ between systems (pcap/dlt.h)

_STREAM, _PLACE = ctypes.c_void_p, ctypes.c_long
_LIBC: tuple[tuple[str, Any, tuple[Any, ...]], ...] = (
    ("fdopen", _STREAM, (ctypes.c_int, ctypes.c_char_p)),
    ("fclose", ctypes.c_int, (_STREAM,)),
    ("fflush", ctypes.c_int, (_STREAM,)),
    ("fseek", ctypes.c_int, (_STREAM, _PLACE, ctypes.c_int)),
    ("ftell", _PLACE, (_STREAM,)),
    ("__fsetlocking", ctypes.c_int, (_STREAM, ctypes.c_int)),
    ("setvbuf", ctypes.c_int, (_STREAM, ctypes.c_void_p, ctypes.c_int, ctypes.c_size_t)),
    ("open_memstream", _STREAM, (ctypes.c_void_p, ctypes.c_void_p)),
    ("free", None, (ctypes.c_void_p,)),
)


class _Program(ctypes.Structure):
    """struct bpf_program."""

    _fields_ = (("length", ctypes.c_uint), ("code", ctypes.c_void_p))


@cache
def _library() -> Any:
    """Return libpcap with the types of the functions used, None where it is not installed."""
    for name in _NAMES:
        try:
            library: Any = ctypes.CDLL(name)
            break
        except OSError:
            continue
    else:
        return None
    library.pcap_fopen_offline.restype = ctypes.c_void_p
    library.pcap_fopen_offline.argtypes = (ctypes.c_void_p, ctypes.c_char_p)
    library.pcap_dispatch.argtypes = (ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)
    library.pcap_file.restype = ctypes.c_void_p
    for name in ("pcap_datalink", "pcap_close", "pcap_file"):
        getattr(library, name).argtypes = (ctypes.c_void_p,)
    library.pcap_setfilter.argtypes = (ctypes.c_void_p, ctypes.c_void_p)
    libc = ctypes.CDLL(None)
    for name, result, arguments in _LIBC:
        function = getattr(libc, name)
        function.restype, function.argtypes = result, arguments
        setattr(library, name, function)
    return library


def read(source: BinaryIO, engine: Engine) -> bool:
    """Return whether the whole file was read into `engine`; if not, what is in it counts for nothing."""
    library = _library()
    if library is None:
        return False
    magic = os.pread(source.fileno(), 4, 0)
    number = os.dup(source.fileno())
    os.lseek(number, 0, os.SEEK_SET)
    stream = library.fdopen(number, b"rb")
    if not stream:
        os.close(number)
        return False
    buffer = ctypes.create_string_buffer(_BUFFER_BYTES)  # NOTE: has to live until the stream is closed
    library.setvbuf(stream, buffer, _FULLY_BUFFERED, _BUFFER_BYTES)
    getattr(library, "__fsetlocking")(stream, _NO_LOCKING)
    handle = library.pcap_fopen_offline(stream, ctypes.create_string_buffer(_ERROR_BYTES))
    if not handle:
        library.fclose(stream)
        os.lseek(source.fileno(), 0, os.SEEK_SET)
        return False
    try:
        return _read(library, handle, engine, repeatable=magic != pcapng.MAGIC)
    finally:
        library.pcap_close(handle)
        os.lseek(source.fileno(), 0, os.SEEK_SET)


def _read(library: Any, handle: int, engine: Engine, *, repeatable: bool) -> bool:
    """Give every packet that passes the filter to `engine`; return whether the end was reached."""
    link_type = library.pcap_datalink(handle)
    link_type = _LINK_TYPES.get(link_type, link_type)
    if not _filter(library, handle, link_type, engine):
        return False
    batches = _Batches(library, handle, repeatable=repeatable)
    try:
        return _take(batches, link_type, engine)
    finally:
        batches.close()


def _take(batches: "_Batches", link_type: int, engine: Engine) -> bool:
    """Give batch after batch to `engine`; return whether the end was reached.

    A conversation that becomes known in a batch has a part in the rest of it: from there on it is read once more, with
    the filter that lets that conversation through.
    """
    library, handle, frame, again = batches.library, batches.handle, engine.frame, batches.repeatable
    most = _MOST_BATCH if again else 1
    size, known = 1, 0
    while True:
        data = batches.next(size)
        if data is None:
            return False
        at = count = 0
        while at < len(data):
            seconds, fraction, kept, length = _RECORD(data, at)
            begin = at + _RECORD_BYTES
            at = begin + kept
            count += 1
            frame(data[begin:at], link_type, seconds + fraction / 1e6, length)
            if engine.streams_known != known:
                break
        if engine.streams_known == known:
            if count < size:
                return True
            size = min(2 * size, most)
            continue
        known = engine.streams_known
        if at < len(data) or size > 1:
            batches.go_behind(count)
        if not _filter(library, handle, link_type, engine):
            return False
        size = min(_FIRST_BATCH, most)


class _Batches:
    """Packets that pass the filter, many at a time: libpcap writes them to memory without a call of Python for each.

    `repeatable`: a part of the file may be read again. With pcapng not, whose interfaces libpcap would count twice.
    """

    def __init__(self, library: Any, handle: int, *, repeatable: bool) -> None:
        """Begin where `handle` stands; raises OSError without memory."""
        self.library, self.handle = library, handle
        self._file = library.pcap_file(handle)
        self._memory, self._size = ctypes.c_void_p(), ctypes.c_size_t()
        self._into = library.open_memstream(ctypes.byref(self._memory), ctypes.byref(self._size))
        if not self._into:
            raise OSError(errno.ENOMEM, os.strerror(errno.ENOMEM))
        self._write = ctypes.cast(library.pcap_dump, ctypes.c_void_p)
        self._began = library.ftell(self._file)
        self.repeatable = repeatable

    def next(self, count: int) -> bytes | None:
        """Return the records of the next `count` packets, of fewer only at the end; None if it cannot be read on."""
        self._began = self.library.ftell(self._file)
        return self._fill(count)

    def go_behind(self, count: int) -> None:
        """Go to behind the first `count` packets of the batch, while the filter is still that of the batch."""
        self.library.fseek(self._file, self._began, os.SEEK_SET)
        self._fill(count)

    def _fill(self, count: int) -> bytes | None:
        """Return the records of `count` packets from here."""
        library = self.library
        library.fseek(self._into, 0, os.SEEK_SET)
        if library.pcap_dispatch(self.handle, count, self._write, self._into) < 0:
            return None
        library.fflush(self._into)
        return ctypes.string_at(self._memory.value or 0, self._size.value) if self._size.value else b""

    def close(self) -> None:
        """Give the memory back."""
        self.library.fclose(self._into)
        self.library.free(self._memory)


def _filter(library: Any, handle: int, link_type: int, engine: Engine) -> bool:
    """Set the filter, with the conversations that `engine` knows; return whether there is one for this link."""
    code = program(link_type, engine.streams)
    if code is None:
        return False
    buffer = ctypes.create_string_buffer(code, len(code))
    wanted = _Program(len(code) // 8, ctypes.addressof(buffer))
    return bool(library.pcap_setfilter(handle, ctypes.byref(wanted)) == 0)
