"""The file of what the watch saw, one JSON object a line; written by appending, taken over by a scan by renaming.

Whoever writes holds the file's lock (flock(2)), and so does a scan before it reads what it has renamed: no line is
written into a file that has been read already.
"""

import fcntl
import json
import os
from contextlib import suppress
from pathlib import Path
from typing import Any

DIRECTORY = "watch"
EVENTS = "events"
NAMES = "programs"
ALIVE = "alive"
MOST_BYTES = 8 << 20
BEAT_S = 60
_APPEND = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW


class Journal:
    """The watch's directory below a report directory."""

    def __init__(self, report_directory: str) -> None:
        """Name the files; `make` makes the directory."""
        self.directory = Path(report_directory) / DIRECTORY
        self._full = False
        self._state: dict[str, Any] | None = None
        self.last_s: float | None = None

    def make(self) -> None:
        """Make the directory; raises OSError."""
        self.directory.mkdir(mode=0o750, parents=True, exist_ok=True)

    def write(self, at_s: float, what: str, **values: object) -> None:
        """Add one event; when the file is full, one line says so and the rest is dropped. Raises OSError."""
        self.last_s = at_s
        line = json.dumps({"at_s": round(at_s, 3), "what": what, **values}, separators=(",", ":")).encode() + b"\n"
        descriptor = self._locked()
        try:
            if os.fstat(descriptor).st_size + len(line) > MOST_BYTES:
                if self._full:
                    return
                line = json.dumps({"at_s": round(at_s, 3), "what": "gap", "why": "full"}).encode() + b"\n"
            self._full = line.endswith(b'"full"}\n')
            _whole(descriptor, line)
        finally:
            os.close(descriptor)

    def _locked(self) -> int:
        """Return the events, open to append and locked: the file that has the name, not one renamed meanwhile."""
        path = self.directory / EVENTS
        while True:
            descriptor = os.open(path, _APPEND, 0o640)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX)
                with suppress(FileNotFoundError):
                    if os.path.samestat(os.fstat(descriptor), path.stat(follow_symlinks=False)):
                        return descriptor
            except BaseException:
                os.close(descriptor)
                raise
            os.close(descriptor)

    def beat(self, **state: object) -> None:
        """Show that the watch is alive, and `state` for whoever asks; raises OSError."""
        path = self.directory / ALIVE
        if state == self._state and path.exists():
            os.utime(path)
            return
        waiting = path.with_suffix(".new")
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW
        with os.fdopen(os.open(waiting, flags, 0o640), "wb") as stream:
            stream.write(json.dumps(state).encode() + b"\n")
        waiting.replace(path)
        self._state = state

    def last_state(self) -> dict[str, Any]:
        """Return what the watch before this one showed last, nothing if there was none."""
        return state_of(self.directory)


def state_of(directory: Path) -> dict[str, Any]:
    """Return what the watch with this directory showed last; nothing if that cannot be read."""
    try:
        found = json.loads((directory / ALIVE).read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _whole(descriptor: int, line: bytes) -> None:
    """Write all of `line` or nothing; raises OSError."""
    size = os.fstat(descriptor).st_size
    try:
        if os.write(descriptor, line) == len(line):
            return
    except OSError:
        os.ftruncate(descriptor, size)
        raise
    os.ftruncate(descriptor, size)
    raise OSError(28, os.strerror(28))
