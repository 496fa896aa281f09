"""Which stored scans are kept no longer: by age and by number, the newest always kept."""

from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

from auditor.history import journal
from auditor.history.records import ScanRecord

# A clock that is wrong once must not empty the history: it may be ahead of the scan before by this much and no more.
_MOST_AHEAD = timedelta(days=7)


def dated(directory: Path, present: list[int]) -> dict[int, datetime]:
    """Return when each scan of `present` was stored, by the journal; scans not in it are left out. Raises OSError."""
    wanted = set(present)
    found = {}
    for record in journal.backwards(directory):
        if not wanted:
            break
        if isinstance(record, ScanRecord) and record.number in wanted:
            wanted.remove(record.number)
            with suppress(ValueError):
                found[record.number] = datetime.fromisoformat(record.stored_at)
    return {number: moment for number, moment in found.items() if moment.tzinfo is not None}


def surplus(
    stored: dict[int, datetime], now: datetime, *, max_age_days: int | None, max_count: int | None
) -> tuple[int, ...]:
    """Return the numbers of scans to remove, in order: older than `max_age_days`, or more than `max_count`.

    None means no limit. The age counts from the scan before plus a week at most, so that a clock that runs ahead
    removes no more than a week too much.
    """
    kept = sorted(stored)[:-1]
    if not kept:
        return ()
    at = min(now, stored[kept[-1]] + _MOST_AHEAD)
    gone: set[int] = set()
    if max_age_days is not None:
        gone.update(number for number in kept if at - stored[number] > timedelta(days=max_age_days))
    if max_count is not None:
        gone.update(kept[: max(0, len(kept) + 1 - max(1, max_count))])
    return tuple(sorted(gone))
