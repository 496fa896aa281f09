"""What the watch saw since the last scan, for the next one: tunnels that are gone again, and when it did not watch.

A scan sets the lines aside under the number that it will have. They are dropped once that scan is stored, by itself or,
if it was stopped in between, by the next one: so each line is told once, and none is lost.
"""

import errno
import fcntl
import re
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Any

from auditor.model.sightings import BlindSpot, Reason, Scope
from auditor.model.text import Text
from auditor.model.tunnel import Inventory, State, Tunnel, Witness
from auditor.watch.journal import ALIVE, BEAT_S, DIRECTORY, EVENTS, MOST_BYTES, state_of
from auditor.watch.told import PROBE, Reading, Seen, gap, place_of, safe

_ASIDE = re.compile(re.escape(EVENTS) + r"\.(\d{6,18})\.(\d{3,9})")
_MOST_LINE_BYTES = 32 << 20
_MOST_ASIDE_BYTES = 2 * MOST_BYTES
_LOCK_S = 1.0
_DENIED = (errno.EPERM, errno.EACCES)
_NOT_RUNNING = "the watch is not running: what came and went is not known"
_NOT_LISTENED = "the watch did not listen in this network namespace: what came and went in it is not known"
_UNSEEN = "not every process could be asked for its network namespace: the watch may have missed some"
_DROPPED = "events: some were dropped, because scan after scan could not be stored"


@dataclass(frozen=True, slots=True)
class Between:
    """What happened between two scans: tunnels that the watch saw, with when, and what it could not hear."""

    tunnels: tuple[Seen, ...] = ()
    gaps: tuple[BlindSpot, ...] = ()


NO_WATCH = Between()


def taken(report_directory: Path, scope: Scope, now_s: float, number: int) -> Between:
    """Return what the watch wrote since the last scan that was stored; nothing if there is no watch.

    The lines are set aside for the scan that will have `number`, so that the watch goes on in a new file.
    """
    directory = report_directory / DIRECTORY
    if not directory.is_dir():
        return NO_WATCH
    reading, state = Reading(scope), state_of(directory)
    try:
        _set_aside(directory, number)
        for path in _bounded(directory, reading):
            reading.read(_lines(path))
    except OSError as error:
        reading.gaps.append(gap(scope.label, Reason.PERMISSION, f"cannot be read: {error.strerror}"))
    stopped = reading.stopped or state.get("stopped") is True
    if not stopped and not alive(directory, now_s):
        reading.gaps.append(gap(scope.label, Reason.KILLED, _NOT_RUNNING))
    return Between(tuple(reading.seen()), tuple(dict.fromkeys((*reading.gaps, *_not_listened(reading, state)))))


def settled(report_directory: Path) -> None:
    """Drop what `taken` set aside: the scan that reports it is stored."""
    for path in _aside(report_directory / DIRECTORY):
        with suppress(OSError):
            path.unlink()


def _aside(directory: Path) -> list[Path]:
    """Return the files that were set aside, in order; none if they cannot be listed."""
    try:
        names = [match for path in directory.iterdir() if (match := _ASIDE.fullmatch(path.name))]
    except OSError:
        return []
    return [directory / name[0] for name in sorted(names, key=lambda name: (int(name[1]), int(name[2])))]


def _set_aside(directory: Path, number: int) -> None:
    """Move the events aside for scan `number`, and drop those that a stored scan has told. Raises OSError."""
    taken_now = 0
    for path in _aside(directory):
        of, turn = map(int, path.name.split(".")[1:])
        if of < number:
            path.unlink()
        elif of == number:
            taken_now = turn
    aside = directory / f"{EVENTS}.{number:06d}.{taken_now + 1:03d}"
    with suppress(FileNotFoundError):
        (directory / EVENTS).rename(aside)
        _wait_for_writers(aside)


def _wait_for_writers(path: Path) -> None:
    """Wait until nobody is adding a line to `path` any more; not for one that was stopped while it did."""
    until_s = time.monotonic() + _LOCK_S
    with path.open("rb") as stream:
        while time.monotonic() < until_s:
            try:
                fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                time.sleep(0.01)
            else:
                return


