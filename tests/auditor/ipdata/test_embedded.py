"""The shipped data: as the manifest says, loaded only when asked for, and damage is an error that names the file."""

from hashlib import sha256
from importlib.resources import files
from pathlib import Path

import pytest

from auditor.errors import InputError
from auditor.ipdata import embedded
from auditor.ipdata.locate import Locator
from auditor.ipdata.snapshot import TABLES, Snapshot, flaw, whole_manifest

DIRECTORY = files("auditor").joinpath("data/ip")


def test_every_file_has_the_digest_and_the_day_of_the_manifest() -> None:
    manifest = embedded.snapshot().manifest
    assert whole_manifest(manifest) == manifest
    listed = {entry["name"]: entry for entry in manifest["data_sets"]}
    assert listed.keys() == set(TABLES)
    for name, entry in listed.items():
        assert sha256(DIRECTORY.joinpath(f"{name}.xz").read_bytes()).hexdigest() == entry["sha256"]
        assert flaw(embedded.table(name), name, entry["dated"]) is None
        assert entry["licence"] == "PDDL-1.0"
    assert "Public Domain Dedication" in DIRECTORY.joinpath("LICENSE-ipdata.txt").read_text("utf-8")


def test_names_of_as_numbers() -> None:
    assert embedded.as_name(4809) == "China Telecom Next Generation Carrier Network"
    assert embedded.as_name(4_294_967_295) is None


@pytest.mark.parametrize(("content", "what"), [(b"", "cut short"), (b"\0" * 64, "damaged"), (None, "not there")])
def test_damage_is_an_error_that_names_the_file(tmp_path: Path, content: bytes | None, what: str) -> None:
    if content is not None:
        (tmp_path / "origin-asn.xz").write_bytes(content)
    spoilt = Snapshot(
        embedded.snapshot().manifest, lambda name: (tmp_path / f"{name}.xz").read_bytes(), lambda name: f"x/{name}.xz"
    )
    with pytest.raises(InputError) as caught:
        spoilt.table("origin-asn")
    assert "x/origin-asn.xz" in str(caught.value)
    assert what in str(caught.value)


def test_nothing_is_loaded_before_an_address_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    fresh = embedded.snapshot.__wrapped__()
    monkeypatch.setattr(embedded, "snapshot", lambda: fresh)
    locator = Locator()
    locator.locate("10.0.0.1")
    assert fresh.loaded == frozenset()
    locator.locate("202.96.128.86")
    assert fresh.loaded == {"user-country", "server-country", "origin-asn"}
