"""The home directory of the user that a process runs as, without that user's name."""

from auditor.daemons.files import ProcessFiles
from auditor.errors import ParseError, SourceAbsent


def home(files: ProcessFiles) -> str:
    """Return the home directory of the process's real user by its own /etc/passwd; raises SourceError.

    Programs that look there by getpwuid(3) may know users of a directory service, too: those raise SourceAbsent.
    """
    uid = _uid(files)
    for line in files.lines("/etc/passwd"):
        fields = line.rstrip(b"\n").split(b":")
        if len(fields) == 7 and fields[2] == uid:
            return fields[5].decode("utf-8", "surrogateescape") or "/"
    raise SourceAbsent("the home directory of the process's user is not in /etc/passwd")


def _uid(files: ProcessFiles) -> bytes:
    """Return the real user's number as /proc/PID/status states it; raises SourceError."""
    for line in files.host.lines(f"/proc/{files.process.pid}/status"):
        if line.startswith(b"Uid:") and len(fields := line.split()) > 1:
            return fields[1]
    raise ParseError("no user in status")
