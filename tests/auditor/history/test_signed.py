"""What `verify` says of signatures: whoever changes, removes, adds or makes anything anew without the key is named."""

import os
import random
import shutil
import signal
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from auditor.check.summary import NAME as SUMMARY
from auditor.errors import InputError
from auditor.history import journal, latest, signatures, signing, surveys
from auditor.history.records import GENESIS, RetentionRecord, ScanRecord, digest, to_line
from auditor.history.signed import Trust, trust
from auditor.history.signing import Signer
from auditor.history.store import DIRECTORY, file_name, opened
from auditor.history.verify import Verified, verify
from auditor.model.register import HistorySettings
from auditor.publish import publish
from reports import FORMATS
from reports.document import document
from tests.auditor.history.keys import GATEWAY, Keys, line, make_key
from tests.auditor.history.samples import NOON, daily, keep
from tests.reports.sample_register import NOW
from tests.reports.samples import compliant


def faults(found: Verified) -> list[str]:
    return [f"{finding.file}: {finding.says.en}" for finding in found.findings if finding.fault]


def checked(reports: Path, trust: Trust | None) -> Verified:
    return verify(reports, reports / DIRECTORY, trust)


def last_digest(history: Path) -> str:
    return list(journal.read(history))[-1].digest


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory, keys: Keys) -> Path:
    """Return a report directory with one signed scan in every format whose file is recorded."""
    directory = tmp_path_factory.mktemp("published")
    shown, signer = document(compliant()), Signer(str(keys.ours))
    files = {form.file: partial(form.pieces, shown, "both") for form in FORMATS.values() if form.extra is None}
    with opened(directory, NOW, signer) as store:
        publish(shown, files, directory, store, HistorySettings(), NOW)
    return directory


def flipped(path: Path, at_most: int | None, chosen: random.Random) -> Iterator[int]:
    """Change one bit of `path` at a time, and put it back: of every byte, or of `at_most` with the first and last."""
    whole = path.read_bytes()
    offsets = range(len(whole)) if at_most is None else {0, len(whole) - 1, *chosen.sample(range(len(whole)), at_most)}
    for offset in offsets:
        data = bytearray(whole)
        data[offset] ^= 1 << chosen.randrange(8)
        path.write_bytes(data)
        yield offset
    path.write_bytes(whole)


def test_a_byte_changed_anywhere_is_named(published: Path, tmp_path: Path, keys: Keys) -> None:
    """Every byte of journal, signature and summary; of stored scan and of the report in every format a sample."""
    directory, chosen = tmp_path / "copy", random.Random(3)
    shutil.copytree(published, directory)
    assert checked(directory, keys.trust).status == "ok"
    every = {path for path in directory.rglob("*") if path.is_file() and path.name not in ("lock",)}
    reports = {FORMATS[name].file for name in FORMATS if FORMATS[name].extra is None}
    assert {path.name for path in every} >= {*reports, "journal", "scan-000001.json", SUMMARY}
    assert len(every) == len(reports) + 4
    for path in sorted(every):
        signs = path.suffix == ".sig" or path.name == journal.NAME
        for offset in flipped(path, None if signs else 30, chosen):
            named = faults(checked(directory, keys.trust if signs else None))
            assert any(path.name in fault for fault in named), (path.name, offset, named)
    lines = list(journal.read(directory / DIRECTORY))
    for offset in flipped(directory / SUMMARY, None, chosen):
        assert any(finding.fault for finding in latest.findings(directory, lines)), offset
    assert checked(directory, keys.trust).status == "ok"


@pytest.mark.parametrize("turn", range(3))
def test_a_signature_taken_away_is_named_wherever_it_was(tmp_path: Path, keys: Keys, signer: Signer, turn: int) -> None:
    history = daily(tmp_path, 3, signer)
    name = signatures.file_name(list(journal.read(history))[turn].digest)
    (history / name).unlink()
    for asked in (keys.trust, Trust(), None):
        (fault,) = faults(checked(tmp_path, asked))
        assert fault.startswith(f"{name}: missing")


def test_signatures_changed_for_each_other_fit_neither_record(tmp_path: Path, keys: Keys, signer: Signer) -> None:
    history = daily(tmp_path, 2, signer)
    one, two = (history / signatures.file_name(item.digest) for item in journal.read(history))
    first = one.read_bytes()
    one.write_bytes(two.read_bytes())
    two.write_bytes(first)
    for asked in (keys.trust, Trust()):
        assert [fault.partition(": ")[2] for fault in faults(checked(tmp_path, asked))] == [
            "does not fit its record: one of the two was changed"
        ] * 2


