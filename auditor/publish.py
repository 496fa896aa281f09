"""A finished scan goes out: into the history, the reports, the summary for checks. In that order, so that none lies.

Everything is written and on disk before anything has its name. The scan is recorded before a report of it can be
seen, and a check believes the summary only if it is of the newest record: whatever stops this half-way, the next
scan sets it right and no reader is told a thing that was not stored.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from auditor.check.summary import NAME as SUMMARY
from auditor.check.summary import to_bytes
from auditor.errors import OutputError
from auditor.history import surveys
from auditor.history.records import ScanRecord, StoredFile
from auditor.history.store import Store
from auditor.model.register import HistorySettings
from auditor.model.scan import Observation
from auditor.output import Staged, sync, written_beside
from reports import FORMATS, json_v1, monitoring
from reports.guard import guarded

_BLOCK_BYTES = 1 << 20
_JSON = FORMATS["json"].file
Pieces = Callable[[str | None], Iterable[str | bytes]] | Callable[[str | None], Iterable[str]]


@dataclass(frozen=True, slots=True)
class Published:
    """What was written: the reports' paths, the record of the scan, and the SHA-256 of report.json if there is one."""

    paths: tuple[Path, ...]
    record: ScanRecord
    json_sha256: str | None


def publish(
    document: dict[str, Any],
    files: Mapping[str, Pieces],
    directory: Path,
    store: Store,
    keep: HistorySettings,
    now: datetime,
    seen: Observation | None = None,
) -> Published:
    """Write `files` (name -> what gives its pieces) of `document` into `directory`, and keep the scan in `store`.

    `seen` is what it was judged from, kept with it; None: not kept. What gives the pieces of a file is called with the
    SHA-256 of report.json, None if that is not among the files.
    Raises OutputError; what had its name before keeps its old content then, or has the new one whole.
    """
    with ExitStack() as stack:
        try:
            directory.mkdir(mode=0o750, parents=True, exist_ok=True)
            told = [_staged(stack, directory, _JSON, files[_JSON](None))] if _JSON in files else []
            digest = told[0].sha256 if told else None
            others = (_staged(stack, directory, name, made(digest)) for name, made in files.items() if name != _JSON)
            waiting = [*told, *others]
            scan = told[0] if told else _staged(stack, directory, "scan", json_v1.pieces(document))
            written = tuple(
                StoredFile(name=staged.target.name, size_bytes=staged.size_bytes, sha256=staged.sha256)
                for staged in waiting
            )
            record = store.keep(_blocks(scan.waiting), document, written, survey(seen) if seen else None)
            last = _staged(stack, directory, SUMMARY, [to_bytes(monitoring.summary(document, record))])
            for staged in (*waiting, last):
                staged.place()
            sync(directory)
        except OSError as error:
            raise OutputError(f"{directory}: could not write the report: {error.strerror or error}") from None
    store.prune(now, max_age_days=keep.max_age_days, max_count=keep.max_scans)
    return Published(tuple(staged.target for staged in waiting), record, digest)


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
