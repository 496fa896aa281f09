"""Socket options whose answer depends on what the caller puts into the buffer, which Python's own cannot read.

Part of the door to the machine: functions here raise OSError, which `auditor.host` turns into causes.
"""

import ctypes
import errno
import os
import socket

from auditor.netlink.iptables import GET_ENTRIES, GET_INFO, LEVELS, entries_request, info_request, table_size

_ATTEMPTS = 4
_libc = ctypes.CDLL(None, use_errno=True)


def iptables(version: int, table: str) -> bytes:
    """Return the rules of an iptables table (IPT_SO_GET_ENTRIES) of IP `version`; raises OSError, ParseError."""
    family = socket.AF_INET if version == 4 else socket.AF_INET6
    with socket.socket(family, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as door:
        for _ in range(_ATTEMPTS):
            info = _get(door, LEVELS[version], GET_INFO, info_request(table))
            try:
                return info + _get(door, LEVELS[version], GET_ENTRIES, entries_request(table, table_size(info)))
            except OSError as error:
                if error.errno != errno.EAGAIN:  # the table has another size by now
                    raise
    raise OSError(errno.EAGAIN, os.strerror(errno.EAGAIN))


def _get(door: socket.socket, level: int, option: int, request: bytes) -> bytes:
    """Return what getsockopt(2) makes of `request`; raises OSError."""
    buffer = ctypes.create_string_buffer(request, len(request))
    size = ctypes.c_uint32(len(request))
    if _libc.getsockopt(door.fileno(), level, option, buffer, ctypes.byref(size)) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return buffer.raw[: size.value]
