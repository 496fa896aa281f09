"""What a running daemon was started with, and the files that it reads: as the daemon itself sees them.

Arguments and lines are for the parser that asked, which keeps what its module says it keeps and drops the
rest; none of it stays here.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from posixpath import normpath

from auditor.errors import SourceAbsent, SourceError
from auditor.host import Host
from auditor.model.rows import Process
from auditor.netlink.wire import text

_NEEDS = "CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH"


@dataclass(slots=True)
class ProcessFiles:
    """The arguments and files of `process`; `directory` is where its relative paths start (None: its own).

    `gaps` are (source, error) of what a reader wanted and could not read, for the probe to report.
    """

    host: Host
    process: Process
    directory: str | None = None
    gaps: list[tuple[str, SourceError]] = field(default_factory=list)

    def gap(self, source: str, error: SourceError) -> None:
        """Keep that `source` could not be read."""
        self.gaps.append((source, error))

    def command_line(self) -> bytes:
        """Return the arguments, each ended by NUL, the program's name first; raises SourceError when it has ended."""
        return self.host.read(f"/proc/{self.process.pid}/cmdline")

    def arguments(self) -> list[str]:
        """Return the arguments without the program's name; raises SourceError when the process has ended."""
        return [text(argument) for argument in self.command_line().removesuffix(b"\0").split(b"\0")[1:]]

    def inner_pid(self) -> int:
        """Return the PID that the process has for itself, in a container too; raises SourceError."""
        for line in self.host.read(f"/proc/{self.process.pid}/status").split(b"\n"):
            name, _, value = line.partition(b":")
            if name == b"NSpid" and (numbers := value.split()) and numbers[-1].isdigit():
                return int(numbers[-1])
        return self.process.pid

    def lines(self, path: str) -> Iterator[bytes]:
        """Yield the lines of the file that the process calls `path`; raises SourceError."""
        path = self.absolute(path)
        try:
            yield from self.host.lines(self.host.inside(self.process.pid, path), needs=_NEEDS)
        except SourceAbsent:
            if not self._changed_root():
                raise
            yield from self.host.lines(path, needs=_NEEDS)

    def names(self, path: str) -> list[str]:
        """Return the names in the directory that the process calls `path`, sorted; raises SourceError."""
        return sorted(self.host.names(self.host.inside(self.process.pid, self.absolute(path)), needs=_NEEDS))

    def names_or_gap(self, path: str) -> list[str]:
        """Return the same, none where the directory is not there or cannot be read, which is a gap."""
        try:
            return self.names(path)
        except SourceError as error:
            self.gap(path, error)
            return []

    def absolute(self, path: str) -> str:
        """Return `path` from the root of the process; raises SourceError."""
        if path.startswith("/"):
            return path
        directory = self.directory or self.host.link(f"/proc/{self.process.pid}/cwd", needs="CAP_SYS_PTRACE")
        return f"{directory}/{path}"

    def named(self, path: str) -> str:
        """Return `path` from the root of the process for people to find it, as it is if that cannot be told."""
        try:
            return normpath(self.absolute(path))
        except SourceError:
            return path

    def _changed_root(self) -> bool:
        """Return whether the process shares our files but has another root directory by now.

        Daemons read their files before they change their root (`chroot`), so those lie outside.
        """
        pid = self.process.pid
        try:
            same_files = self.host.link("/proc/self/ns/mnt") == f"mnt:[{self.process.mntns}]"
            return same_files and self.host.link(f"/proc/{pid}/root", needs="CAP_SYS_PTRACE") != "/"
        except SourceError:
            return False
