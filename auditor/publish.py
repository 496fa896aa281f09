"""A finished scan goes out: into the history, the reports, the summary for checks. In that order, so that none lies.

Everything is written and on disk before anything has its name. The scan is recorded before a report of it can be
seen, and a check believes the summary only if it is of the newest record: whatever stops this half-way, the next
scan sets it right and no reader is told a thing that was not stored.
"""

import signal
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

from auditor.check.summary import NAME as SUMMARY
from auditor.check.summary import Summary, to_bytes
from auditor.errors import OutputError
from auditor.history import surveys
from auditor.history.records import ScanRecord, StoredFile
from auditor.history.store import Store
from auditor.model.judgement import Status
from auditor.model.register import HistorySettings
from auditor.model.scan import Observation
from auditor.model.text import Text
from auditor.outcome import EXIT_CODES
from auditor.output import Staged, make, remove_left_over, sync, written_beside
from reports import FORMATS, json_v1, monitoring
from reports.guard import guarded

_BLOCK_BYTES = 1 << 20
_JSON = FORMATS["json"].file
Pieces = Callable[[str | None], Iterable[str | bytes]] | Callable[[str | None], Iterable[str]]


@dataclass(frozen=True, slots=True)
class Published:
    """What was written: the reports' paths, the record of the scan, and the SHA-256 of report.json if there is one.

    `unsigned` says why the record is not signed, if that came up only after the reports were made. `lacking` says why a
    file of `extra` was not made, None if nothing lacks.
    """

    paths: tuple[Path, ...]
    record: ScanRecord
    json_sha256: str | None
    unsigned: Text | None = None
    lacking: OutputError | None = None


def publish(
    document: dict[str, Any],
    files: Mapping[str, Pieces],
    directory: Path,
    store: Store,
    keep: HistorySettings,
    now: datetime,
    extra: Mapping[str, Pieces] = MappingProxyType({}),
    seen: Observation | None = None,
) -> Published:
    """Write `files` (name -> what gives its pieces) of `document` into `directory`, and keep the scan in `store`.

    What gives the pieces of a file is called with the SHA-256 of report.json, None if that is not among the files.
    Raises OutputError; what had its name before keeps its old content then, or has the new one whole. `extra` are
    files made by another program: one that raises OutputError costs itself and not the scan, and is named in `lacking`.
    `seen` is what the scan was judged from, kept with it; None: not kept.
    """
    lacking: list[OutputError] = []
    with ExitStack() as stack:
        try:
            make(directory)
            remove_left_over(directory)
            told = [_staged(stack, directory, _JSON, files[_JSON](None))] if _JSON in files else []
            digest = told[0].sha256 if told else None
            others = (_staged(stack, directory, name, made(digest)) for name, made in files.items() if name != _JSON)
            waiting = [*told, *others, *_extras(stack, directory, extra, digest, lacking)]
            scan = told[0] if told else _staged(stack, directory, "scan", json_v1.pieces(document))
            written = tuple(
                StoredFile(name=staged.target.name, size_bytes=staged.size_bytes, sha256=staged.sha256)
                for staged in waiting
            )
            kept = survey(seen) if seen else None
            with _to_the_end():
                record = store.keep(_blocks(scan.waiting), document, written, kept)
                last = _staged(stack, directory, SUMMARY, [to_bytes(_summary(document, record, _unsigned(store)))])
                for staged in (*waiting, last):
                    staged.place()
                sync(directory)
        except OSError as error:
            raise OutputError(f"{directory}: could not write the report: {error.strerror or error}") from None
    store.prune(now, max_age_days=keep.max_age_days, max_count=keep.max_scans)
    paths = tuple(staged.target for staged in waiting)
    lacks = OutputError("\n".join(map(str, lacking))) if lacking else None
    return Published(paths, record, digest, _unsigned(store), lacks)


def _unsigned(store: Store) -> Text | None:
    """Return why records are not signed, if the report does not say so because it was made before."""
    return store.signer.notice if store.signer and store.signer.fit_at_first else None


def _summary(document: dict[str, Any], record: ScanRecord, unsigned: Text | None) -> Summary:
    """Return the summary of the scan; a record that is not signed makes it warning at least."""
    made = monitoring.summary(document, record)
    if unsigned is not None:
        made.reasons.append(unsigned.en)
        if document["status"] == Status.OK:
            made.values["exit_code"] = str(EXIT_CODES[Status.WARNING])
    return made


@contextmanager
def _to_the_end() -> Iterator[None]:
    """Let a signal that asks this process to stop wait: a scan that is recorded is to be seen as well."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGTERM, signal.SIGHUP, signal.SIGINT))
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _extras(
    stack: ExitStack, directory: Path, extra: Mapping[str, Pieces], digest: str | None, lacking: list[OutputError]
) -> Iterator[Staged]:
    """Yield the files of another program; what comes of those that it cannot make is added to `lacking`."""
    for name, made in extra.items():
        try:
            yield _staged(stack, directory, name, made(digest))
        except OutputError as error:
            lacking.append(error)


def survey(seen: Observation) -> Iterator[bytes]:
    """Return the pieces of the file that keeps `seen`, looked over for secrets once more, as a report is."""
    kept, _ = guarded({"kept": surveys.plain(seen), "notices": []})
    return surveys.packed(kept["kept"])


def _staged(stack: ExitStack, directory: Path, name: str, pieces: Iterable[str | bytes]) -> Staged:
    """Return a file written beside its target, which `stack` removes if it never gets its name."""
    staged = written_beside(directory, name, pieces)
    stack.callback(staged.discard)
    return staged


def _blocks(path: Path) -> Iterator[bytes]:
    """Yield a file block by block."""
    with path.open("rb") as stream:
        while block := stream.read(_BLOCK_BYTES):
            yield block
