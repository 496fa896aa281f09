"""What one rule of nf_tables does, and to which packets: its expressions followed in order, as the kernel runs them.

Source: linux/netfilter/nf_tables.h. Numbers of attributes are in network order, values in registers as
they are in the packet (ports, addresses) or in host order (marks, results of fib). Pure.
"""

import struct
import sys
from collections.abc import Callable
from dataclasses import dataclass, field

from auditor.errors import ParseError
from auditor.netlink import wire, xtables
from auditor.netlink.ruleset import Action, Selection

_PROTOCOLS = {6: "tcp", 17: "udp"}
_ANY_PORTS = (0, 0xFFFF)
_EQUAL, _NOT_EQUAL, _LESS, _LESS_OR_EQUAL, _GREATER, _GREATER_OR_EQUAL = range(6)
_JUMPS = (-3, -4)  # NFT_JUMP, NFT_GOTO
_META_MARK, _META_NFPROTO, _META_L4PROTO = 3, 15, 16
_META_SENDER = (4, 6, 8, 10, 11, 21, 23, 26)  # iif, iifname, iiftype, skuid, skgid, iifgroup, cgroup, iifkind
_CT_MARK = 3
_NETWORK, _TRANSPORT = 1, 2
_GOAL = {4: (16, 4), 6: (24, 16)}  # offset and length of the destination address in the IP header
_SOURCE = {4: 12, 6: 8}
_NEXT_PROTOCOL = {4: 9, 6: 6}
_FIB_TYPE, _FIB_DESTINATION, _RTN_LOCAL = 3, 2, 2
_DNAT = 1
_SELECT_NOTHING = ("counter", "log", "notrack", "last", "masq", "reject")


@dataclass(slots=True)
class _Loaded:
    """What a register holds: `what` is value, l4proto, nfproto, mark, network, transport, local, sender or other."""

    what: str
    value: bytes = b""
    offset: int = 0
    size: int = 0
    mask: bytes | None = None


_OTHER = _Loaded("other")
_ALL = Selection()
Attributes = dict[int, memoryview]


@dataclass(slots=True)
class RuleReader:
    """One rule while its expressions are read: IP `version` (None: both), what it selects, does, and jumps to."""

    version: int | None
    selection: Selection = _ALL
    actions: list[Action] = field(default_factory=list)
    jump: str | None = None
    maps_verdicts: bool = False
    registers: dict[int, _Loaded] = field(default_factory=dict)

    def read(self, name: str, data: Attributes) -> None:
        """Follow one expression; one that is not known may select anything."""
        reader = _READERS.get(name)
        if reader:
            reader(self, data)
        elif name not in _SELECT_NOTHING:
            self.narrow()

    def narrow(self) -> None:
        """Note a condition that was not followed."""
        self.selection = self.selection._replace(narrowed=True)

    def limit(self, further: Selection) -> None:
        """Note a condition; one that contradicts those before leaves a rule that never matches."""
        both = self.selection.then(further)
        self.selection = both if both is not None else self.selection._replace(ports=())

    def load(self, data: Attributes, kind: int, loaded: _Loaded) -> None:
        """Note what the register named in attribute `kind` holds now."""
        self.registers[_number(data, kind)] = loaded

    def held(self, data: Attributes, kind: int) -> _Loaded:
        """Return what the register named in attribute `kind` holds."""
        return self.registers.get(_number(data, kind), _OTHER)

    def port(self, data: Attributes, kind: int) -> int | None:
        """Return the port in a register, None if there is none or it is not a constant."""
        value = self.held(data, kind).value if kind in data else b""
        return int.from_bytes(value[:2], "big") if len(value) >= 2 else None

    def address(self, data: Attributes, kind: int, family: int) -> str | None:
        """Return the address in a register, None if there is none or it is not a constant."""
        value = self.held(data, kind).value if kind in data else b""
        return wire.address(value) if len(value) in (4, 16) and (len(value) == 4) == (family == 2) else None


def _number(data: Attributes, kind: int, otherwise: int | None = None) -> int:
    """Return a number that every such expression has; raises ParseError."""
    if kind not in data:
        if otherwise is None:
            raise ParseError("expression of a rule without a needed attribute")
        return otherwise
    return wire.be32(data[kind])


def _value(data: Attributes, kind: int) -> bytes:
    """Return the constant in attribute `kind` (NFTA_DATA_VALUE); raises ParseError."""
    return bytes(wire.attributes(data.get(kind, b"")).get(1, b""))


def _immediate(rule: RuleReader, data: Attributes) -> None:
    """Load a constant, or jump."""
    found = wire.attributes(data.get(2, b""))
    if 2 in found:
        verdict = wire.attributes(found[2])
        if 1 in verdict and _number(verdict, 1) - (1 << 32) in _JUMPS and 2 in verdict:
            rule.jump = wire.text(verdict[2])
    else:
        rule.load(data, 1, _Loaded("value", bytes(found.get(1, b""))))


