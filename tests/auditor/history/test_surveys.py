"""What a scan observed is kept whole, small, without people, and is never trusted when it is read."""

import gzip
import json
import os
import random
import shutil
import zlib
from base64 import b64encode
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import fields, is_dataclass, replace
from datetime import UTC
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from auditor.errors import InputError, OutputError
from auditor.guidance.privacy import forbidden_fields
from auditor.history import surveys
from auditor.history.records import ScanRecord, StoredFile, from_line, to_line
from auditor.history.store import DIRECTORY, file_name, opened, survey_numbers
from auditor.history.verify import verify
from auditor.model.lookup import Lookups
from auditor.model.past import Before
from auditor.model.scan import Observation
from auditor.model.tunnel import Family, Inventory, Tunnel, Witness
from auditor.publish import survey
from tests.auditor.history.samples import NOON, document
from tests.auditor.objects.statements import remote, tunnel
from tests.auditor.observed import CLIENT, observation

FILE = "scan-000001.survey.json.gz"


def written(seen: Observation) -> bytes:
    return b"".join(surveys.packed(surveys.plain(seen)))


def keep(reports: Path, survey: bytes | None) -> ScanRecord:
    shown = document()
    with opened(reports, NOON) as store:
        return store.keep([json.dumps(shown)], shown, (), None if survey is None else [survey])


def faults(reports: Path) -> dict[str, str]:
    found = verify(reports, reports / DIRECTORY).findings
    return {finding.file: finding.says.en for finding in found if finding.fault}


def counted(seen: Observation, count: int) -> Observation:
    """Return `seen` as it comes back: a count of people below five is only that."""
    tunnels = tuple(
        replace(t, peers_count=count) if t.family is Family.REMOTE_ACCESS else t for t in seen.inventory.tunnels
    )
    return replace(seen, inventory=replace(seen.inventory, tunnels=tunnels))


def test_it_comes_back_the_same() -> None:
    seen = observation()
    assert surveys.parse(written(seen), "f") == counted(seen, 4)
    assert written(seen) == written(seen)


OBSERVATIONS = st.builds(
    Observation,
    at=st.datetimes(timezones=st.just(UTC)),
    duration_s=st.floats(0, 1e6),
    gateway=st.just(observation().gateway),
    inventory=st.builds(Inventory, tunnels=st.lists(st.from_type(Tunnel), max_size=2).map(tuple)),
    gaps=st.just(observation().gaps),
    probes=st.just(observation().probes),
    lookups=st.sampled_from((observation().lookups, Lookups())),
    before=st.from_type(Before),
)


@settings(deadline=None, max_examples=40, phases=(Phase.generate,), suppress_health_check=list(HealthCheck))
@given(seen=OBSERVATIONS)
def test_any_observation_comes_back_the_same_or_without_people(seen: Observation) -> None:
    back = surveys.parse(written(seen), "f")
    people = [t for t in back.inventory.tunnels if t.family is Family.REMOTE_ACCESS]
    assert not [t for t in people if t.remotes or t.peers_count in range(4)]
    others = [t for t in seen.inventory.tunnels if t.family is not Family.REMOTE_ACCESS]
    assert [t for t in back.inventory.tunnels if t.family is not Family.REMOTE_ACCESS] == others
    nobody = replace(seen.inventory, tunnels=())
    assert replace(back, inventory=replace(back.inventory, tunnels=())) == replace(seen, inventory=nobody)


def test_nothing_of_a_client_is_kept() -> None:
    people = tunnel(
        remote(CLIENT, identity="alice"), family=Family.REMOTE_ACCESS, peers_count=1, routes=(f"{CLIENT}/32",)
    )
    seen = observation()
    data = gzip.decompress(written(replace(seen, inventory=replace(seen.inventory, tunnels=(people,)))))
    assert CLIENT.encode() not in data
    assert b"alice" not in data


