"""A made host with one daemon on it: its arguments, the files that it sees, and what its reader says of them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from auditor.daemons.files import ProcessFiles
from auditor.daemons.readers import Reader
from auditor.errors import SourceError
from auditor.host import Host
from auditor.model.rows import DaemonInstance, Process

SECRET = "hunter2-never-to-be-seen"


def place(root: Path, process: Process, arguments: Iterable[str] | bytes, cwd: str) -> Path:
    """Put `process` into the /proc of `root`, with its whole command line if that is bytes; return its own root."""
    home = root / f"proc/{process.pid}"
    (home / "root").mkdir(parents=True, exist_ok=True)
    name = (process.exe or "x").rpartition("/")[2]
    raw = arguments if isinstance(arguments, bytes) else b"".join(f"{one}\0".encode() for one in (name, *arguments))
    (home / "cmdline").write_bytes(raw)
    (home / "status").write_text("Name:\tx\nUid:\t1000\t1000\t1000\t1000\n")
    if not (home / "cwd").is_symlink():
        (home / "cwd").symlink_to(cwd)
    return home / "root"


def write(inside: Path, path: str, content: str | bytes) -> None:
    """Write a file that the daemon with the root `inside` calls `path`."""
    target = inside / path.lstrip("/")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(content.encode() if isinstance(content, str) else content)


@dataclass
class Made:
    """What a reader said of a made process; `error` is what it raised."""

    rows: list[DaemonInstance] = field(default_factory=list)
    gaps: list[tuple[str, SourceError]] = field(default_factory=list)
    error: SourceError | None = None

    @property
    def row(self) -> DaemonInstance:
        (row,) = self.rows
        return row

    @property
    def said(self) -> str:
        """Return everything that leaves the reader, as text."""
        return repr((self.rows, [(source, error.detail) for source, error in self.gaps], self.error))


def ask(
    reader: Reader,
    root: Path,
    process: Process,
    *arguments: str,
    raw: bytes | None = None,
    files: Mapping[str, str | bytes] | None = None,
) -> Made:
    """Return what `reader` says of `process` with `arguments`, which sees `files` and works in /start."""
    inside = place(root, process, arguments if raw is None else raw, "/start")
    for path, content in (files or {}).items():
        write(inside, path, content)
    made = Made()
    access = ProcessFiles(Host(str(root)), process)
    try:
        made.rows += reader(process, access)
    except SourceError as error:
        made.error = error
    made.gaps = access.gaps
    return made


def told(
    root: Path,
    reader: Reader,
    arguments: Iterable[str] | bytes,
    files: Mapping[str, str | bytes] | None = None,
    *,
    exe: str = "/usr/sbin/daemon",
    held: tuple[str, ...] = (),
) -> tuple[list[DaemonInstance], list[str]]:
    """Return the rows of `reader`, and its gaps as "SOURCE: DETAIL"; no secret is in either."""
    process = Process(pid=40, comm="daemon", exe=exe, netns=1, mntns=7, tun_devices=held)
    raw = arguments if isinstance(arguments, bytes) else None
    made = ask(reader, root, process, *(() if isinstance(arguments, bytes) else arguments), raw=raw, files=files)
    raised = [("reader", made.error)] if made.error else []
    gaps = [f"{source}: {error}" for source, error in (*made.gaps, *raised)]
    assert SECRET not in repr((made.rows, gaps))
    return made.rows, gaps


class Daemon:
    """A process 40 that runs `exe` with `arguments`; `read` gives the rows, `gaps` what could not be read."""

    def __init__(self, root: Path, exe: str, *arguments: str, cwd: str = "/etc/daemon") -> None:
        self.process = Process(pid=40, comm=None, exe=exe, netns=1, mntns=7)
        self.root = place(root, self.process, arguments, cwd)
        self.host = Host(str(root))
        self.gaps: list[tuple[str, SourceError]] = []

    def write(self, path: str, content: str | bytes) -> "Daemon":
        write(self.root, path, content)
        return self

    def read(self, reader: Reader) -> list[DaemonInstance]:
        files = ProcessFiles(self.host, self.process)
        rows = list(reader(self.process, files))
        self.gaps = files.gaps
        assert SECRET not in repr(rows)
        assert SECRET not in repr([(source, error.detail) for source, error in files.gaps])
        return rows

    def one(self, reader: Reader) -> DaemonInstance:
        (row,) = self.read(reader)
        return row


def ends(row: DaemonInstance) -> list[tuple[str, int | None, str | None]]:
    return [(end.host, end.port, end.transport) for end in row.remotes]
