"""What earlier scans say of a connection: was it up of late (guidance 5.6)? Never a guess that helps."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

# A scan a day, with the timer's delay and one night of maintenance; a longer hole hides what was up in it.
MOST_BETWEEN_SCANS_S = 49 * 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanSeen:
    """One stored scan: when it began (Unix time), what it came to; `complete` is whether nothing was left unread."""

    number: int
    began_s: int
    status: str
    verdict: str
    complete: bool
    connections: int
    non_compliant: int
    needs_review: int
    blind_spots: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionSeen:
    """One connection over all scans: Unix times of the first and last that saw it, and saw it up (None: never).

    `present` is whether the last scan saw it, None if what that could not read may hide it. `last_unsure_s` is the
    last scan in which its state was neither up nor down, or in which it may have been hidden. `flapping`: it came,
    went or changed from one known state to another at least four times in the week before it was last seen.
    """

    id: str
    name: str
    technology: str
    state: str
    verdict: str
    present: bool | None
    first_s: int
    last_s: int
    last_up_s: int | None
    last_unsure_s: int | None
    seen: int
    flapping: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """Connections by id, as earlier scans saw them, and those scans in order."""

    connections: dict[str, ConnectionSeen] = field(default_factory=dict)
    scans: tuple[ScanSeen, ...] = ()

    def seen_up_recently(self, id_: str, now_s: int, look_back_days: int) -> bool | None:
        """Return whether connection `id_` was up within the look-back, None if that is not known.

        False only if scans reach back over the whole time without a hole, and each of them either saw it down or read
        everything and did not see it.
        """
        known = self.connections.get(id_)
        begins_s = now_s - look_back_days * 86400
        if known and known.last_up_s is not None and known.last_up_s >= begins_s:
            return True
        if known and known.last_unsure_s is not None and known.last_unsure_s >= begins_s:
            return None
        if not self._covered(begins_s, now_s):
            return None
        seen_always = known is not None and known.first_s <= begins_s and known.seen == len(self.scans)
        complete = all(scan.complete for scan in self.scans if scan.began_s >= begins_s - MOST_BETWEEN_SCANS_S)
        return False if complete or seen_always else None

    def scans_since(self, known: ConnectionSeen) -> int:
        """Return how many scans there were since a connection was first seen, that one included.

        Never fewer than saw it: a clock that was set back puts later scans before the first.
        """
        return max(known.seen, sum(scan.began_s >= known.first_s for scan in self.scans))

    def _covered(self, begins_s: int, now_s: int) -> bool:
        """Return whether scans leave no hole between `begins_s` and now."""
        moments = [scan.began_s for scan in self.scans if scan.began_s <= now_s]
        if not moments or min(moments) > begins_s:
            return False
        return all(
            after - before <= MOST_BETWEEN_SCANS_S
            for before, after in pairwise([*sorted(moments), now_s])
            if after >= begins_s
        )

    def about(self, ids: Iterable[str]) -> "Before":
        """Return what answers `seen_up_recently` for the connections `ids`, and no more."""
        wanted = sorted(set(ids))
        if not wanted:
            return NOTHING_BEFORE
        rows = (self.connections[id_] for id_ in wanted if id_ in self.connections)
        known = tuple(Known(c.id, c.first_s, c.last_s, c.last_up_s, c.last_unsure_s, c.seen) for c in rows)
        return Before(known, tuple(Moment(scan.began_s, scan.complete) for scan in self.scans))


class Known(NamedTuple):
    """When earlier scans saw one connection: see `ConnectionSeen`."""

    id: str
    first_s: int
    last_s: int
    last_up_s: int | None
    last_unsure_s: int | None
    seen: int


class Moment(NamedTuple):
    """When one earlier scan began, and whether it left nothing unread."""

    began_s: int
    complete: bool


@dataclass(frozen=True, slots=True)
class Before:
    """What earlier scans knew of some connections at the time of a later one, as it is kept with that one."""

    connections: tuple[Known, ...] = ()
    scans: tuple[Moment, ...] = ()

    def past(self) -> Past:
        """Return the same for judging; names, verdicts and numbers of earlier scans are not kept."""
        return Past(
            connections={known.id: _unnamed(known) for known in self.connections},
            scans=tuple(_unnumbered(moment) for moment in self.scans),
        )


def _unnamed(known: Known) -> ConnectionSeen:
    """Return when a connection was seen, and nothing else of it."""
    return ConnectionSeen(**known._asdict(), name="", technology="", state="", verdict="", present=False)


def _unnumbered(moment: Moment) -> ScanSeen:
    """Return when a scan was, and nothing else of it."""
    counts = dict.fromkeys(("connections", "non_compliant", "needs_review", "blind_spots"), 0)
    return ScanSeen(number=0, began_s=moment.began_s, complete=moment.complete, status="", verdict="", **counts)


NOTHING_BEFORE = Before()
NOTHING = Past()
