"""Netlink messages and attributes as bytes: pure, every length checked before it is used.

Source: RFC 3549 section 2 and linux/netlink.h. Numbers are in host byte order unless a name says
`be`. Whatever does not have the form given there raises `ParseError`, whose text holds no byte of
the message.
"""

import struct
from collections.abc import Iterator
from socket import AF_INET, AF_INET6, inet_ntop
from typing import NamedTuple

from auditor.errors import ParseError

Octets = bytes | bytearray | memoryview

# Families of netlink sockets (linux/netlink.h).
NETLINK_ROUTE = 0
NETLINK_SOCK_DIAG = 4
NETLINK_XFRM = 6
NETLINK_NETFILTER = 12
NETLINK_GENERIC = 16

# Message flags.
NLM_F_REQUEST = 0x01
NLM_F_MULTI = 0x02
NLM_F_ACK = 0x04
NLM_F_DUMP_INTR = 0x10
NLM_F_DUMP_FILTERED = 0x20
NLM_F_ROOT = 0x100
NLM_F_MATCH = 0x200
NLM_F_DUMP = NLM_F_ROOT | NLM_F_MATCH

# Message types of every family, then of NETLINK_ROUTE (linux/rtnetlink.h).
NLMSG_NOOP = 1
NLMSG_ERROR = 2
NLMSG_DONE = 3
NLMSG_OVERRUN = 4
RTM_NEWLINK = 16
RTM_DELLINK = 17
RTM_GETLINK = 18
RTM_NEWADDR = 20
RTM_GETADDR = 22
RTM_NEWROUTE = 24
RTM_GETROUTE = 26
RTM_NEWNEIGH = 28
RTM_GETNEIGH = 30
RTM_NEWRULE = 32
RTM_GETRULE = 34
RTM_NEWNEXTHOP = 104
RTM_GETNEXTHOP = 106

NLA_F_NESTED = 0x8000
NLA_F_NET_BYTEORDER = 0x4000
NLA_TYPE_MASK = 0x3FFF

HEADER = struct.Struct("=IHHII")
HEADER_BYTES = HEADER.size
ATTRIBUTE = struct.Struct("=HH")
ATTRIBUTE_BYTES = ATTRIBUTE.size

_FORMATS = {name: struct.Struct(form) for name, form in {"u8": "=B", "u16": "=H", "u32": "=I", "u64": "=Q"}.items()}
_FORMATS |= {"i32": struct.Struct("=i"), "be16": struct.Struct(">H"), "be32": struct.Struct(">I")}


class Message(NamedTuple):
    """One netlink message; `payload` is what follows the header, without padding, never copied."""

    type: int
    flags: int
    payload: memoryview


def align(length: int) -> int:
    """Return `length` rounded up to the 4 bytes on which messages and attributes start."""
    return (length + 3) & ~3


def messages(chunk: Octets) -> Iterator[Message]:
    """Yield the messages of one datagram; raises ParseError at the first length that cannot be."""
    view = memoryview(chunk)
    offset, size = 0, len(view)
    while offset < size:
        if size - offset < HEADER_BYTES:
            raise ParseError("netlink message header cut short")
        length, kind, flags, _, _ = HEADER.unpack_from(view, offset)
        if not HEADER_BYTES <= length <= size - offset:
            raise ParseError("netlink message length out of bounds")
        yield Message(kind, flags, view[offset + HEADER_BYTES : offset + length])
        offset += align(length)


def attribute_list(payload: Octets, offset: int = 0) -> Iterator[tuple[int, memoryview]]:
    """Yield (type, value) of the attributes from `offset` to the end, types without the flag bits.

    For lists in which a type repeats; raises ParseError at the first length that cannot be.
    """
    view = memoryview(payload)
    size = len(view)
    if offset > size:
        raise ParseError("netlink message shorter than its fixed part")
    while offset < size:
        if size - offset < ATTRIBUTE_BYTES:
            raise ParseError("netlink attribute header cut short")
        length, kind = ATTRIBUTE.unpack_from(view, offset)
        if not ATTRIBUTE_BYTES <= length <= size - offset:
            raise ParseError("netlink attribute length out of bounds")
        yield kind & NLA_TYPE_MASK, view[offset + ATTRIBUTE_BYTES : offset + length]
        offset += align(length)


def attributes(payload: Octets, offset: int = 0) -> dict[int, memoryview]:
    """Return the attributes from `offset` to the end by type; of a repeated type the last, as nla_parse does."""
    return dict(attribute_list(payload, offset))


def pack_attribute(kind: int, payload: Octets) -> bytes:
    """Return one attribute with its header and padding."""
    length = ATTRIBUTE_BYTES + len(payload)
    return ATTRIBUTE.pack(length, kind) + bytes(payload) + bytes(align(length) - length)


def pack_message(kind: int, flags: int, sequence: int, port: int, body: Octets) -> bytes:
    """Return one message with its header and padding."""
    length = HEADER_BYTES + len(body)
    return HEADER.pack(length, kind, flags, sequence, port) + bytes(body) + bytes(align(length) - length)


def _number(name: str, value: Octets) -> int:
    """Return `value` read in format `name`; raises ParseError when its size is another."""
    form = _FORMATS[name]
    if len(value) != form.size:
        raise ParseError(f"netlink value of {len(value)} bytes where {form.size} were expected")
    number: int = form.unpack(value)[0]
    return number


def u8(value: Octets) -> int:
    """Return an unsigned number of 1 byte; raises ParseError on another size."""
    return _number("u8", value)


def u16(value: Octets) -> int:
    """Return an unsigned number of 2 bytes; raises ParseError on another size."""
    return _number("u16", value)


def u32(value: Octets) -> int:
    """Return an unsigned number of 4 bytes; raises ParseError on another size."""
    return _number("u32", value)


def u64(value: Octets) -> int:
    """Return an unsigned number of 8 bytes; raises ParseError on another size."""
    return _number("u64", value)


def i32(value: Octets) -> int:
    """Return a signed number of 4 bytes; raises ParseError on another size."""
    return _number("i32", value)


def be16(value: Octets) -> int:
    """Return an unsigned number of 2 bytes in network order; raises ParseError on another size."""
    return _number("be16", value)


def be32(value: Octets) -> int:
    """Return an unsigned number of 4 bytes in network order; raises ParseError on another size."""
    return _number("be32", value)


def address(value: Octets) -> str:
    """Return an IPv4 or IPv6 address as canonical text; raises ParseError unless 4 or 16 bytes."""
    size = len(value)
    if size == 4:
        return inet_ntop(AF_INET, value)
    if size == 16:
        return inet_ntop(AF_INET6, value)
    raise ParseError(f"address of {size} bytes")


def text(value: Octets) -> str:
    """Return a C string up to its first NUL; bytes that are no UTF-8 show as ``\\xNN``."""
    return bytes(value).partition(b"\0")[0].decode("utf-8", "backslashreplace")
