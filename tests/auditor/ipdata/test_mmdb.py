"""MMDB files of the company's own: every vendor's shape, disagreement, and files that are none."""

from pathlib import Path
from typing import Any

import pytest

from auditor.errors import InputError
from auditor.ipdata.locate import Locator
from auditor.ipdata.mmdb import MmdbFile
from tests.auditor.ipdata.mmdbs import write_mmdb

CARRIER, SIX = "202.96.128.86", "2408:8000::1"


def write(path: Path, record: dict[str, Any], **how: Any) -> str:
    version = how.pop("version", 6)
    networks = how.pop("networks", ["202.96.128.0/24"] + (["2408:8000::/32"] if version == 6 else []))
    return write_mmdb(path, dict.fromkeys(networks, record), version=version, **how)


@pytest.mark.parametrize(
    ("record", "country", "asn"),
    [
        ({"country": {"iso_code": "CN"}}, "CN", None),  # GeoLite2, DB-IP
        ({"country_code": "CN", "country": "China", "asn": "AS4134"}, "CN", 4134),  # IPinfo Lite
        ({"country": "CN"}, "CN", None),  # IPinfo
        ({"autonomous_system_number": 4134, "autonomous_system_organization": "x"}, None, 4134),
        ({"country": {"iso_code": "china"}, "asn": "ASx"}, None, None),
        ({"country": 5, "asn": True}, None, None),
        ({"country": {"iso_code": "EU"}, "country_code": "ZZ"}, None, None),  # no places
        ({"asn": "AS" + "9" * 5000}, None, None),
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


def test_the_newest_source_says_who_announces(tmp_path: Path) -> None:
    newer = write(tmp_path / "own.mmdb", {"asn": "AS4809"})
    older = write(tmp_path / "old.mmdb", {"asn": "AS4809"}, dated="2020-01-01")
    for path, asn, dated in ((newer, 4809, "2026-11-25"), (older, 4134, "2026-09-16")):
        located = Locator(files=[path]).locate(CARRIER)
        assert located is not None
        assert (located.asn, located.asn_dated) == (asn, dated)
        assert {origin.asn for origin in located.origins} == {4134, 4809}
        assert (located.location, located.confidence) == ("CN", "high")  # both are China Telecom


def test_sources_that_name_different_operators_make_the_place_unsure(tmp_path: Path) -> None:
    located = Locator(files=[write(tmp_path / "own.mmdb", {"asn": "AS4837"})]).locate(CARRIER)
    assert located is not None
    assert (located.location, located.confidence) == ("CN", "low")
    assert "different operators" in located.why.en


def test_an_origin_that_only_the_own_file_knows_is_taken(tmp_path: Path) -> None:
    path = write(tmp_path / "own.mmdb", {"asn": "AS4809"}, networks=["59.43.0.0/16"])
    located = Locator(files=[path]).locate("59.43.246.1")
    assert located is not None
    assert (located.asn, located.asn_dated, located.origins[0].source) == (4809, "2026-11-25", "own.mmdb")


def test_the_same_file_twice_is_no_second_source(tmp_path: Path) -> None:
    path = write(tmp_path / "own.mmdb", {"country": {"iso_code": "DE"}}, networks=["5.0.0.0/8"])
    (tmp_path / "again.mmdb").write_bytes(Path(path).read_bytes())
    locator = Locator(files=[path, str(tmp_path / "again.mmdb"), path])
    assert [used.name for used in locator.data_sets if used.origin == "configured"] == ["own.mmdb"]


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
