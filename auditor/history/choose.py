"""One stored scan out of all, as people name it: its number, `last`, or the file of its report.json."""

from pathlib import Path

from auditor.errors import InputError
from auditor.guidance.factsfile import shown
from auditor.history import journal
from auditor.history.files import measured
from auditor.history.records import RetentionRecord, ScanRecord

LAST = "last"


def chosen(history: Path, name: str) -> ScanRecord:
    """Return the record of the scan that `name` means, whose file is still kept; raises InputError, OSError."""
    lines = list(journal.read(history))
    scans = {line.record.number: line.record for line in lines if isinstance(line.record, ScanRecord)}
    removed = {n for line in lines if isinstance(line.record, RetentionRecord) for n in line.record.numbers}
    kept = {number: record for number, record in scans.items() if number not in removed}
    if name == LAST and kept:
        return kept[max(kept)]
    if name.isascii() and name.isdigit() and len(name) < 19:
        number = int(name)
        if number in kept:
            return kept[number]
        why = "was removed by the retention rules" if number in removed else "is not stored here (auditor history)"
        raise InputError([f"scan {number} {why}"])
    return _by_file(kept, name)


def _by_file(kept: dict[int, ScanRecord], name: str) -> ScanRecord:
    """Return the newest record of a scan that has the very bytes of the file `name`; raises InputError."""
    try:
        size, digest = measured(Path(name).resolve())
    except (OSError, ValueError, RuntimeError) as error:
        words = getattr(error, "strerror", None) or "not a usable path"
        hint = f"neither a number, nor {LAST!r}, nor a file"
        raise InputError([f"{shown(name, 300)}: {hint}: {words}"]) from None
    for _, record in sorted(kept.items(), reverse=True):
        if (record.size_bytes, record.sha256) == (size, digest):
            return record
    raise InputError([f"{shown(name, 300)}: no stored scan has these bytes"])
