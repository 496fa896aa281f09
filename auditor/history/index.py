"""An index over the stored scans, in SQLite: when was each connection seen, up, or judged otherwise.

It holds nothing that the scans do not: delete it and it is made anew from those still kept. It follows the journal, so
a scan is read once.
"""

import json
import os
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType
from typing import Any

from auditor.history import hidden, journal
from auditor.history.records import ScanRecord, digest, to_line
from auditor.model.past import ConnectionSeen, Past, ScanSeen
from auditor.output import hand_over

NAME = "index.sqlite"
VERSION = 2
_SCHEMA = """
CREATE TABLE meta (version INTEGER, number INTEGER, digest TEXT);
CREATE TABLE scan (
    number INTEGER PRIMARY KEY, began_s INTEGER, status TEXT, verdict TEXT, complete INTEGER,
    connections INTEGER, non_compliant INTEGER, needs_review INTEGER, blind_spots INTEGER
);
CREATE TABLE connection (
    id TEXT PRIMARY KEY, name TEXT, technology TEXT, state TEXT, verdict TEXT, present INTEGER,
    first_s INTEGER, last_s INTEGER, last_up_s INTEGER, last_unsure_s INTEGER, seen INTEGER
);
CREATE TABLE whereabouts (id TEXT PRIMARY KEY, number INTEGER, place TEXT);
CREATE TABLE unread (number INTEGER PRIMARY KEY, gaps TEXT);
CREATE TABLE event (id TEXT, number INTEGER, at_s INTEGER, what TEXT, old TEXT, new TEXT);
CREATE INDEX event_id ON event (id, at_s);
"""
_FLAPS, _FLAP_WINDOW_S = 4, 7 * 86400


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What changed of a connection from one scan to the next: came, went, state or verdict."""

    id: str
    number: int
    at_s: int
    what: str
    old: str | None
    new: str | None


class Index:
    """The index of one history; made by `opened`."""

    def __init__(self, database: sqlite3.Connection, directory: Path) -> None:
        """Answer from `database`."""
        self._database = database
        self._directory = directory

    def follow(self, at_hand: Mapping[int, dict[str, Any]] = MappingProxyType({})) -> int:
        """Take in the scans stored since, return how many; raises OSError and sqlite3.Error.

        `at_hand` are scans by number that need not be read. The journal is read whole only where its end does not
        show the last scan taken in.
        """
        known, before = self._reached()
        new = self._behind(journal.tail(self._directory), known, before)
        if new is None:
            every = list(journal.read(self._directory))
            new = self._behind(every, known, before)
            if new is None:
                self._begin()
                new = [line.record for line in every if isinstance(line.record, ScanRecord)]
        added = 0
        for record in new:
            document = at_hand.get(record.number) or _document(self._directory, record)
            if document is not None:
                with self._database:
                    self._add(record, document)
                added += 1
        return added

    @staticmethod
    def _behind(lines: list[journal.Line], known: int, before: str) -> list[ScanRecord] | None:
        """Return the scans that `lines` record behind scan `known` with digest `before`; None if that is not there."""
        scans = [(line.digest, line.record) for line in lines if isinstance(line.record, ScanRecord)]
        at = next((place for place, (made, one) in enumerate(scans) if one.number == known and made == before), None)
        return None if at is None else [record for _, record in scans[at + 1 :] if record.number > known]

    def _reached(self) -> tuple[int, str]:
        """Return number and digest of the last scan taken in; (0, "") for a new or foreign index."""
        with suppress(sqlite3.Error):
            row = self._database.execute("SELECT version, number, digest FROM meta").fetchone()
            if row and row[0] == VERSION:
                return int(row[1]), str(row[2])
        self._begin()
        return 0, ""

    def _begin(self) -> None:
        """Start anew, with nothing taken in."""
        with self._database:
            for (name,) in self._database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
                self._database.execute(f'DROP TABLE "{name}"')
            for statement in _SCHEMA.split(";"):
                self._database.execute(statement)
            self._database.execute("INSERT INTO meta VALUES (?, 0, '')", (VERSION,))

    def _add(self, record: ScanRecord, document: dict[str, Any]) -> None:
        """Take in one scan; the caller's transaction makes it whole or not at all."""
        at_s = int(datetime.fromisoformat(document["scan"]["started_at"]).timestamp())
        objects = [*document["tunnels"], *document["objects"]]
        counts = document["counts"]
        self._database.execute(
            "INSERT INTO scan VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                *(record.number, at_s, document["status"], document["verdict"], not counts["blind_spots"]),
                *(len(objects), counts["verdicts"]["non_compliant"], counts["verdicts"]["needs_review"]),
                counts["blind_spots_open"],
            ),
        )
        unread = hidden.gaps(document)
        self._database.execute("INSERT INTO unread VALUES (?, ?)", (record.number, json.dumps([*unread])))
        there = "SELECT id, state, verdict FROM connection WHERE present IS NOT 0"
        rows = self._database.execute(there).fetchall()
        before = {row[0]: (row[1], row[2]) for row in rows}
        for entry in objects:
            self._seen(record.number, at_s, entry, before.pop(entry["id"], None))
        for missing, (state, _) in sorted(before.items()):
            self._missing(missing, record.number, at_s, state, unread)
        self._database.execute("UPDATE meta SET number = ?, digest = ?", (record.number, digest(to_line(record))))

    def _missing(self, id_: str, number: int, at_s: int, state: str, unread: dict[str, dict[str, Any]]) -> None:
        """Take in that a scan did not see a connection: it went, unless what that scan left `unread` may hide it."""
        last = "SELECT place, gaps FROM whereabouts JOIN unread USING (number) WHERE id = ?"
        place, gaps = self._database.execute(last, (id_,)).fetchone()
        if hidden.may_hide(unread, json.loads(gaps), place):
            unsure = "UPDATE connection SET present = NULL, last_unsure_s = ? WHERE id = ?"
            self._database.execute(unsure, (at_s, id_))
            return
        self._database.execute("UPDATE connection SET present = 0 WHERE id = ?", (id_,))
        self._happened(id_, number, at_s, "went", state, None)

    def _seen(self, number: int, at_s: int, entry: dict[str, Any], before: tuple[str, str] | None) -> None:
        """Take in one connection of a scan; `before` are state and verdict in the scan before, if it was there."""
        state, verdict = entry["state"], entry["verdict"]
        self._database.execute(
            "INSERT INTO connection VALUES (:id, :name, :technology, :state, :verdict, 1, :at, :at, :up, :unsure, 1) "
            "ON CONFLICT (id) DO UPDATE SET name = :name, technology = :technology, state = :state, verdict = :verdict,"
            " present = 1, last_s = :at, last_up_s = coalesce(:up, last_up_s),"
            " last_unsure_s = coalesce(:unsure, last_unsure_s), seen = seen + 1",
            {
                "id": entry["id"],
                "name": entry["name"],
                "technology": entry["technology"] or entry["kind"],
                "state": state,
                "verdict": verdict,
                "at": at_s,
                "up": at_s if state == "up" else None,
                "unsure": None if state in ("up", "down") else at_s,
            },
        )
        whereabouts = (entry["id"], number, hidden.place(entry))
        self._database.execute("INSERT OR REPLACE INTO whereabouts VALUES (?, ?, ?)", whereabouts)
        if before is None:
            self._happened(entry["id"], number, at_s, "came", None, state)
            return
        for what, old, new in (("state", before[0], state), ("verdict", before[1], verdict)):
            if old != new:
                self._happened(entry["id"], number, at_s, what, old, new)

    def _happened(self, id_: str, number: int, at_s: int, what: str, old: str | None, new: str | None) -> None:
        """Keep one event."""
        self._database.execute("INSERT INTO event VALUES (?, ?, ?, ?, ?, ?)", (id_, number, at_s, what, old, new))

    def scans(self, *, last: int | None = None) -> tuple[ScanSeen, ...]:
        """Return the scans in order, or the `last` ones."""
        limit = -1 if last is None else last
        rows = self._database.execute("SELECT * FROM scan ORDER BY number DESC LIMIT ?", (limit,)).fetchall()
        return tuple(
            ScanSeen(**dict(zip(ScanSeen.__dataclass_fields__, row, strict=True)) | {"complete": bool(row[4])})
            for row in reversed(rows)
        )

    def connections(self) -> Iterator[ConnectionSeen]:
        """Yield every connection ever seen, by id."""
        flaps = self._flaps()
        for row in self._database.execute("SELECT * FROM connection ORDER BY id").fetchall():
            values = dict(zip(ConnectionSeen.__dataclass_fields__, (*row, False), strict=True))
            present = None if values["present"] is None else bool(values["present"])
            yield ConnectionSeen(**values | {"present": present, "flapping": row[0] in flaps})

    def _flaps(self) -> set[str]:
        """Return the ids of connections that came, went or changed state often of late; to or from unknown is none."""
        rows = self._database.execute(
            "SELECT event.id FROM event JOIN connection USING (id) WHERE what != 'verdict' AND at_s >= last_s - ?"
            " AND NOT (what = 'state' AND 'unknown' IN (old, new)) GROUP BY event.id HAVING count(*) >= ?",
            (_FLAP_WINDOW_S, _FLAPS),
        )
        return {row[0] for row in rows}

    def events(self, id_: str | None = None) -> tuple[Event, ...]:
        """Return what changed, of one connection or of all, in order."""
        rows = self._database.execute(
            "SELECT * FROM event WHERE ?1 IS NULL OR id = ?1 ORDER BY number, id, what", (id_,)
        ).fetchall()
        return tuple(Event(**dict(zip(Event.__dataclass_fields__, row, strict=True))) for row in rows)


