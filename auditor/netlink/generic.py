"""Generic netlink: finding a family by name and dumping it (linux/genetlink.h)."""

import struct

from auditor.errors import SourceAbsent
from auditor.netlink.dump import Dump
from auditor.netlink.socket import Netlink
from auditor.netlink.wire import attributes, text, u16

GENERIC_HEADER = struct.Struct("=BBH")
GENERIC_HEADER_BYTES = GENERIC_HEADER.size
_CONTROLLER_ID = 0x10
_CTRL_CMD_GETFAMILY = 3
_CTRL_VERSION = 2
_CTRL_ATTR_FAMILY_ID = 1
_CTRL_ATTR_FAMILY_NAME = 2


def family_id(netlink: Netlink, name: str) -> int:
    """Return the number of generic netlink family `name`; raises SourceAbsent when the kernel has none.

    The whole list is read instead of asking for one name: a question for an unknown name makes the
    kernel load the module of that name, and an audit changes nothing.
    """
    with dump_generic(netlink, _CONTROLLER_ID, _CTRL_CMD_GETFAMILY, _CTRL_VERSION) as dump:
        for message in dump.messages():
            found = attributes(message.payload, GENERIC_HEADER_BYTES)
            if _CTRL_ATTR_FAMILY_NAME in found and text(found[_CTRL_ATTR_FAMILY_NAME]) == name:
                return u16(found.get(_CTRL_ATTR_FAMILY_ID, b""))
    raise SourceAbsent(f"the kernel has no generic netlink family {name}")


def dump_generic(
    netlink: Netlink,
    family: int,
    command: int,
    version: int,
    attribute_bytes: bytes = b"",
    *,
    attempts: int = 4,
    deadline_s: float = 20.0,
) -> Dump:
    """Return the answer to dump `command` of the family numbered `family`; raises as Netlink.dump does.

    Each message's payload starts with GENERIC_HEADER (command, version, 2 unused bytes);
    `attribute_bytes` are packed attributes of the request.
    """
    body = GENERIC_HEADER.pack(command, version, 0) + attribute_bytes
    return netlink.dump(family, body, attempts=attempts, deadline_s=deadline_s)
