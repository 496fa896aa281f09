"""What the watch saw since the last scan, for the next one: tunnels that are gone again, and when it did not watch."""

import json
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Any

from auditor import technologies
from auditor.correlate.identity import identify
from auditor.history.codec import CodecError, decode
from auditor.model.sightings import BlindSpot, Reason, Scope
from auditor.model.text import Text
from auditor.model.tunnel import Inventory, Layer, State, Tunnel, Witness
from auditor.watch.journal import ALIVE, BEAT_S, DIRECTORY, EVENTS

PROBE = "watch"
_TAKEN = "events.taken"
_MOST_LINE_BYTES = 32 << 20
_MOST_TUNNELS = 2000


@dataclass(frozen=True, slots=True)
class Between:
    """What happened between two scans: tunnels that the watch saw, with when, and what it could not hear."""

    tunnels: tuple["Seen", ...] = ()
    gaps: tuple[BlindSpot, ...] = ()


NO_WATCH = Between()


@dataclass(frozen=True, slots=True)
class Seen:
    """One tunnel that the watch saw: as it was, from when until when (Unix time)."""

    tunnel: Tunnel
    first_s: float
    last_s: float


@dataclass(slots=True)
class _Reading:
    """What the lines said so far."""

    tunnels: dict[str, Tunnel] = field(default_factory=dict)
    spans: dict[str, list[float]] = field(default_factory=dict)
    devices: dict[int, tuple[str, str, float]] = field(default_factory=dict)
    gone: list[tuple[str, str, float, float]] = field(default_factory=list)
    gaps: list[BlindSpot] = field(default_factory=list)
    stopped: bool = False
    now: set[str] = field(default_factory=set)


def taken(report_directory: Path, scope: Scope, now_s: float) -> Between:
    """Return what the watch wrote since the last scan that was stored; nothing if there is no watch.

    The lines are set aside, so that the watch goes on in a new file; `settled` drops them once the scan is stored.
    """
    directory = report_directory / DIRECTORY
    if not directory.is_dir():
        return NO_WATCH
    reading = _Reading()
    try:
        _set_aside(directory)
        for line in _lines(directory / _TAKEN):
            _read(reading, line, scope)
    except OSError as error:
        reading.gaps.append(_gap(scope, Reason.PERMISSION, f"cannot be read: {error.strerror}"))
    if not reading.stopped and not _alive(directory, now_s):
        reading.gaps.append(_gap(scope, Reason.KILLED, "the watch is not running: what came and went is not known"))
    return Between(tuple(_seen(reading, scope)), tuple(dict.fromkeys(reading.gaps)))


def settled(report_directory: Path) -> None:
    """Drop what `taken` set aside: the scan that reports it is stored."""
    with suppress(OSError):
        (report_directory / DIRECTORY / _TAKEN).unlink()


def _set_aside(directory: Path) -> None:
    """Move the events aside, behind those that an earlier scan took and could not store; raises OSError."""
    events, aside = directory / EVENTS, directory / _TAKEN
    if not events.exists():
        return
    if not aside.exists():
        events.rename(aside)
        return
    moved = directory / f"{EVENTS}.{time.time_ns()}"
    events.rename(moved)
    with aside.open("ab") as stream:
        stream.write(moved.read_bytes())
    moved.unlink()


def _lines(path: Path) -> Iterator[bytes]:
    """Yield the lines of a file that may not be there; raises OSError."""
    try:
        with path.open("rb") as stream:
            while line := stream.readline(_MOST_LINE_BYTES):
                yield line
    except FileNotFoundError:
        return


def _alive(directory: Path, now_s: float) -> bool:
    """Return whether the watch showed itself within the last beats."""
    try:
        return now_s - (directory / ALIVE).stat().st_mtime < 3 * BEAT_S
    except OSError:
        return False


def _read(reading: _Reading, line: bytes, scope: Scope) -> None:
    """Take in one line; one that cannot be read is a gap."""
    try:
        event = json.loads(line)
        at_s, what = float(event["at_s"]), event["what"]
        if what == "look":
            _look(reading, event, at_s)
        elif what == "device":
            _device(reading, event, at_s)
        elif what == "gap":
            reading.gaps.append(_gap(scope, _REASONS.get(event["why"], Reason.CRASHED), _source(event)))
        elif what in ("start", "stop"):
            reading.stopped = what == "stop"
    except (ValueError, TypeError, KeyError, CodecError, RecursionError):
        reading.gaps.append(_gap(scope, Reason.UNPARSED, "a line of what the watch wrote is damaged"))


_REASONS = {"overflow": Reason.OVERFLOW, "full": Reason.TRUNCATED, "refused": Reason.PERMISSION}