def past(directory: Path) -> Past:
    """Return what the stored scans in the history `directory` know; raises OSError."""
    with opened(directory) as index:
        return Past(connections={row.id: row for row in index.connections()}, scans=index.scans())


def take(directory: Path, number: int, document: dict[str, Any]) -> None:
    """Take in scan `number`, just stored, while its `document` is at hand: the next scan need not read it.

    What fails here is made good by the next use of the index.
    """
    with suppress(OSError, sqlite3.Error):
        _followed(str(directory / NAME), directory, {number: document}).close()


@contextmanager
def opened(directory: Path) -> Iterator[Index]:
    """Give the index of the history `directory`, up to date with the journal; made anew if it is damaged.

    Where it cannot be written (an ordinary user, a full disk) it is made in memory. Raises OSError when the history
    itself cannot be read.
    """
    with closing(_current(directory)) as database:
        yield Index(database, directory)


def _current(directory: Path) -> sqlite3.Connection:
    """Return an index that has taken in every stored scan."""
    for attempt in range(2):
        try:
            return _followed(str(directory / NAME), directory)
        except sqlite3.Error:
            if attempt == 0:
                with suppress(OSError):
                    (directory / NAME).unlink()
    return _followed(":memory:", directory)


def _followed(
    place: str, directory: Path, at_hand: Mapping[int, dict[str, Any]] = MappingProxyType({})
) -> sqlite3.Connection:
    """Return the database at `place` with everything taken in; raises sqlite3.Error, OSError."""
    database = sqlite3.connect(place, timeout=5)
    try:
        _hand_over(place, directory)
        Index(database, directory).follow(at_hand)
    except BaseException:
        database.close()
        raise
    return database


def _hand_over(place: str, directory: Path) -> None:
    """Let the file of the index belong to whom the history does."""
    with suppress(OSError):
        descriptor = os.open(place, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            hand_over(descriptor, directory)
        finally:
            os.close(descriptor)


def _document(directory: Path, record: ScanRecord) -> dict[str, Any] | None:
    """Return a stored scan; None for one removed, and for one that is not what was recorded, which `verify` names."""
    try:
        data = (directory / record.file).read_bytes()
        if sha256(data).hexdigest() != record.sha256:
            return None
        document: dict[str, Any] = json.loads(data)
    except (OSError, ValueError, RecursionError):
        return None
    return document