def _meta(rule: RuleReader, data: Attributes) -> None:
    """Load what the kernel knows of a packet, or set its mark."""
    key = _number(data, 2)
    if 3 in data:
        _set_mark(rule, data, 3, settable=key == _META_MARK)
    elif key in _META_SENDER:
        rule.load(data, 1, _Loaded("sender"))
    else:
        names = {_META_MARK: "mark", _META_NFPROTO: "nfproto", _META_L4PROTO: "l4proto"}
        rule.load(data, 1, _Loaded(names.get(key, "other")))


def _ct(rule: RuleReader, data: Attributes) -> None:
    """Load what is known of a packet's connection, or set that one's mark."""
    key = _number(data, 2)
    if 4 in data:
        _set_mark(rule, data, 4, settable=key == _CT_MARK)
    else:
        rule.load(data, 1, _Loaded("mark" if key == _CT_MARK else "other"))


def _set_mark(rule: RuleReader, data: Attributes, kind: int, *, settable: bool) -> None:
    """Note the mark that is set, if it is a constant; bits put into an old mark count as the mark."""
    value = rule.held(data, kind).value
    mark = int.from_bytes(value, sys.byteorder) if len(value) == 4 else 0
    if settable and mark:
        rule.actions.append(Action("mark", mark=mark))


def _payload(rule: RuleReader, data: Attributes) -> None:
    """Load bytes of the packet."""
    if 5 in data:
        return  # the packet is written to
    base = {_NETWORK: "network", _TRANSPORT: "transport"}.get(_number(data, 2), "other")
    rule.load(data, 1, _Loaded(base, offset=_number(data, 3), size=_number(data, 4)))


def _fib(rule: RuleReader, data: Attributes) -> None:
    """Load what the routing tables say of an address."""
    local = _number(data, 2) == _FIB_TYPE and bool(_number(data, 3) & _FIB_DESTINATION)
    rule.load(data, 1, _Loaded("local" if local else "other"))


def _bitwise(rule: RuleReader, data: Attributes) -> None:
    """Mask a register; other operations leave what is not followed."""
    source = rule.held(data, 1)
    mask, added = _value(data, 4), _value(data, 5)
    if _number(data, 6, 0) or not mask:
        rule.load(data, 2, _OTHER)
    elif any(added) and source.what == "mark":
        rule.load(data, 2, _Loaded("marked", added))
    elif any(added):
        rule.load(data, 2, _OTHER)
    else:
        rule.load(data, 2, _Loaded(source.what, b"", source.offset, source.size, mask))


def _compare(rule: RuleReader, data: Attributes) -> None:
    """Limit the selection by a comparison."""
    register, operation, value = rule.held(data, 1), _number(data, 2), _value(data, 3)
    if register.what in ("sender", "nfproto"):
        if register.what == "nfproto" and operation == _EQUAL and rule.version is None:
            rule.version = {b"\x02": 4, b"\x0a": 6}.get(value[:1])
    elif register.what == "transport" and operation >= _LESS and not register.mask:
        _bound(rule, register, operation, value)
    elif operation == _NOT_EQUAL and register.what == "local":
        return  # all but the host itself is still all
    elif operation != _EQUAL:
        rule.narrow()
    elif register.what == "l4proto":
        _protocol(rule, value)
    elif register.what == "local":
        rule.limit(Selection(own=True) if value == struct.pack("=I", _RTN_LOCAL) else Selection(narrowed=True))
    elif register.what == "transport" and not register.mask:
        _transport(rule, register, value)
    elif register.what == "network":
        _network(rule, register, value)
    else:
        rule.narrow()


def _protocol(rule: RuleReader, value: bytes) -> None:
    """Limit the selection to a protocol; others than TCP and UDP stand by their number."""
    rule.limit(Selection(protocol=_PROTOCOLS.get(value[0], str(value[0])) if value else None, narrowed=not value))


def _bound(rule: RuleReader, register: _Loaded, operation: int, value: bytes) -> None:
    """Limit the selection to ports on one side of a value."""
    if (register.offset, register.size, len(value)) != (2, 2, 2):
        if register.offset:
            rule.narrow()
        return
    port = int.from_bytes(value, "big")
    low, high = {
        _LESS: (0, port - 1),
        _LESS_OR_EQUAL: (0, port),
        _GREATER: (port + 1, _ANY_PORTS[1]),
        _GREATER_OR_EQUAL: (port, _ANY_PORTS[1]),
    }.get(operation, _ANY_PORTS)
    rule.limit(Selection(ports=((low, high),)))


