"""Targets and matches of iptables in the kernel's binary form, the same in nf_tables and in ip_tables.

Sources: linux/netfilter/x_tables.h, xt_tcpudp.h, xt_multiport.h, xt_addrtype.h, xt_TPROXY.h, xt_mark.h,
xt_connmark.h, xt_NFQUEUE.h, nf_nat.h. Structures are padded to 8 bytes, so a longer one is cut. Pure.
"""

import struct
from collections.abc import Callable
from typing import NamedTuple

from auditor.errors import ParseError
from auditor.netlink.ruleset import Action, Range, Selection
from auditor.netlink.wire import Octets, address

_RANGE4 = struct.Struct("=II4s4s2s2s")  # struct nf_nat_ipv4_multi_range_compat
_RANGE = struct.Struct("=I16s16s2s2s")  # struct nf_nat_range, and the start of nf_nat_range2
_MAP_ADDRESSES, _PORT_GIVEN = 1, 2  # NF_NAT_RANGE_MAP_IPS, NF_NAT_RANGE_PROTO_SPECIFIED
_TPROXY = (struct.Struct("=II4s2s"), struct.Struct("=II16s2s"))
_MARK = struct.Struct("=II")  # struct xt_mark_tginfo2: mark, mask
_CONNMARK = struct.Struct("=IIIB")  # struct xt_connmark_tginfo1; revision 2 has two bytes more before the mode
_CONNMARK_SHIFTED = struct.Struct("=IIIxxB")
_CONNMARK_SET = 0
_QUEUE = struct.Struct("=H")
_TCP = struct.Struct("=4HBBBB")  # struct xt_tcp
_UDP = struct.Struct("=4HB")  # struct xt_udp
_INVERT_SOURCE_PORT, _INVERT_PORT = 1, 2  # XT_TCP_INV_SRCPT, XT_TCP_INV_DSTPT
_MULTIPORT = struct.Struct("=BB15H15sB")  # struct xt_multiport_v1
_MULTIPORT_DESTINATION = 1
_ADDRTYPE = struct.Struct("=HHI")  # struct xt_addrtype_info_v1
_INVERT_DESTINATION = 2
_LOCAL = 1 << 2
_ALL_PORTS = (0, 0xFFFF)
_SENDER = ("comment", "owner", "mac", "physdev", "cgroup", "statistic")  # say nothing about the goal
_NOTHING = Selection()
_UNFOLLOWED = Selection(narrowed=True)


class Extension(NamedTuple):
    """One target or match of a rule: its name, its revision and its binary form; `version` is that of IP."""

    name: str
    revision: int
    info: Octets
    version: int


def action(target: Extension) -> Action | None:
    """Return what a target does, None for one that diverts nothing; raises ParseError."""
    read = _TARGETS.get(target.name)
    return read(target) if read else None


def selection(match: Extension) -> Selection:
    """Return which packets a match is for; raises ParseError."""
    if match.name in _SENDER:
        return _NOTHING
    read = _MATCHES.get(match.name)
    return read(match) if read else _UNFOLLOWED


def _unpack(form: struct.Struct, extension: Extension) -> tuple[int, ...]:
    """Return the fields of a structure; raises ParseError when it is cut short."""
    if len(extension.info) < form.size:
        raise ParseError("target or match of a rule cut short")
    fields: tuple[int, ...] = form.unpack_from(extension.info)
    return fields


def _goal(target: Extension) -> tuple[str | None, int | None]:
    """Return the address and port that a NAT target gives packets, None for what it leaves."""
    four = target.version == 4 and target.revision == 0
    fields = _unpack(_RANGE4 if four else _RANGE, target)
    flags, lowest, port = fields[1 if four else 0], fields[2 if four else 1], fields[4 if four else 3]
    return (
        _address(lowest, target.version) if flags & _MAP_ADDRESSES else None,  # type: ignore[arg-type]
        int.from_bytes(port, "big") if flags & _PORT_GIVEN else None,  # type: ignore[arg-type]
    )


