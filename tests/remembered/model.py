"""What must be remembered: built from what was there and what the program said, checked with code of its own.

The journal is read with `hashlib` and `json` alone, as an outside auditor would.
"""

import json
import random
import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from tests.remembered.attempt import Attempt
from tests.remembered.world import DEVICES, Truth

GENESIS = "0" * 64
_FAR_END = re.compile(r"remotes(\[[^]]*\](\.address)?)?")


@dataclass(slots=True)
class Model:
    """All that was tried (by the moment it began) and all that the journal said was stored (by number)."""

    directory: Path
    tried: dict[str, Truth] = field(default_factory=dict)
    stored: dict[int, Truth] = field(default_factory=dict)
    lines: dict[int, dict[str, Any]] = field(default_factory=dict)
    removed: set[int] = field(default_factory=set)
    faults: dict[int, str] = field(default_factory=dict)
    recovered: set[int] = field(default_factory=set)
    indexed: set[int] = field(default_factory=set)
    ids: dict[str, str] = field(default_factory=dict)
    states: dict[int, dict[str, str]] = field(default_factory=dict)
    settled: bool = True
    _offset: int = 0
    _before: str = GENESIS

    @property
    def history(self) -> Path:
        """Return the directory of the scans."""
        return self.directory / "history"

    def path(self, number: int) -> Path:
        """Return the file of a scan."""
        return self.history / f"scan-{number:06d}.json"

    def path_of_next(self) -> Path:
        """Return the file that a scan has which was stored and not recorded yet."""
        return self.path(max(self.stored, default=0) + 1)

    def kept(self) -> list[int]:
        """Return the numbers of the scans that must be there, as they were stored or damaged since."""
        return sorted(self.stored.keys() - self.removed)

    def sound(self) -> list[int]:
        """Return the numbers of the scans that must be there as they were stored."""
        return [number for number in self.kept() if number not in self.faults]

    def after(self, attempts: Iterable[Attempt]) -> None:
        """Check the journal after `attempts`: everything reported is in it, and nothing that was not tried."""
        told = list(attempts)
        for attempt in told:
            self.tried[moment(attempt.truth.at)] = attempt.truth
        new = self._read(cut_short=not any(attempt.reported for attempt in told))
        for attempt in told:
            if attempt.reported:
                at = moment(attempt.truth.at)
                assert any(moment(datetime.fromisoformat(line["at"])) == at for line in new), (attempt, new)
        self.settled = any(attempt.reported for attempt in told)
        if len(told) == 1 and told[0].reported:
            self.last(told[0].truth)

    def after_real_scan(self, truth: Truth, at: datetime) -> None:
        """Check the journal after a scan that took its own clock, and says that it began `at`."""
        tried = replace(truth, at=at)
        self.tried[moment(at)] = tried
        new = self._read(cut_short=False)
        assert moment(datetime.fromisoformat(new[-1]["at"])) == moment(at)
        self.settled = True
        self.last(tried)

    def indexed_up_to_last(self) -> None:
        """Note that the index has taken in every scan that it has not seen yet and that is sound."""
        self.indexed.update(number for number in self.sound() if number > max(self.indexed, default=0))

    def _read(self, *, cut_short: bool) -> list[dict[str, Any]]:
        """Return the scans that the journal says were stored since it was last read; checks chain and files."""
        path = self.history / "journal"
        data = path.read_bytes()[self._offset :] if path.exists() else b""
        whole, _, rest = data.rpartition(b"\n")
        assert not rest or cut_short, "half a line without a crash"
        new = []
        for line in whole.split(b"\n") if whole else []:
            digest, _, text = line.partition(b" ")
            record = json.loads(text)
            assert digest.decode() == sha256(text).hexdigest()
            assert record["previous"] == self._before, record
            self._before = digest.decode()
            self._offset += len(line) + 1
            if record["kind"] == "scan":
                self._stored(record)
                new.append(record)
            else:
                self._pruned(record)
        return new

    def _stored(self, record: dict[str, Any]) -> None:
        """Take in one stored scan: it was tried, its bytes are those recorded, and it holds what was there."""
        number, at = record["number"], moment(datetime.fromisoformat(record["at"]))
        assert number not in self.stored, f"number {number} twice"
        assert number == max(self.stored, default=0) + 1, f"number {number} leaves a gap"
        truth = self.tried[at]
        assert truth not in self.stored.values(), f"{at} stored twice"
        data = self.path(number).read_bytes()
        assert (len(data), sha256(data).hexdigest()) == (record["size_bytes"], record["sha256"])
        self.stored[number], self.lines[number] = truth, record
        if record["recovered"]:
            self.recovered.add(number)
        self._holds(number, json.loads(data), truth)

    def _holds(self, number: int, document: dict[str, Any], truth: Truth) -> None:
        """Check a stored scan against what was there, and learn the ids by which it calls tunnels."""
        mine = [entry for entry in document["tunnels"] if entry["interface"] in DEVICES and entry["namespace"] is None]
        assert sorted(entry["interface"] for entry in mine) == sorted(truth.tunnels), (number, truth)
        for entry in mine:
            _, technology, far_end = DEVICES[entry["interface"]]
            assert entry["technology"] == technology, entry
            assert [end["address"] for end in entry["remotes"]] == ([far_end] if far_end else []), entry
            assert self.ids.setdefault(entry["interface"], entry["id"]) == entry["id"], entry["interface"]
        self.states[number] = {entry["id"]: entry["state"] for entry in (*document["tunnels"], *document["objects"])}
        changes = document["changes"]
        if changes["state"] == "compared":
            base = self.tried[moment(datetime.fromisoformat(changes["since"]))]
            self.compare(changes["entries"], base, truth)

    def compare(self, entries: list[dict[str, Any]], old: Truth, new: Truth) -> None:
        """Check which tunnels are told as new and gone, and whether the register is told as changed."""
        names = {id_: name for name, id_ in self.ids.items()}
        told = {kind: {names.get(e["id"]) for e in entries if e["kind"] == kind} - {None} for kind in ("new", "gone")}
        assert told == {"new": new.tunnels - old.tunnels, "gone": old.tunnels - new.tunnels}, (old, new)
        moved = [e for e in entries if e["id"] in names and any(_FAR_END.fullmatch(f["field"]) for f in e["fields"])]
        assert not moved, f"no far end ever changed: {moved}"
        register = any(entry["about"] == "settings" and entry["id"] == "register" for entry in entries)
        assert register == (old.papers != new.papers), (old, new)

    def _pruned(self, record: dict[str, Any]) -> None:
        """Take in scans that were removed by the rules: never the newest, and only what the rules allow."""
        gone = set(record["numbers"])
        newest = max(self.stored)
        assert newest not in gone
        assert gone <= set(self.kept())
        limit = record["max_count"]
        stored_at = {number: datetime.fromisoformat(self.lines[number]["stored_at"]) for number in self.kept()}
        age = timedelta(days=record["max_age_days"])
        too_many = set(sorted(set(self.kept()) - set(self.missing()))[:-limit])
        for number in gone - too_many:
            assert stored_at[newest] - stored_at[number] > age, f"{number} was removed too early"
        self.removed |= gone
        for number in gone:
            self.faults.pop(number, None)

    def missing(self) -> list[int]:
        """Return the numbers of scans that somebody removed by hand."""
        return [number for number, fault in self.faults.items() if fault == "missing"]

    def limits(self, max_scans: int) -> None:
        """Check that no more scans are kept than the rules say; those removed by hand count no more."""
        assert len(set(self.kept()) - set(self.missing())) <= max_scans

    def last(self, truth: Truth) -> None:
        """Check that report.json is that of the newest record, and so is the summary that checks read."""
        newest = max(self.stored)
        assert self.stored[newest] == truth
        data = (self.directory / "report.json").read_bytes()
        assert sha256(data).hexdigest() == self.lines[newest]["sha256"]
        record = sha256(_text(self.lines[newest])).hexdigest()
        assert f"record {record}" in (self.directory / "last-scan").read_text().splitlines()

    def some(self, chosen: random.Random) -> int | None:
        """Return the number of any sound scan but the newest, None if there is none."""
        old = self.sound()[:-1]
        return chosen.choice(old) if old else None


def _text(record: dict[str, Any]) -> bytes:
    """Return the JSON of a record as the journal has it."""
    return json.dumps(record, sort_keys=True, separators=(",", ":")).encode()


def moment(at: datetime) -> str:
    """Return a moment as it names an attempt."""
    return str(int(at.timestamp()))
