"""The VICI protocol of strongSwan's charon (its README in src/libcharon/plugins/vici); pure.

A packet is a length (4 bytes, network order), a type and, for most types, a name; then a message of
nested sections, keys and lists. Values of keys nobody asked for are dropped as they are met.
"""

import struct
from typing import NamedTuple

from auditor.errors import ParseError
from auditor.netlink.wire import text

CMD_REQUEST, CMD_RESPONSE, CMD_UNKNOWN, EVENT_REGISTER, EVENT_UNREGISTER, EVENT_CONFIRM, EVENT_UNKNOWN, EVENT = range(8)
_NAMED = (CMD_REQUEST, EVENT_REGISTER, EVENT_UNREGISTER, EVENT)
_SECTION_START, _SECTION_END, _KEY_VALUE, _LIST_START, _LIST_ITEM, _LIST_END = range(1, 7)
_DEPTH_LIMIT = 16
PACKET_LIMIT_BYTES = 512 << 10  # as the daemon's own
LENGTH = struct.Struct(">I")
_U16 = struct.Struct(">H")


class Section(NamedTuple):
    """One section: values of single keys, of lists, and sections, each by name. Of a repeated name the last counts."""

    values: dict[str, str]
    lists: dict[str, tuple[str, ...]]
    sections: dict[str, "Section"]


class Packet(NamedTuple):
    """One packet; `name` is None for types that have none."""

    kind: int
    name: str | None
    message: bytes


class Wanted(NamedTuple):
    """Which keys to keep: `values` with what they say, `noted` as "" because their being there is enough."""

    values: frozenset[str]
    noted: frozenset[str] = frozenset()


def pack(kind: int, name: str) -> bytes:
    """Return a packet with an empty message, its length in front."""
    body = bytes((kind, len(name))) + name.encode("ascii")
    return LENGTH.pack(len(body)) + body


def parse_packet(raw: bytes) -> Packet:
    """Return a packet without the length in front; raises ParseError."""
    if not raw:
        raise ParseError("empty VICI packet")
    kind = raw[0]
    if kind not in _NAMED:
        return Packet(kind, None, raw[1:])
    reader = _Reader(raw, 1)
    name = reader.name()
    return Packet(kind, name, raw[reader.at :])


def parse_message(raw: bytes, wanted: Wanted) -> Section:
    """Return the outermost section of a message, keeping only `wanted` keys; raises ParseError."""
    reader = _Reader(raw, 0)
    root = Section({}, {}, {})
    open_sections = [root]
    while reader.at < len(raw):
        element = reader.byte()
        here = open_sections[-1]
        if element == _SECTION_START:
            if len(open_sections) > _DEPTH_LIMIT:
                raise ParseError("VICI sections nested too deeply")
            section = Section({}, {}, {})
            here.sections[reader.name()] = section
            open_sections.append(section)
        elif element == _SECTION_END and len(open_sections) > 1:
            open_sections.pop()
        elif element == _KEY_VALUE:
            key, value = reader.name(), reader.value()
            if key in wanted.values:
                here.values[key] = text(value)
            elif key in wanted.noted:
                here.values[key] = ""
        elif element == _LIST_START:
            _parse_list(reader, here, wanted)
        else:
            raise ParseError("VICI message element out of place")
    if len(open_sections) > 1:
        raise ParseError("VICI message cut short")
    return root


def _parse_list(reader: "_Reader", section: Section, wanted: Wanted) -> None:
    """Read one list into `section` if it is wanted."""
    name = reader.name()
    items: list[str] = []
    while (element := reader.byte()) == _LIST_ITEM:
        item = reader.value()
        if name in wanted.values:
            items.append(text(item))
    if element != _LIST_END:
        raise ParseError("VICI list element out of place")
    if name in wanted.values:
        section.lists[name] = tuple(items)
    elif name in wanted.noted:
        section.values[name] = ""


class _Reader:
    """Reads from `raw`, checking every length."""

    def __init__(self, raw: bytes, at: int) -> None:
        """Start at offset `at`."""
        self._raw = raw
        self.at = at

    def take(self, size: int) -> bytes:
        """Return the next `size` bytes."""
        end = self.at + size
        if end > len(self._raw):
            raise ParseError("VICI message cut short")
        taken = self._raw[self.at : end]
        self.at = end
        return taken

    def byte(self) -> int:
        """Return the next byte."""
        return self.take(1)[0]

    def name(self) -> str:
        """Return the next name: one byte of length, then text."""
        return text(self.take(self.byte()))

    def value(self) -> bytes:
        """Return the next value: two bytes of length, then any bytes."""
        (size,) = _U16.unpack(self.take(2))
        return self.take(size)
