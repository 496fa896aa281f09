"""The technology table: what link kinds, executables and device kinds mean (auditor/data/technologies.toml)."""

import tomllib
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from importlib.resources import files

from auditor.model.text import Text
from auditor.model.tunnel import Realisation


@dataclass(frozen=True, slots=True, kw_only=True)
class Technology:
    """One technology; `fallbacks` are devices its kernel module makes by itself in every namespace.

    `people` are those of `executables` that serve individuals only: who is connected there is a person.
    `connected` is "tcp" if a working connection always shows as a connected TCP socket of its owner.
    """

    id: str
    name: Text
    realisation: Realisation
    verified: str
    kinds: tuple[str, ...] = ()
    executables: tuple[str, ...] = ()
    encapsulations: tuple[str, ...] = ()
    fallbacks: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    connected: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """The whole table, indexed by what probes see."""

    by_id: dict[str, Technology]
    by_kind: dict[str, Technology]
    by_executable: dict[str, Technology]
    by_encapsulation: dict[str, Technology]
    devices: dict[str, Text]
    plumbing: tuple[tuple[str, Text], ...]

    def owner(self, path: str | None) -> Technology | None:
        """Return the technology that the executable at `path` carries, None if the table knows none."""
        return None if path is None else self.by_executable.get(path.rpartition("/")[2])

    def plumbing_of(self, path: str | None) -> Text | None:
        """Return why a TUN/TAP device held by `path` is no tunnel, None if it may be one."""
        for pattern, reason in self.plumbing if path else ():
            if fnmatchcase(path or "", pattern):
                return Text(reason.en.format(path=path), reason.zh.format(path=path))
        return None


_LISTS = ("kinds", "executables", "encapsulations", "fallbacks", "people")


@cache
def load() -> Table:
    """Return the table; it is read once."""
    raw = tomllib.loads(files("auditor").joinpath("data/technologies.toml").read_text("utf-8"))
    technologies = [
        Technology(
            id=entry["id"],
            name=Text(entry["en"], entry["zh"]),
            realisation=Realisation(entry["realisation"]),
            verified=entry["verified"],
            connected=entry.get("connected"),
            **{key: tuple(entry.get(key, ())) for key in _LISTS},
        )
        for entry in raw["technology"]
    ]
    return Table(
        by_id={technology.id: technology for technology in technologies},
        by_kind={kind: technology for technology in technologies for kind in technology.kinds},
        by_executable={name: technology for technology in technologies for name in technology.executables},
        by_encapsulation={name: technology for technology in technologies for name in technology.encapsulations},
        devices={kind: Text(entry["en"], entry["zh"]) for entry in raw["device"] for kind in entry["kinds"]},
        plumbing=tuple(
            (pattern, Text(entry["en"], entry["zh"])) for entry in raw["plumbing"] for pattern in entry["executables"]
        ),
    )
