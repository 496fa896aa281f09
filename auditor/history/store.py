"""Where scans are kept: `history/` in the report directory, one complete JSON file a scan and the journal.

The order of steps makes every crash harmless: the scan is whole on disk before it has its name, has its name before
it is recorded, and is recorded before anything else speaks of it. `recover` finishes what a crash left between.
"""

import json
import os
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar

from auditor.errors import OutputError
from auditor.history import journal, retention, signatures, signing, surveys
from auditor.history.lock import held
from auditor.history.records import RetentionRecord, ScanRecord, StoredFile, to_line
from auditor.output import Staged, make, sync, written_beside

DIRECTORY = "history"
MAX_SCAN_BYTES = 1 << 30
_SCAN_NAME = re.compile(r"scan-([0-9]{6,18})\.json")
_SURVEY_NAME = re.compile(r"scan-([0-9]{6,18})" + re.escape(surveys.SUFFIX))
_LEFT_OVER = re.compile(r"\..*\.new")
_NUMBERS_A_RECORD = 2000
_Kind = TypeVar("_Kind", ScanRecord, RetentionRecord)


def file_name(number: int) -> str:
    """Return the name of the file of scan `number`."""
    return f"scan-{number:06d}.json"


def numbers(directory: Path) -> list[int]:
    """Return the numbers of the scans whose files are in the history `directory`, in order. Raises OSError."""
    return _numbers(directory, _SCAN_NAME, file_name)


def survey_numbers(directory: Path) -> list[int]:
    """Return the numbers of the scans of which the history `directory` keeps what they observed. Raises OSError."""
    return _numbers(directory, _SURVEY_NAME, surveys.file_name)


def _numbers(directory: Path, form: re.Pattern[str], name_of: Callable[[int], str]) -> list[int]:
    """Return the numbers in the names of `form`, in order; raises OSError."""
    found = (form.fullmatch(entry.name) for entry in os.scandir(directory))
    return sorted(int(match[1]) for match in found if match and name_of(int(match[1])) == match[0])


