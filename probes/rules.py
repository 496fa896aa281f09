"""Policy-routing rules, which choose the routing table for a packet (RTM_GETRULE).

Cannot see: rules of packet filters and IPsec policies, selectors by port, protocol or user, which
limit a rule further.
"""

import errno
from collections.abc import Iterable, Iterator

from auditor.errors import SourceError
from auditor.model.rows import Rule
from auditor.model.sightings import Sighting
from auditor.netlink import tables, wire
from auditor.netlink.decoder import Decoder, Field
from auditor.probe import Probe, View

_FIXED = "BBBxBxxBI"  # struct fib_rule_hdr: family, destination length, source length, table, action, flags
_COLUMNS = ("destination", "source", "iif", "priority", "fwmark", "table", "oif", "l3mdev")
_WANTED = {
    1: Field("destination"),
    2: Field("source"),
    3: Field("iif"),
    6: Field("priority", "I"),
    10: Field("fwmark", "I"),
    15: Field("table", "I"),
    17: Field("oif"),
    19: Field("l3mdev", "B"),
}
_INVERT = 0x2  # FIB_RULE_INVERT
_LOOKUP = 1
_ACTIONS = {_LOOKUP: "lookup", 2: "goto", 3: "nop", 6: "blackhole", 7: "unreachable", 8: "prohibit"}
_FAMILIES = (tables.AF_INET, tables.AF_INET6)
_NO_FAMILY = (errno.EAFNOSUPPORT, errno.EOPNOTSUPP)


def parse_rules(chunks: Iterable[bytes | bytearray]) -> Iterator[Rule]:
    """Yield the rules in datagrams of RTM_NEWRULE messages; raises ParseError at the first malformed one."""
    decoder = Decoder(wire.RTM_NEWRULE, _FIXED, _COLUMNS, _WANTED)
    for chunk in chunks:
        for row in decoder.rows(chunk):
            family, to_len, from_len, short_table, action, flags = row[:6]
            destination, source, iif, priority, fwmark, table, oif, l3mdev = row[6:]
            yield Rule(
                family=family,
                priority=priority or 0,
                action="l3mdev" if l3mdev else _ACTIONS.get(action, str(action)),
                table=(short_table if table is None else table) if action == _LOOKUP and not l3mdev else None,
                source=_prefix(source, from_len),
                destination=_prefix(destination, to_len),
                fwmark=fwmark,
                iif=None if iif is None else wire.text(iif),
                oif=None if oif is None else wire.text(oif),
                inverted=bool(flags & _INVERT),
            )


def _prefix(value: bytes | None, length: int) -> str | None:
    """Return a selector as "ADDRESS/LENGTH", None for any address."""
    return None if value is None else f"{wire.address(value)}/{length}"


def run(view: View) -> Iterator[Sighting]:
    """Yield the rules of the namespace, of both address families."""
    try:
        with view.host.netlink(wire.NETLINK_ROUTE) as netlink:
            for family in _FAMILIES:
                try:
                    dump = netlink.dump(*tables.rules(family))
                except SourceError as error:
                    if error.errno not in _NO_FAMILY:  # a kernel without the family or without policy routing has none
                        raise
                else:
                    yield from parse_rules(dump.chunks)
    except SourceError as error:
        yield PROBE.blind(view, "rtnetlink policy rules", error)


PROBE = Probe(
    name="rules",
    summary="Policy-routing rules",
    reads=("rtnetlink RTM_GETRULE",),
    needs=(),
    covers=(),
    run=run,
)