def _bounded(directory: Path, reading: Reading) -> list[Path]:
    """Return the files to read; where scans fail all the time, the oldest are dropped and that is told."""
    paths = _aside(directory)
    sizes = [path.stat().st_size for path in paths]
    while len(paths) > 1 and sum(sizes) > _MOST_ASIDE_BYTES:
        paths.pop(0).unlink()
        del sizes[0]
        reading.gaps.append(gap(reading.home.label, Reason.TRUNCATED, _DROPPED))
    return paths


def _lines(path: Path) -> Iterator[bytes]:
    """Yield the lines of a file; raises OSError."""
    with path.open("rb") as stream:
        while line := stream.readline(_MOST_LINE_BYTES):
            yield line


def alive(directory: Path, now_s: float) -> bool:
    """Return whether the watch with this directory showed itself within the last beats."""
    try:
        return now_s - (directory / ALIVE).stat().st_mtime < 3 * BEAT_S
    except OSError:
        return False


def _not_listened(reading: Reading, state: dict[str, Any]) -> Iterator[BlindSpot]:
    """Yield the namespaces that the watch could not listen to since the last scan, or cannot now."""
    deaf = dict(reading.deaf)
    with suppress(ValueError, TypeError, AttributeError):
        deaf |= {int(inode): (safe(name), int(number)) for inode, (name, number) in state.get("deaf", {}).items()}
    for inode, (name, number) in sorted(deaf.items()):
        known = reading.name_of(inode)
        label = name if known.startswith("number ") else known
        needs = "CAP_SYS_ADMIN" if number in _DENIED else None
        yield gap(label, Reason.PERMISSION if needs else Reason.CRASHED, _NOT_LISTENED, needs)
    if state.get("whole") is False:
        yield gap(reading.home.label, Reason.PERMISSION, _UNSEEN, "CAP_SYS_PTRACE")


def with_gone(inventory: Inventory, between: Between, zone: tzinfo, before: frozenset[str]) -> Inventory:
    """Return `inventory` with the tunnels that the watch saw and that are gone; times are told in `zone`.

    `before` are the ids of what the last scan found there: when that began is not known to the watch.
    """
    there = {tunnel.id for tunnel in inventory.tunnels}
    places = {place_of(tunnel) for tunnel in inventory.tunnels} - {None}  # a namespace may have another name by now
    gone = [
        seen
        for seen in _outermost(between.tunnels)
        if seen.tunnel.id not in there and place_of(seen.tunnel) not in places
    ]
    dated = (replace(seen, first_s=None) if not seen.heard and seen.tunnel.id in before else seen for seen in gone)
    return replace(inventory, tunnels=(*inventory.tunnels, *(_gone(seen, zone) for seen in dated)))


def _outermost(tunnels: Iterable[Seen]) -> list[Seen]:
    """Return each tunnel once, by id."""
    return list({seen.tunnel.id: seen for seen in tunnels}.values())


def _gone(seen: Seen, zone: tzinfo) -> Tunnel:
    """Return a tunnel that is down now, with when it was seen."""
    said = _when(seen, zone)
    return replace(
        seen.tunnel,
        state=State.DOWN,
        state_reason=Text(f"not there now; {said.en}", f"现已不存在；{said.zh}"),
        ifindex=None,
        outer_id=None,
        witnesses=(*seen.tunnel.witnesses, Witness(probe=PROBE, says=said.en.replace(" between two scans", ""))),
    )


def _when(seen: Seen, zone: tzinfo) -> Text:
    """Return when a tunnel was seen; how long only if its beginning was."""
    last = datetime.fromtimestamp(seen.last_s, zone).isoformat(sep=" ", timespec="seconds")
    if seen.first_s is None:
        return Text(f"it was there before, and until {last}", f"此前已存在，直至{last}")
    at = datetime.fromtimestamp(seen.first_s, zone).isoformat(sep=" ", timespec="seconds")
    seconds = max(1, round(seen.there_s))
    if seen.times > 1:
        return Text(
            f"seen {seen.times} times between two scans, first at {at}, for {seconds} s in all",
            f"在两次扫描之间出现{seen.times}次，首次于{at}，共持续{seconds}秒",
        )
    return Text(f"seen between two scans at {at} for {seconds} s", f"在两次扫描之间于{at}出现，持续{seconds}秒")