class Store:
    """The history in one report directory, while this process holds its lock; made by `opened`."""

    def __init__(self, directory: Path, now: datetime, signer: signing.Signer | None = None) -> None:
        """Keep scans in `directory`, which exists; `now` is aware and dates the records, which `signer` signs."""
        self.directory = directory
        self.signer = signer
        self._stored_at = now.astimezone(UTC).isoformat(timespec="seconds")
        self._head = journal.head(directory)

    def next_number(self) -> int:
        """Return the number that the next scan will have: one that no record and no file has. Raises OSError."""
        return max([self._head.next_number, *(number + 1 for number in numbers(self.directory)[-1:])])

    def keep(
        self,
        pieces: Iterable[str | bytes],
        document: dict[str, Any],
        written: tuple[StoredFile, ...] = (),
        survey: Iterable[bytes] | None = None,
    ) -> ScanRecord:
        """Store a scan: `pieces` of its JSON, `document` the same as a mapping; return its record.

        `survey` are the pieces of what it observed, None: not kept. Raises OutputError with nothing stored; when this
        returns, the scan is on disk and in the journal.
        """
        number = self.next_number()
        name = file_name(number)
        try:
            with ExitStack() as stack:
                kept = self._staged(stack, surveys.file_name(number), survey) if survey is not None else None
                scan = self._staged(stack, name, pieces)
                if kept is not None:  # NOTE: first, since a survey without its scan is removed, never the reverse
                    kept.place()
                scan.place()
            sync(self.directory)
            record = self._scan_record(number, document, _stored(scan), written, _stored(kept) if kept else None)
            return self._append(record)
        except OSError as error:
            raise OutputError(f"{self.directory}: the scan could not be stored: {error.strerror or error}") from None

    def _staged(self, stack: ExitStack, name: str, pieces: Iterable[str | bytes]) -> Staged:
        """Return a file that waits for its name, and is removed if it never gets it. Raises OSError."""
        staged = written_beside(self.directory, name, pieces)
        stack.callback(staged.discard)
        return staged

    def _scan_record(
        self,
        number: int,
        document: dict[str, Any],
        file: StoredFile,
        written: tuple[StoredFile, ...] = (),
        survey: StoredFile | None = None,
    ) -> ScanRecord:
        """Return the record of a scan whose files are in place."""
        return ScanRecord(
            number=number,
            at=str(document["scan"]["started_at"]),
            stored_at=self._stored_at,
            gateway=str(document["gateway"]["name"])[:200],
            status=str(document["status"]),
            verdict=str(document["verdict"]),
            file=file.name,
            size_bytes=file.size_bytes,
            sha256=file.sha256,
            written=written,
            survey=survey,
        )

    def _append(self, record: _Kind) -> _Kind:
        """Add `record` to the journal and sign it; return it as it stands there. Raises OSError."""
        key = self.signer.fingerprint if self.signer and self.signer.problem is None else None
        record = replace(record, previous=self._head.digest, signed_by=key)
        last = record.number if isinstance(record, ScanRecord) else self._head.next_number - 1
        after = journal.append(self.directory, to_line(record), self._head)
        self._head = replace(after, next_number=last + 1)
        if self.signer:
            signatures.add(self.directory, record, self.signer, signing.RECORD)
        return record

    def recover(self) -> list[ScanRecord]:
        """Finish what a stopped run left: remove its unfinished files, record scans that were stored whole.

        Returns the scans recorded now. A file with a scan's name that holds no scan is left where it is, for
        `verify` to name. Raises OutputError.
        """
        try:
            for entry in list(os.scandir(self.directory)):
                if _LEFT_OVER.fullmatch(entry.name):
                    Path(entry.path).unlink(missing_ok=True)
            signatures.clear(self.directory)
            if self.signer:
                signatures.add_late(self.directory, self.signer)
            self._finish_removal()
            self._remove_orphans()
            return list(self._adopted())
        except OSError as error:
            raise OutputError(f"{self.directory}: cannot be used: {error.strerror or error}") from None

    def _adopted(self) -> Iterator[ScanRecord]:
        """Record the scans that have a file and a number beyond the journal; yield their records."""
        for number in [number for number in numbers(self.directory) if number >= self._head.next_number]:
            try:
                data = (self.directory / file_name(number)).read_bytes()
                document = json.loads(data)
                file = StoredFile(name=file_name(number), size_bytes=len(data), sha256=sha256(data).hexdigest())
                record = replace(self._scan_record(number, document, file, (), self._survey(number)), recovered=True)
            except (ValueError, TypeError, KeyError, RecursionError):
                continue
            yield self._append(record)

    def _survey(self, number: int) -> StoredFile | None:
        """Return the file of what scan `number` observed, None if none was kept. Raises OSError."""
        path = self.directory / surveys.file_name(number)
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            return None
        return StoredFile(name=path.name, size_bytes=len(data), sha256=sha256(data).hexdigest())

    def _remove_orphans(self) -> None:
        """Remove surveys beyond the journal whose scans were never stored. Raises OSError."""
        stored = set(numbers(self.directory))
        for number in survey_numbers(self.directory):
            if number >= self._head.next_number and number not in stored:
                (self.directory / surveys.file_name(number)).unlink(missing_ok=True)

    def _finish_removal(self) -> None:
        """Remove again what the last record says was removed: a crash may have come between."""
        last = next((line.record for line in reversed(list(journal.tail(self.directory)))), None)
        if isinstance(last, RetentionRecord):
            self._remove(last.numbers)

    def prune(self, now: datetime, *, max_age_days: int | None, max_count: int | None) -> tuple[int, ...]:
        """Remove scans beyond the limits, the newest never; return their numbers. Raises OutputError."""
        try:
            dated = retention.dated(self.directory, numbers(self.directory))
            gone = retention.surplus(dated, now, max_age_days=max_age_days, max_count=max_count)
            for start in range(0, len(gone), _NUMBERS_A_RECORD):
                part = gone[start : start + _NUMBERS_A_RECORD]
                self._append(
                    RetentionRecord(
                        numbers=part, stored_at=self._stored_at, max_age_days=max_age_days, max_count=max_count
                    )
                )
                self._remove(part)
            if gone:
                signatures.prune(self.directory)
        except OSError as error:
            raise OutputError(f"{self.directory}: old scans could not be removed: {error.strerror or error}") from None
        return gone

    def _remove(self, gone: Iterable[int]) -> None:
        """Remove the files of scans; raises OSError."""
        for number in gone:
            for name in (surveys.file_name(number), file_name(number)):
                (self.directory / name).unlink(missing_ok=True)
        sync(self.directory)


def _stored(staged: Staged) -> StoredFile:
    """Return how a file is recorded."""
    return StoredFile(name=staged.target.name, size_bytes=staged.size_bytes, sha256=staged.sha256)


@contextmanager
def opened(report_directory: Path, now: datetime, signer: signing.Signer | None = None) -> Iterator[Store]:
    """Lock the history of `report_directory`, recover it, and give its store. Raises lock.Busy, OutputError.

    `signer` signs what is recorded; what keeps it from doing so stands in its `problem`, and keeps nothing else.
    """
    directory = report_directory / DIRECTORY
    try:
        make(directory)
    except OSError as error:
        raise OutputError(f"{directory}: could not write the report: {error.strerror}") from None
    with held(directory):
        try:
            store = Store(directory, now, signer)
        except OSError as error:
            raise OutputError(f"{directory}: the journal cannot be read: {error.strerror}") from None
        store.recover()
        yield store
