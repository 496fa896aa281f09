"""What a route or nexthop object that encapsulates writes around packets (RTA_ENCAP, NHA_ENCAP).

Sources: linux/lwtunnel.h, linux/mpls_iptunnel.h, linux/seg6_iptunnel.h, linux/seg6_local.h, linux/rpl.h,
linux/ioam6_iptunnel.h; RFC 8754 (segment routing header), RFC 8986 (End behaviours), RFC 3032 (labels).
"""

import struct
from collections.abc import Callable, Mapping

from auditor.errors import ParseError
from auditor.model.rows import RouteOuter
from auditor.netlink import wire

NAMES = {
    1: "mpls",
    2: "ip",
    3: "ila",
    4: "ip6",
    5: "seg6",
    6: "bpf",
    7: "seg6local",
    8: "rpl",
    9: "ioam6",
    10: "xfrm",
}
_SEG6_MODES = {0: "inline", 1: "encap", 2: "l2encap", 3: "encap.red", 4: "l2encap.red"}
_SEG6_ACTIONS = {
    1: "End",
    2: "End.X",
    3: "End.T",
    4: "End.DX2",
    5: "End.DX6",
    6: "End.DX4",
    7: "End.DT6",
    8: "End.DT4",
    9: "End.B6",
    10: "End.B6.Encaps",
    11: "End.BM",
    12: "End.S",
    13: "End.AS",
    14: "End.AM",
    15: "End.BPF",
    16: "End.DT46",
}
_IOAM6_MODES = {1: "inline", 2: "encap", 3: "auto"}
_SRH = struct.Struct("=BBBBBBH")  # struct ipv6_sr_hdr: next header, length, type, segments left, first segment ...
_SEGMENT_BYTES = 16
_LABEL_BYTES = 4
_UNSPECIFIED = (bytes(4), bytes(16))


def outer(encapsulation: int, value: wire.Octets | None) -> RouteOuter | None:
    """Return the outer header that `value` of type LWTUNNEL_ENCAP_* states, None where none is stated.

    Raises ParseError when it is malformed.
    """
    read = _READERS.get(encapsulation)
    if read is None or not value:
        return None
    return read(wire.attributes(value))


def labels(value: wire.Octets) -> tuple[int, ...]:
    """Return the labels of a stack (RFC 3032), outermost first; raises ParseError unless it is a whole one."""
    if not len(value) or len(value) % _LABEL_BYTES:
        raise ParseError("MPLS label stack cut short")
    return tuple(entry >> 12 for (entry,) in struct.iter_unpack(">I", value))


def _mpls(found: Mapping[int, memoryview]) -> RouteOuter:
    """Return the label stack that is pushed; the next hop is the route's own."""
    return RouteOuter(labels=labels(found.get(1, memoryview(b""))))


def _ip(found: Mapping[int, memoryview]) -> RouteOuter:
    """Return the ends and the key that a device in external mode is to use; IPv4 and IPv6 are numbered alike."""
    identifier = int.from_bytes(found[1], "big") if 1 in found else 0
    return RouteOuter(local=_address(found.get(3)), remote=_address(found.get(2)), identifier=identifier or None)


def _seg6(found: Mapping[int, memoryview]) -> RouteOuter:
    """Return the segments in the order of travel; packets leave the path at the last."""
    value = found.get(1, memoryview(b""))
    if len(value) < 4:
        raise ParseError("SRv6 encapsulation cut short")
    mode = wire.i32(value[:4])
    path = _segments(value[4:])
    return RouteOuter(remote=path[-1] if path else None, segments=path, mode=_SEG6_MODES.get(mode, str(mode)))


def _seg6local(found: Mapping[int, memoryview]) -> RouteOuter:
    """Return the behaviour of one of this host's own segments, and the path that a binding segment enters."""
    action = wire.u32(found[1]) if 1 in found else 0
    path = _segments(found[2]) if 2 in found else ()
    return RouteOuter(remote=path[-1] if path else None, segments=path, mode=_SEG6_ACTIONS.get(action, str(action)))


def _segments(header: memoryview) -> tuple[str, ...]:
    """Return the segments of a routing header in the order of travel, without the place kept for the destination.

    Raises ParseError when the header does not hold as many as it says. What follows them (HMAC) is left out.
    """
    if len(header) < _SRH.size:
        raise ParseError("segment routing header cut short")
    _, length, _, _, last, _, _ = _SRH.unpack_from(header)
    end = _SRH.size + _SEGMENT_BYTES * (last + 1)
    if end > len(header) or end > 8 * (length + 1):
        raise ParseError("segment routing header shorter than its segments")
    starts = range(end - _SEGMENT_BYTES, 0, -_SEGMENT_BYTES)
    return tuple(segment for start in starts if (segment := _address(header[start : start + _SEGMENT_BYTES])))


def _ioam6(found: Mapping[int, memoryview]) -> RouteOuter:
    """Return the far end of the header that is put around; "inline" puts none."""
    mode = wire.u8(found[1]) if 1 in found else 0
    return RouteOuter(remote=_address(found.get(2)), mode=_IOAM6_MODES.get(mode, str(mode)))


def _xfrm(found: Mapping[int, memoryview]) -> RouteOuter:
    """Return the number by which IPsec policies are chosen."""
    return RouteOuter(identifier=wire.u32(found[1]) if 1 in found else None)


def _address(value: wire.Octets | None) -> str | None:
    """Return an address as text, None for none and for the unspecified one."""
    return None if value is None or bytes(value) in _UNSPECIFIED else wire.address(value)


_READERS: Mapping[int, Callable[[Mapping[int, memoryview]], RouteOuter]] = {
    1: _mpls,
    2: _ip,
    4: _ip,
    5: _seg6,
    7: _seg6local,
    9: _ioam6,
    10: _xfrm,
}
