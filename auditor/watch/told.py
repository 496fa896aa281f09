"""Lines that the watch wrote -> tunnels that were there, with when, and what it could not hear. Pure."""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeVar

from auditor import technologies
from auditor.correlate.identity import identify
from auditor.history.codec import CodecError, decode
from auditor.model.sightings import BlindSpot, Reason, Scope
from auditor.model.text import Text
from auditor.model.tunnel import Layer, State, Tunnel

T = TypeVar("T")
PROBE = "watch"
_MOST_TUNNELS = 2000
_MOST_CHARACTERS = 128
_UNSAFE = re.compile(r"[^\w.+@:/# -]")
_HIDES = ("tun", "tap", "wireguard", "ipsec", "openvpn", "gre", "ipip", "sit", "vxlan", "l2tp", "ppp", "ssh")
_REASONS = {
    "overflow": Reason.OVERFLOW,
    "full": Reason.TRUNCATED,
    "refused": Reason.PERMISSION,
    "killed": Reason.KILLED,
}
_SOURCES = ("devices", "addresses and routes", "ipsec", "look")
_SHORT = Text("gone before it could be looked at", "在能够查看之前已消失")
TOO_MANY = f"more than {_MOST_TUNNELS} tunnels came and went: the others are left out"
DAMAGED = "a line of what the watch wrote is damaged"
RESTARTED = "the watch was killed and started again: what came and went in between is not known"


@dataclass(frozen=True, slots=True)
class Seen:
    """One tunnel that the watch saw, as it was; Unix times.

    `first_s` is None if it was there already when the last scan was made or the watch began. `times` is how often it
    came, `there_s` how long it was there in all since the last scan. `heard`: the events of its device say so, and
    not only looks, between which it may have been there longer.
    """

    tunnel: Tunnel
    first_s: float | None
    last_s: float
    times: int
    there_s: float
    heard: bool


class Key(NamedTuple):
    """A device: the inode of its namespace, and its name."""

    netns: int
    name: str


def place_of(tunnel: Tunnel) -> Key | None:
    """Return the device that a tunnel is, None for one without."""
    return Key(tunnel.scope.inode, tunnel.interface) if tunnel.interface else None


class Life(NamedTuple):
    """A device that is gone: its kind, when it came (None: before these lines begin) and when it went."""

    kind: str
    came_s: float | None
    gone_s: float


class _There(NamedTuple):
    """A device that is there, as far as the lines read so far tell."""

    key: Key
    kind: str
    came_s: float | None


