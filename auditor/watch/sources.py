"""Where the watch hears of changes: netlink groups (rtnetlink(7), linux/xfrm.h) and process events (linux/cn_proc.h).

Of devices every event is read. Of addresses, routes and IPsec only that something changed: their messages are cut to
the header as they are received, since those of IPsec hold keys.
"""

import ctypes
import os
import socket
import struct

_HEADER = struct.Struct("=IHHII")
_ATTRIBUTE = struct.Struct("=HH")
_IFINFO = struct.Struct("=BxHiII")
_IFLA_IFNAME, _IFLA_LINKINFO, _IFLA_INFO_KIND = 3, 18, 1
_RTM_NEWLINK, _RTM_DELLINK, _RTM_GETLINK = 16, 17, 18
_IFF_UP = 1
_NLMSG_DONE, _NLM_F_DUMP_REQUEST = 3, 0x301
_NETLINK_ROUTE, _NETLINK_XFRM, _NETLINK_CONNECTOR = 0, 6, 11
_LINK_GROUP = 1
_CHANGE_GROUPS = 1 << 4 | 1 << 8 | 1 << 6 | 1 << 10  # RTNLGRP_IPV4_IFADDR 5, IPV6_IFADDR 9, IPV4_ROUTE 7, IPV6_ROUTE 11
_XFRM_GROUPS = 1 << 1 | 1 << 2 | 1 << 3  # XFRMNLGRP_EXPIRE 2, SA 3, POLICY 4
_CN_IDX_PROC, _PROC_CN_MCAST_LISTEN = 1, 1
_SO_RCVBUFFORCE, _SO_ATTACH_FILTER = 33, 26
_LINK_BUFFER_BYTES = 8 << 20
_PROC_EVENT_EXEC = 2
_BPF = struct.Struct("=HBBI")


class Device:
    """One device event: whether it is there, its index, name, IFLA_INFO_KIND (None: hardware), and whether it is up."""

    __slots__ = ("index", "kind", "name", "there", "up")

    def __init__(self, there: bool, index: int, name: str, kind: str | None, up: bool) -> None:
        """Keep the parts."""
        self.there = there
        self.index = index
        self.name = name
        self.kind = kind
        self.up = up


def devices() -> socket.socket:
    """Return a socket on which the events of devices arrive; raises OSError."""
    found = _netlink(_NETLINK_ROUTE, _LINK_GROUP)
    for option in (_SO_RCVBUFFORCE, socket.SO_RCVBUF):
        try:
            found.setsockopt(socket.SOL_SOCKET, option, _LINK_BUFFER_BYTES)
            break
        except OSError:  # NOTE: more than the limit takes CAP_NET_ADMIN; a smaller buffer may lose, and says so
            continue
    return found


def changes() -> socket.socket:
    """Return a socket that tells when addresses or routes change; raises OSError."""
    return _netlink(_NETLINK_ROUTE, _CHANGE_GROUPS)


def ipsec() -> socket.socket:
    """Return a socket that tells when IPsec associations or policies change; raises OSError (CAP_NET_ADMIN)."""
    return _netlink(_NETLINK_XFRM, _XFRM_GROUPS)


def _netlink(family: int, groups: int) -> socket.socket:
    """Return a netlink socket in `groups` that does not block; raises OSError."""
    found = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK, family)
    try:
        found.bind((0, groups))
    except OSError:
        found.close()
        raise
    return found


def processes() -> socket.socket:
    """Return a socket on which the kernel tells of every program that starts; raises OSError (CAP_NET_ADMIN).

    A filter in the kernel leaves out everything but exec(2): forks and exits never wake the watch.
    """
    kind = socket.htonl(_PROC_EVENT_EXEC)
    program = (
        _BPF.pack(0x20, 0, 0, 36) + _BPF.pack(0x15, 0, 1, kind) + _BPF.pack(0x06, 0, 0, 0xFFFF) + _BPF.pack(6, 0, 0, 0)
    )
    found = _netlink(_NETLINK_CONNECTOR, _CN_IDX_PROC)
    try:
        _filter(found, program)
        listen = struct.pack("=IIIIHHI", _CN_IDX_PROC, 1, 0, 0, 4, 0, _PROC_CN_MCAST_LISTEN)
        found.send(_HEADER.pack(_HEADER.size + len(listen), _NLMSG_DONE, 0, 0, os.getpid()) + listen)
    except OSError:
        found.close()
        raise
    return found