def test_a_signature_by_another_is_named_with_its_key(
    tmp_path: Path, keys: Keys, signer: Signer, other: Signer
) -> None:
    history = daily(tmp_path, 2, signer)
    record = list(journal.read(history))[-1].record
    assert record is not None
    signatures.add(history, record, other, signing.RECORD)
    for asked in (keys.trust, Trust()):
        (fault,) = faults(checked(tmp_path, asked))
        assert str(other.fingerprint) in fault
    keep(tmp_path, signer=other)
    assert "made by another" in faults(checked(tmp_path, keys.trust))[-1]
    assert len(faults(checked(tmp_path, Trust()))) == 1  # NOTE: without a list nobody knows whose key is right


def test_a_signature_for_another_purpose_is_none(tmp_path: Path, keys: Keys, signer: Signer) -> None:
    history = daily(tmp_path, 1, signer)
    record = list(journal.read(history))[-1].record
    assert record is not None
    signatures.add(history, record, signer, signing.PACK)
    assert "another purpose" in faults(checked(tmp_path, keys.trust))[0]


def test_another_name_in_the_list_is_another_signer(tmp_path: Path, keys: Keys, signer: Signer) -> None:
    daily(tmp_path, 1, signer)
    assert "no key of bj-gw-9" in faults(checked(tmp_path, replace(keys.trust, signer="bj-gw-9")))[0]


def rewritten(reports: Path, key: str | None, mark: str = "compliant") -> None:
    """Change a word of every stored scan and make the journal anew, whole and chained, as one who lacks the key can."""
    history = reports / DIRECTORY
    records = [item.record for item in journal.read(history)]
    (history / journal.NAME).unlink()
    head = journal.head(history)
    for record in records:
        if isinstance(record, ScanRecord):
            path = history / record.file
            path.write_bytes(path.read_bytes().replace(b'"gw"', b'"xx"'))
            data = path.read_bytes()
            digest_ = __import__("hashlib").sha256(data).hexdigest()
            record = replace(record, sha256=digest_, size_bytes=len(data), verdict=mark)
        assert record is not None
        head = journal.append(history, to_line(replace(record, previous=head.digest, signed_by=key)), head)


def test_who_makes_the_whole_history_anew_is_found_by_the_signatures_alone(
    tmp_path: Path, keys: Keys, signer: Signer, other: Signer
) -> None:
    history = daily(tmp_path / "plain", 3)
    rewritten(tmp_path / "plain", None)
    assert checked(tmp_path / "plain", None).sound  # NOTE: what a chain alone cannot show
    assert "no record is signed" in faults(checked(tmp_path / "plain", keys.trust))[0]

    history = daily(tmp_path / "kept", 3, signer)
    rewritten(tmp_path / "kept", signer.fingerprint)
    assert len(faults(checked(tmp_path / "kept", keys.trust))) == 3 + 1 + 3

    for name in signatures.names(history):  # the old signatures under the names of the new records
        (history / signatures.DIRECTORY / name).unlink()
    assert len(faults(checked(tmp_path / "kept", keys.trust))) == 1 + 3

    history = daily(tmp_path / "own", 3, signer)
    rewritten(tmp_path / "own", other.fingerprint)
    shutil.rmtree(history / signatures.DIRECTORY)
    for item in journal.read(history):
        assert item.record is not None
        signatures.add(history, item.record, other, signing.RECORD)
    assert checked(tmp_path / "own", Trust()).sound
    assert len(faults(checked(tmp_path / "own", keys.trust))) == 3


def test_unsigned_records_among_signed_ones_are_named(tmp_path: Path, keys: Keys, signer: Signer) -> None:
    daily(tmp_path, 2)
    keep(tmp_path, signer=signer)
    found = checked(tmp_path, keys.trust)
    assert found.status == "ok"
    assert any("2 record(s) are from before the first signature" in f.says.en for f in found.findings)
    keep(tmp_path)
    assert "no signed record follows" in faults(checked(tmp_path, keys.trust))[0]
    keep(tmp_path, signer=signer)
    found = checked(tmp_path, keys.trust)
    assert (found.sound, found.status) == (True, "warning")
    assert checked(tmp_path, None).status == "ok"


