"""The tunnel ports in a database of Open vSwitch (ovsdb(5): a log of JSON records; ovs-vswitchd.conf.db(5)).

A record is a header line with the length of what follows, then one line of JSON: the schema, then one
transaction after the other. Of each, only names, types and addresses of tunnels are kept; of options that
are secrets (IPsec's `psk`) only that there are any.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from auditor.errors import ParseError
from auditor.model.rows import SwitchTunnel

TECHNOLOGIES = {
    "vxlan": "vxlan",
    "geneve": "geneve",
    "gre": "gre",
    "ip6gre": "ip6gre",
    "erspan": "erspan",
    "ip6erspan": "erspan",
    "gtpu": "gtp",
    "bareudp": "bareudp",
    "srv6": "srv6",
    "stt": "stt",
    "lisp": "lisp",
    "gre64": "gre",
    "ipsec_gre": "gre",
    "ipsec_gre64": "gre",
}
_DEFAULT_PORTS = {"vxlan": 4789, "geneve": 6081, "gtp": 2152, "stt": 7471, "lisp": 4341}
_KEPT = ("remote_ip", "local_ip", "dst_port", "key", "out_key")
_PROTECTION = ("psk", "remote_cert", "remote_name", "certificate", "use_ssl_cert")
_NO_TUNNELS = (
    *("", "system", "internal", "patch", "tap", "null", "dpdk", "dpdkvhostuser", "dpdkvhostuserclient"),
    *("afxdp", "afxdp-nonpmd", "dummy", "dummy-internal", "dummy-pmd", "netmap"),
)
_HEADER = re.compile(rb"OVSDB (JSON|CLUSTER) (\d{1,10}) [0-9a-f]{40}\n")


@dataclass(slots=True)
class Interface:
    """One row of table Interface: what is kept of it, and salted digests of options that must not be."""

    name: str = ""
    kind: str = ""
    options: dict[str, str] = field(default_factory=dict)
    hidden: dict[str, int] = field(default_factory=dict)


def parse_database(lines: Iterable[bytes]) -> list[Interface]:
    """Return the interfaces that the log in `lines` ends with; raises ParseError with the number of the line."""
    rows: dict[str, Interface] = {}
    for number, record in _records(lines):
        try:
            _apply(rows, record)
        except (AttributeError, KeyError, TypeError, ValueError):
            raise ParseError(f"line {number}: transaction of unknown form") from None
    return list(rows.values())


def _records(lines: Iterable[bytes]) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield (line, record) of each transaction; the first record of a log is its schema."""
    length: int | None = None
    count, number = 0, 0
    for number, line in enumerate(lines, 1):
        if length is None:
            header = _HEADER.fullmatch(line)
            if header is None:
                raise ParseError(f"line {number}: no header of a record")
            if header[1] != b"JSON":
                raise ParseError(f"line {number}: database of a cluster, which no switch uses")
            length = int(header[2])
            continue
        if len(line) != length:
            raise ParseError(f"line {number}: record of another length than its header says")
        length, count = None, count + 1
        if count > 1:
            yield number, _decoded(number, line)
    if length is not None or not count:
        raise ParseError(f"line {number}: the log ends within a record")


def _decoded(number: int, line: bytes) -> dict[str, Any]:
    """Return one record; raises ParseError, without a word of it."""
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        raise ParseError(f"line {number}: no JSON") from None
    if not isinstance(record, dict):
        raise ParseError(f"line {number}: record of unknown form")
    return record


def _apply(rows: dict[str, Interface], record: Mapping[str, Any]) -> None:
    """Apply one transaction to `rows`; raises what a record of unknown form leads to."""
    difference = bool(record.get("_is_diff"))
    for key, columns in record.get("Interface", {}).items():
        if columns is None:
            rows.pop(key, None)
            continue
        row = rows.setdefault(key, Interface())
        row.name = str(columns.get("name", row.name))
        row.kind = str(columns.get("type", row.kind))
        if "options" in columns:
            tag, pairs = columns["options"]
            if tag != "map":
                raise ValueError
            if not difference:
                row.options, row.hidden = {}, {}
            for name, value in pairs:
                _set(row, str(name), str(value))


def _set(row: Interface, name: str, value: str) -> None:
    """Set an option; one that has this very value already is taken away, as in a record of differences."""
    if name in _KEPT:
        if row.options.get(name) == value:
            del row.options[name]
        else:
            row.options[name] = value
    if name in _PROTECTION:
        digest = hash(value)  # salted by Python for each process
        if row.hidden.get(name) == digest:
            del row.hidden[name]
        else:
            row.hidden[name] = digest


def tunnels(interfaces: Iterable[Interface], pid: int | None, source: str) -> tuple[list[SwitchTunnel], list[str]]:
    """Return the tunnel ports among `interfaces`, and the types that are not known to be tunnels or none."""
    rows, unknown = [], []
    for one in interfaces:
        technology = TECHNOLOGIES.get(one.kind)
        if technology:
            rows.append(_tunnel(one, technology, pid, source))
        elif one.kind not in _NO_TUNNELS:
            unknown.append(one.kind)
    return rows, unknown


def _tunnel(one: Interface, technology: str, pid: int | None, source: str) -> SwitchTunnel:
    """Return one tunnel port."""
    remote = one.options.get("remote_ip")
    return SwitchTunnel(
        name=one.name,
        technology=technology,
        remote=None if remote in (None, "flow", "0.0.0.0", "::") else remote,
        local=None if one.options.get("local_ip") == "flow" else one.options.get("local_ip"),
        port=_number(one.options.get("dst_port")) or _DEFAULT_PORTS.get(technology),
        key=_number(one.options.get("key", one.options.get("out_key"))),
        protected=bool(one.hidden) or one.kind.startswith("ipsec_"),
        pid=pid,
        source=source,
    )


def _number(value: str | None) -> int | None:
    """Return a number, None for none ("flow")."""
    try:
        return int(value or "", 0)
    except ValueError:
        return None
