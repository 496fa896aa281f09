"""Configuration files of the host itself, read a line at a time; what cannot be read becomes a gap.

Lines are for the parser that asked, which keeps what its module says it keeps and drops the rest.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import partial

from auditor.errors import ParseError, SourceAbsent, SourceError, SourceTruncated
from auditor.formats.lines import Line
from auditor.host import Host
from auditor.netlink.wire import text

NEEDS = "CAP_DAC_READ_SEARCH"
DEPTH_LIMIT = 8  # of files that include files
_FILES_LIMIT = 1024
_NAMES_LIMIT = 1024
_FILE_LIMIT_BYTES = 1 << 20
_LINE_LIMIT_BYTES = 1 << 16
_TOTAL_LIMIT_BYTES = 32 << 20
_PROBLEMS_LIMIT = 8  # told of one file
_UNITS = "/etc/systemd/system"
_WILD = frozenset("*?[")


@dataclass(slots=True)
class HostFiles:
    """The files of `host`; `gaps` are (source, error) of what was wanted and could not be read."""

    host: Host
    gaps: list[tuple[str, SourceError]] = field(default_factory=list)
    _count: int = 0
    _left_bytes: int = _TOTAL_LIMIT_BYTES
    _open: list[str] = field(default_factory=list)

    def gap(self, source: str, error: SourceError) -> None:
        """Keep that `source` could not be read, once for each cause and not for ever."""
        told = [known.detail for where, known in self.gaps if where == source]
        if error.detail not in told and len(told) < _PROBLEMS_LIMIT:
            self.gaps.append((source, error))

    def problem(self, source: str, number: int, what: str) -> None:
        """Keep that line `number` of `source` could not be understood; `what` quotes nothing of it."""
        self.gap(source, ParseError(f"line {number}: {what}"))

    def problems(self, source: str) -> Callable[[int, str], None]:
        """Return what keeps the lines of `source` that could not be understood."""
        return partial(self.problem, source)

    def names(self, directory: str) -> list[str]:
        """Return the names in `directory`, sorted; none if it does not exist, or cannot be read (a gap)."""
        try:
            names = sorted(self.host.names(directory, needs=NEEDS))
            if len(names) > _NAMES_LIMIT:
                raise SourceTruncated(f"more than {_NAMES_LIMIT} files")
        except SourceAbsent:
            return []
        except SourceError as error:
            self.gap(directory, error)
            return []
        return names

    def found(self, directory: str, *suffixes: str) -> list[str]:
        """Return the paths of what ends in one of `suffixes` in `directory`, sorted, hidden and masked ones left out.

        A link to /dev/null is how systemd and its kin switch a file off.
        """
        paths = [f"{directory}/{n}" for n in self.names(directory) if n.endswith(suffixes) and not n.startswith(".")]
        return [path for path in paths if not self.is_masked(path)]

    def first(self, directories: Iterable[str], *suffixes: str) -> list[str]:
        """Return the paths of what ends in one of `suffixes`, by name; of files of one name the first directory's."""
        paths: dict[str, str] = {}
        for directory in directories:
            for path in self.found(directory, *suffixes):
                paths.setdefault(path.rpartition("/")[2], path)
        return [path for _, path in sorted(paths.items())]

    def is_masked(self, path: str) -> bool:
        """Return whether `path` is a link to /dev/null."""
        try:
            return self.host.link(path) == "/dev/null"
        except SourceError:
            return False  # no link

    def expand(self, pattern: str) -> list[str]:
        """Return the paths that the absolute `pattern` of a shell names, sorted; one without wildcards names itself."""
        paths = [""]
        for part in pattern.strip("/").split("/"):
            if _WILD & set(part):
                paths = [
                    f"{above}/{name}"
                    for above in paths
                    for name in self.names(above or "/")
                    if fnmatchcase(name, part) and not name.startswith(".")
                ]
            else:
                paths = [f"{above}/{part}" for above in paths]
        return paths

    def lines(self, path: str, depth: int = 0) -> Iterator[Line]:
        """Yield the lines of `path` with their numbers, without their ends; nothing for one that does not exist.

        `depth` counts the files that led here. What cannot be read, lies too deep, or includes itself is a gap.
        """
        if path in self._open:
            self.gap(path, ParseError("the file includes itself"))
            return
        self._open.append(path)
        try:
            yield from self._lines(path, depth)
        finally:
            self._open.remove(path)

    def _lines(self, path: str, depth: int) -> Iterator[Line]:
        """Yield the same of a file that is not open yet."""
        self._count += 1
        try:
            if depth > DEPTH_LIMIT or self._count > _FILES_LIMIT:
                raise ParseError("files include each other too deeply")
            lines = self.host.lines(path, limit_bytes=_FILE_LIMIT_BYTES, needs=NEEDS)
            for number, line in enumerate(lines, 1):
                self._left_bytes -= len(line)
                if self._left_bytes < 0:
                    raise SourceTruncated(f"more than {_TOTAL_LIMIT_BYTES} bytes of configuration")
                if len(line) > _LINE_LIMIT_BYTES:
                    self.problem(path, number, f"longer than {_LINE_LIMIT_BYTES} bytes")
                    continue
                yield number, text(line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line).rstrip("\r\n")
        except SourceAbsent:
            return
        except SourceError as error:
            self.gap(path, error)

    def enabled_units(self) -> frozenset[str]:
        """Return the systemd units that are switched on: linked from a directory of what a target wants."""
        return frozenset(
            unit
            for directory in self.names(_UNITS)
            if directory.endswith((".wants", ".requires"))
            for unit in self.names(f"{_UNITS}/{directory}")
        )
