"""The watch itself: waits for events, writes down devices that come and go, and has a look when something changed.

A look starts as soon as things are quiet for a moment. Looks may take a twentieth of the time and some seconds in a
row before they have to wait: a machine on which things change all day is not kept busy by being watched. What came and
went before a look is still written down.
"""

import os
import select
import signal
import socket
import sys
import time
from collections.abc import Callable
from functools import partial

from auditor.errors import SourceError
from auditor.watch import sources
from auditor.watch.journal import BEAT_S, NAMES, Journal
from auditor.watch.programs import Programs

_QUIET_S = 0.3
_LONGEST_WAIT_FOR_QUIET_S = 2.0
_LEAST_BETWEEN_LOOKS_S = 1.0
_SHARE = 1 / 20
_MOST_SAVED_S = 5.0
_POLL_PROCESSES_S = 5.0
# Devices that are never tunnels and come and go by the hundred where containers run.
_PLAIN = {"veth", "bridge", "bond", "team", "dummy", "vlan", "macvlan", "macvtap", "ipvlan", "ifb", "vrf", "nlmon"}


class Watch:
    """One watch over the namespace that this process is in; `look` is what has a look, in a child."""

    def __init__(self, journal: Journal, look: Callable[[], None], clock: Callable[[], float] = time.time) -> None:
        """Write to `journal`; `clock` gives Unix time."""
        self._journal = journal
        self._look = look
        self._clock = clock
        self._known: dict[int, tuple[str, str | None, bool]] = {}
        self._programs = Programs(journal.directory / NAMES)
        self._poll = select.poll()
        self._open: dict[int, tuple[socket.socket, Callable[[], None]]] = {}
        self._idle_fds: set[int] = set()
        self._changed_s: float | None = None
        self._last_change_s = 0.0
        self._child: int | None = None
        self._began_s = 0.0
        self._saved_s, self._saved_at_s = _MOST_SAVED_S, time.monotonic()
        self._not_before_s = 0.0
        self._stopped = False

    def stop(self) -> None:
        """Let `run` end soon."""
        self._stopped = True

    def run(self) -> None:
        """Watch until stopped; raises OSError or SourceError when devices cannot be watched at all."""
        self._listen()
        self._journal.write(self._clock(), "start")
        self._resync()
        self._mark()
        next_beat_s = 0.0
        while not self._stopped:
            now = time.monotonic()
            if now >= next_beat_s:
                self._journal.beat()
                next_beat_s = now + BEAT_S
            for descriptor, _ in self._poll.poll(self._wait_ms(now, next_beat_s)):
                self._open[descriptor][1]()
            if self._programs.polled and self._programs.appeared():
                self._mark()
            self._reap()
            self._look_if_due(time.monotonic())
        self._journal.write(self._clock(), "stop")

    def _listen(self) -> None:
        """Open every source; what is refused is written down as a gap."""
        devices = sources.devices()
        self._add(devices, partial(self._on_devices, devices))
        for name, opened, handle in (
            ("addresses and routes", sources.changes, self._on_change),
            ("ipsec", sources.ipsec, self._on_change),
        ):
            try:
                found = opened()
            except OSError as error:
                self._journal.write(self._clock(), "gap", why="refused", source=name, errno=error.errno)
                continue
            self._add(found, partial(handle, found))
        try:
            found = sources.processes()
        except OSError:
            self._programs.polled = True
        else:
            self._add(found, partial(self._on_programs, found))

    def _add(self, found: socket.socket, handle: Callable[[], None]) -> None:
        """Wait for `found` from now on."""
        self._open[found.fileno()] = (found, handle)
        self._poll.register(found, select.POLLIN)

    def _wait_ms(self, now: float, next_beat_s: float) -> int:
        """Return how long to wait for events."""
        until = next_beat_s
        if self._programs.polled:
            until = min(until, now + _POLL_PROCESSES_S)
        if self._child is not None:
            until = min(until, now + 0.2)
        elif self._changed_s is not None:
            until = min(until, self._due_s())
        return max(1, round((until - now) * 1000))

    def _mark(self) -> None:
        """Note that something changed."""
        self._last_change_s = time.monotonic()
        if self._changed_s is None:
            self._changed_s = self._last_change_s

    def _due_s(self) -> float:
        """Return when the next look is due: after a quiet moment, but not for ever later."""
        assert self._changed_s is not None
        quiet = min(self._last_change_s + _QUIET_S, self._changed_s + _LONGEST_WAIT_FOR_QUIET_S)
        return max(quiet, self._not_before_s)

    def _on_devices(self, found: socket.socket) -> None:
        """Write down the devices that came, went, or went up or down."""
        try:
            events = sources.device_events(found)
        except (OSError, SourceError) as error:
            self._journal.write(self._clock(), "gap", why="overflow", source="devices", errno=error.errno)
            self._resync()
            self._mark()
            return
        for event in events:
            self._device(event)

    def _device(self, event: sources.Device) -> None:
        """Write down one device, if that it is there, or up, is new."""
        before = self._known.get(event.index)
        if event.there:
            self._known[event.index] = now = (event.name, event.kind, event.up)
            if now == before:
                return
        elif before is None:
            return
        else:
            del self._known[event.index]
        if event.kind not in _PLAIN and (event.kind is not None or (before and before[1] is not None)):
            said = {"name": event.name, "kind": event.kind, "index": event.index}
            self._journal.write(self._clock(), "device", **said, there=event.there, up=event.there and event.up)
            self._mark()

    def _resync(self) -> None:
        """Learn which devices there are, and write down those that went or came unheard."""
        there = {device.index: device for device in sources.present()}
        for index, (name, kind, _) in list(self._known.items()):
            if index not in there:
                self._device(sources.Device(False, index, name, kind, False))
        for device in there.values():
            self._device(device)

    def _on_change(self, found: socket.socket) -> None:
        """Note a change of addresses, routes or IPsec; more of them are not waited for until the next look."""
        if sources.changed(found):
            self._mark()
        self._poll.unregister(found)
        self._idle_fds.add(found.fileno())

    def _on_programs(self, found: socket.socket) -> None:
        """Note that a program started that can carry a tunnel."""
        try:
            pids = sources.started(found)
        except OSError:
            self._mark()
            return
        if any(self._programs.carries(pid) for pid in pids):
            self._mark()

    def _look_if_due(self, now: float) -> None:
        """Have a look in a child, if something changed and the time has come."""
        if self._child is not None or self._changed_s is None or now < self._due_s():
            return
        for descriptor in self._idle_fds:
            sources.changed(self._open[descriptor][0], 1 << 16)
            self._poll.register(descriptor, select.POLLIN)
        self._idle_fds.clear()
        self._changed_s, self._began_s = None, now
        self._child = os.fork()
        if self._child == 0:
            _in_child(self._look)

    def _reap(self) -> None:
        """Take note of a look that has ended."""
        if self._child is None:
            return
        ended, status = os.waitpid(self._child, os.WNOHANG)
        if ended:
            now = time.monotonic()
            self._child = None
            self._saved_s = min(_MOST_SAVED_S, self._saved_s + _SHARE * (now - self._saved_at_s))
            self._saved_s, self._saved_at_s = self._saved_s - (now - self._began_s), now
            self._not_before_s = now + max(_LEAST_BETWEEN_LOOKS_S, -self._saved_s / _SHARE)
            self._programs.read()
            if status != 0:
                self._journal.write(self._clock(), "gap", why="look failed", source="look")


def _in_child(look: Callable[[], None]) -> None:
    """Have a look and end; a child never returns into the watch."""
    code = 1
    try:
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)
        os.nice(10)
        look()
        code = 0
    finally:
        os._exit(code)


def main(arguments: list[str]) -> int:
    """Run ``auditor watch``; return 0 when it was stopped, 3 when it could not watch."""
    from auditor.watch.options import HELP, parse

    wanted = parse(arguments)
    if wanted is None:
        sys.stdout.write(HELP)
        return 3 if arguments and arguments[0] not in ("-h", "--help") else 0
    directory, config = wanted
    journal = Journal(directory)

    def look() -> None:
        from auditor.watch.look import look as have_a_look  # NOTE: everything heavy loads here, in the child

        have_a_look(journal, config)

    watch = Watch(journal, look)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: watch.stop())
    try:
        journal.make()
        watch.run()
    except (OSError, SourceError) as error:
        sys.stderr.write(f"auditor watch: {getattr(error, 'strerror', error) or 'cannot watch'}\n")
        return 3
    return 0