def test_the_end_cut_off_is_found_by_what_was_noted_elsewhere(published: Path, tmp_path: Path, keys: Keys) -> None:
    directory = tmp_path / "copy"
    shutil.copytree(published, directory)
    history = directory / DIRECTORY
    signer = Signer(str(keys.ours))
    shown = document(compliant())
    made = {"report.json": partial(FORMATS["json"].pieces, shown, "both")}
    with opened(directory, NOW, signer) as store:
        record = publish(shown, made, directory, store, HistorySettings(), NOW).record
    noted = digest(to_line(record))
    assert verify(directory, history, keys.trust, (noted,)).status == "ok"
    keep(directory, signer=signer)
    assert verify(directory, history, keys.trust, (noted,)).sound
    whole = (history / journal.NAME).read_bytes().splitlines(keepends=True)
    (history / journal.NAME).write_bytes(whole[0])
    assert {fault.partition(":")[0] for fault in faults(checked(directory, None))} >= {
        SUMMARY,
        file_name(2),
        signatures.file_name(noted),
    }
    for item in whole[1:]:  # the rest cut off too
        (history / signatures.file_name(digest(item[:-1]))).unlink()
    for number in (2, 3):
        (history / file_name(number)).unlink()
        (history / surveys.file_name(number)).unlink(missing_ok=True)
    assert SUMMARY in faults(checked(directory, keys.trust))[0]
    shutil.copy(published / SUMMARY, directory / SUMMARY)
    for form in FORMATS.values():
        if form.extra is None:
            shutil.copy(published / form.file, directory / form.file)
    assert checked(directory, keys.trust).status == "ok"  # NOTE: a whole earlier state
    (fault,) = faults(verify(directory, history, keys.trust, (noted,)))
    assert noted in fault


def test_signatures_of_removed_scans_go_and_are_not_missed(tmp_path: Path, keys: Keys, signer: Signer) -> None:
    history = daily(tmp_path, 6, signer)
    at = NOON + timedelta(days=6)
    with opened(tmp_path, at, signer) as store:
        store.prune(at, max_age_days=None, max_count=2)
    assert len(signatures.names(history)) == 3
    assert checked(tmp_path, keys.trust).status == "ok"
    data = (history / journal.NAME).read_bytes()
    (history / journal.NAME).write_bytes(data.replace(b'"verdict":"compliant"', b'"verdict":"permitted"', 1))
    assert faults(checked(tmp_path, keys.trust))


def test_a_retention_rule_made_up_is_named(tmp_path: Path, keys: Keys, signer: Signer) -> None:
    """Who removes a scan and says that the rules did is found, since that record must be signed too."""
    history = daily(tmp_path, 3, signer)
    head = journal.head(history)
    for key in (None, signer.fingerprint):
        made_up = RetentionRecord(
            numbers=(1,), stored_at=NOON.isoformat(), max_age_days=1, max_count=1, previous=head.digest, signed_by=key
        )
        journal.append(history, to_line(made_up), head)
        shutil.rmtree(tmp_path / "copy", ignore_errors=True)
        assert len(faults(checked(tmp_path, keys.trust))) == 3
    (history / file_name(1)).unlink()
    (history / surveys.file_name(1)).unlink()
    (fault,) = faults(checked(tmp_path, keys.trust))
    assert fault.startswith(signatures.file_name(last_digest(history)))


def test_who_says_that_even_the_newest_scan_was_removed_is_named_whatever_comes_after(
    tmp_path: Path, keys: Keys, signer: Signer
) -> None:
    """Else the made-up record would lie before all that must be signed, and the next run would make it good."""
    history = daily(tmp_path, 3, signer)
    head = journal.head(history)
    made_up = RetentionRecord(
        numbers=(1, 2, 3), stored_at=NOON.isoformat(), max_age_days=1, max_count=1, previous=head.digest
    )
    journal.append(history, to_line(made_up), head)
    for number in (1, 2, 3):
        (history / file_name(number)).unlink()
    keep(tmp_path, signer=signer)
    (fault,) = faults(checked(tmp_path, keys.trust))
    assert fault.startswith(f"{journal.NAME}:4: says that the newest scan was removed")