def test_nothing_that_is_kept_has_a_name_that_the_guard_removes() -> None:
    def names(value: Any) -> Iterator[str]:
        if is_dataclass(value):
            for field in fields(value):
                yield field.name
                yield from names(getattr(value, field.name))
        elif isinstance(value, tuple):
            for item in value:
                yield from names(item)

    found = dict.fromkeys(names(observation()))
    assert {"about", "inventory", "witnesses"} <= found.keys()
    assert forbidden_fields(found) == []


def test_what_looks_like_a_key_is_removed_and_the_rest_can_be_read() -> None:
    secret = b64encode(bytes(range(32))).decode()
    shown = tunnel(remote("203.0.113.7"), witnesses=(Witness(probe="links", says=f"key {secret}"),))
    seen = replace(observation(), inventory=replace(observation().inventory, tunnels=(shown,)))
    data = b"".join(survey(seen))
    assert secret.encode() not in gzip.decompress(data)
    assert surveys.parse(data, "f").inventory.tunnels[0].witnesses[0].says == "key [removed]"


def kept_with(change: dict[str, Any]) -> bytes:
    return gzip.compress(json.dumps(surveys.plain(observation()) | change).encode(), mtime=0)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "is cut short"),
        (b"no gzip", "is not a gzip file"),
        (gzip.compress(b"{", mtime=0), "is not JSON"),
        (gzip.compress(b"[" * 100_000, mtime=0), "is not JSON"),
        (gzip.compress(b"[]", mtime=0), "is not what a scan observed"),
        (gzip.compress(b"{}", mtime=0) * 2, "goes on behind its end"),
        (written(observation())[:-9], "is cut short"),
        (kept_with({"version": 2}), "version: is not 1"),
        (kept_with({"version": True}), "version: is not 1"),
        (kept_with({"observation": {}}), "observation: not of the form"),
        (kept_with({"observation": {"at": "2026-11-23T04:00:00"}}), "observation.at: not of the form"),
        (kept_with({"more": 1}), "is not what a scan observed"),
    ],
)
def test_what_is_no_survey_is_refused_and_not_quoted(data: bytes, words: str) -> None:
    with pytest.raises(InputError, match=words) as raised:
        surveys.parse(data, "f.gz")
    assert str(raised.value).startswith("f.gz:")


def test_a_file_that_unpacks_to_more_than_fits_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(surveys, "MAX_BYTES", 1 << 20)
    with pytest.raises(InputError, match="holds more than 1 MiB"):
        surveys.parse(zlib.compress(b" " * (1 << 26), 9, 31), "f.gz")


@settings(deadline=None, max_examples=60, phases=(Phase.generate,))
@given(data=st.data())
def test_damage_inside_ends_in_an_input_error_or_in_an_observation(data: st.DataObject) -> None:
    text = bytearray(gzip.decompress(written(observation())))
    text[data.draw(st.integers(0, len(text) - 1))] = data.draw(st.integers(0, 255))
    with suppress(InputError):  # NOTE: whatever else it raises fails the test
        assert isinstance(surveys.parse(gzip.compress(bytes(text)), "f.gz"), Observation)


def test_other_bytes_than_recorded_are_refused(tmp_path: Path) -> None:
    data = written(observation())
    (tmp_path / FILE).write_bytes(data)
    expected = StoredFile(name=FILE, size_bytes=len(data), sha256=sha256(data).hexdigest())
    assert surveys.read(tmp_path / FILE, expected) == counted(observation(), 4)
    with pytest.raises(InputError, match="not the ones that were recorded"):
        surveys.read(tmp_path / FILE, replace(expected, sha256="0" * 64))
    (tmp_path / "link").symlink_to(tmp_path / FILE)
    with pytest.raises(InputError, match="not a regular file"):
        surveys.read(tmp_path / "link", expected)


TEXT = st.text(max_size=8)
FILES = st.builds(StoredFile, name=st.just(FILE), size_bytes=st.integers(0), sha256=TEXT)


