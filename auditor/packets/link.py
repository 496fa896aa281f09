"""From a frame to its outer IP header: link types of capture files, VLAN and provider tags, PPPoE, MPLS.

Numbers are LINKTYPE_ values (https://www.tcpdump.org/linktypes.html) and EtherTypes (IEEE 802, IANA). A VLAN, PPPoE or
MPLS wrapping is the line's, not a tunnel of this audit; it is taken off.
"""

from collections.abc import Callable
from struct import unpack_from

Offset = int | None

IPV4, IPV6 = 0x0800, 0x86DD
_TAGS = frozenset((0x8100, 0x88A8, 0x9100, 0x9200, 0x9300))
_PPPOE_SESSION, _MPLS, _MPLS_UPSTREAM = 0x8864, 0x8847, 0x8848
_PPP = {0x0021: IPV4, 0x0057: IPV6, 0x0281: _MPLS, 0x0283: _MPLS_UPSTREAM}
_MOST_TAGS, _MOST_LABELS = 8, 16


def _ethertype(data: bytes, kind: int, at: int, depth: int = 0) -> Offset:
    """Return where the IP header begins that EtherType `kind` at offset `at` leads to, None for none."""
    while kind in _TAGS:
        depth += 1
        if depth > _MOST_TAGS or at + 4 > len(data):
            return None
        kind = data[at + 2] << 8 | data[at + 3]
        at += 4
    if kind in (IPV4, IPV6):
        return at
    if kind == _PPPOE_SESSION:
        return _ppp(data, at + 6) if data[at : at + 2] == b"\x11\0" else None
    if kind in (_MPLS, _MPLS_UPSTREAM):
        return _mpls(data, at, depth)
    if kind <= 1500 and data[at : at + 6] == b"\xaa\xaa\x03\0\0\0" and at + 8 <= len(data):  # LLC and SNAP
        return _ethertype(data, data[at + 6] << 8 | data[at + 7], at + 8, depth + 1) if depth < _MOST_TAGS else None
    return None


def _mpls(data: bytes, at: int, depth: int) -> Offset:
    """Return where the IP header begins below a label stack (RFC 3032); a pseudowire's Ethernet is looked into."""
    for _ in range(_MOST_LABELS):
        if at + 5 > len(data):
            return None
        last = data[at + 2] & 1
        at += 4
        if last:
            break
    else:
        return None
    if data[at] >> 4 in (4, 6):
        return at
    if data[at] >> 4 == 0 and depth < _MOST_TAGS:  # a control word (RFC 4385), then a frame
        return _ethernet(data, at + 4, depth + 1)
    return None


def _ethernet(data: bytes, at: int = 0, depth: int = 0) -> Offset:
    """Return where the IP header of an Ethernet frame at offset `at` begins."""
    if at + 14 > len(data):
        return None
    return _ethertype(data, data[at + 12] << 8 | data[at + 13], at + 14, depth)


def _ppp(data: bytes, at: int) -> Offset:
    """Return where the IP header behind a PPP header begins, with address and control or without, or compressed."""
    if data[at : at + 2] in (b"\xff\x03", b"\x0f\0", b"\x8f\0"):
        at += 2
    if at + 2 > len(data):
        return None
    if data[at] & 1:  # protocol field compression (RFC 1661 6.5)
        return _ethertype(data, _PPP.get(data[at], -1), at + 1)
    return _ethertype(data, _PPP.get(data[at] << 8 | data[at + 1], -1), at + 2)


def _null(data: bytes) -> Offset:
    """Return 4, behind BSD's loopback header: an address family in the byte order of whoever captured."""
    return 4 if len(data) > 4 and data[4] >> 4 in (4, 6) else None


def _hdlc(data: bytes) -> Offset:
    """Return where the IP header behind Cisco HDLC or PPP in HDLC framing begins."""
    if data[:1] in (b"\x0f", b"\x8f") and len(data) > 4:
        return _ethertype(data, data[2] << 8 | data[3], 4)
    return _ppp(data, 0)


def _cooked(data: bytes) -> Offset:
    """Return where the IP header behind Linux's cooked header begins (LINKTYPE_LINUX_SLL)."""
    return _ethertype(data, data[14] << 8 | data[15], 16) if len(data) >= 16 else None


def _cooked_2(data: bytes) -> Offset:
    """Return the same for the second version (LINKTYPE_LINUX_SLL2)."""
    return _ethertype(data, data[0] << 8 | data[1], 20) if len(data) >= 20 else None


LINKS: dict[int, Callable[[bytes], Offset]] = {
    0: _null,
    1: _ethernet,
    9: lambda data: _ppp(data, 0),
    12: lambda _: 0,
    14: lambda _: 0,
    50: _hdlc,
    51: lambda data: _ppp(data, 6),
    101: lambda _: 0,
    104: _hdlc,
    108: _null,
    113: _cooked,
    166: lambda data: _ppp(data, 0) if data[:2] == b"\xff\x03" else _ppp(b"\xff\x03" + data[2:], 0),
    228: lambda _: 0,
    229: lambda _: 0,
    276: _cooked_2,
}


def network(data: bytes, link_type: int) -> Offset:
    """Return where the outer IP header of a frame begins, None for none; raises KeyError for an unknown link type."""
    at = LINKS[link_type](data)
    return at if at is not None and at + 20 <= len(data) and data[at] >> 4 in (4, 6) else None


def ethernet_payload(data: bytes, at: int) -> tuple[int, int] | None:
    """Return EtherType and offset behind the header and tags of a frame at offset `at`, None if it is no frame.

    For the inner frame of an encapsulation: its source is never a group address (IEEE 802.3), and it is no length
    where nothing of that length follows.
    """
    if at + 14 > len(data) or data[at + 6] & 1 or not any(data[at + 6 : at + 12]):
        return None
    kind, after = data[at + 12] << 8 | data[at + 13], at + 14
    for _ in range(_MOST_TAGS):
        if kind not in _TAGS or after + 4 > len(data):
            break
        (kind,) = unpack_from(">H", data, after + 2)
        after += 4
    return kind, after
