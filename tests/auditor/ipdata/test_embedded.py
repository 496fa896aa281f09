"""The shipped data: as the manifest says, loaded only when asked for, and damage is an error that names the file."""

import subprocess
import sys
from hashlib import sha256
from importlib.resources import files
from pathlib import Path

import pytest

from auditor.errors import InputError
from auditor.ipdata import embedded

DIRECTORY = files("auditor").joinpath("data/ip")


def test_every_file_has_the_digest_and_the_day_of_the_manifest() -> None:
    listed = {entry["name"]: entry for entry in embedded.manifest()["data_sets"]}
    assert listed.keys() == {*embedded.COUNTRY_SOURCES, embedded.ORIGIN_SOURCE, "as-names"}
    for name, entry in listed.items():
        assert sha256(DIRECTORY.joinpath(f"{name}.xz").read_bytes()).hexdigest() == entry["sha256"]
        assert embedded.table(name).dated == entry["dated"]
        assert entry["licence"] == "PDDL-1.0"
    assert "Public Domain Dedication" in DIRECTORY.joinpath("LICENSE-ipdata.txt").read_text("utf-8")


def test_names_of_as_numbers() -> None:
    assert embedded.as_name(4809) == "China Telecom Next Generation Carrier Network"
    assert embedded.as_name(4_294_967_295) is None


@pytest.mark.parametrize(("content", "what"), [(b"", "cut short"), (b"\0" * 64, "damaged"), (None, "not there")])
def test_damage_is_an_error_that_names_the_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: bytes | None, what: str
) -> None:
    (tmp_path / "data/ip").mkdir(parents=True)
    if content is not None:
        (tmp_path / "data/ip/damaged.xz").write_bytes(content)
    monkeypatch.setattr(embedded, "files", lambda _: tmp_path)
    with pytest.raises(InputError) as caught:
        embedded.table("damaged")
    assert "data/ip/damaged.xz" in str(caught.value)
    assert what in str(caught.value)


def test_nothing_is_loaded_before_an_address_is_asked_for() -> None:
    code = (
        "from auditor.ipdata import embedded; from auditor.ipdata.locate import Locator; locator = Locator();"
        "locator.locate('10.0.0.1'); assert embedded.table.cache_info().currsize == 0;"
        "locator.locate('202.96.128.86'); assert embedded.table.cache_info().currsize == 3"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
