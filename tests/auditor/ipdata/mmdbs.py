"""MMDB files of every vendor's shape, made for a test."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest import mock

from mmdb_writer import MMDBWriter  # type: ignore[import-untyped]
from netaddr import IPSet

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)


def write_mmdb(path: Path, records: dict[str, dict[str, Any]], *, version: int = 6, dated: str = "2026-11-25") -> str:
    """Write `records` (network -> record) as a file that was made on `dated`, and return its path."""
    writer = MMDBWriter(ip_version=version, ipv4_compatible=version == 6, database_type="Test")
    for network, record in records.items():
        writer.insert_network(IPSet([network]), record)
    made_s = datetime.fromisoformat(dated).replace(tzinfo=UTC).timestamp()
    with mock.patch("mmdb_writer.time.time", return_value=made_s):
        writer.to_db_file(str(path))
    return str(path)
