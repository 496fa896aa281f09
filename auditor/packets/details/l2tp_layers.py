"""Layers of L2TP's control messages, which Scapy lacks: the header of version 3 and attributes of both versions.

RFC 2661 3.1, 4.4; RFC 3931 3.2.1, 5.4. Loaded in the child only.
"""

from typing import Any

from scapy.fields import (
    BitField,
    IntField,
    PacketListField,
    ShortField,
    StrLenField,
)
from scapy.packet import Packet

_HEADER = 12
_MESSAGE, _PROTOCOL, _VENDOR = 0, 2, 8
_TUNNEL, _SESSION, _CONNECTION, _LOCAL_SESSION, _PSEUDOWIRE = 9, 14, 61, 63, 68
_NUMBERS = {_MESSAGE: "message", _TUNNEL: "tunnel", _SESSION: "session", _PSEUDOWIRE: "pseudowire"}
_WIDE = {_CONNECTION: "tunnel", _LOCAL_SESSION: "session"}


class Attribute(Packet):
    """One attribute and its value."""

    name = "L2TP attribute"
    fields_desc = [  # noqa: RUF012 - Scapy's way to declare a layer
        BitField("mandatory", 0, 1),
        BitField("hidden", 0, 1),
        BitField("reserved", 0, 4),
        BitField("length", 6, 10),
        ShortField("vendor", 0),
        ShortField("type", 0),
        StrLenField("value", b"", length_from=lambda one: max(0, one.length - 6)),
    ]

    def extract_padding(self, data: bytes) -> tuple[bytes, bytes]:
        """Return that what follows is the next attribute."""
        return b"", data


def _header(*numbers: Any) -> list[Any]:
    """Return the fields of a control message whose ids are `numbers`."""
    return [
        ShortField("flags", 0xC802),
        ShortField("length", _HEADER),
        *numbers,
        ShortField("ns", 0),
        ShortField("nr", 0),
        PacketListField("attributes", [], Attribute, length_from=lambda one: max(0, one.length - _HEADER)),
    ]


class Control2(Packet):
    """A control message of version 2."""

    name = "L2TPv2 control"
    fields_desc = _header(ShortField("tunnel", 0), ShortField("session", 0))


class Control3(Packet):
    """A control message of version 3."""

    name = "L2TPv3 control"
    fields_desc = _header(IntField("connection", 0))


def control_2(data: bytes) -> dict[str, Any]:
    """Return what a control message of version 2 says."""
    return _said(Control2(data), len(data))


def control_3(data: bytes) -> dict[str, Any]:
    """Return what a control message of version 3 says."""
    return _said(Control3(data), len(data))


def _said(message: Any, size: int) -> dict[str, Any]:
    """Return what is looked at in a message of `size` bytes: never names of hosts, numbers that call, hidden ones."""
    if message.length != size:
        raise ValueError("not the whole message")
    answer: dict[str, Any] = {}
    for one in message.attributes:
        if not isinstance(one, Attribute) or one.vendor or one.hidden:
            continue
        value = bytes(one.value)
        if one.type == _PROTOCOL and len(value) == 2:
            answer["protocol"] = int.from_bytes(value)
        elif one.type == _VENDOR:
            answer["vendor"] = value.decode("ascii", "replace")
        elif one.type in _NUMBERS and len(value) == 2:
            answer[_NUMBERS[one.type]] = int.from_bytes(value)
        elif one.type in _WIDE and len(value) == 4:
            answer[_WIDE[one.type]] = int.from_bytes(value)
    return answer
