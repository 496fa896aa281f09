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
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial

from auditor.errors import SourceError
from auditor.watch import sources, spaces
from auditor.watch.ears import Ears
from auditor.watch.journal import BEAT_S, NAMES, Journal
from auditor.watch.programs import Programs

_QUIET_S = 0.3
_LONGEST_WAIT_FOR_QUIET_S = 2.0
_LEAST_BETWEEN_LOOKS_S = 1.0
_SHARE = 1 / 20
_MOST_SAVED_S = 5.0
_POLL_PROCESSES_S = 5.0
_SOON_S = 0.1
_LEAST_BETWEEN_AROUNDS_S = 0.5
_LOOK_AROUND_S = 300.0


class Watch:
    """One watch, over the namespace that this process is in and those it can reach; `look` is run in a child."""

    def __init__(self, journal: Journal, look: Callable[[], None], clock: Callable[[], float] = time.time) -> None:
        """Write to `journal`; `clock` gives Unix time."""
        self._journal = journal
        self._look = look
        self._clock = clock
        self._ears = Ears(journal, clock, self)
        self._programs = Programs(journal.directory / NAMES)
        self._poll = select.poll()
        self._open: dict[int, tuple[socket.socket | int, Callable[[], None]]] = {}
        self._idle_fds: set[int] = set()
        self._changed_s: float | None = None
        self._last_change_s = 0.0
        self._around_s = self._around_before_s = 0.0
        self._expected = False
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
        self._begin()
        next_beat_s = 0.0
        while not self._stopped:
            now = time.monotonic()
            if now >= next_beat_s or self._ears.news:
                self._beat(stopped=False)
                next_beat_s = now + BEAT_S
            for descriptor, _ in self._poll.poll(self._wait_ms(now, next_beat_s)):
                if descriptor in self._open:
                    self._open[descriptor][1]()
            if self._programs.polled:
                self._started(self._programs.appeared())
            self._reap()
            if time.monotonic() >= self._around_s:
                self._look_around()
            self._look_if_due(time.monotonic())
        self._journal.write(self._clock(), "stop")
        self._beat(stopped=True)

    def _begin(self) -> None:
        """Listen everywhere; a watch before this one that did not stop by itself leaves a gap."""
        before = self._journal.last_state()
        self._journal.write(self._clock(), "start")
        if before.get("stopped") is False:
            self._journal.write(self._clock(), "gap", why="killed", source="watch")
        self._ears.begin()
        with suppress(OSError):
            mounts = os.open("/proc/self/mountinfo", os.O_RDONLY | os.O_CLOEXEC)
            self.add(mounts, self._on_mounts, select.POLLPRI)
        try:
            found = sources.processes()
        except OSError:
            self._programs.polled = True
        else:
            self.add(found, partial(self._on_programs, found))
        self._around_s = time.monotonic() + _LOOK_AROUND_S
        self.mark()

    def _beat(self, *, stopped: bool) -> None:
        """Show that the watch is alive, what it cannot hear, and when it last wrote something down."""
        self._ears.news = False
        deaf = {str(inode): [name, errno] for inode, (name, errno) in sorted(self._ears.deaf.items())}
        last_s = None if self._journal.last_s is None else round(self._journal.last_s)
        self._journal.beat(pid=os.getpid(), stopped=stopped, last_s=last_s, deaf=deaf, whole=self._ears.whole)

    def add(self, found: socket.socket | int, handle: Callable[[], None], mask: int = select.POLLIN) -> None:
        """Wait for `found` from now on."""
        descriptor = found if isinstance(found, int) else found.fileno()
        self._open[descriptor] = (found, handle)
        self._poll.register(descriptor, mask)

    def add_change(self, found: socket.socket) -> None:
        """Wait for any message on `found`, which means that something changed."""
        self.add(found, partial(self._on_change, found))

    def drop(self, found: socket.socket | int) -> None:
        """Wait for `found` no more, and close it."""
        descriptor = found if isinstance(found, int) else found.fileno()
        del self._open[descriptor]
        if descriptor in self._idle_fds:
            self._idle_fds.remove(descriptor)
        else:
            self._poll.unregister(descriptor)
        if isinstance(found, int):
            os.close(found)
        else:
            found.close()

    def _wait_ms(self, now: float, next_beat_s: float) -> int:
        """Return how long to wait for events."""
        until = next_beat_s
        if self._programs.polled:
            until = min(until, now + _POLL_PROCESSES_S)
        until = min(until, self._around_s)
        if self._child is not None:
            until = min(until, now + 0.2)
        elif self._changed_s is not None:
            until = min(until, self._due_s())
        return max(1, round((until - now) * 1000))

    def mark(self) -> None:
        """Note that something changed that is worth a look."""
        self._last_change_s = time.monotonic()
        if self._changed_s is None:
            self._changed_s = self._last_change_s

    def _due_s(self) -> float:
        """Return when the next look is due: after a quiet moment, but not for ever later."""
        assert self._changed_s is not None
        quiet = min(self._last_change_s + _QUIET_S, self._changed_s + _LONGEST_WAIT_FOR_QUIET_S)
        return max(quiet, self._not_before_s)

    def _on_mounts(self) -> None:
        """Look around soon: a namespace may have been mounted, which takes more than one step."""
        soon_s = max(time.monotonic() + _SOON_S, self._around_before_s + _LEAST_BETWEEN_AROUNDS_S)
        self._around_s = min(self._around_s, soon_s)
        self._expected = True

    def _look_around(self) -> None:
        """Find namespaces that came and went; what is in one that came unnoticed has been there for some time."""
        self._ears.look_around(was=not self._expected)
        self._expected = False
        self._around_before_s = time.monotonic()
        self._around_s = self._around_before_s + _LOOK_AROUND_S

    def _on_change(self, found: socket.socket) -> None:
        """Note a change of addresses, routes or IPsec; more of them are not waited for until the next look."""
        if sources.changed(found):
            self.mark()
        self._poll.unregister(found)
        self._idle_fds.add(found.fileno())

    def _on_programs(self, found: socket.socket) -> None:
        """Take note of programs that started."""
        try:
            pids = sources.started(found)
        except OSError:
            self.mark()
            self._on_mounts()
            return
        self._started(pids)

    def _started(self, pids: Iterable[int]) -> None:
        """Note programs that can carry a tunnel, and listen to a namespace that one of them is the first in."""
        carries = False
        for pid in pids:
            try:
                space = spaces.of_process(pid, self._ears.knows)
            except FileNotFoundError:
                continue  # it has ended already
            except OSError:
                space = None
            if space is not None:
                self._ears.attend(space)
            carries = carries or self._programs.carries(pid)
        if carries:
            self.mark()

    def _look_if_due(self, now: float) -> None:
        """Have a look in a child, if something changed and the time has come."""
        if self._child is not None or self._changed_s is None or now < self._due_s():
            return
        for descriptor in self._idle_fds:
            found = self._open[descriptor][0]
            if isinstance(found, socket.socket):
                sources.changed(found, 1 << 16)
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
            self._look_around()
            if status != 0:
                self._journal.write(self._clock(), "gap", why="look failed", source="look")


def _in_child(look: Callable[[], None]) -> None:
    """Have a look and end; a child never returns into the watch."""
    code = 1
    try:
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)
        with suppress(OSError):
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
