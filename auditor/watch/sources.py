"""Where the watch hears of changes: netlink groups (rtnetlink(7), linux/xfrm.h) and process events (linux/cn_proc.h).

Of devices every event is read. Of addresses, routes and IPsec only that something changed: their messages are cut to
the header as they are received, since those of IPsec hold keys.
"""

import os
import socket
import struct
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from auditor.errors import SourceError
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
_SOL_NETLINK = 270
_NETLINK_ADD_MEMBERSHIP, _NETLINK_LISTEN_ALL_NSID = 1, 8
_FROM_NSID = (_SOL_NETLINK, _NETLINK_LISTEN_ALL_NSID)
_CONTROL_BYTES = 64
_RTNLGRP_NSID = 28
_RTM_NEWNSID, _RTM_DELNSID, _RTM_GETNSID = 88, 89, 90  # linux/net_namespace.h
_RTGENMSG_BYTES = 4
_NETNSA_NSID, _NETNSA_FD = 1, 3
_IFLA_TARGET_NETNSID = 46
CAP_NET_BROADCAST, CAP_SYS_PTRACE = 11, 19
_INT = struct.Struct("=i")


class Device:
    """One device event: whether it is there, its index, name, IFLA_INFO_KIND (None: hardware), and whether it is up.

    `nsid` is the number by which the listener's namespace calls the device's own, None if they are the same.
    """

    __slots__ = ("index", "kind", "name", "nsid", "there", "up")

    def __init__(self, there: bool, index: int, name: str, kind: str | None, up: bool, nsid: int | None = None) -> None:
        """Keep the parts."""
        self.nsid = nsid
        self.there = there
        self.index = index
        self.name = name
        self.kind = kind
        self.up = up


class Space(NamedTuple):
    """A namespace got a number in the listener's own (`there`), or lost it because it ended."""

    there: bool
    nsid: int


def holds(capability: int) -> bool:
    """Return whether this process has a capability (linux/capability.h) in force."""
    try:
        status = Path("/proc/self/status").read_bytes()
    except OSError:
        return False
    return bool(int(status.partition(b"\nCapEff:")[2].split(None, 1)[0], 16) >> capability & 1)


def devices(*, others: bool = False) -> socket.socket:
    """Return a socket on which the events of devices arrive; raises OSError.

    With `others` those of every namespace that has a number in this one (netns(7), `ip netns list-id`): the kernel
    gives one to each namespace that a veth or the like joins to this one. Nothing is entered or kept alive for it.
    """
    found = _netlink(wire.NETLINK_ROUTE, _LINK_GROUP, others=others)
    for option in (_SO_RCVBUFFORCE, socket.SO_RCVBUF):
        try:
            found.setsockopt(socket.SOL_SOCKET, option, _LINK_BUFFER_BYTES)
            break
        except OSError:  # NOTE: more than the limit takes CAP_NET_ADMIN; a smaller buffer may lose, and says so
            continue
    if others:
        with suppress(OSError):
            found.setsockopt(_SOL_NETLINK, _NETLINK_ADD_MEMBERSHIP, _RTNLGRP_NSID)
    return found


def changes(*, others: bool = False) -> socket.socket:
    """Return a socket that tells when addresses or routes change; raises OSError."""
    return _netlink(wire.NETLINK_ROUTE, _CHANGE_GROUPS, others=others)


def ipsec(*, others: bool = False) -> socket.socket:
    """Return a socket that tells when IPsec associations or policies change; raises OSError (CAP_NET_ADMIN)."""
    return _netlink(wire.NETLINK_XFRM, _XFRM_GROUPS, others=others)


def _netlink(family: int, groups: int, *, others: bool = False) -> socket.socket:
    """Return a netlink socket in `groups` that does not block; raises OSError."""
    found = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK, family)
    try:
        if others:
            found.setsockopt(_SOL_NETLINK, _NETLINK_LISTEN_ALL_NSID, 1)
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


def device_events(found: socket.socket) -> list[Device | Space]:
    """Return the events that arrived; raises OSError (ENOBUFS: some were missed), ParseError."""
    events: list[Device | Space] = []
    while True:
        try:
            data, told, _, _ = found.recvmsg(1 << 16, _CONTROL_BYTES)
        except BlockingIOError:
            return events
        nsid = next((_INT.unpack_from(value)[0] for level, kind, value in told if (level, kind) == _FROM_NSID), None)
        for message in wire.messages(data):
            if message.type in (_RTM_NEWNSID, _RTM_DELNSID):
                number = wire.attributes(message.payload, _RTGENMSG_BYTES).get(_NETNSA_NSID)
                if nsid is None and number is not None:
                    events.append(Space(message.type == _RTM_NEWNSID, _INT.unpack_from(number)[0]))
            else:
                events += _devices((message,), nsid)


def present(nsid: int | None = None) -> list[Device]:
    """Return every device there is now, in the namespace called `nsid` (None: this one); raises SourceError."""
    kind, request = tables.links()
    if nsid is not None:
        request += wire.pack_attribute(_IFLA_TARGET_NETNSID, _INT.pack(nsid))
    with Netlink(wire.NETLINK_ROUTE) as netlink:
        dump = netlink.dump(kind, request, attempts=tables.ATTEMPTS_AMONG_CONTAINERS)
        return list(_devices(dump.messages(), nsid))


def nsid_of(descriptor: int) -> int | None:
    """Return the number that this namespace has for the one open as `descriptor`, None if it has none."""
    asked = bytes(4) + wire.pack_attribute(_NETNSA_FD, struct.pack("=I", descriptor))
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, wire.NETLINK_ROUTE) as asking:
        asking.settimeout(1.0)
        try:
            asking.bind((0, 0))
            asking.send(wire.pack_message(_RTM_GETNSID, wire.NLM_F_REQUEST, 1, 0, asked))
            for message in wire.messages(asking.recv(1 << 12)):
                number = wire.attributes(message.payload, _RTGENMSG_BYTES).get(_NETNSA_NSID)
                if message.type == _RTM_NEWNSID and number is not None:
                    nsid: int = _INT.unpack_from(number)[0]
                    return nsid if nsid >= 0 else None
        except (OSError, SourceError):
            return None
    return None


def _devices(messages: Iterable[wire.Message], nsid: int | None) -> Iterator[Device]:
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
        yield Device(message.type == wire.RTM_NEWLINK, index, name, sort, bool(flags & _IFF_UP), nsid)
