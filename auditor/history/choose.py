"""One stored scan out of all, as people name it: number, `last`, `previous`, or the file of its report.json."""

from pathlib import Path

from auditor.errors import InputError
from auditor.guidance.factsfile import shown
from auditor.history import journal
from auditor.history.files import measured
from auditor.history.reading import Report, read
from auditor.history.records import RetentionRecord, ScanRecord

LAST = "last"
PREVIOUS = "previous"
"""The scan before the last one."""
_MOST_DIGITS = 18


def is_stored(name: str) -> bool:
    """Return whether `name` means a scan by its place in the history, not by a file."""
    return name in (LAST, PREVIOUS) or _is_number(name)


def _is_number(name: str) -> bool:
    """Return whether `name` is a number that a scan could have."""
    return name.isascii() and name.isdigit() and len(name) <= _MOST_DIGITS


def chosen(history: Path, name: str) -> ScanRecord:
    """Return the record of the scan that `name` means, whose file is still kept; raises InputError, OSError."""
    scans, removed = recorded(history)
    kept = {number: record for number, record in scans.items() if number not in removed}
    if name in (LAST, PREVIOUS) and kept:
        back = (LAST, PREVIOUS).index(name)
        if len(kept) <= back:
            raise InputError([f"{PREVIOUS}: only one scan is stored here (auditor history)"])
        return kept[sorted(kept, reverse=True)[back]]
    if _is_number(name):
        number = int(name)
        if number in kept:
            return kept[number]
        why = "was removed by the retention rules" if number in removed else "is not stored here (auditor history)"
        raise InputError([f"scan {number} {why}"])
    return _by_file(kept, name)


def recorded(history: Path) -> tuple[dict[int, ScanRecord], set[int]]:
    """Return the records of all scans by number, and the numbers of those removed since; raises OSError."""
    scans: dict[int, ScanRecord] = {}
    removed: set[int] = set()
    for line in journal.read(history):
        if isinstance(line.record, ScanRecord):
            scans[line.record.number] = line.record
        elif isinstance(line.record, RetentionRecord):
            removed.update(line.record.numbers)
    return scans, removed


def stored_report(history: Path, record: ScanRecord) -> Report:
    """Return the report that a stored scan wrote; raises InputError if it is not the one that was recorded."""
    path = history / record.file
    try:
        found = read(path)
    except FileNotFoundError:
        raise InputError([f"{path}: is missing (auditor verify)"]) from None
    if found.sha256 != record.sha256:
        raise InputError([f"{path}: its bytes are not the ones that were recorded (auditor verify)"])
    return found


def _by_file(kept: dict[int, ScanRecord], name: str) -> ScanRecord:
    """Return the newest record of a scan that has the very bytes of the file `name`; raises InputError."""
    try:
        size, digest = measured(Path(name).resolve())
    except (OSError, ValueError, RuntimeError) as error:
        words = getattr(error, "strerror", None) or "not a usable path"
        hint = f"neither a number, nor {LAST!r} or {PREVIOUS!r}, nor a file"
        raise InputError([f"{shown(name, 300)}: {hint}: {words}"]) from None
    for _, record in sorted(kept.items(), reverse=True):
        if (record.size_bytes, record.sha256) == (size, digest):
            return record
    raise InputError([f"{shown(name, 300)}: no stored scan has these bytes"])
