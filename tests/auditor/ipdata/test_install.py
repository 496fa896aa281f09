"""Installing location data: all or none, the old data byte for byte whatever is wrong with the new, and damage told."""

import fcntl
import json
import os
import socket
import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from auditor.errors import InputError, OutputError
from auditor.ipdata import install, mmdb
from auditor.ipdata.installed import INDEX, load
from auditor.ipdata.locate import Locator
from auditor.ipdata.packed import pack
from auditor.ipdata.snapshot import MANIFEST, TABLES
from tests.auditor.ipdata.mmdbs import NOW, write_mmdb

CARRIER = "202.96.128.86"
CN = {"202.96.0.0/16": {"country": {"iso_code": "CN"}}, "1.0.0.0/8": {"country_code": "AU"}}


def state(directory: Path) -> dict[str, bytes]:
    """Return every file of `directory` with its bytes."""
    return {path.name: path.read_bytes() for path in directory.iterdir()} if directory.exists() else {}


def snapshot(directory: Path, *, dated: str = "2026-11-20", country: str = "SG") -> Path:
    """Write a small snapshot in which 1.2.3.0/24 is in `country`."""
    directory.mkdir(exist_ok=True)
    entries = []
    for name in TABLES:
        kind = {"origin-asn": "asn", "as-names": "name"}.get(name, "country")
        value: Any = {"origin-asn": 64500, "as-names": "Example"}.get(name, country)
        four = [(0, 0), (64500, 1), (64501, 0)] if kind == "name" else [(0, 0), (0x01020300, 1), (0x01020400, 0)]
        six = [(0, 0)] if kind == "name" else [(0, 0), (0x2400_0000_0000_0000, 1), (0x2401_0000_0000_0000, 0)]
        packed = pack(name, kind, dated, [value], four, six)
        (directory / f"{name}.xz").write_bytes(packed)
        entries.append({"name": name, "dated": dated, "licence": "PDDL-1.0", "sha256": sha256(packed).hexdigest()})
    (directory / MANIFEST).write_text(json.dumps({"source": "test", "source_sha256": "0" * 64, "data_sets": entries}))
    return directory


def test_a_file_is_installed_asked_and_told_of(tmp_path: Path) -> None:
    source = write_mmdb(tmp_path / "own.mmdb", CN, dated="2026-11-20")
    (change,) = install.update(source, str(tmp_path / "data"), NOW).changes
    assert (change.new.kind, change.new.dated, change.new.networks) == ("country", "2026-11-20", 2)
    assert change.new.sha256 == sha256(Path(source).read_bytes()).hexdigest()
    assert (change.old, change.same) == (None, False)
    locator = Locator(directory=str(tmp_path / "data"))
    assert change.new in locator.data_sets
    located = locator.locate(CARRIER)
    assert located is not None
    assert located.answers[-1] == ("own.mmdb", "2026-11-20", "CN")


def test_once_more_changes_no_byte(tmp_path: Path) -> None:
    source, data = write_mmdb(tmp_path / "own.mmdb", CN), tmp_path / "data"
    install.update(source, str(data), NOW)
    before = state(data)
    (change,) = install.update(source, str(data), NOW).changes
    assert change.same
    assert state(data) == before


@pytest.mark.parametrize(
    ("old", "new", "replaces"),
    [
        ("own.mmdb", "own.mmdb", True),
        ("dbip-country-lite-2026-10.mmdb", "dbip-country-lite-2026-11.mmdb", True),
        ("GeoLite2-Country_20261020.mmdb", "GeoLite2-Country.mmdb", True),
        ("country.mmdb", "asn.mmdb", False),
    ],
)
def test_a_file_takes_the_place_of_the_same_data_set(tmp_path: Path, old: str, new: str, replaces: bool) -> None:
    data = tmp_path / "data"
    install.update(write_mmdb(tmp_path / old, CN, dated="2026-10-20"), str(data), NOW)
    records = {**CN, "5.0.0.0/8": {"country_code": "DE"}}
    (change,) = install.update(write_mmdb(tmp_path / new, records), str(data), NOW).changes
    assert (change.old is not None) is replaces
    names = [file.name for file, _ in load(str(data)).files]
    assert names == ([new] if replaces else sorted([old, new]))
    assert len(state(data)) == len(names) + 1  # what was replaced is gone


