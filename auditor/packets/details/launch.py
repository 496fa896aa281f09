"""The two ways to begin the process that dissects: as a program of its own, or as a copy of this one.

A copy costs half as much, since Python and what both need are there already. But it holds whatever this process knows:
it is for a command that has read a capture and nothing else, no configuration, no register.
"""

import os
import signal
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from fcntl import F_DUPFD_CLOEXEC, fcntl
from typing import NoReturn

_START = (
    "import gc, sys; gc.disable(); sys.path[:] = sys.argv[3:]; "
    "from auditor.packets.details.child import main; main(int(sys.argv[1]), spare=sys.argv[2] == 'spare')"
)
_ENVIRONMENT = {"HOME": "/nonexistent", "LANG": "C.UTF-8"}
_BROKEN = 1
_PAUSE_S = 0.001
_THREADS = "/proc/self/task"
_FIRST_FREE = 3  # the numbers below are standard streams


class Child:
    """A process with a pipe to its standard input and one from its output: `door`, None once closed, and `ear`."""

    def __init__(self, number: int, door: int, ear: int) -> None:
        """Keep its process number and this side's ends of the pipes."""
        self._number: int | None = number
        self.door: int | None = door
        self.ear = ear
        os.set_blocking(door, False)

    def told(self) -> None:
        """Close its standard input: there is nothing more."""
        if self.door is not None:
            os.close(self.door)
            self.door = None

    def code(self, deadline_s: float) -> int:
        """Return its exit code, less than 0 for a signal; raises TimeoutError if it goes on until `deadline_s`.

        Where this process was told to ignore the end of its children, the code is lost: 0.
        """
        assert self._number is not None
        while True:
            try:
                number, status = os.waitpid(self._number, os.WNOHANG)
            except ChildProcessError:
                number, status = self._number, 0
            if number:
                self._number = None
                return os.waitstatus_to_exitcode(status)
            if time.monotonic() >= deadline_s:
                raise TimeoutError
            time.sleep(_PAUSE_S)

    def end(self) -> None:
        """End it, if it has not ended by itself, and close what is open here."""
        if self._number is not None:
            with suppress(ProcessLookupError, ChildProcessError):
                os.kill(self._number, signal.SIGKILL)
                os.waitpid(self._number, 0)
            self._number = None
        self.told()
        os.close(self.ear)


Launch = Callable[[str], Child]
"""Begins the process; told how much of Scapy it loads: spare (stand-ins for the rest) or whole. Raises OSError."""


def program(how: str) -> Child:
    """Begin a program of its own, which knows nothing of this one but where modules are; raises OSError."""
    path = [entry or os.getcwd() for entry in sys.path]  # noqa: PTH109 - pathlib takes 2 ms to load
    command = [sys.executable, "-I", "-S", "-B", "-c", _START, str(os.getpid()), how, *path]

    def begin(inside: int, outside: int, nowhere: int) -> int:
        places = [(os.POSIX_SPAWN_DUP2, number, place) for place, number in enumerate((inside, outside, nowhere))]
        return os.posix_spawn(sys.executable, command, _ENVIRONMENT, file_actions=places)

    return _with_pipes(begin)


def copy(how: str) -> Child:
    """Begin a copy of this process, or a program where there are threads, which fork(2) is not for; raises OSError."""
    with os.scandir(_THREADS) as threads:
        if len(list(threads)) > 1:
            return program(how)
    parent = os.getpid()

    def begin(inside: int, outside: int, nowhere: int) -> int:
        number = os.fork()
        if number == 0:
            _be_the_child(parent, how, (inside, outside, nowhere))
        return number

    return _with_pipes(begin)


def _be_the_child(parent: int, how: str, streams: tuple[int, int, int]) -> NoReturn:
    """Do in a copy what a program would; never returns."""
    code = _BROKEN
    try:
        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)
        for place, stream in enumerate(streams):
            os.dup2(stream, place)
        os.environ.clear()
        os.environ.update(_ENVIRONMENT)
        sys.dont_write_bytecode = True
        from auditor.packets.details.child import main

        main(parent, spare=how == "spare")
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else _BROKEN
    finally:
        os._exit(code)


def _with_pipes(begin: Callable[[int, int, int], int]) -> Child:
    """Return the process that `begin` begins with a standard input, output and error; raises OSError."""
    with ExitStack() as theirs, ExitStack() as ours:
        inside, door = _pipe(theirs, ours)
        ear, outside = _pipe(ours, theirs)
        nowhere = _kept(os.open(os.devnull, os.O_WRONLY), theirs)
        number = begin(inside, outside, nowhere)
        ours.pop_all()
    return Child(number, door, ear)


def _pipe(reader: ExitStack, writer: ExitStack) -> tuple[int, int]:
    """Return the two ends of a new pipe, each closed with the stack of whose it is; raises OSError."""
    end, beginning = os.pipe()
    return _kept(end, reader), _kept(beginning, writer)


def _kept(number: int, owner: ExitStack) -> int:
    """Return what `number` opens, closed with `owner`, and not where a standard stream has its place."""
    if number < _FIRST_FREE:
        low, number = number, fcntl(number, F_DUPFD_CLOEXEC, _FIRST_FREE)
        os.close(low)
    owner.callback(os.close, number)
    return number
