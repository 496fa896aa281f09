"""pcapng (draft-ietf-opsawg-pcapng): sections of either byte order, interfaces each with its link type and clock."""

from struct import Struct
from typing import NamedTuple

from auditor.model.text import Text
from auditor.packets.stream import LARGEST_RECORD_BYTES, Broken, Record, Records, Stream

MAGIC = b"\x0a\x0d\x0d\x0a"
_ORDERS = {b"\x4d\x3c\x2b\x1a": "<", b"\x1a\x2b\x3c\x4d": ">"}
_SECTION, _INTERFACE, _OLD_PACKET, _SIMPLE, _PACKET = 0x0A0D0D0A, 1, 2, 3, 6
_RESOLUTION, _OFFSET = 9, 14
_MOST_INTERFACES = 65_536
_WHAT = Text("a block", "块")
_IMPOSSIBLE = Text("a block claims an impossible length", "某个块声称的长度不可能成立")


class _Interface(NamedTuple):
    """One interface of a section: what its frames are and how its clock ticks."""

    link_type: int
    kept_bytes: int
    tick_s: float = 1e-6
    offset_s: int = 0


def records(stream: Stream) -> Records:
    """Yield the packets of every section (the first block's type is consumed); raises Broken where they break off."""
    order, interfaces = "<", list[_Interface]()
    began, kind_bytes = 0, MAGIC
    while kind_bytes:
        if len(kind_bytes) < 4:
            raise Broken(began, Text(f"it ends within {_WHAT.en}", f"在{_WHAT.zh}中途结束"))
        if kind_bytes == MAGIC:
            order = _begin(stream, began)
            interfaces = []
        else:
            (kind,) = Struct(order + "I").unpack(kind_bytes)
            record = _block(stream, order, kind, interfaces, began)
            if record is not None:
                yield record
        began, kind_bytes = stream.at, stream.take(4)


def _begin(stream: Stream, began: int) -> str:
    """Return the byte order of the section whose header block begins here, and pass over that block."""
    length_bytes, magic = stream.exactly(4, _WHAT), stream.exactly(4, _WHAT)
    order = _ORDERS.get(magic)
    if order is None:
        raise Broken(began, Text("a section has no byte order", "某个节没有字节序标记"))
    (length,) = Struct(order + "I").unpack(length_bytes)
    if length < 28 or length % 4 or length > LARGEST_RECORD_BYTES:
        raise Broken(began, _IMPOSSIBLE)
    stream.skip(length - 12, _WHAT)
    return order


def _block(stream: Stream, order: str, kind: int, interfaces: list[_Interface], began: int) -> Record | None:
    """Return the packet that a block holds, None if it holds none; interfaces are added to the list."""
    word = Struct(order + "I")
    (length,) = word.unpack(stream.exactly(4, _WHAT))
    if length < 12 or length % 4:
        raise Broken(began, _IMPOSSIBLE)
    if kind not in (_INTERFACE, _PACKET, _SIMPLE, _OLD_PACKET):
        stream.skip(length - 12, _WHAT)
        body = b""
    elif length > LARGEST_RECORD_BYTES:
        raise Broken(began, _IMPOSSIBLE)
    else:
        body = stream.exactly(length - 12, _WHAT)
    if word.unpack(stream.exactly(4, _WHAT)) != (length,):
        raise Broken(began, Text("a block's two lengths differ", "某个块首尾的长度不一致"))
    if kind == _INTERFACE and len(interfaces) < _MOST_INTERFACES:
        interfaces.append(_interface(order, body, began))
        return None
    if kind == _PACKET:
        return _packet(order, body, interfaces, began)
    if kind == _OLD_PACKET:
        return _old_packet(order, body, interfaces, began)
    return _simple(order, body, interfaces, began) if kind == _SIMPLE else None


def _interface(order: str, body: bytes, began: int) -> _Interface:
    """Return the interface that a description block is of, with its clock's resolution and offset if stated."""
    if len(body) < 8:
        raise Broken(began, _IMPOSSIBLE)
    link_type, kept_bytes = Struct(order + "HxxI").unpack_from(body)
    tick_s, offset_s, at = 1e-6, 0, 8
    option = Struct(order + "HH").unpack_from
    while at + 4 <= len(body):
        code, size = option(body, at)
        value = body[at + 4 : at + 4 + size]
        if not code or len(value) < size:
            break
        if code == _RESOLUTION and size == 1:
            tick_s = 2.0 ** -(value[0] & 0x7F) if value[0] & 0x80 else 10.0 ** -value[0]
        elif code == _OFFSET and size == 8:
            (offset_s,) = Struct(order + "q").unpack(value)
        at += 4 + size + -size % 4
    return _Interface(link_type, kept_bytes, tick_s, offset_s)


def _packet(order: str, body: bytes, interfaces: list[_Interface], began: int) -> Record:
    """Return the packet of an enhanced packet block."""
    if len(body) < 20:
        raise Broken(began, _IMPOSSIBLE)
    number, high, low, kept, length = Struct(order + "IIIII").unpack_from(body)
    return _timed(body, 20, interfaces, (number, high, low, kept, length), began)


def _old_packet(order: str, body: bytes, interfaces: list[_Interface], began: int) -> Record:
    """Return the packet of the obsolete packet block."""
    if len(body) < 20:
        raise Broken(began, _IMPOSSIBLE)
    number, high, low, kept, length = Struct(order + "HxxIIII").unpack_from(body)
    return _timed(body, 20, interfaces, (number, high, low, kept, length), began)


def _timed(
    body: bytes, at: int, interfaces: list[_Interface], head: tuple[int, int, int, int, int], began: int
) -> Record:
    """Return a packet with its time by its interface's clock."""
    number, high, low, kept, length = head
    if number >= len(interfaces):
        raise Broken(began, Text("a packet names an interface that is not described", "某个数据包所属的接口未作描述"))
    if at + kept > len(body):
        raise Broken(began, Text("a packet is longer than its block", "某个数据包长于其所在的块"))
    one = interfaces[number]
    at_s = (high << 32 | low) * one.tick_s + one.offset_s
    return Record(at_s, one.link_type, max(length, kept), body[at : at + kept])


def _simple(order: str, body: bytes, interfaces: list[_Interface], began: int) -> Record:
    """Return the packet of a simple packet block: of the first interface, without a time."""
    if len(body) < 4 or not interfaces:
        raise Broken(began, _IMPOSSIBLE)
    (length,) = Struct(order + "I").unpack_from(body)
    kept = min(length, interfaces[0].kept_bytes or length, len(body) - 4)
    return Record(0.0, interfaces[0].link_type, length, body[4 : 4 + kept])