def test_an_older_file_is_installed_and_the_change_says_what_was_there(tmp_path: Path) -> None:
    data = str(tmp_path / "data")
    install.update(write_mmdb(tmp_path / "own.mmdb", CN, dated="2026-11-20"), data, NOW)
    (change,) = install.update(write_mmdb(tmp_path / "own.mmdb", CN, dated="2025-01-01"), data, NOW).changes
    assert change.old is not None
    assert (change.old.dated, change.new.dated) == ("2026-11-20", "2025-01-01")
    assert load(data).files[0][0].dated == "2025-01-01"


def _looping(path: Path) -> None:
    """Turn a tree's first fork back to itself, on both sides."""
    raw = path.read_bytes()
    path.write_bytes(b"\0" * 6 + raw[6:])


def _pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def _socket(path: Path) -> None:
    path.unlink()
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))


def _link(path: Path) -> None:
    path.rename(path.with_suffix(".real"))
    path.symlink_to(path.with_suffix(".real"))


def _device(path: Path) -> None:
    path.unlink()
    path.symlink_to("/dev/zero")


SPOILT = {
    "empty": (lambda path: path.write_bytes(b""), "empty"),
    "text": (lambda path: path.write_bytes(b"network,country\n" * 99), "not an MMDB file"),
    "cut at the end": (lambda path: path.write_bytes(path.read_bytes()[:-40]), "damaged"),
    "cut at the start": (lambda path: path.write_bytes(path.read_bytes()[200:]), "damaged"),
    "no country": (lambda path: write_mmdb(path, {"1.0.0.0/8": {"is_proxy": True}}), "which AS"),
    "no record": (lambda path: write_mmdb(path, {}), ""),
    "no date": (lambda path: write_mmdb(path, CN, dated="1999-01-01"), "when it was made"),
    "future": (lambda path: write_mmdb(path, CN, dated="2027-11-25"), "in the future"),
    "a loop": (_looping, "damaged"),
    "a pipe": (_pipe, "regular file"),
    "a socket": (_socket, ""),
    "a link": (_link, "symbolic link"),
    "a device": (_device, "symbolic link"),
    "a directory": (lambda path: (path.unlink(), path.mkdir()), ""),
    "absent": (lambda path: path.unlink(), "No such file"),
}


@pytest.mark.parametrize("name", SPOILT)
@pytest.mark.parametrize("whole", [False, True], ids=["file", "directory"])
def test_nothing_that_is_wrong_replaces_anything(tmp_path: Path, name: str, whole: bool) -> None:
    spoil, what = SPOILT[name]
    data, source = tmp_path / "data", tmp_path / "new"
    source.mkdir()
    install.update(write_mmdb(tmp_path / "b.mmdb", CN, dated="2026-01-01"), str(data), NOW)
    before = state(data)
    write_mmdb(source / "a.mmdb", CN)
    write_mmdb(source / "b.mmdb", CN)
    spoil(source / "b.mmdb")
    if whole and name == "absent":
        (source / "a.mmdb").unlink()
        what = "holds no file"
    with pytest.raises(InputError) as caught:
        install.update(str(source if whole else source / "b.mmdb"), str(data), NOW)
    assert str(source if what == "holds no file" else source / "b.mmdb") in str(caught.value)
    assert what in str(caught.value)
    assert state(data) == before


def test_a_file_over_the_limit_is_refused_before_it_is_copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mmdb, "LIMIT_BYTES", 1000)
    path = tmp_path / "big.mmdb"
    with path.open("wb") as stream:
        stream.truncate(1 << 40)  # a hole: takes no space
    with pytest.raises(InputError, match=r"big\.mmdb: larger than 1000 bytes"):
        install.update(str(path), str(tmp_path / "data"), NOW)
    assert state(tmp_path / "data") == {}