def _filter(found: socket.socket, program: bytes) -> None:
    """Attach a classic BPF program; raises OSError."""
    held = ctypes.create_string_buffer(program)
    found.setsockopt(
        socket.SOL_SOCKET, _SO_ATTACH_FILTER, struct.pack("@HP", len(program) // _BPF.size, ctypes.addressof(held))
    )


def started(found: socket.socket) -> list[int]:
    """Return the process ids of programs that started; raises OSError (ENOBUFS: some were missed)."""
    pids = []
    while data := _received(found, 1024):
        if len(data) >= 60:
            pids.append(struct.unpack_from("=I", data, 56)[0])  # thread group id
    return pids


def changed(found: socket.socket, most: int = 64) -> bool:
    """Drain some messages down to their headers; return whether there were any. Raises nothing."""
    seen = False
    for _ in range(most):
        try:
            if not _received(found, _HEADER.size):
                break
        except OSError:  # NOTE: messages that were missed are a change like any other
            return True
        seen = True
    return seen


def _received(found: socket.socket, size: int) -> bytes:
    """Return one message cut to `size`, nothing if there is none; raises OSError."""
    try:
        return found.recv(size)
    except BlockingIOError:
        return b""


def device_events(found: socket.socket) -> list[Device]:
    """Return the events that arrived; raises OSError (ENOBUFS: some were missed)."""
    events: list[Device] = []
    while data := _received(found, 1 << 16):
        events += _parsed(data)
    return events


def present() -> list[Device]:
    """Return every device there is now; raises OSError."""
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, _NETLINK_ROUTE) as asked:
        asked.settimeout(10)
        asked.bind((0, 0))
        request = _IFINFO.pack(0, 0, 0, 0, 0)
        asked.send(_HEADER.pack(_HEADER.size + len(request), _RTM_GETLINK, _NLM_F_DUMP_REQUEST, 1, 0) + request)
        found: list[Device] = []
        while True:
            data = asked.recv(1 << 18)
            found += _parsed(data)
            if any(kind == _NLMSG_DONE for kind, _ in _messages(data)):
                return found


def _messages(data: bytes) -> list[tuple[int, bytes]]:
    """Return type and payload of each message of a datagram; what is cut short ends it."""
    found, at = [], 0
    while at + _HEADER.size <= len(data):
        length, kind, _, _, _ = _HEADER.unpack_from(data, at)
        if length < _HEADER.size or at + length > len(data):
            break
        found.append((kind, data[at + _HEADER.size : at + length]))
        at += (length + 3) & ~3
    return found


def _parsed(data: bytes) -> list[Device]:
    """Return the device events of a datagram."""
    events = []
    for kind, payload in _messages(data):
        if kind in (_RTM_NEWLINK, _RTM_DELLINK) and len(payload) >= _IFINFO.size:
            family, _, index, flags, _ = _IFINFO.unpack_from(payload)
            if family:  # NOTE: a bridge tells of its ports in the same way
                continue
            values = _attributes(payload[_IFINFO.size :])
            name = values.get(_IFLA_IFNAME, b"").rstrip(b"\0").decode("utf-8", "backslashreplace")
            inner = _attributes(values.get(_IFLA_LINKINFO, b"")).get(_IFLA_INFO_KIND)
            sort = inner.rstrip(b"\0").decode("ascii", "backslashreplace") if inner else None
            events.append(Device(kind == _RTM_NEWLINK, index, name, sort, bool(flags & _IFF_UP)))
    return events


def _attributes(data: bytes) -> dict[int, bytes]:
    """Return attributes by type, without the flag for nesting."""
    found, at = {}, 0
    while at + _ATTRIBUTE.size <= len(data):
        length, kind = _ATTRIBUTE.unpack_from(data, at)
        if length < _ATTRIBUTE.size or at + length > len(data):
            break
        found[kind & 0x3FFF] = data[at + _ATTRIBUTE.size : at + length]
        at += (length + 3) & ~3
    return found
