"""Which programs that start are worth a look: those that can carry a tunnel, by name; no argument is ever read."""

from collections.abc import Iterable
from pathlib import Path


class Programs:
    """The names of programs that carry tunnels, as the last look wrote them down.

    `polled`: the kernel tells nothing of programs, so new process ids are looked up now and then instead.
    """

    def __init__(self, path: Path) -> None:
        """Read the names from `path`."""
        self._path = path
        self._names: frozenset[str] = frozenset()
        self._beginnings: tuple[str, ...] = ()
        self._last_pid: int | None = None
        self.polled = False
        self.read()

    def read(self) -> None:
        """Read the names anew; without them no program is worth a look."""
        try:
            lines = self._path.read_text("utf-8").splitlines()
        except (OSError, ValueError):
            return
        self._names = frozenset(line for line in lines if not line.endswith("*"))
        self._beginnings = tuple(line[:-1] for line in lines if line.endswith("*"))

    def carries(self, pid: int) -> bool:
        """Return whether the program of process `pid` is one of them; one that is gone already counts."""
        try:
            name = Path(f"/proc/{pid}/exe").readlink().name.removesuffix(" (deleted)")
        except FileNotFoundError:
            return False
        except OSError:
            return True
        return name in self._names or (bool(self._beginnings) and name.startswith(self._beginnings))

    def appeared(self) -> Iterable[int]:
        """Return the ids of processes that may have started since the last call: those given out since."""
        try:
            last = int(Path("/proc/loadavg").read_bytes().split()[-1])
        except (OSError, ValueError, IndexError):
            return ()
        before, self._last_pid = self._last_pid, last
        if before is None or before == last:
            return ()
        new = range(before + 1, last + 1) if last > before else range(1, last + 1)
        return new[-4096:]
