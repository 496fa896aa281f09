"""The journal of scans: one line a record, each with its own digest and that of the record before it.

A record says that a scan was stored, or that old scans were removed by the retention rules. A line is the SHA-256 of
the record's JSON, a space, and that JSON, so the chain can be checked with `sha256sum` alone.
"""

import json
from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import Any

from auditor.errors import AuditorError

GENESIS = "0" * 64
MAX_LINE_BYTES = 1 << 16
_DIGITS = 64


class RecordError(AuditorError):
    """A line of the journal has not the form of a record; its text is never quoted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFile:
    """A file written with a scan: its name in the report directory, its length and SHA-256."""

    name: str
    size_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanRecord:
    """One stored scan.

    `at` is when the scan began and `stored_at` when it was stored, both ISO 8601 with offset. `file` is the scan's
    own file in the history, of `size_bytes` with digest `sha256`; `written` are the reports made with it.
    `recovered` is true when the agent was stopped between storing and recording, and a later run recorded it.
    `signed_by` is the fingerprint of the key that signs this record, None if none does. `survey` is the file of what
    the scan observed, beside its own; None: none was kept.
    """

    number: int
    at: str
    stored_at: str
    gateway: str
    status: str
    verdict: str
    file: str
    size_bytes: int
    sha256: str
    written: tuple[StoredFile, ...] = ()
    recovered: bool = False
    signed_by: str | None = None
    survey: StoredFile | None = None
    previous: str = GENESIS

    kind = "scan"


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionRecord:
    """Scans removed on purpose: `numbers` of them, by the rules `max_age_days` and `max_count` (None: no such rule).

    `signed_by` as of a scan's record.
    """

    numbers: tuple[int, ...]
    stored_at: str
    max_age_days: int | None
    max_count: int | None
    signed_by: str | None = None
    previous: str = GENESIS

    kind = "retention"


Record = ScanRecord | RetentionRecord
_ADDED = ("signed_by", "survey")
"""Fields that records did not always have: left out of the line when None, so that lines written before stay theirs."""


def to_line(record: Record) -> bytes:
    """Return the record as one line without a line break; its JSON is canonical (sorted keys, no spaces, ASCII)."""
    fields = asdict(record)
    value = {"kind": record.kind} | {n: item for n, item in fields.items() if item is not None or n not in _ADDED}
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode("ascii")
    return sha256(text).hexdigest().encode("ascii") + b" " + text


def digest(line: bytes) -> str:
    """Return the digest by which the next record refers to this line: the one that it should carry, in hexadecimal."""
    return sha256(line[_DIGITS + 1 :]).hexdigest()


def from_line(line: bytes) -> Record:
    """Return the record of a line. Raises RecordError if it is none, or is not written as `to_line` writes it."""
    if len(line) > MAX_LINE_BYTES:
        raise RecordError("longer than a record can be")
    try:
        value = json.loads(line[_DIGITS + 1 :])
        record = _record(value)
    except (ValueError, TypeError, KeyError, RecursionError):
        raise RecordError("not a record of the journal") from None
    if to_line(record) != line:
        raise RecordError("its digest does not fit, or it is not in the form in which records are written")
    return record


def _record(value: Any) -> Record:
    """Return the record of a parsed line; raises TypeError, KeyError or ValueError for another value."""
    fields = dict(value)
    kind = fields.pop("kind")
    if kind == RetentionRecord.kind:
        return _checked(RetentionRecord(**fields | {"numbers": tuple(fields["numbers"])}))
    if kind == ScanRecord.kind:
        written = tuple(StoredFile(**entry) for entry in fields["written"])
        added = {"survey": StoredFile(**fields["survey"])} if "survey" in fields else {}
        return _checked(ScanRecord(**fields | {"written": written} | added))
    raise ValueError


def _checked(record: Record) -> Record:
    """Return `record` if its values can be trusted as numbers and as names of files in one directory."""
    numbers = record.numbers if isinstance(record, RetentionRecord) else (record.number,)
    if not all(type(number) is int and number > 0 for number in numbers):
        raise ValueError
    if not isinstance(record.signed_by, str | None):
        raise ValueError
    names = [] if isinstance(record, RetentionRecord) else _names(record)
    if any(not isinstance(name, str) or "/" in name or name in ("", ".", "..") for name in names):
        raise ValueError
    return record


def _names(record: ScanRecord) -> list[str]:
    """Return the names of all files that a record speaks of."""
    kept = (record.survey,) if record.survey else ()
    return [record.file, *(file.name for file in (*record.written, *kept))]
