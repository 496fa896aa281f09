"""Where the watch hears of changes: netlink groups (rtnetlink(7), linux/xfrm.h) and process events (linux/cn_proc.h).

Of devices every event is read. Of addresses, routes and IPsec only that something changed: their messages are cut to
the header as they are received, since those of IPsec hold keys.
"""

import os
import socket
import struct
from collections.abc import Iterable, Iterator

from auditor.netlink import tables, wire
from auditor.netlink.socket import Netlink
from auditor.packets.bpf import ABS, JEQ, LD, WORD, Assembler, attach

_IFINFO = struct.Struct("=BxHiII")
_IFLA_IFNAME, _IFLA_LINKINFO, _IFLA_INFO_KIND = 3, 18, 1
_IFF_UP = 1
_NETLINK_CONNECTOR = 11
_LINK_GROUP = 1
_CHANGE_GROUPS = 1 << 4 | 1 << 8 | 1 << 6 | 1 << 10  # RTNLGRP_IPV4_IFADDR 5, IPV6_IFADDR 9, IPV4_ROUTE 7, IPV6_ROUTE 11
_XFRM_GROUPS = 1 << 1 | 1 << 2 | 1 << 3  # XFRMNLGRP_EXPIRE 2, SA 3, POLICY 4
_CN_IDX_PROC, _PROC_CN_MCAST_LISTEN = 1, 1
_SO_RCVBUFFORCE = 33
_LINK_BUFFER_BYTES = 8 << 20
_PROC_EVENT_EXEC = 2
_PROC_EVENT_WHAT = 36  # behind struct nlmsghdr and struct cn_msg


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
    found = _netlink(wire.NETLINK_ROUTE, _LINK_GROUP)
    for option in (_SO_RCVBUFFORCE, socket.SO_RCVBUF):
        try:
            found.setsockopt(socket.SOL_SOCKET, option, _LINK_BUFFER_BYTES)
            break
        except OSError:  # NOTE: more than the limit takes CAP_NET_ADMIN; a smaller buffer may lose, and says so
            continue
    return found


def changes() -> socket.socket:
    """Return a socket that tells when addresses or routes change; raises OSError."""
    return _netlink(wire.NETLINK_ROUTE, _CHANGE_GROUPS)


def ipsec() -> socket.socket:
    """Return a socket that tells when IPsec associations or policies change; raises OSError (CAP_NET_ADMIN)."""
    return _netlink(wire.NETLINK_XFRM, _XFRM_GROUPS)


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
    code = Assembler()
    code.add(LD | WORD | ABS, _PROC_EVENT_WHAT)
    code.accept_if(JEQ, socket.htonl(_PROC_EVENT_EXEC))
    code.drop()
    found = _netlink(_NETLINK_CONNECTOR, _CN_IDX_PROC)
    try:
        attach(found, code.assemble())
        listen = struct.pack("=IIIIHHI", _CN_IDX_PROC, 1, 0, 0, 4, 0, _PROC_CN_MCAST_LISTEN)
        found.send(wire.pack_message(wire.NLMSG_DONE, 0, 0, os.getpid(), listen))
    except OSError:
        found.close()
        raise
    return found


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
            if not _received(found, wire.HEADER_BYTES):
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
    """Return the events that arrived; raises OSError (ENOBUFS: some were missed), ParseError."""
    events: list[Device] = []
    while data := _received(found, 1 << 16):
        events += _devices(wire.messages(data))
    return events


def present() -> list[Device]:
    """Return every device there is now; raises SourceError."""
    with Netlink(wire.NETLINK_ROUTE) as netlink:
        dump = netlink.dump(*tables.links(), attempts=tables.ATTEMPTS_AMONG_CONTAINERS)
        return list(_devices(dump.messages()))


def _devices(messages: Iterable[wire.Message]) -> Iterator[Device]:
    """Yield the device events among `messages`; raises ParseError."""
    for message in messages:
        if message.type not in (wire.RTM_NEWLINK, wire.RTM_DELLINK) or len(message.payload) < _IFINFO.size:
            continue
        family, _, index, flags, _ = _IFINFO.unpack_from(message.payload)
        if family:  # NOTE: a bridge tells of its ports in the same way
            continue
        values = wire.attributes(message.payload, _IFINFO.size)
        kind = wire.attributes(values.get(_IFLA_LINKINFO, b"")).get(_IFLA_INFO_KIND)
        name, sort = wire.text(values.get(_IFLA_IFNAME, b"")), wire.text(kind) if kind is not None else None
        yield Device(message.type == wire.RTM_NEWLINK, index, name, sort, bool(flags & _IFF_UP))