def test_a_scan_recorded_late_asks_for_a_look_while_it_is_kept(tmp_path: Path, keys: Keys, signer: Signer) -> None:
    history = daily(tmp_path, 1, signer)
    (history / file_name(2)).write_bytes((history / file_name(1)).read_bytes())
    keep(tmp_path, signer=signer)
    assert checked(tmp_path, keys.trust).status == "warning"
    with opened(tmp_path, NOON, signer) as store:
        store.prune(NOON, max_age_days=None, max_count=1)
    assert checked(tmp_path, keys.trust).status == "ok"


def test_a_key_that_was_followed_by_another_holds_for_its_time(tmp_path: Path, keys: Keys, signer: Signer) -> None:
    next_key = make_key(tmp_path / "next")
    day = (NOON + timedelta(days=2)).strftime("%Y%m%d")
    rotated = line(keys.ours, options=f'valid-before="{day}"') + line(next_key, options=f'valid-after="{day}"')
    asked = Trust(rotated.encode(), GATEWAY)
    reports = tmp_path / "reports"
    daily(reports, 2, signer)
    keep(reports, at=NOON + timedelta(days=2), signer=Signer(str(next_key)))
    assert checked(reports, asked).status == "ok"
    assert len(faults(checked(reports, keys.trust))) == 1
    keep(reports, at=NOON + timedelta(days=3), signer=signer)
    (fault,) = faults(checked(reports, asked))
    assert str(signer.fingerprint) in fault


@pytest.mark.parametrize("kind", ["link", "directory", "pipe", "odd name"])
def test_what_else_lies_in_place_of_a_signature_is_named(tmp_path: Path, keys: Keys, signer: Signer, kind: str) -> None:
    history = daily(tmp_path, 1, signer)
    path = history / signatures.file_name(last_digest(history))
    if kind == "odd name":
        path.with_name("elsewhere.sig").write_text("x")
    else:
        path.rename(tmp_path / "elsewhere")
        {"link": partial(path.symlink_to, tmp_path / "elsewhere"), "directory": path.mkdir}.get(
            kind, partial(os.mkfifo, path)
        )()
    assert len(faults(checked(tmp_path, keys.trust))) == 1


def test_a_list_that_is_none_is_refused(tmp_path: Path, keys: Keys, private_lines: list[str]) -> None:
    for path in (keys.ours, tmp_path, tmp_path / "nowhere", tmp_path / "a\x00b"):
        with pytest.raises(InputError) as caught:
            trust(str(path), GATEWAY)
        assert not any(secret in str(caught.value) for secret in private_lines)
    (tmp_path / "empty").write_text("# nobody\n")
    with pytest.raises(InputError, match="names no signer"):
        trust(str(tmp_path / "empty"), GATEWAY)


def test_killed_at_random_moments_while_signing_nothing_reported_is_lost(tmp_path: Path, keys: Keys) -> None:
    """What was reported is kept; what is signed is signed well; a run stopped before it signed is made good."""
    chosen, said = random.Random(12), tmp_path / "said"
    said.touch()
    reports = tmp_path / "reports"
    for turn in range(300):
        if turn >= 50 and len(said.read_bytes().splitlines()) > 20:  # NOTE: on a busy machine few get that far
            break
        child = os.fork()
        if child == 0:
            _scan_for_ever(reports, said, keys)
        time.sleep(chosen.uniform(0.01, 0.12))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        if reports.joinpath(DIRECTORY).exists() and chosen.random() < 0.2:
            assert not [fault for fault in faults(checked(reports, Trust())) if "fit" in fault or "another" in fault]
    with opened(reports, NOON, Signer(str(keys.ours))):
        pass
    history = reports / DIRECTORY
    lines = list(journal.read(history))
    kept = {item.record.number for item in lines if isinstance(item.record, ScanRecord)}
    reported = {int(text) for text in said.read_text().splitlines()}
    assert len(reported) > 20
    assert reported <= kept
    assert all(item.record is not None and item.record.signed_by for item in lines)
    found = checked(reports, keys.trust)
    assert faults(found) == []
    assert not list(history.rglob(".*"))
    assert lines[0].record is not None
    assert lines[0].record.previous == GENESIS


def _scan_for_ever(reports: Path, said: Path, keys: Keys) -> None:
    signer = Signer(str(keys.ours))
    with said.open("ab", buffering=0) as stream:
        while True:
            stream.write(f"{keep(reports, signer=signer).number}\n".encode())
            with opened(reports, NOON, signer) as store:
                store.prune(NOON, max_age_days=None, max_count=20)
