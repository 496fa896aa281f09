"""The file of what the watch saw, one JSON object a line; written by appending, taken over by a scan by renaming."""

import json
import os
from pathlib import Path

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

    def make(self) -> None:
        """Make the directory; raises OSError."""
        self.directory.mkdir(mode=0o750, parents=True, exist_ok=True)

    def write(self, at_s: float, what: str, **values: object) -> None:
        """Add one event; when the file is full, one line says so and the rest is dropped. Raises OSError."""
        line = json.dumps({"at_s": round(at_s, 3), "what": what, **values}, separators=(",", ":")).encode() + b"\n"
        descriptor = os.open(self.directory / EVENTS, _APPEND, 0o640)
        try:
            if os.fstat(descriptor).st_size + len(line) > MOST_BYTES:
                if self._full:
                    return
                line = json.dumps({"at_s": round(at_s, 3), "what": "gap", "why": "full"}).encode() + b"\n"
            self._full = line.endswith(b'"full"}\n')
            os.write(descriptor, line)  # NOTE: one write, so that lines of daemon and look never mix
        finally:
            os.close(descriptor)

    def beat(self) -> None:
        """Show that the watch is alive; raises OSError."""
        path = self.directory / ALIVE
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o640))
        os.utime(path)