def _address(value: bytes, version: int) -> str | None:
    """Return an address in a union for both versions of IP, None for the unspecified one."""
    own = value[:4] if version == 4 else value
    return address(own) if any(own) else None


def _redirect(target: Extension) -> Action:
    """Return what REDIRECT does: another port of this host."""
    return Action("redirect", to_port=_goal(target)[1])


def _dnat(target: Extension) -> Action:
    """Return what DNAT does: another goal."""
    return Action("dnat", *_goal(target))


def _tproxy(target: Extension) -> Action:
    """Return what TPROXY does: a socket of this host, with a mark."""
    _, mark, where, port = _unpack(_TPROXY[min(target.revision, 1)], target)
    return Action(
        "tproxy",
        _address(where, target.version),  # type: ignore[arg-type]
        int.from_bytes(port, "big") or None,  # type: ignore[arg-type]
        mark or None,
    )


def _mark(target: Extension) -> Action | None:
    """Return the mark that MARK sets, None for its removal."""
    mark, _ = _unpack(_MARK, target)
    return Action("mark", mark=mark) if mark else None


def _connmark(target: Extension) -> Action | None:
    """Return the mark that CONNMARK gives the connection, None for copies."""
    mark, _, _, mode = _unpack(_CONNMARK_SHIFTED if target.revision >= 2 else _CONNMARK, target)
    return Action("mark", mark=mark) if mark and mode == _CONNMARK_SET else None


def _queue(target: Extension) -> Action:
    """Return the queue that NFQUEUE hands packets to."""
    return Action("queue", to_port=_unpack(_QUEUE, target)[0])


def _ports(protocol: str, low: int, high: int, *, inverted: bool, narrowed: bool) -> Selection:
    """Return a selection by destination port of `protocol`."""
    if inverted or (low, high) == _ALL_PORTS:
        return Selection(protocol=protocol, narrowed=inverted or narrowed)
    return Selection(protocol=protocol, ports=((low, high),), narrowed=narrowed)


def _tcp(match: Extension) -> Selection:
    """Return what `-m tcp` selects."""
    *_, low, high, option, flag_mask, _, inverted = _unpack(_TCP, match)
    narrowed = bool(option or flag_mask or inverted & ~(_INVERT_SOURCE_PORT | _INVERT_PORT))
    return _ports("tcp", low, high, inverted=bool(inverted & _INVERT_PORT), narrowed=narrowed)


def _udp(match: Extension) -> Selection:
    """Return what `-m udp` selects."""
    *_, low, high, inverted = _unpack(_UDP, match)
    return _ports("udp", low, high, inverted=bool(inverted & _INVERT_PORT), narrowed=False)


def _multiport(match: Extension) -> Selection:
    """Return what `-m multiport` selects."""
    if match.revision != 1:
        return _UNFOLLOWED
    kind, count, *rest = _unpack(_MULTIPORT, match)
    flags: bytes = rest[15]  # type: ignore[assignment]
    if kind != _MULTIPORT_DESTINATION or rest[16] or count > 15:
        return _UNFOLLOWED
    ranges: list[Range] = []
    at = 0
    while at < count:
        last = at + 1 if flags[at] and at + 1 < count else at
        ranges.append((rest[at], rest[last]))
        at = last + 1
    return Selection(ports=tuple(ranges))


def _addrtype(match: Extension) -> Selection:
    """Return what `-m addrtype` selects."""
    _, wanted, flags = _unpack(_ADDRTYPE, match)
    if match.revision != 1 or wanted not in (0, _LOCAL):
        return _UNFOLLOWED
    return Selection(own=wanted == _LOCAL and not flags & _INVERT_DESTINATION)


_TARGETS: dict[str, Callable[[Extension], Action | None]] = {
    "REDIRECT": _redirect,
    "DNAT": _dnat,
    "TPROXY": _tproxy,
    "MARK": _mark,
    "CONNMARK": _connmark,
    "NFQUEUE": _queue,
}
_MATCHES: dict[str, Callable[[Extension], Selection]] = {
    "tcp": _tcp,
    "udp": _udp,
    "multiport": _multiport,
    "addrtype": _addrtype,
}
