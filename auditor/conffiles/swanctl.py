"""swanctl.conf and what it includes (swanctl.conf(5), strongswan.conf(5)): connections without their secrets.

Only the keys in `_KEPT` are kept. Section `secrets` and every other value are dropped as they are read.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from auditor.conffiles import ends
from auditor.conffiles.hostfiles import DEPTH_LIMIT, HostFiles
from auditor.model.rows import Configured

_KEPT = frozenset(
    ["local_addrs", "remote_addrs", "local_port", "remote_port", "pools", "auth", "mode", "remote_ts", "start_action"]
)
_NEVER = ("secrets", "authorities")
_NESTING_LIMIT = 16
_NOT_TUNNELLED = {"pass", "drop"}
_BEGIN = re.compile(r'\s*+([^\s={}#:",]++)\s*+(?::\s*+([^{}#="]*+))?\{')
_NAME_ALONE = re.compile(r'\s*+([^\s={}#:",]++)\s*+$')
_END = re.compile(r"\s*\}")
_INCLUDE = re.compile(r'\s*+include\s++("?)([^\s"{}#=]++)\1\s*+$')
_KEY = re.compile(r"\s*+([^\s={}#\"]++)\s*+=\s*+")
_PLAIN = re.compile(r"[^#}\n]*")


@dataclass(slots=True)
class Section:
    """One section: what is kept of its values, the sections in it, and the paths of those that it inherits from."""

    values: dict[str, str] = field(default_factory=dict)
    sections: dict[str, "Section"] = field(default_factory=dict)
    bases: tuple[str, ...] = ()


@dataclass(slots=True)
class Reader:
    """Reads `path` and the files that it includes into one tree of sections."""

    files: HostFiles
    root: Section = field(default_factory=Section)
    sources: dict[str, str] = field(default_factory=dict)
    _open: list[str] = field(default_factory=list)

    def read(self, path: str, depth: int = 0) -> None:
        """Take in `path`; every section that it opens it also closes, or that is a gap."""
        outer, pending, quoted, number = len(self._open), "", False, 0
        for number, line in self.files.lines(path, depth):
            if quoted:
                _, closed, line = line.partition('"')
                if not closed:
                    continue
                quoted = False
            if pending and line.lstrip().startswith("{"):
                line = pending + line
            elif pending and line.strip() and not line.lstrip().startswith("#"):
                self.files.problem(path, number - 1, "a word that is neither a key nor a section")
            pending = pending if pending and not line.strip() else ""
            try:
                pending, quoted = self._line(path, line, depth) or (pending, False)
            except ValueError as error:
                self.files.problem(path, number, str(error))
        if len(self._open) > outer or quoted:
            self.files.problem(path, number, "a section or quote without its end")
            del self._open[outer:]

    def _line(self, path: str, line: str, depth: int) -> tuple[str, bool] | None:
        """Take in what `line` says; return a section's name whose bracket is to come and whether a quote is open.

        Raises ValueError in words.
        """
        if found := _INCLUDE.match(line):
            self._include(path, found[2], depth)
            return None
        while line.strip() and not line.lstrip().startswith("#"):
            if found := _END.match(line):
                if not self._open:
                    raise ValueError("the end of a section that was not begun")
                self._open.pop()
            elif found := _BEGIN.match(line):
                self._begin(path, found[1], ends.listed(found[2]))
            elif found := _KEY.match(line):
                line, is_open = self._value(found[1], line[found.end() :])
                if is_open:
                    return "", True
                continue
            elif found := _NAME_ALONE.match(line):
                return found[1], False
            else:
                raise ValueError("neither a section nor a key with its value")
            line = line[found.end() :]
        return None

    def _value(self, key: str, rest: str) -> tuple[str, bool]:
        """Keep the value of `key` that `rest` begins with if it is wanted; return what follows, and if it goes on."""
        if rest.startswith('"'):
            value, closed, after = rest[1:].partition('"')
            if not closed:
                return "", True
        else:
            plain = _PLAIN.match(rest)
            value = plain[0] if plain else ""
            after = rest[len(value) :]
        if key in _KEPT and (section := self._current()):
            section.values[key] = value.strip()
        return after, False

    def _begin(self, path: str, name: str, bases: list[str]) -> None:
        """Open section `name`."""
        if len(self._open) >= _NESTING_LIMIT:
            raise ValueError("sections nested too deeply")
        self._open.append(name)
        if section := self._current():
            section.bases = (*section.bases, *bases)
            if len(self._open) == 2:
                self.sources.setdefault(name, path)

    def _current(self) -> Section | None:
        """Return the section that is open, None in one that holds secrets."""
        if self._open and self._open[0] in _NEVER:
            return None
        section = self.root
        for name in self._open:
            section = section.sections.setdefault(name, Section())
        return section

    def _include(self, path: str, pattern: str, depth: int) -> None:
        """Take in the files of an include; a relative one starts where `path` is."""
        whole = pattern if pattern.startswith("/") else f"{path.rpartition('/')[0]}/{pattern}"
        if depth >= DEPTH_LIMIT:
            raise ValueError("files include each other too deeply")
        for one in self.files.expand(whole):
            self.read(one, depth + 1)

    def connections(self) -> Iterator[tuple[str, Section]]:
        """Yield (name, section) of every connection, with what it inherits filled in."""
        yield from self._whole("connections", 0).sections.items()

    def _whole(self, path: str, depth: int) -> Section:
        """Return the section at `path` (names with dots between) over those that it inherits from."""
        section: Section | None = self.root
        for name in path.split("."):
            section = section.sections.get(name) if section else None
        return self._filled(section, depth) if section else Section()

    def _filled(self, section: Section, depth: int) -> Section:
        """Return `section` over those that it and the sections in it inherit from."""
        result = Section(values=dict(section.values))
        inherited = [self._whole(base, depth + 1) for base in section.bases] if depth < DEPTH_LIMIT else []
        for base in inherited:
            result.values = base.values | result.values
            result.sections = base.sections | result.sections
        for name, inner in section.sections.items():
            own, given = self._filled(inner, depth + 1) if depth < _NESTING_LIMIT else inner, result.sections.get(name)
            result.sections[name] = (
                Section(values=given.values | own.values, sections=given.sections | own.sections) if given else own
            )
        return result


def configured(name: str, section: Section, source: str, *, enabled: bool | None) -> Configured | None:
    """Return the connection that `section` describes; None for one that only lets traffic pass or drops it.

    `enabled`: the service that loads connections is switched on.
    """
    inner = section.sections.get("children", Section()).sections.values()
    children = [child.values for child in inner]
    if children and all(child.get("mode", "tunnel").lower() in _NOT_TUNNELLED for child in children):
        return None
    rounds = [one.values.get("auth", "") for key, one in section.sections.items() if key.startswith("remote")]
    values = section.values
    number = ends.port(values.get("remote_port"))
    remotes = ends.far_ends(values.get("remote_addrs", "").split(","), "udp" if number else None, number)
    local = [found for part in values.get("local_addrs", "").split(",") if (found := ends.address(part))]
    people = any(way.lower().startswith(("eap", "xauth")) for way in rounds) or ("pools" in values and not remotes)
    starts = any(child.get("start_action", "none") != "none" for child in children)
    return Configured(
        technology="ipsec",
        manager="swanctl",
        name=name,
        source=source,
        role="server" if people else "p2p",
        local=local[0] if len(local) == 1 else None,
        local_port=ends.port(values.get("local_port")),
        remotes=() if people else remotes,
        prefixes=ends.prefixes(
            part.partition("[")[0] for child in children for part in child.get("remote_ts", "").split(",")
        ),
        autostart=starts and enabled,
        people=people,
    )
