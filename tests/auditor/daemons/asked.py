"""A made process: its command line and the files that it sees."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from auditor.daemons.files import ProcessFiles
from auditor.errors import SourceError
from auditor.host import Host
from auditor.model.rows import DaemonInstance, Process

Reader = Callable[[Process, ProcessFiles], Iterator[DaemonInstance]]


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
    reader: Reader, root: Path, process: Process, *arguments: str, files: dict[str, str | bytes] | None = None
) -> Made:
    """Return what `reader` says of `process` with `arguments`, which sees `files` and works in /work."""
    place = root / f"proc/{process.pid}"
    (place / "root/work").mkdir(parents=True, exist_ok=True)
    name = (process.exe or "x").rpartition("/")[2]
    (place / "cmdline").write_bytes(b"".join(part.encode() + b"\0" for part in (name, *arguments)))
    if not (place / "cwd").is_symlink():
        (place / "cwd").symlink_to("/work")
    for path, content in (files or {}).items():
        target = place / "root" / path.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content.encode() if isinstance(content, str) else content)
    made = Made()
    access = ProcessFiles(Host(str(root)), process)
    try:
        made.rows += reader(process, access)
    except SourceError as error:
        made.error = error
    made.gaps = access.gaps
    return made
