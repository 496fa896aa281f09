"""A made host with one daemon, for its reader: arguments, files below its own root, and what came out."""

from pathlib import Path

from auditor.daemons.files import ProcessFiles
from auditor.daemons.readers import Reader
from auditor.errors import SourceError
from auditor.host import Host
from auditor.model.rows import DaemonInstance, NamedEnd, Process

SECRET = "hunter2-never-to-be-seen"


class Daemon:
    """A process 40 that runs `exe` with `arguments`; `read` gives the rows, `gaps` what could not be read."""

    def __init__(self, root: Path, exe: str, *arguments: str, cwd: str = "/etc/daemon") -> None:
        self.root = root / "proc/40/root"
        self.root.mkdir(parents=True)
        command = (exe.rpartition("/")[2], *arguments, "")
        (root / "proc/40/cmdline").write_bytes(b"\0".join(part.encode() for part in command))
        (root / "proc/40/cwd").symlink_to(cwd)
        (root / "proc/40/status").write_text("Name:\tx\nUid:\t1000\t1000\t1000\t1000\n")
        self.process = Process(pid=40, comm=None, exe=exe, netns=1, mntns=7)
        self.host = Host(str(root))
        self.gaps: list[tuple[str, SourceError]] = []

    def write(self, path: str, content: str | bytes) -> "Daemon":
        target = self.root / path.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content.encode() if isinstance(content, str) else content)
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


def tcp(host: str, port: int) -> NamedEnd:
    return NamedEnd(host, port, "tcp")
