"""Is the last scan there, whole, of this history and fresh? Reads two small pieces, never a report."""

import os
import time

from auditor.check.digest import sha256_hex
from auditor.check.summary import MAX_BYTES, NAME, Summary, Unfit, from_bytes

JOURNAL = "history/journal"
_TAIL_BYTES = 1 << 17
_DIGITS = 64
AHEAD_S = 300
_PATIENCE_S, _PAUSE_S = 3.0, 0.1


class _Overtaken(Unfit):
    """A newer scan is in the journal than the one that the summary speaks of."""


def last_scan(directory: str) -> Summary:
    """Return the summary of the last scan in a report directory; raises Unfit with the reason in words.

    A scan is recorded, then signed, then said: one that is about to say what it found is waited for.
    """
    until_s = time.monotonic() + _PATIENCE_S
    while True:
        try:
            return _last_scan(directory)
        except _Overtaken:
            if time.monotonic() >= until_s:
                raise
            time.sleep(_PAUSE_S)


def _last_scan(directory: str) -> Summary:
    """Return the summary as it stands now; raises Unfit."""
    summary = from_bytes(_read(f"{directory}/{NAME}", MAX_BYTES))
    _in_journal(f"{directory}/{JOURNAL}", summary.values.get("record", ""))
    return summary


def age_s(summary: Summary, now_s: float, max_age_s: float) -> float:
    """Return how long ago the last scan began; raises Unfit when that is too long, or has yet to come."""
    age = now_s - summary.number("began_s")
    said = f"it said {summary.values.get('status', '?')}"
    if age > max_age_s:
        raise Unfit(f"the last scan is {spoken(age)} old, more than {spoken(max_age_s)}; {said}")
    if age < -AHEAD_S:
        raise Unfit(f"the last scan is dated {spoken(-age)} ahead: a clock was wrong then or is now; {said}")
    return max(0.0, age)


def spoken(seconds: float) -> str:
    """Return a span of time in its largest unit, such as ``26 h``."""
    for unit, length in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {unit}"
    return f"{seconds:.0f} s"


def _read(path: str, limit: int, *, tail: bool = False) -> bytes:
    """Return a small regular file, or the last `limit` bytes of a long one; raises Unfit."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        try:
            size = os.fstat(descriptor).st_size
            return os.pread(descriptor, limit + 1, max(0, size - limit) if tail else 0)
        finally:
            os.close(descriptor)
    except FileNotFoundError:
        raise Unfit(f"no scan yet: {path} is missing") from None
    except OSError as error:
        raise Unfit(f"{path} cannot be read: {error.strerror}") from None


def _in_journal(path: str, record: str) -> None:
    """Check that the summary's scan is the newest one of the journal and its record whole; raises Unfit."""
    lines = _read(path, _TAIL_BYTES, tail=True).split(b"\n")
    at = next((number for number, line in enumerate(lines) if line[:_DIGITS] == record.encode()), None)
    if not record or at is None:
        raise Unfit("the summary and the history do not belong together: its scan is not in the journal")
    if sha256_hex(lines[at][_DIGITS + 1 :]) != record:
        raise Unfit("the record of the last scan was changed: its digest does not fit")
    if any(b'"kind":"scan"' in line for line in lines[at + 1 :]):
        raise _Overtaken("a newer scan was stored, and stopped before it could say what it found")
