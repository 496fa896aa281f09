"""ssh_config(5): what the blocks that fit one destination say about forwards and where it is; pure.

Kept are the names of the forwarding options, the first listening port, host name and port, and whether a jump
leads there. Of everything else, not even the name stays.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from auditor.errors import ParseError, SourceError
from auditor.formats import hosts

FORWARDS = ("dynamicforward", "localforward", "remoteforward")
_JUMPS = ("proxycommand", "proxyjump")
_DEPTH_LIMIT = 16  # READCONF_MAX_DEPTH in OpenSSH
Include = Callable[[str], Iterator[tuple[str, Iterable[bytes]]]]
Gap = Callable[[str, SourceError], None]


@dataclass(slots=True)
class Options:
    """What is known of one invocation so far; the first value of an option counts, forwards add up."""

    host_name: str | None = None
    port: int | None = None
    forwards: list[tuple[str, str | None, int | None]] = field(default_factory=list)
    jumps: bool = False
    cleared: bool = False

    def take(self, name: str, value: str) -> None:
        """Take one option; a forward keeps its kind and where it listens."""
        name = name.lower()
        if name in FORWARDS:
            bind, port = hosts.split(_listener(value))
            self.forwards.append((name, bind, port))
        elif name == "hostname":
            self.host_name = self.host_name or value
        elif name == "port":
            self.port = self.port or hosts.port(value)
        elif name in _JUMPS:
            self.jumps = self.jumps or value.lower() != "none"
        elif name == "clearallforwardings":
            self.cleared = self.cleared or value.lower() == "yes"


def _listener(value: str) -> str:
    """Return the listening part of a forward: "[BIND:]PORT" of "[BIND:]PORT HOST:PORT" or "[BIND:]PORT:HOST:PORT"."""
    first = value.split()[0] if value.split() else ""
    if first.startswith("["):
        bind, _, rest = first.partition("]")
        return f"{bind}]:{rest.strip(':').partition(':')[0]}"
    parts = first.split(":")
    return ":".join(parts[:2]) if len(parts) in (2, 4) and not hosts.port(parts[0]) else parts[0]


def parse_line(line: bytes) -> tuple[str, str] | None:
    """Return keyword in lower case and the rest of a line, None for a comment or an empty line."""
    text = line.decode("utf-8", "replace").strip()
    if not text or text.startswith("#"):
        return None
    for position, character in enumerate(text):
        if character in " \t=":
            return text[:position].lower(), text[position:].lstrip(" \t").removeprefix("=").strip().strip('"')
    return text.lower(), ""


@dataclass(slots=True)
class Reader:
    """Reads configuration for the destination `host` into `options`."""

    host: str
    options: Options
    include: Include
    gap: Gap

    def read(self, path: str, lines: Iterable[bytes], depth: int = 0) -> None:
        """Take the lines of one file; raises SourceError."""
        active: bool | None = True
        for number, line in enumerate(lines, 1):
            found = parse_line(line)
            if found is None:
                continue
            keyword, value = found
            if keyword == "host":
                active = _fits(value.split(), (self.host,))
            elif keyword == "match":
                active = self._match(value.split())
            elif active is None and keyword in FORWARDS:
                self.gap(path, ParseError(f"line {number}: whether this Match block applies cannot be told"))
            elif active and keyword == "include":
                self._include(value, depth)
            elif active:
                self.options.take(keyword, value)

    def _match(self, words: list[str]) -> bool | None:
        """Return whether a Match line applies, None if it asks for what is not looked at."""
        verdict: bool | None = True
        while words:
            criterion = words.pop(0).lower()
            negated, criterion = criterion.startswith("!"), criterion.removeprefix("!")
            if criterion in ("all", "canonical", "final"):
                fits: bool | None = True if criterion == "all" else None
            elif criterion in ("host", "originalhost"):
                name = self.options.host_name if criterion == "host" else None
                fits = _fits((words.pop(0) if words else "").split(","), (name or self.host,))
            else:
                words[:1] = []
                fits = None
            if fits is not None and fits == negated:
                return False
            verdict = verdict if fits is not None else None
        return verdict

    def _include(self, value: str, depth: int) -> None:
        """Read the files that an Include names."""
        if depth >= _DEPTH_LIMIT:
            raise ParseError("configuration files include each other too deeply")
        for pattern in value.split():
            for path, lines in self.include(pattern.strip('"')):
                self.read(path, lines, depth + 1)


def _fits(patterns: Iterable[str], names: tuple[str, ...]) -> bool:
    """Return whether one of `patterns` fits and no negated one does (ssh_config(5), PATTERNS)."""
    matched = False
    for pattern in patterns:
        if any(fnmatchcase(name.lower(), pattern.removeprefix("!").lower().strip('"')) for name in names):
            if pattern.startswith("!"):
                return False
            matched = True
    return matched
