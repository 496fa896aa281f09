"""Tables of the older iptables from real bytes, and damaged ones."""

import struct
from contextlib import suppress

import pytest

from auditor.errors import ParseError
from auditor.model.rows import Diversion
from auditor.netlink import iptables
from auditor.netlink.ruleset import Ruleset
from tests.auditor.netlink import test_nftables
from tests.fixtures.netfilter import chunk


def decoded(version: int, table: str, raw: bytes) -> list[Diversion]:
    found = Ruleset("ip_tables")
    iptables.add_table(found, version, table, raw)
    return list(found.diversions())


@pytest.mark.parametrize(("version", "family"), [(4, "ip"), (6, "ip6")])
def test_the_older_and_the_newer_iptables_come_to_the_same(version: int, family: str) -> None:
    rows = [row for table in ("nat", "mangle") for row in decoded(version, table, chunk(f"legacy-{table}{version}"))]
    same = [row._replace(filter="ip_tables") for row in test_nftables.EXPECTED if row.family == family]
    assert sorted(rows, key=repr) == sorted(same, key=repr)
    assert "secretcomment" not in repr(rows)


def test_damaged_tables_are_refused_or_read_as_something_else() -> None:
    raw = chunk("legacy-nat4")
    assert b"secretcomment" in raw
    for size in range(len(raw)):
        with pytest.raises(ParseError):
            decoded(4, "nat", raw[:size])
    for offset in range(0, len(raw) - 1, 2):
        for number in (0, 1, 0x7FFF, 0xFFFF):
            with suppress(ParseError):
                decoded(4, "nat", raw[:offset] + struct.pack("=H", number) + raw[offset + 2 :])


def test_a_size_beyond_reason_is_refused() -> None:
    with pytest.raises(ParseError):
        iptables.table_size(bytes(80) + struct.pack("=I", 1 << 30))
