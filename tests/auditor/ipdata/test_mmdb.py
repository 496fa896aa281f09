"""MMDB files of the company's own: every vendor's shape, disagreement, and files that are none."""

from pathlib import Path
from typing import Any

import pytest
from mmdb_writer import MMDBWriter  # type: ignore[import-untyped]
from netaddr import IPSet

from auditor.errors import InputError
from auditor.ipdata.locate import Locator
from auditor.ipdata.mmdb import MmdbFile

CARRIER, SIX = "202.96.128.86", "2408:8000::1"


def write(path: Path, record: dict[str, Any], *, version: int = 6, networks: tuple[str, ...] = ()) -> str:
    writer = MMDBWriter(ip_version=version, ipv4_compatible=version == 6)
    usual = ["202.96.128.0/24"] + (["2408:8000::/32"] if version == 6 else [])
    writer.insert_network(IPSet(networks or usual), record)
    writer.to_db_file(str(path))
    return str(path)


@pytest.mark.parametrize(
    ("record", "country", "asn"),
    [
        ({"country": {"iso_code": "CN"}}, "CN", None),  # GeoLite2, DB-IP
        ({"country_code": "CN", "country": "China", "asn": "AS4134"}, "CN", 4134),  # IPinfo Lite
        ({"country": "CN"}, "CN", None),  # IPinfo
        ({"autonomous_system_number": 4134, "autonomous_system_organization": "x"}, None, 4134),
        ({"country": {"iso_code": "china"}, "asn": "ASx"}, None, None),
        ({"country": 5, "asn": True}, None, None),
    ],
)
def test_every_shape_of_record(tmp_path: Path, record: dict[str, Any], country: str | None, asn: int | None) -> None:
    file = MmdbFile(write(tmp_path / "own.mmdb", record))
    for address in (CARRIER, SIX):
        assert (file.country(address), file.origin(address)) == (country, asn)
    assert (file.country("192.0.2.1"), file.origin("192.0.2.1")) == (None, None)
    assert (file.name, len(file.dated)) == ("own.mmdb", 10)


def test_a_file_of_ipv4_has_no_answer_for_ipv6(tmp_path: Path) -> None:
    file = MmdbFile(write(tmp_path / "four.mmdb", {"country": {"iso_code": "CN"}}, version=4))
    assert (file.country(CARRIER), file.country(SIX)) == ("CN", None)


def test_a_source_that_disagrees_makes_the_place_unsure(tmp_path: Path) -> None:
    agreeing = Locator(files=[write(tmp_path / "a.mmdb", {"country": {"iso_code": "CN"}})]).locate(CARRIER)
    other = Locator(files=[write(tmp_path / "b.mmdb", {"country": {"iso_code": "HK"}})]).locate(CARRIER)
    assert agreeing is not None
    assert other is not None
    assert (agreeing.location, agreeing.confidence, len(agreeing.answers)) == ("CN", "high", 3)
    assert (other.location, other.confidence) == (None, "low")
    assert {answer.source: answer.country for answer in other.answers}["b.mmdb"] == "HK"
    assert "CN, HK" in other.why.en


def test_an_origin_that_only_the_own_file_knows_is_taken(tmp_path: Path) -> None:
    files = [write(tmp_path / "own.mmdb", {"asn": "AS4809"})]
    assert Locator(files=files).files[0][0] == "own.mmdb"
    found = Locator(files=files).locate(CARRIER)
    assert found is not None
    assert (found.asn, found.asn_source, found.asn_dated) == (4134, "origin-asn", "2026-09-16")


def test_an_origin_of_the_own_file_has_that_files_day(tmp_path: Path) -> None:
    locator = Locator(files=[write(tmp_path / "own.mmdb", {"asn": "AS4809"}, networks=("59.43.0.0/16",))])
    found = locator.locate("59.43.1.1")  # BGP does not show it
    assert found is not None
    assert (found.asn, found.asn_source, found.asn_dated) == (4809, *locator.files[0])
    assert found.carrier is not None
    assert found.carrier.class_ == "china_telecom"


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:200])


@pytest.mark.parametrize(
    "spoil",
    [
        lambda path: path.unlink(),
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(b"country,asn\n" * 99),
        _cut,
        lambda path: (path.unlink(), path.mkdir()),
    ],
)
def test_a_file_that_is_none_is_an_error_that_names_it(tmp_path: Path, spoil: Any) -> None:
    path = tmp_path / "own.mmdb"
    write(path, {"country": {"iso_code": "CN"}})
    spoil(path)
    with pytest.raises(InputError) as caught:
        Locator(files=[str(path)])
    assert str(path) in str(caught.value)