@pytest.mark.parametrize("name", ["own.csv", "own.mmdb.gz", ".mmdb", "a\x1b[31m.mmdb", "x" * 200 + ".mmdb"])
def test_a_name_that_cannot_be_installed_is_refused_and_shown_safely(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(b"x")
    with pytest.raises(InputError) as caught:
        install.update(str(path), str(tmp_path / "data"), NOW)
    assert "\x1b" not in str(caught.value)


def test_a_directory_with_nothing_or_with_one_set_twice_is_refused(tmp_path: Path) -> None:
    source = tmp_path / "new"
    source.mkdir()
    (source / "notes.txt").write_text("x")
    (source / "below").mkdir()
    write_mmdb(source / "below/own.mmdb", CN)
    with pytest.raises(InputError, match=r"holds no file"):
        install.update(str(source), str(tmp_path / "data"), NOW)
    write_mmdb(source / "own-2026-10.mmdb", CN)
    write_mmdb(source / "own-2026-11.mmdb", CN)
    with pytest.raises(InputError, match=r"of the same data set as own-2026-10\.mmdb"):
        install.update(str(source), str(tmp_path / "data"), NOW)
    assert state(tmp_path / "data") == {}


def test_a_very_large_file_is_sampled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mmdb, "WHOLE_NODES", 1)
    (change,) = install.update(write_mmdb(tmp_path / "own.mmdb", CN), str(tmp_path / "data"), NOW).changes
    assert (change.new.kind, change.new.networks) == ("country", None)
    assert load(str(tmp_path / "data")).files[0][1] == change.new


@pytest.mark.parametrize("step", ["sync", "_write_index"])
def test_a_full_disk_leaves_everything_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    data = tmp_path / "data"
    install.update(write_mmdb(tmp_path / "own.mmdb", CN, dated="2026-01-01"), str(data), NOW)
    before = state(data)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(install, step, full)
    with pytest.raises(OutputError, match="No space left"):
        install.update(write_mmdb(tmp_path / "own.mmdb", CN), str(data), NOW)
    assert state(data) == before


def test_two_updates_at_once_do_not_mix(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    held = os.open(data, os.O_RDONLY)
    try:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(InputError, match="another update is running"):
            install.update(write_mmdb(tmp_path / "own.mmdb", CN), str(data), NOW)
    finally:
        os.close(held)
    assert state(data) == {}


@pytest.mark.parametrize("damage", ["cut", "flipped", "absent", "a pipe"])
def test_damage_after_the_installation_is_an_error_that_names_the_file(tmp_path: Path, damage: str) -> None:
    data = tmp_path / "data"
    source = write_mmdb(tmp_path / "own.mmdb", CN)
    install.update(source, str(data), NOW)
    (path,) = data.glob("own.*")
    raw = path.read_bytes()
    if damage == "cut":
        path.write_bytes(raw[:-1])
    elif damage == "flipped":
        path.write_bytes(raw[:99] + bytes([raw[99] ^ 1]) + raw[100:])
    else:
        path.unlink()
        if damage == "a pipe":
            os.mkfifo(path)
    with pytest.raises(InputError) as caught:
        Locator(directory=str(data))
    assert str(path) in str(caught.value)
    install.update(source, str(data), NOW)  # and an update mends it
    assert Locator(directory=str(data)).locate(CARRIER) is not None


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{}",
        b"[" * 5000,
        b"\xff",
        b'{"format": "auditor-installed-data-1", "files": [{"name": 5}], "snapshot": null}',
    ]
    + [
        json.dumps({"format": "auditor-installed-data-1", "files": [entry], "snapshot": None}).encode()
        for entry in (
            {"name": "../x.mmdb", "sha256": "0" * 64, "dated": "2026-01-01", "kind": "country", "networks": 1},
            {"name": "x.mmdb", "sha256": "0" * 63, "dated": "2026-01-01", "kind": "country", "networks": 1},
            {"name": "x.mmdb", "sha256": "0" * 64, "dated": "soon", "kind": "country", "networks": 1},
        )
    ],
)
def test_a_damaged_index_is_an_error_and_an_update_writes_it_anew(tmp_path: Path, content: bytes) -> None:
    data = tmp_path / "data"
    source = write_mmdb(tmp_path / "own.mmdb", CN)
    install.update(source, str(data), NOW)
    (data / INDEX).write_bytes(content)
    with pytest.raises(InputError, match=r"installed\.json: damaged"):
        Locator(directory=str(data))
    assert install.update(source, str(data), NOW).index_damaged
    assert Locator(directory=str(data)).locate(CARRIER) is not None


