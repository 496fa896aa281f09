"""Signatures on disk: a small file for each signed record, in `signatures/`, named by the record's digest.

What is signed is the record's line in the journal with its line break; it names the record before it, so a signature
vouches for everything above.
"""

import os
import re
from contextlib import suppress
from pathlib import Path

from auditor.history import journal, signing
from auditor.history.files import beginning, measured
from auditor.history.journal import Line
from auditor.history.records import Record, RetentionRecord, ScanRecord, digest, to_line
from auditor.history.signing import Signer
from auditor.model.text import Text
from auditor.output import sync, written_beside

DIRECTORY = "signatures"
_MOST_BYTES = 1 << 17  # NOTE: more than any signature has
_NAME = re.compile(r"[0-9a-f]{64}\.sig")


def file_name(digest_: str) -> str:
    """Return the name of the signature of a record, seen from the history."""
    return f"{DIRECTORY}/{digest_}.sig"


def names(history: Path) -> list[str]:
    """Return the names of all files there, those of unfinished writes excepted; raises OSError."""
    try:
        return sorted(entry.name for entry in os.scandir(history / DIRECTORY) if not entry.name.endswith(".new"))
    except (FileNotFoundError, NotADirectoryError):
        return []


def digest_of(name: str) -> str | None:
    """Return the digest of the record that a file is the signature of; None for another name."""
    return name.removesuffix(".sig") if _NAME.fullmatch(name) else None


def message(record: Record) -> bytes:
    """Return what is signed of a record."""
    return to_line(record) + b"\n"


def read(history: Path, digest_: str) -> bytes:
    """Return the signature of a record, of a file that is none perhaps only the beginning; raises OSError."""
    return beginning(history / file_name(digest_), _MOST_BYTES)


def add(history: Path, record: Record, signer: Signer, namespace: str) -> None:
    """Sign a record of the journal; what keeps that from being done is the signer's `problem` then."""
    signature = signer.sign(message(record), namespace)
    if signature is None:
        return
    try:
        _put(history, digest(to_line(record)), signature)
    except OSError as error:
        reason = error.strerror or "error"
        signer.give_up(Text(f"the signature could not be stored: {reason}", f"签名无法保存：{reason}"))


def _put(history: Path, digest_: str, signature: bytes) -> None:
    """Store the signature of a record; raises OSError, with nothing stored then."""
    directory = history / DIRECTORY
    directory.mkdir(mode=0o750, exist_ok=True)
    staged = written_beside(directory, f"{digest_}.sig", [signature])
    try:
        staged.place()
    finally:
        staged.discard()
    sync(directory)


def add_late(history: Path, signer: Signer) -> None:
    """Sign the records behind the last signed one that say they are signed by this key: a run was stopped there.

    Only while all behind it is whole and chained, and the scan itself and what it saw are the recorded ones.
    """
    try:
        for record in _unsigned(history, signer):
            if _as_recorded(history, record):
                add(history, record, signer, signing.LATE)
    except OSError:  # NOTE: what cannot be read stays unsigned, and `verify` says so
        return


def _as_recorded(history: Path, record: Record) -> bool:
    """Return whether the files of a record are the recorded ones; one of a retention has none. Raises OSError."""
    if isinstance(record, RetentionRecord):
        return True
    files = {record.file: (record.size_bytes, record.sha256)}
    if record.survey is not None:
        files[record.survey.name] = (record.survey.size_bytes, record.survey.sha256)
    return all(measured(history / name) == expected for name, expected in files.items())


def _unsigned(history: Path, signer: Signer) -> list[Record]:
    """Return those records in their order; raises OSError."""
    found: list[Record] = []
    for line in reversed(journal.tail(history)):
        if line.record is None or not line.chained or (history / file_name(line.digest)).exists():
            break
        if line.record.signed_by is not None and line.record.signed_by == signer.fingerprint:
            found.append(line.record)
    return found[::-1]


def first_needed(lines: list[Line]) -> int:
    """Return the index of the first line that needs a signature of its own: the record of the oldest scan still kept.

    What stands before it is vouched for by the chain of those behind it.
    """
    gone = {n for line in lines if isinstance(line.record, RetentionRecord) for n in line.record.numbers}
    kept = (i for i, line in enumerate(lines) if isinstance(line.record, ScanRecord) and line.record.number not in gone)
    return next(kept, len(lines))


def prune(history: Path) -> None:
    """Remove signatures that are needed no longer; one that belongs to no record stays, as evidence.

    What cannot be removed stays too: it harms nobody.
    """
    with suppress(OSError):
        found = names(history)
        lines = list(journal.read(history)) if found else []
        old = {line.digest for line in lines[: first_needed(lines)]}
        for name in found:
            if digest_of(name) in old:
                (history / DIRECTORY / name).unlink(missing_ok=True)


def clear(history: Path) -> None:
    """Remove what unfinished writes left, if that can be done."""
    with suppress(OSError):
        for path in (history / DIRECTORY).glob(".*.new"):
            path.unlink(missing_ok=True)
