"""Tables of the older iptables as the kernel hands them out (linux/netfilter_ipv4/ip_tables.h, .._ipv6/ip6_tables.h).

A table is one run of entries: rules of the five built-in chains, found by their offsets, then chains of users,
each headed by an entry with the target ERROR that holds its name. For 64-bit kernels. Pure.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from auditor.errors import ParseError
from auditor.netlink import xtables
from auditor.netlink.ruleset import Chain, Ruleset, Selection, Step, marked
from auditor.netlink.wire import address, text

LEVELS = {4: 0, 6: 41}  # SOL_IP, SOL_IPV6
GET_INFO, GET_ENTRIES = 64, 65  # IPT_SO_GET_INFO, IPT_SO_GET_ENTRIES; IP6T_SO_* are the same
_INFO = struct.Struct("=32sI5I5III")  # struct ipt_getinfo: name, hooks, entries, underflows, number, size
_ENTRIES = struct.Struct("=32sI4x")  # struct ipt_get_entries, up to its entries
_SIZE_LIMIT_BYTES = 256 << 20
_HOOKS = ("PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING")
_PROTOCOLS = {6: "tcp", 17: "udp"}
_INVERT_DESTINATION, _INVERT_PROTOCOL = 0x10, 0x40  # IPT_INV_DSTIP, IPT_INV_PROTO
_EXTENSION = struct.Struct("=H29sB")  # struct xt_entry_match, xt_entry_target
_VERDICT = struct.Struct("=i")


@dataclass(frozen=True, slots=True)
class _Form:
    """Where the fields of struct ipt_entry or ip6t_entry lie, and the size of an address."""

    size: int
    address: int
    protocol: int
    inverted: int
    offsets: int


_FORMS = {4: _Form(112, 4, 80, 83, 88), 6: _Form(168, 16, 128, 132, 140)}


def info_request(table: str) -> bytes:
    """Return the buffer that asks for the size of `table`."""
    return table.encode("ascii", "replace")[:31].ljust(_INFO.size, b"\0")


def entries_request(table: str, size: int) -> bytes:
    """Return the buffer that asks for the entries of `table`, `size` bytes long."""
    return _ENTRIES.pack(table.encode("ascii", "replace")[:31], size) + bytes(size)


def table_size(info: bytes) -> int:
    """Return the size of the entries; raises ParseError."""
    if len(info) < _INFO.size:
        raise ParseError("description of an iptables table cut short")
    size: int = _INFO.unpack_from(info)[-1]
    if size > _SIZE_LIMIT_BYTES:
        raise ParseError("iptables table of impossible size")
    return size


def add_table(ruleset: Ruleset, version: int, table: str, raw: bytes) -> None:
    """Add the rules of `table` in `raw` (the description, then the entries) to `ruleset`; raises ParseError."""
    size = table_size(raw)
    head = _INFO.unpack_from(raw)
    entries = raw[_INFO.size + _ENTRIES.size :]
    if len(entries) != size:
        raise ParseError("iptables table cut short")
    family = "ip" if version == 4 else "ip6"
    valid, starts = head[1], {head[2 + number]: name for number, name in enumerate(_HOOKS) if head[1] >> number & 1}
    found = list(_entries(entries, version))
    for before, entry in zip([None, *found], found, strict=False):
        if before is not None and before.error is not None:
            starts[entry.offset] = before.error
    for number, name in enumerate(_HOOKS):
        if valid >> number & 1:
            ruleset.base((family, table, name), name.lower())
    chain: Chain | None = None
    for entry in found:
        chain = (family, table, starts[entry.offset]) if entry.offset in starts else chain
        if chain is not None and entry.error is None:
            _add(ruleset, chain, entry, starts)


@dataclass(frozen=True, slots=True)
class _Entry:
    """One entry: where it and the next start, its selection, its target; `error` names the chain it heads."""

    offset: int
    next: int
    selection: Selection
    target: xtables.Extension
    error: str | None


def _add(ruleset: Ruleset, chain: Chain, entry: _Entry, starts: dict[int, str]) -> None:
    """Add one rule if it acts or jumps."""
    action = xtables.action(entry.target)
    jump = None
    if entry.target.name == "":
        if len(entry.target.info) < _VERDICT.size:
            raise ParseError("iptables verdict cut short")
        (verdict,) = _VERDICT.unpack_from(entry.target.info)
        jump = starts.get(verdict) if verdict >= 0 and verdict != entry.next else None
    if action or jump is not None:
        ruleset.add(Step(chain, entry.selection, marked([action] if action else []), jump))


def _entries(raw: bytes, version: int) -> Iterator[_Entry]:
    """Yield every entry; raises ParseError."""
    form, offset = _FORMS[version], 0
    while offset < len(raw):
        if len(raw) - offset < form.size:
            raise ParseError("iptables entry cut short")
        target_at, length = struct.unpack_from("=HH", raw, offset + form.offsets)
        if not form.size <= target_at <= length - _EXTENSION.size or length > len(raw) - offset:
            raise ParseError("iptables entry of impossible length")
        entry = raw[offset : offset + length]
        selection: Selection | None = _selection(entry, form, version)
        at = form.size
        while at < target_at:
            size, match = _extension(entry, at, target_at, version)
            selection = selection.then(xtables.selection(match)) if selection else None
            at += size
        _, target = _extension(entry, target_at, length, version)
        error = text(target.info) if target.name == "ERROR" else None
        yield _Entry(offset, offset + length, selection or Selection(ports=()), target, error)
        offset += length


def _extension(entry: bytes, at: int, end: int, version: int) -> tuple[int, xtables.Extension]:
    """Return the size of the match or target at `at`, which ends before `end`, and itself; raises ParseError."""
    if end - at < _EXTENSION.size:
        raise ParseError("iptables match or target cut short")
    size, name, revision = _EXTENSION.unpack_from(entry, at)
    if not _EXTENSION.size <= size <= end - at:
        raise ParseError("iptables match or target of impossible length")
    return size, xtables.Extension(text(name), revision, entry[at + _EXTENSION.size : at + size], version)


def _selection(entry: bytes, form: _Form, version: int) -> Selection:
    """Return what an entry's own header selects: destination and protocol; the sender is passed over."""
    goal = entry[form.address : 2 * form.address]
    mask = entry[3 * form.address : 4 * form.address]
    (number,) = struct.unpack_from("=H", entry, form.protocol)
    inverted = entry[form.inverted]
    narrowed = bool(inverted & _INVERT_DESTINATION and any(mask)) or bool(inverted & _INVERT_PROTOCOL and number)
    bits = f"{int.from_bytes(mask, 'big'):0{8 * form.address}b}"
    destinations = None
    if any(mask) and not narrowed:
        narrowed = "01" in bits
        destinations = None if narrowed else (f"{address(goal)}/{bits.count('1')}",)
    protocol = _PROTOCOLS.get(number, str(number)) if number and not inverted & _INVERT_PROTOCOL else None
    return Selection(protocol=protocol, destinations=destinations, narrowed=narrowed)