def test_a_snapshot_takes_the_place_of_the_shipped_one(tmp_path: Path) -> None:
    source, data = snapshot(tmp_path / "built"), str(tmp_path / "data")
    changes = install.update(str(source), data, NOW).changes
    assert [change.new.name for change in changes] == list(TABLES)
    assert {change.new.networks for change in changes} == {1, 2}
    assert all(change.old is not None and change.old.origin == "shipped" for change in changes)
    locator = Locator(directory=data)
    located = locator.locate("1.2.3.4")
    assert located is not None
    assert (located.location, located.asn, located.as_name) == ("SG", 64500, "Example")
    assert {(used.origin, used.dated) for used in locator.data_sets} == {("snapshot", "2026-11-20")}
    install.remove([install.SNAPSHOT], data)
    assert {used.origin for used in Locator(directory=data).data_sets} == {"shipped"}
    assert set(state(Path(data))) == {INDEX}


SPOILT_SNAPSHOTS = {
    "a table cut": lambda d: (d / "as-names.xz").write_bytes((d / "as-names.xz").read_bytes()[:-3]),
    "a table absent": lambda d: (d / "origin-asn.xz").unlink(),
    "a table of another name": lambda d: (d / "user-country.xz").write_bytes((d / "server-country.xz").read_bytes()),
    "no manifest": lambda d: (d / MANIFEST).write_text("{}"),
    "a manifest too deep": lambda d: (d / MANIFEST).write_text("[" * 60_000),
    "a name left out": lambda d: (d / MANIFEST).write_text((d / MANIFEST).read_text().replace("as-names", "other")),
    "no day": lambda d: (d / MANIFEST).write_text((d / MANIFEST).read_text().replace("2026-11-20", "2026-13-20")),
    "another day": lambda d: (d / MANIFEST).write_text((d / MANIFEST).read_text().replace("2026-11-20", "2026-11-19")),
    "the future": lambda d: snapshot(d, dated="2027-01-01"),
    "no country": lambda d: snapshot(d, country="Singapore"),
}


@pytest.mark.parametrize("name", SPOILT_SNAPSHOTS)
def test_a_snapshot_that_is_not_whole_replaces_nothing(tmp_path: Path, name: str) -> None:
    source, data = snapshot(tmp_path / "built"), tmp_path / "data"
    install.update(str(snapshot(tmp_path / "old", dated="2026-10-01", country="JP")), str(data), NOW)
    before = state(data)
    SPOILT_SNAPSHOTS[name](source)
    write_mmdb(source / "own.mmdb", CN)
    with pytest.raises(InputError) as caught:
        install.update(str(source), str(data), NOW)
    assert str(source) in str(caught.value)
    assert state(data) == before


def test_data_are_not_installed_from_where_they_are(tmp_path: Path) -> None:
    data = tmp_path / "data"
    install.update(write_mmdb(tmp_path / "own.mmdb", CN), str(data), NOW)
    before = state(data)
    with pytest.raises(InputError, match="where installed data are kept"):
        install.update(str(data / "."), str(data), NOW)
    assert state(data) == before


def test_only_what_is_installed_can_be_removed(tmp_path: Path) -> None:
    data = str(tmp_path / "data")
    install.update(write_mmdb(tmp_path / "own.mmdb", CN), data, NOW)
    for name in ("other.mmdb", install.SNAPSHOT):
        with pytest.raises(InputError, match="no data set of that name"):
            install.remove(["own.mmdb", name], data)
    assert len(load(data).files) == 1
    install.remove(["own.mmdb"], data)
    assert load(data).files == ()


def test_without_the_library_the_error_names_the_extra(tmp_path: Path) -> None:
    write_mmdb(tmp_path / "own.mmdb", CN)
    code = (
        "import sys; sys.modules['maxminddb'] = None; from auditor.cli import main;"
        f"sys.exit(main(['data', 'update', '--from', {str(tmp_path / 'own.mmdb')!r}]))"
    )
    config = tmp_path / "auditor.toml"
    config.write_text('[site]\nname = "x"\n[location_data]\ndirectory = "data"\n')
    code = code.replace("'data', 'update'", f"'data', 'update', '--config', {str(config)!r}")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 3
    assert "own.mmdb: reading it needs the Python package maxminddb (pip install 'auditor[mmdb]')" in done.stderr
    assert not list((tmp_path / "data").iterdir())
