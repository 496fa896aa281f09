"""Which Debian package brings a program: what the package manager's own lists of files say.

One list a package, "/var/lib/dpkg/info/NAME.list" or "NAME:ARCHITECTURE.list", one path a line (dpkg-query(1),
deb-multiarch). Only lists of packages that the technology table names are opened. A list may call a file by the
path that it had before /usr was merged, "/sbin/x" for "/usr/sbin/x".

Cannot see: programs of other package managers (rpm, snap), and of packages inside a container.
"""

from collections.abc import Iterable

from auditor.errors import SourceAbsent
from auditor.host import Host
from auditor.netlink.wire import text

DIRECTORY = "/var/lib/dpkg/info"
_SUFFIX = ".list"


class Packages:
    """The lists of files of this host's packages; each is read once, when first asked for."""

    def __init__(self, host: Host) -> None:
        """Read nothing yet."""
        self._host = host
        self._lists: dict[str, list[str]] | None = None
        self._files: dict[str, frozenset[str]] = {}

    def of(self, path: str, candidates: Iterable[str]) -> str | None:
        """Return which of the packages `candidates` has a file at `path`, None if none has; raises SourceError."""
        spelled = {path, path.removeprefix("/usr")}
        lists = self._installed()
        for package in candidates:
            if any(spelled & self._content(name) for name in lists.get(package, ())):
                return package
        return None

    def _installed(self) -> dict[str, list[str]]:
        """Return the lists there are, by the name of their package; none where dpkg manages nothing."""
        if self._lists is None:
            found: dict[str, list[str]] = {}
            try:
                names = self._host.names(DIRECTORY)
            except SourceAbsent:
                names = []
            for name in names:
                if name.endswith(_SUFFIX):
                    found.setdefault(name.removesuffix(_SUFFIX).partition(":")[0], []).append(name)
            self._lists = found
        return self._lists

    def _content(self, name: str) -> frozenset[str]:
        """Return the paths in one list; none where it is gone by now."""
        if name not in self._files:
            try:
                lines = [text(line.rstrip(b"\n")) for line in self._host.lines(f"{DIRECTORY}/{name}")]
            except SourceAbsent:
                lines = []
            self._files[name] = frozenset(lines)
        return self._files[name]
