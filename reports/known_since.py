"""Since when earlier scans know a connection, and whether it comes and goes: as documents hold it, and in words."""

from datetime import datetime, tzinfo
from typing import Any

from auditor.model.past import Past
from auditor.model.text import Text
from reports.changes import moment
from reports.labels import both, say


def known(past: Past, id_: str, zone: tzinfo) -> dict[str, Any]:
    """Return what the scans of `past` know of one connection, moments in `zone`; nulls and 0 if none ever saw it.

    `scans` are those since it was first seen, all of them if it never was. With `from_beginning` the scans that are
    known begin with it, so it may be older than `first_seen`.
    """
    seen = past.connections.get(id_)
    if seen is None:
        count = len(past.scans)
        return {
            **{"first_seen": None, "from_beginning": False, "last_seen": None},
            **{"seen": 0, "scans": count, "flapping": False},
            "says": both(say("history.never", scans=count)),
        }
    first, last = (
        datetime.fromtimestamp(at_s, zone).isoformat(timespec="seconds") for at_s in (seen.first_s, seen.last_s)
    )
    scans = past.scans_since(seen)
    begins = any(scan.began_s == seen.first_s for scan in past.scans[:1])
    return {
        **{"first_seen": first, "from_beginning": begins, "last_seen": last},
        **{"seen": seen.seen, "scans": scans, "flapping": seen.flapping},
        "says": both(_says(first, last, begins=begins, seen=seen.seen, scans=scans, flapping=seen.flapping)),
    }


def _says(first: str, last: str, *, begins: bool, seen: int, scans: int, flapping: bool) -> Text:
    """Return in words when a connection was seen, how often, and that it comes and goes if it does."""
    since = say("history.not_later" if begins else "history.at", at=moment(first))
    told = say("history.seen", first=since, last=moment(last), seen=seen, scans=scans)
    return say("history.flapping", told=told) if flapping else told