@settings(phases=(Phase.generate,))
@given(
    record=st.builds(
        ScanRecord,
        number=st.integers(1, 10**9),
        at=TEXT,
        stored_at=TEXT,
        gateway=TEXT,
        status=TEXT,
        verdict=TEXT,
        file=st.just(file_name(1)),
        sha256=TEXT,
        written=st.lists(FILES, max_size=2).map(tuple),
        recovered=st.booleans(),
        survey=st.none() | FILES,
        previous=TEXT,
    )
)
def test_a_record_without_a_survey_is_the_line_that_it_was(record: ScanRecord) -> None:
    line = to_line(record)
    assert from_line(line) == record
    assert (b'"survey"' in line) == (record.survey is not None)
    without = json.loads(to_line(replace(record, survey=None))[65:])
    before = {"kind", "number", "at", "stored_at", "gateway", "status", "verdict", "file", "size_bytes", "sha256"}
    assert without.keys() == before | {"written", "recovered", "previous"}


def test_a_survey_is_recorded_and_any_byte_changed_is_named(tmp_path: Path) -> None:
    record = keep(tmp_path / "whole", written(observation()))
    path = tmp_path / "whole" / DIRECTORY / FILE
    assert record.survey == StoredFile(
        name=FILE, size_bytes=path.stat().st_size, sha256=sha256(path.read_bytes()).hexdigest()
    )
    assert path.stat().st_mode & 0o777 == 0o640
    assert faults(tmp_path / "whole") == {}
    data, chosen = path.read_bytes(), random.Random(3)
    for offset in {0, len(data) - 1, *chosen.sample(range(len(data)), 40)}:
        changed = bytearray(data)
        changed[offset] ^= 1 << chosen.randrange(8)
        path.write_bytes(changed)
        assert faults(tmp_path / "whole").keys() == {FILE}, offset
    path.unlink()
    assert "missing" in faults(tmp_path / "whole")[FILE]


def test_a_survey_without_its_scan_is_removed_and_one_with_it_is_adopted(tmp_path: Path) -> None:
    keep(tmp_path, written(observation()))
    history = tmp_path / DIRECTORY
    (history / "scan-000002.survey.json.gz").write_bytes(b"left by a crash")
    shutil.copy(history / FILE, history / "scan-000003.survey.json.gz")
    (history / file_name(3)).write_text(json.dumps(document("stored, not recorded")))
    (history / ".scan-000004.survey.json.gz.x.new").write_text("half")
    (history / "scan-000009.survey.json.gz").write_bytes(b"left by a crash")
    assert keep(tmp_path, None).number == 4
    assert survey_numbers(history) == [1, 3]
    assert not list(history.glob(".*"))
    assert faults(tmp_path) == {}


def test_a_survey_that_nobody_recorded_is_named(tmp_path: Path) -> None:
    keep(tmp_path, None)
    (tmp_path / DIRECTORY / FILE).write_bytes(b"from elsewhere")
    assert faults(tmp_path) == {FILE: "no line of the journal records it"}


def test_retention_removes_both_files_and_finishes_what_was_cut_short(tmp_path: Path) -> None:
    for _ in range(3):
        keep(tmp_path, written(observation()))
    history = tmp_path / DIRECTORY
    with opened(tmp_path, NOON) as store:
        store.prune(NOON, max_age_days=None, max_count=2)
    assert survey_numbers(history) == [2, 3]
    (history / FILE).write_bytes(b"not removed before the crash")
    assert faults(tmp_path) == {FILE: "recorded as removed, and still there"}
    with opened(tmp_path, NOON):
        assert survey_numbers(history) == [2, 3]


@pytest.mark.parametrize("failing", [1, 2])
def test_a_full_disk_leaves_neither_of_the_two(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: int) -> None:
    keep(tmp_path, written(observation()))
    real, calls = os.fsync, []

    def fails(descriptor: int) -> None:
        calls.append(descriptor)
        if len(calls) == failing:
            raise OSError(28, "No space left on device")
        real(descriptor)

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fails)
        with pytest.raises(OutputError, match="No space left"):
            keep(tmp_path, written(observation()))
    assert sorted(path.name for path in (tmp_path / DIRECTORY).glob("*scan*")) == [file_name(1), FILE]
    assert faults(tmp_path) == {}