def _source(event: dict[str, Any]) -> str:
    """Return what a gap is about, of the sources that the watch has."""
    source = event.get("source")
    known = source if source in ("devices", "addresses and routes", "ipsec", "look") else "events"
    return f"{known}: some were not heard"


def _look(reading: _Reading, event: dict[str, Any], at_s: float) -> None:
    """Take in one look: the tunnels it wrote down for the first time, and which were there."""
    for value in event["tunnels"][:_MOST_TUNNELS]:
        tunnel = decode(Tunnel, value)
        reading.tunnels[tunnel.id] = tunnel
    reading.now = set(event["states"])
    for id_, state in event["states"].items():
        if state != State.DOWN.value:
            reading.spans.setdefault(str(id_), [at_s, at_s])[1] = at_s


def _device(reading: _Reading, event: dict[str, Any], at_s: float) -> None:
    """Take in one device that came or went."""
    index, name, kind = int(event["index"]), str(event["name"])[:64], str(event["kind"])[:64]
    if event["there"]:
        reading.devices.setdefault(index, (name, kind, at_s))
        return
    known, _, came_s = reading.devices.pop(index, (name, kind, at_s))
    reading.gone.append((known, kind, came_s, at_s))


def _seen(reading: _Reading, scope: Scope) -> Iterator[Seen]:
    """Yield what was seen: tunnels of looks, and devices that no look came in time for."""
    names = {tunnel.interface for tunnel in reading.tunnels.values() if tunnel.interface}
    ends = {name: gone_s for name, _, _, gone_s in reading.gone}
    begins = {name: came_s for name, _, came_s, _ in reversed(reading.gone)}
    for id_, (first_s, last_s) in reading.spans.items():
        if (tunnel := reading.tunnels.get(id_)) is not None:
            name = tunnel.interface or ""
            yield Seen(tunnel, min(first_s, begins.get(name, first_s)), max(last_s, ends.get(name, last_s)))
    found: dict[str, Seen] = {}
    for name, kind, came_s, gone_s in reading.gone:
        if name not in names and (tunnel := _of_device(name, kind, scope)) is not None:
            before = found.get(tunnel.id)
            found[tunnel.id] = Seen(tunnel, before.first_s if before else came_s, gone_s)
    yield from list(found.values())[:_MOST_TUNNELS]


def _of_device(name: str, kind: str, scope: Scope) -> Tunnel | None:
    """Return the tunnel that a device was of which nothing is known but name and kind; None if it was none."""
    table = technologies.load()
    if kind in table.devices:
        return None
    known = table.by_kind.get(kind)
    technology = known.id if known else "tun"
    return Tunnel(
        id=identify(scope, "device", kind, name),
        technology=technology,
        scope=scope,
        state=State.DOWN,
        state_reason=_SHORT,
        layers=(Layer(technology=technology, door=kind),),
        interface=name,
    )


_SHORT = Text("gone before it could be looked at", "在能够查看之前已消失")


def _gap(scope: Scope, reason: Reason, detail: str) -> BlindSpot:
    """Return a gap of the watch."""
    return BlindSpot(
        probe=PROBE, scope=scope.label, source="events between scans", reason=reason, detail=detail, hides=_HIDES
    )


_HIDES = ("tun", "tap", "wireguard", "ipsec", "openvpn", "gre", "ipip", "sit", "vxlan", "l2tp", "ppp", "ssh")


def with_gone(inventory: Inventory, between: Between, zone: tzinfo) -> Inventory:
    """Return `inventory` with the tunnels that the watch saw and that are gone; times are told in `zone`."""
    there = {tunnel.id for tunnel in inventory.tunnels}
    gone = tuple(_gone(seen, zone) for seen in _outermost(between.tunnels) if seen.tunnel.id not in there)
    return replace(inventory, tunnels=(*inventory.tunnels, *gone))


def _outermost(tunnels: Iterable[Seen]) -> list[Seen]:
    """Return each tunnel once, by id."""
    return list({seen.tunnel.id: seen for seen in tunnels}.values())


def _gone(seen: Seen, zone: tzinfo) -> Tunnel:
    """Return a tunnel that is down now, with when it was seen."""
    at = datetime.fromtimestamp(seen.first_s, zone).isoformat(sep=" ", timespec="seconds")
    seconds = max(1, round(seen.last_s - seen.first_s))
    reason = Text(
        f"not there now; seen between two scans at {at} for {seconds} s",
        f"现已不存在；在两次扫描之间于{at}出现，持续{seconds}秒",
    )
    witness = Witness(probe=PROBE, says=f"seen at {at} for {seconds} s")
    return replace(
        seen.tunnel,
        state=State.DOWN,
        state_reason=reason,
        ifindex=None,
        outer_id=None,
        witnesses=(*seen.tunnel.witnesses, witness),
    )