def _range(rule: RuleReader, data: Attributes) -> None:
    """Limit the selection to a range of ports."""
    register, low, high = rule.held(data, 1), _value(data, 3), _value(data, 4)
    known = register.what == "transport" and (register.offset, register.size) == (2, 2) and not register.mask
    if known and _number(data, 2) == _EQUAL and len(low) == len(high) == 2:
        rule.limit(Selection(ports=((int.from_bytes(low, "big"), int.from_bytes(high, "big")),)))
    elif register.what != "sender":
        rule.narrow()


def _transport(rule: RuleReader, register: _Loaded, value: bytes) -> None:
    """Limit the selection by ports: that of the sender stands first, and tells nothing of the goal."""
    end = register.offset + register.size
    if end == 4 and register.offset in (0, 2) and len(value) == register.size:
        port = int.from_bytes(value[-2:], "big")
        rule.limit(Selection(ports=((port, port),)))
    elif end != 2:
        rule.narrow()


def _network(rule: RuleReader, register: _Loaded, value: bytes) -> None:
    """Limit the selection by the IP header: destination address or prefix, protocol."""
    version = rule.version or 0
    start, length = _GOAL.get(version, (0, 0))
    end = register.offset + register.size
    source = _SOURCE.get(version, 0)
    if not version or len(value) != register.size:
        rule.narrow()
    elif (register.offset, register.size) == (_NEXT_PROTOCOL[version], 1) and not register.mask:
        _protocol(rule, value)
    elif source <= register.offset and end <= start:
        return  # the sender's address
    elif register.offset == start and end <= start + length:
        _prefix(rule, value, register.mask or b"\xff" * len(value), length)
    elif register.offset == source and end == start + length and not register.mask:
        _prefix(rule, value[-length:], b"\xff" * length, length)
    else:
        rule.narrow()


def _prefix(rule: RuleReader, value: bytes, mask: bytes, length: int) -> None:
    """Limit the selection to a destination prefix of `length` bytes of address, of which `value` are the first."""
    bits = f"{int.from_bytes(mask, 'big'):0{8 * len(mask)}b}"
    if "01" in bits or len(mask) != len(value):
        rule.narrow()
    else:
        rule.limit(Selection(destinations=(f"{wire.address(value.ljust(length, bytes(1)))}/{bits.count('1')}",)))


def _lookup(rule: RuleReader, data: Attributes) -> None:
    """Look a register up in a set or map, whose elements are not read."""
    if 3 in data and _number(data, 3) == 0:
        rule.maps_verdicts = True
        return
    if 3 in data:
        rule.load(data, 3, _OTHER)
    if rule.held(data, 2).what != "sender":
        rule.narrow()


def _redirect(rule: RuleReader, data: Attributes) -> None:
    """Hand packets to a port of this host."""
    rule.actions.append(Action("redirect", to_port=rule.port(data, 1)))


def _tproxy(rule: RuleReader, data: Attributes) -> None:
    """Hand packets to a socket of this host, with the address that they had."""
    family = 2 if (rule.version or 4) == 4 and _number(data, 1, 0) != 10 else 10
    rule.actions.append(Action("tproxy", rule.address(data, 2, family), rule.port(data, 3)))


def _nat(rule: RuleReader, data: Attributes) -> None:
    """Give packets another goal."""
    if _number(data, 1) == _DNAT:
        rule.actions.append(Action("dnat", rule.address(data, 3, _number(data, 2)), rule.port(data, 5)))


def _queue(rule: RuleReader, data: Attributes) -> None:
    """Hand packets to a program by a queue."""
    rule.actions.append(Action("queue", to_port=wire.be16(data[1]) if 1 in data else None))


def _extension(rule: RuleReader, data: Attributes) -> xtables.Extension:
    """Return a target or match of iptables."""
    return xtables.Extension(wire.text(data.get(1, b"")), _number(data, 2), data.get(3, b""), rule.version or 4)


def _target(rule: RuleReader, data: Attributes) -> None:
    """Do what a target of iptables does."""
    done = xtables.action(_extension(rule, data))
    if done:
        rule.actions.append(done)


def _match(rule: RuleReader, data: Attributes) -> None:
    """Limit the selection as a match of iptables does."""
    rule.limit(xtables.selection(_extension(rule, data)))


_READERS: dict[str, Callable[[RuleReader, Attributes], None]] = {
    "immediate": _immediate,
    "meta": _meta,
    "ct": _ct,
    "payload": _payload,
    "fib": _fib,
    "bitwise": _bitwise,
    "cmp": _compare,
    "range": _range,
    "lookup": _lookup,
    "redir": _redirect,
    "tproxy": _tproxy,
    "nat": _nat,
    "queue": _queue,
    "target": _target,
    "match": _match,
}
