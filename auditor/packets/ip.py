"""IPv4 (RFC 791), IPv6 (RFC 8200) and the headers of UDP and TCP: from bytes to a `Packet`."""

from struct import Struct

from auditor.packets.packet import AH, TCP, UDP, Fragment, Packet

_V4 = Struct(">BxHHHxBxx4s4s").unpack_from
_V6 = Struct(">4xHBx16s16s").unpack_from
_UDP = Struct(">HHH").unpack_from
_TCP = Struct(">HHI4xB").unpack_from
_HOP_BY_HOP, _ROUTING, _FRAGMENT, _DESTINATION, _MOBILITY, _HIP, _SHIM6 = 0, 43, 44, 60, 135, 139, 140
_EXTENSIONS = frozenset((_HOP_BY_HOP, _ROUTING, _FRAGMENT, _DESTINATION, _MOBILITY, _HIP, _SHIM6))
_MOST_EXTENSIONS = 12
_SEGMENT_ROUTING = 4


def packet_of(data: bytes, at: int, at_s: float, frame_bytes: int) -> Packet | None:
    """Return the packet whose outer IP header is at offset `at` of `data`; None if it is broken or too short."""
    version = data[at] >> 4
    if version == 4:
        return _ipv4(data, at, at_s, frame_bytes)
    return _ipv6(data, at, at_s, frame_bytes) if version == 6 else None


def _ipv4(data: bytes, at: int, at_s: float, frame_bytes: int) -> Packet | None:
    """Return an IPv4 packet; a total length of 0 is what segmentation offload leaves, then the frame's decides."""
    if at + 20 > len(data):
        return None
    first, total, identification, fragment, protocol, src, dst = _V4(data, at)
    header = (first & 15) << 2
    if header < 20 or (total and total < header):
        return None
    packet = Packet(at_s, frame_bytes, protocol, src, dst)
    if fragment & 0x3FFF:
        packet.fragment = Fragment((src, dst, protocol, identification), first=not fragment & 0x1FFF)
    return _transport(packet, data, at + header, at + total if total else max(len(data), frame_bytes))


def _ipv6(data: bytes, at: int, at_s: float, frame_bytes: int) -> Packet | None:
    """Return an IPv6 packet behind its extension headers; a payload length of 0 is a jumbogram's or offload's."""
    if at + 40 > len(data):
        return None
    length, protocol, src, dst = _V6(data, at)
    packet = Packet(at_s, frame_bytes, protocol, src, dst)
    end, at = at + 40 + length if length else max(len(data), frame_bytes), at + 40
    for _ in range(_MOST_EXTENSIONS):
        if protocol not in _EXTENSIONS:
            packet.protocol = protocol
            return _transport(packet, data, at, end)
        if at + 8 > len(data):
            return None
        step = 8 if protocol == _FRAGMENT else 8 + data[at + 1] * 8
        if protocol == _ROUTING and data[at + 2] == _SEGMENT_ROUTING and _segments(data, at, step):
            packet.routed = True
        if protocol == _FRAGMENT:
            offset = data[at + 2] << 8 | data[at + 3]
            packet.fragment = Fragment(
                (src, dst, data[at], int.from_bytes(data[at + 4 : at + 8])), first=not offset & 0xFFF8
            )
            if offset & 0xFFF8:
                packet.protocol = data[at]
                return packet
        protocol, at = data[at], at + step
    return None


def _segments(data: bytes, at: int, step: int) -> bool:
    """Return whether a segment routing header is sound (RFC 8754 2): its list fits, segments left point into it."""
    last = data[at + 4]
    return 8 + 16 * (last + 1) <= step and data[at + 3] <= last + 1


def _transport(packet: Packet, data: bytes, at: int, end: int) -> Packet | None:
    """Return `packet` with ports and payload, None if the next header does not fit."""
    have = len(data) if end > len(data) else end
    if at > have:
        return None
    protocol, fragment = packet.protocol, packet.fragment
    if fragment is not None and not fragment.first:
        return packet
    if protocol == UDP:
        if at + 8 > have:
            return None
        packet.sport, packet.dport, length = _UDP(data, at)
        if 0 < length < 8:
            return None
        at += 8
        size = length - 8 if length else end - at
        if size > end - at and fragment is None:
            return None  # the header promises more than the packet has (RFC 768)
        packet.size = size
        have = at + size if at + size < have else have
    elif protocol == TCP:
        if at + 20 > have:
            return None
        packet.sport, packet.dport, packet.sequence, offset = _TCP(data, at)
        step = offset >> 4 << 2
        if step < 20:
            return None
        at += step
        packet.size = max(0, end - at)
    else:
        packet.size = end - at
    packet.data = data[at:have]
    packet.cut = len(packet.data) < packet.size
    return packet


def inner_packet(data: bytes, at: int, room: int, *, exact: bool = False, proven: bool = False) -> int:
    """Return 4 or 6 if a sound IP header begins at offset `at`, 0 if not; it may claim at most `room` bytes.

    `exact` demands that it claims all of them. `proven` demands more, for where nothing else says that there is one:
    also IPv4's checksum right, IPv6's next header in use. A capture that changed addresses has wrong checksums:
    elsewhere they say nothing. Of a header that the capture cut, what was kept has to be sound.
    """
    have = len(data) - at
    if have <= 0:
        return 0
    version, exact = data[at] >> 4, exact or proven
    if version == 4 and (have >= 20 or 4 <= have < 20 <= room):
        header, total = (data[at] & 15) << 2, data[at + 2] << 8 | data[at + 3]
        if header < 20 or total < header or total > room:
            return 4 if not total and header >= 20 and not exact else 0
        if exact and total != room:
            return 0
        return 4 if not proven or (at + header <= len(data) and checksum_fits(data, at, header)) else 0
    if version == 6 and (have >= 40 or 7 <= have < 40 <= room):
        claimed = 40 + (data[at + 4] << 8 | data[at + 5])
        if claimed > room or (exact and claimed != room):
            return 0
        return 6 if not proven or data[at + 6] in _NEXT_HEADERS else 0
    return 0


def checksum_fits(data: bytes, at: int, header: int) -> bool:
    """Return whether the IPv4 header's checksum is right (RFC 1071)."""
    total = sum(int.from_bytes(data[i : i + 2]) for i in range(at, at + header, 2))
    total = (total & 0xFFFF) + (total >> 16)
    return (total & 0xFFFF) + (total >> 16) == 0xFFFF


_NEXT_HEADERS = frozenset(
    (*_EXTENSIONS, 4, TCP, UDP, 33, 41, 46, 47, 50, AH, 58, 59, 89, 97, 103, 112, 115, 132, 136, 137, 143)
)
