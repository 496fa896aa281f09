"""What the watch hears of devices, in its own network namespace and in every other one that it can reach.

Namespaces that have a number in the own one are heard from here: the kernel passes their events on, and nothing is
entered or kept alive. Others are entered once, to leave a listening socket there (CAP_SYS_ADMIN). Such a socket keeps
its namespace alive, so it is closed as soon as no process and no mount has the namespace any more. Where neither is
possible, the next report says which namespace was not listened to.
"""

import os
import select
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from socket import socket
from typing import Any, Protocol

from auditor.errors import SourceError
from auditor.watch import sources, spaces
from auditor.watch.journal import Journal
from auditor.watch.spaces import Space

# Devices that are never tunnels and come and go by the hundred where containers run.
_PLAIN = {"veth", "bridge", "bond", "team", "dummy", "vlan", "macvlan", "macvtap", "ipvlan", "ifb", "vrf", "nlmon"}
_MOST_ENTERED = 200
Known = tuple[str, str | None, bool]


class Waiting(Protocol):
    """What waits for events: descriptors and what to call when there is something."""

    def add(self, found: socket | int, handle: Callable[[], None], mask: int = select.POLLIN) -> None:
        """Wait for `found` from now on."""

    def add_change(self, found: socket) -> None:
        """Wait for any message on `found`, which means that something changed."""

    def drop(self, found: socket | int) -> None:
        """Wait for `found` no more, and close it."""

    def mark(self) -> None:
        """Note that something changed that is worth a look."""


@dataclass(slots=True)
class Ear:
    """The devices of one namespace as they were heard; `space` is None for the own one.

    `nsid` is its number here, for one that is heard from here; else `sockets` are those left in it, and `ended` is a
    descriptor that tells when the process ends by which it was found.
    """

    write: Callable[..., None]
    space: Space | None = None
    nsid: int | None = None
    sockets: tuple[socket, ...] = ()
    ended: int | None = None
    _known: dict[int, Known] = field(default_factory=dict)

    def hear(self, event: sources.Device, *, was: bool = False) -> bool:
        """Write down one device, if that it is there, or up, is new; return whether it did.

        `was`: it had been there before anybody listened.
        """
        before = self._known.get(event.index)
        if event.there:
            self._known[event.index] = now = (event.name, event.kind, event.up)
            if now == before:
                return False
        elif before is None:
            return False
        else:
            del self._known[event.index]
        if event.kind in _PLAIN or (event.kind is None and (before is None or before[1] is None)):
            return False
        said: dict[str, Any] = {"name": event.name, "kind": event.kind, "index": event.index}
        if self.space is not None:
            said |= {"netns": self.space.inode, "space": self.space.name}
        if was:
            said["was"] = True
        self.write("device", **said, there=event.there, up=event.there and event.up)
        return True

    def compare(self, there: Iterable[sources.Device], *, was: bool = False) -> bool:
        """Learn which devices there are, write down those that went or came unheard; return whether any did."""
        present = {device.index: device for device in there}
        gone = [(index, known) for index, known in self._known.items() if index not in present]
        changed = [self.hear(sources.Device(False, index, name, kind, False)) for index, (name, kind, _) in gone]
        changed += [self.hear(device, was=was) for device in present.values()]
        return any(changed)