@dataclass(slots=True)
class Reading:
    """What the lines said so far; `home` is the namespace of the scan that reads them."""

    home: Scope
    tunnels: dict[str, Tunnel] = field(default_factory=dict)
    spans: dict[str, list[float]] = field(default_factory=dict)
    lives: dict[Key, list[Life]] = field(default_factory=dict)
    gaps: list[BlindSpot] = field(default_factory=list)
    deaf: dict[int, tuple[str, int]] = field(default_factory=dict)
    stopped: bool = False
    _names: dict[int, str] = field(default_factory=dict)
    _there: dict[tuple[int, int], _There] = field(default_factory=dict)
    _before: dict[tuple[int, int], _There] = field(default_factory=dict)
    _restart_s: float = 0.0

    def read(self, lines: Iterable[bytes]) -> None:
        """Take in lines; one that cannot be read is a gap."""
        for line in lines:
            try:
                event = json.loads(line)
                self._event(event, float(event["at_s"]), event["what"])
            except (ValueError, TypeError, KeyError, AttributeError, CodecError, RecursionError):
                self.gaps.append(gap(self.home.label, Reason.UNPARSED, DAMAGED))

    def _event(self, event: dict[str, Any], at_s: float, what: str) -> None:
        """Take in one line; raises what reading a foreign form raises."""
        if what == "look":
            self._look(event, at_s)
        elif what == "device":
            self._device(event, at_s)
        elif what == "deaf":
            self.deaf[int(event["netns"])] = (safe(event["space"]), int(event["errno"]))
        elif what == "gap":
            self._gap(event)
        elif what in ("start", "stop"):
            self.stopped = what == "stop"
            if what == "start":
                self._lost()
                self._before, self._there, self._restart_s = self._there, {}, at_s

    def _gap(self, event: dict[str, Any]) -> None:
        """Take in what the watch could not hear."""
        source = event.get("source")
        detail = f"{source if source in _SOURCES else 'events'}: some were not heard"
        if event["why"] == "killed":
            detail = RESTARTED
        self.gaps.append(gap(self.home.label, _REASONS.get(event["why"], Reason.CRASHED), detail))

    def _look(self, event: dict[str, Any], at_s: float) -> None:
        """Take in one look: the tunnels it wrote down for the first time, and which were there."""
        for value in self._most(event["tunnels"]):
            tunnel = decode(Tunnel, value)
            self.tunnels.pop(tunnel.id, None)  # so that the last ones stand last
            self.tunnels[tunnel.id] = tunnel
        for inode, name in event.get("scopes", {}).items():
            self._names[int(inode)] = safe(name)
        for id_, state in event["states"].items():
            if state != State.DOWN.value or _in_kernel(self.tunnels.get(id_)):
                self.spans.setdefault(str(id_), [at_s, at_s])[1] = at_s

    def _device(self, event: dict[str, Any], at_s: float) -> None:
        """Take in one device that came or went."""
        netns = int(event.get("netns", self.home.inode))
        index, key, kind = int(event["index"]), Key(netns, str(event["name"])[:64]), str(event["kind"])[:64]
        if netns != self.home.inode:
            self._names.setdefault(netns, safe(event["space"]))
        known = self._there.pop((netns, index), None)
        if event["there"]:
            if known is None and event.get("was"):
                known = self._before.pop((netns, index), None)
            came_s = known.came_s if known else None if event.get("was") else at_s
            self._there[netns, index] = _There(key, kind, came_s)
        else:
            self._ended(known or _There(key, kind, None), at_s)

    def _ended(self, device: _There, at_s: float) -> None:
        """Note the end of a device."""
        self.lives.setdefault(device.key, []).append(Life(device.kind, device.came_s, at_s))

    def _lost(self) -> None:
        """Note the end of devices that were gone when the watch was started again."""
        for device in self._before.values():
            self._ended(device, self._restart_s)
        self._before = {}

    def seen(self) -> Iterator[Seen]:
        """Yield what was seen: tunnels of looks, and devices that no look came in time for."""
        self._lost()
        last = self._under_last_names()
        looked_at = {place_of(tunnel) for tunnel in last.values()}
        spans = self._spans(last)
        for tunnel in {tunnel.id: tunnel for tunnel in last.values()}.values():
            lives = self.lives.get(Key(tunnel.scope.inode, tunnel.interface or ""), [])
            if lives:
                yield _seen(tunnel, lives)
            elif tunnel.id in spans:
                first_s, last_s = spans[tunnel.id]
                yield Seen(tunnel, first_s, last_s, 1, last_s - first_s, heard=False)
        found: dict[str, Seen] = {}
        for key, lives in self.lives.items():
            if key not in looked_at and (device := self._of_device(key, lives[-1].kind)) is not None:
                found[device.id] = _seen(device, lives)
        yield from self._most(list(found.values()))

    def _under_last_names(self) -> dict[str, Tunnel]:
        """Return the tunnels of looks by each id that they had, as the last look called them.

        A namespace that is called by a program gets another name when others of that program come and go, and its
        tunnels other ids. They are one tunnel all the same.
        """
        last = {place: tunnel for tunnel in self.tunnels.values() if (place := place_of(tunnel))}
        found: dict[str, Tunnel] = {}
        for id_, tunnel in self.tunnels.items():
            place = place_of(tunnel)
            named = last[place] if place else tunnel
            found[id_] = named if named.scope.name != tunnel.scope.name else tunnel
        return found

    def _spans(self, tunnels: dict[str, Tunnel]) -> dict[str, tuple[float, float]]:
        """Return from when until when looks saw each of `tunnels`, whatever id it had."""
        found: dict[str, tuple[float, float]] = {}
        for id_, (first_s, last_s) in self.spans.items():
            now = tunnels[id_].id if id_ in tunnels else id_
            before_s, after_s = found.get(now, (first_s, last_s))
            found[now] = min(first_s, before_s), max(last_s, after_s)
        return found

    def _most(self, found: list[T]) -> list[T]:
        """Return what was found, up to a limit; what is left out is a gap."""
        if len(found) > _MOST_TUNNELS:
            self.gaps.append(gap(self.home.label, Reason.TRUNCATED, TOO_MANY))
        return found[:_MOST_TUNNELS]

    def _of_device(self, key: Key, kind: str) -> Tunnel | None:
        """Return the tunnel that a device was of which nothing is known but name and kind; None if it was none."""
        table = technologies.load()
        if kind in table.devices:
            return None
        known = table.by_kind.get(kind)
        technology = known.id if known else "tun"
        scope = (
            self.home if key.netns == self.home.inode else Scope(name=self.name_of(key.netns), inode=key.netns, door="")
        )
        return Tunnel(
            id=identify(scope, "device", kind, key.name),
            technology=technology,
            scope=scope,
            state=State.DOWN,
            state_reason=_SHORT,
            layers=(Layer(technology=technology, door=kind),),
            interface=key.name,
        )

    def name_of(self, netns: int) -> str:
        """Return what to call a namespace: as the last look did, else as the watch did."""
        return self._names.get(netns, f"number {netns}")


def _seen(tunnel: Tunnel, lives: list[Life]) -> Seen:
    """Return a tunnel with all the times that its device was there."""
    came = [life.came_s for life in lives]
    there_s = sum(life.gone_s - life.came_s for life in lives if life.came_s is not None)
    return Seen(
        tunnel, None if None in came else min(filter(None, came)), lives[-1].gone_s, len(lives), there_s, heard=True
    )


def _in_kernel(tunnel: Tunnel | None) -> bool:
    """Return whether a tunnel that is down was in force all the same: IPsec policies wait in the kernel for traffic."""
    return tunnel is not None and any(witness.probe == "xfrm" for witness in tunnel.witnesses)


def safe(name: object) -> str:
    """Return a name of a namespace without characters that a terminal or a report could take for anything else."""
    return _UNSAFE.sub("_", str(name))[:_MOST_CHARACTERS] or "_"


def gap(scope: str, reason: Reason, detail: str, needs: str | None = None) -> BlindSpot:
    """Return a gap of the watch."""
    return BlindSpot(
        probe=PROBE,
        scope=scope,
        source="events between scans",
        reason=reason,
        detail=detail,
        hides=_HIDES,
        needs=needs,
    )