class Ears:
    """The ears of one watch; what they hear goes into `journal`.

    `deaf` are the namespaces, by inode, that cannot be listened to, each with its name and the errno; `whole` is
    whether every process could be asked for its namespace, `news` whether either changed since somebody last asked.
    """

    def __init__(self, journal: Journal, clock: Callable[[], float], waiting: Waiting) -> None:
        """Hear nothing yet; `clock` gives Unix time."""
        self._journal = journal
        self._clock = clock
        self._waiting = waiting
        self._wide = sources.holds(sources.CAP_NET_BROADCAST)
        self._own_inode = Path("/proc/self/ns/net").stat().st_ino
        self._home = Ear(self._write)
        self._others: dict[int, Ear] = {}
        self._numbered: dict[int, Ear] = {}
        self.deaf: dict[int, tuple[str, int]] = {}
        self.whole = True
        self.news = False
        self._may_ask = sources.holds(sources.CAP_SYS_PTRACE)

    def _write(self, what: str, **values: object) -> None:
        """Add a line to the journal."""
        self._journal.write(self._clock(), what, **values)

    def begin(self) -> None:
        """Listen; what is there already is written down as such. Raises OSError, SourceError for the own namespace."""
        found = sources.devices(others=self._wide)
        self._waiting.add(found, partial(self._on_home, found))
        for name, opened in (("addresses and routes", sources.changes), ("ipsec", sources.ipsec)):
            try:
                self._waiting.add_change(opened(others=self._wide))
            except OSError as error:
                self._write("gap", why="refused", source=name, errno=error.errno)
        self._home.compare(sources.present(), was=True)
        self.look_around(was=True)

    def look_around(self, *, was: bool = False) -> None:
        """Find namespaces that came and went; raises nothing."""
        here = {space.inode: space for space in (*spaces.mounted(), *spaces.by_looks(self._journal.directory))}
        inhabited, whole = spaces.of_processes({self._own_inode, *here})
        # NOTE: a process that cannot be asked although that is allowed is a gap of the scan, which meets it too.
        before, self.whole = self.whole, whole or self._may_ask
        self.news = self.news or self.whole != before
        here = {space.inode: space for space in inhabited} | here
        here.pop(self._own_inode, None)
        for inode, ear in list(self._others.items()):
            if ear.nsid is None and inode not in here:
                self._forget(inode)
        for inode in self.deaf.keys() - here.keys():
            del self.deaf[inode]
            self.news = True
        for inode, space in here.items():
            if inode not in self._others:
                self.attend(space, was=was)
            elif self._others[inode].nsid is None:
                self._keep(self._others[inode], space)

    def knows(self, inode: int) -> bool:
        """Return whether a namespace is the own one, is heard, or is known to be out of reach."""
        return inode == self._own_inode or inode in self._others or inode in self.deaf

    def attend(self, space: Space, *, was: bool = False) -> None:
        """Listen to `space` from now on, or note that it cannot be."""
        ear = Ear(self._write, space=space)
        try:
            ear.nsid = spaces.number_of(space) if self._wide else None
            there = sources.present(ear.nsid) if ear.nsid is not None else self._enter(ear, space)
        except (OSError, SourceError) as error:
            self._cannot(space, error)
            return
        self.news = self.deaf.pop(space.inode, None) is not None or self.news
        self._others[space.inode] = ear
        if ear.nsid is not None:
            self._numbered[ear.nsid] = ear
        if ear.compare(there, was=was):
            self._waiting.mark()

    def _enter(self, ear: Ear, space: Space) -> list[sources.Device]:
        """Leave sockets in `space`, and return its devices; raises OSError, SourceError."""
        if sum(other.nsid is None for other in self._others.values()) >= _MOST_ENTERED:
            raise OSError(0, "too many")
        opened = spaces.inside(space)
        ear.sockets = (opened.devices, *opened.others)
        self._waiting.add(opened.devices, partial(self._on_other, ear))
        for found in opened.others:
            self._waiting.add_change(found)
        self._follow(ear)
        return opened.present

    def _follow(self, ear: Ear) -> None:
        """Wait for the end of the process by which the namespace of `ear` was found."""
        pid = ear.space.pid if ear.space else None
        if pid is None:
            return
        try:
            ear.ended = os.pidfd_open(pid)
        except OSError:  # NOTE: it has ended already; the next look around finds another way or none
            return
        self._waiting.add(ear.ended, partial(self._on_end, ear))

    def _on_end(self, ear: Ear) -> None:
        """See whether a namespace has outlived the process by which it was found."""
        if ear.ended is not None:
            self._waiting.drop(ear.ended)
            ear.ended = None
        self.look_around()
        if ear.sockets and ear.ended is None:
            self._follow(ear)

    def _keep(self, ear: Ear, space: Space) -> None:
        """Change over to another door, or to hearing from here, if the namespace has that by now."""
        if ear.space and not spaces.leads_there(ear.space):
            ear.space = Space(space.inode, ear.space.name, space.door)
            self._follow(ear)
        nsid = spaces.number_of(space) if self._wide else None
        if nsid is not None:
            self._close(ear)
            ear.nsid, self._numbered[nsid] = nsid, ear

    def _cannot(self, space: Space, error: OSError | SourceError) -> None:
        """Note that `space` is not listened to, unless it is gone already."""
        if spaces.leads_there(space) and space.inode not in self.deaf:
            number = error.errno or 0
            self.deaf[space.inode] = (space.name, number)
            self.news = True
            self._write("deaf", netns=space.inode, space=space.name, errno=number)

    def _forget(self, inode: int) -> None:
        """Take note of the end of a namespace: with it went its devices."""
        ear = self._others.pop(inode)
        if ear.compare(()):
            self._waiting.mark()
        if ear.nsid is not None:
            del self._numbered[ear.nsid]
        self._close(ear)

    def _close(self, ear: Ear) -> None:
        """Take back the sockets in a namespace."""
        for found in (*ear.sockets, *(() if ear.ended is None else (ear.ended,))):
            self._waiting.drop(found)
        ear.sockets, ear.ended = (), None

    def _on_home(self, found: socket) -> None:
        """Write down the devices that came, went, or went up or down, here and where events are passed on from."""
        try:
            events = sources.device_events(found)
        except (OSError, SourceError) as error:
            self._lost(error, [self._home, *self._numbered.values()])
            return
        for event in events:
            if isinstance(event, sources.Space):
                self._on_space(event)
            elif (ear := self._numbers(event.nsid)) is not None and ear.hear(event):
                self._waiting.mark()

    def _numbers(self, nsid: int | None) -> Ear | None:
        """Return the ear for events from the namespace with number `nsid`; None if another way hears it."""
        if nsid is None:
            return self._home
        if nsid not in self._numbered:
            self.look_around()
        if nsid not in self._numbered:  # NOTE: kept by a socket alone, or its processes are not to be seen
            self._numbered[nsid] = Ear(self._write, space=Space(-1 - nsid, f"number {nsid}", "/"), nsid=nsid)
        return self._numbered[nsid]

    def _on_space(self, event: sources.Space) -> None:
        """Take note that a namespace got a number here, or ended."""
        if event.there:
            self.look_around()
        elif (ear := self._numbered.get(event.nsid)) is not None and ear.space is not None:
            self._others.setdefault(ear.space.inode, ear)
            self._forget(ear.space.inode)

    def _on_other(self, ear: Ear) -> None:
        """Write down what happened to the devices of another namespace."""
        try:
            events = sources.device_events(ear.sockets[0])
        except (OSError, SourceError) as error:
            self._lost(error, [ear])
            return
        for event in events:
            if isinstance(event, sources.Device) and ear.hear(event):
                self._waiting.mark()

    def _lost(self, error: OSError | SourceError, ears: list[Ear]) -> None:
        """Note that events were lost, and compare with what is there now."""
        self._write("gap", why="overflow", source="devices", errno=error.errno)
        for ear in ears:
            try:
                if ear.nsid is not None or ear.space is None:
                    ear.compare(sources.present(ear.nsid))
                else:
                    ear.compare(spaces.present_in(ear.space))
            except (OSError, SourceError):
                continue  # NOTE: the gap is told; what is there comes with its next event
        self._waiting.mark()
