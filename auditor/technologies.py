"""The technology table: what link kinds, programs and device kinds mean (auditor/data/technologies/*.toml).

Keys of a [[technology]], one a value of `technology` in the report:

    kinds           values of IFLA_INFO_KIND that are this technology whatever the device is called
    encapsulations  LWTUNNEL_ENCAP_* names of routes that are it
    fallbacks       devices that its kernel module makes by itself in every namespace
    family          "proxy" for what carries other traffic over an ordinary connection (guidance 5.3)
    realisation     the guidance's method when the host is one end of it (V-01)
    connected       "tcp" if a working connection always shows as a connected TCP socket of its owner,
                    "any" if as a connected socket of TCP or UDP
    ports           "udp/9993": usual local ports; they support what a program is called, and name nothing
    verified        "lab": found on the real thing by the tests; "bytes": decoded from real bytes by
                    the tests; "unverified": from its documentation or source only

What cannot be seen of each stands in unseen.toml. Keys of a [[technology.signature]], the programs that carry it:

    executables     full paths (shell patterns), or bare names for the standard directories. The last part
                    of each, unless it begins as a pattern, counts elsewhere too, and is less sure there
    generic         true: the names say nothing elsewhere; only a full path, a package or a unit counts
    helper          true: belongs to it and carries no tunnel itself (a dialog, a control program)
    units           systemd units (shell patterns) that run it and nothing else of an administrator's
    packages        Debian packages that bring it
    role            "server" or "client" where the program is always that
    people          true: it serves individuals only; who is connected there is never named
    deviceless      true: it is a tunnel or proxy also while it holds no device
    forwards        true: without a device it is one only while it forwards ports, by its arguments or sockets
    configured      true: without a device it is one only if its arguments or configuration say so
    dedicated       true: what it connects to by itself first is its far end
    certainty       how sure a fitting path is
    source          where this is known from

A device's name never decides, nor does what a process calls itself. Evidence in this order, each a step less
sure: the place of the executable or the package that it is of; its name; its name in a fitting unit, where the
name is generic; the unit alone, which only says who started it.
"""

import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase, translate
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

from auditor.model.text import Text
from auditor.model.tunnel import Certainty, Family, Realisation, Role

FILES = ("kernel", "vpn", "enterprise", "proxies", "devices")
_UNSEEN = "unseen"
_WILD = re.compile(r"[*?\[]")
_STANDARD = tuple(f"{top}/{place}/" for top in ("", "/usr", "/usr/local") for place in ("bin", "sbin"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """Programs that carry a technology, and what is true of all of them (see the module's docstring)."""

    executables: tuple[str, ...]
    certainty: Certainty
    source: str
    units: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    generic: bool = False
    helper: bool = False
    role: Role | None = None
    people: bool = False
    deviceless: bool = False
    forwards: bool = False
    configured: bool = False
    dedicated: bool = False

    def homes(self) -> Iterator[str]:
        """Yield every full path (shell pattern) at which these programs are installed."""
        for one in self.executables:
            yield from (one,) if "/" in one else (f"{directory}{one}" for directory in _STANDARD)

    def names(self) -> Iterator[str]:
        """Yield the names (shell patterns) of these programs; what begins as a pattern could be any and is none."""
        yield from (name for name in (one.rpartition("/")[2] for one in self.executables) if not _WILD.match(name))


@dataclass(frozen=True, slots=True, kw_only=True)
class Technology:
    """One technology (see the module's docstring)."""

    id: str
    name: Text
    realisation: Realisation
    verified: str
    family: Family = Family.NETWORK_TUNNEL
    kinds: tuple[str, ...] = ()
    encapsulations: tuple[str, ...] = ()
    fallbacks: tuple[str, ...] = ()
    connected: str | None = None
    ports: tuple[str, ...] = ()
    unseen: Text | None = None
    signatures: tuple[Signature, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognition:
    """Which technology a program carries, by which signature, how sure that is, and by what it was known.

    `by` is path, package, name or unit.
    """

    technology: Technology
    signature: Signature
    certainty: Certainty
    by: str


_Entry = tuple[Technology, Signature]


class _Pattern(NamedTuple):
    """A shell pattern with the text that whatever fits begins with, and what it stands for.

    NOTE: few of the table's patterns ever come near a host's programs, and compiling all takes longer than the rest.
    """

    begins: str
    glob: str
    entry: _Entry

    @classmethod
    def of(cls, glob: str, entry: _Entry) -> "_Pattern":
        """Return the pattern `glob` for `entry`."""
        return cls(_WILD.split(glob, maxsplit=1)[0], glob, entry)

    def fits(self, text: str) -> bool:
        """Return whether all of `text` fits."""
        return text.startswith(self.begins) and _compiled(self.glob).match(text) is not None


@cache
def _compiled(glob: str) -> re.Pattern[str]:
    """Return a shell pattern as a regular expression."""
    return re.compile(translate(glob))


@dataclass(slots=True)
class _Signatures:
    """Every signature by what it is recognised by: a host has thousands of processes, most of them none of these."""

    homes: dict[str, _Entry] = field(default_factory=dict)
    patterns: list[_Pattern] = field(default_factory=list)
    names: dict[str, list[_Entry]] = field(default_factory=dict)
    name_patterns: list[_Pattern] = field(default_factory=list)
    packages: dict[str, list[_Entry]] = field(default_factory=dict)
    units: list[_Pattern] = field(default_factory=list)
    known: dict[tuple[str | None, str | None, str | None], Recognition | None] = field(default_factory=dict)

    def add(self, technology: Technology, signature: Signature) -> None:
        """File one signature."""
        entry = (technology, signature)
        for home in signature.homes():
            if _WILD.search(home):
                self.patterns.append(_Pattern.of(home, entry))
            else:
                self.homes.setdefault(home, entry)
        for name in signature.names():
            if _WILD.search(name):
                self.name_patterns.append(_Pattern.of(name, entry))
            else:
                self.names.setdefault(name, []).append(entry)
        for package in signature.packages:
            self.packages.setdefault(package, []).append(entry)
        self.units += [_Pattern.of(unit, entry) for unit in signature.units]

    def at_home(self, path: str) -> _Entry | None:
        """Return the signature of the program that is installed at `path`."""
        return self.homes.get(path) or next((one.entry for one in self.patterns if one.fits(path)), None)

    def called(self, path: str | None) -> list[_Entry]:
        """Return the signatures of programs with the name that `path` ends in."""
        name = (path or "").rpartition("/")[2]
        return self.names.get(name, []) + [one.entry for one in self.name_patterns if one.fits(name)]

    def recognise(self, path: str | None, unit: str | None, package: str | None) -> Recognition | None:
        """Return what the strongest evidence says."""
        if path and (home := self.at_home(path)):
            return _recognition(home, "path", home[1].certainty)
        named, packaged = self.called(path), self.packages.get(package or "", [])
        if packaged:
            best = next((entry for entry in packaged if entry in named), packaged[0])
            return _recognition(best, "package", best[1].certainty)
        run_by = [one.entry for one in self.units if unit and one.fits(unit)]
        for entry in named:
            if not entry[1].generic:
                return _recognition(entry, "name", entry[1].certainty.less())
        for entry in run_by:
            sure = entry[1].certainty.less() if entry in named else Certainty.LOW
            return _recognition(entry, "unit", sure)
        return None


def _recognition(entry: _Entry, by: str, certainty: Certainty) -> Recognition:
    """Return the recognition of one signature."""
    return Recognition(technology=entry[0], signature=entry[1], certainty=certainty, by=by)


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """The whole table, indexed by what probes see."""

    by_id: dict[str, Technology]
    by_kind: dict[str, Technology]
    by_encapsulation: dict[str, Technology]
    devices: dict[str, Text]
    plumbing: tuple[tuple[str, Text], ...]
    carried: tuple[str, ...]
    _signatures: _Signatures

    def in_order(self, ids: Iterable[str]) -> list[str]:
        """Return `ids`, each once, in the order of the table, which begins with what gateways carry most."""
        rank = {identifier: number for number, identifier in enumerate(self.by_id)}
        return sorted(set(ids), key=lambda identifier: (rank.get(identifier, len(rank)), identifier))

    def owner(self, path: str | None) -> Technology | None:
        """Return the technology that the executable at `path` carries, None if it is not known to carry any."""
        found = self.recognise(path)
        return found.technology if found and not found.signature.helper else None

    def recognise(self, path: str | None, unit: str | None = None, package: str | None = None) -> Recognition | None:
        """Return what the program at `path`, run by systemd unit `unit`, carries; None if the table knows none.

        `package` is the Debian package, one of `packages_of`, that has a file at `path`.
        """
        known, key = self._signatures.known, (path, unit, package)
        if key not in known:
            known[key] = self._signatures.recognise(*key)
        return known[key]

    def may_be_known(self, path: str) -> bool:
        """Return whether the program at `path` may carry a technology, if its unit or package says so too."""
        return self.recognise(path) is not None or bool(self._signatures.called(path))

    def packages_of(self, path: str, *, owner: bool) -> tuple[str, ...]:
        """Return the packages that may bring the program at `path`, none where its place tells what it is.

        `owner`: it holds a device, so it may be any of them whatever it is called.
        """
        if self._signatures.at_home(path):
            return ()
        if owner:
            return tuple(self._signatures.packages)
        return tuple(dict.fromkeys(name for entry in self._signatures.called(path) for name in entry[1].packages))

    def plumbing_of(self, path: str | None) -> Text | None:
        """Return why a TUN/TAP device held by `path` is no tunnel, None if it may be one."""
        for pattern, reason in self.plumbing if path else ():
            if fnmatchcase(path or "", pattern):
                return Text(reason.en.format(path=path), reason.zh.format(path=path))
        return None


@cache
def load() -> Table:
    """Return the table; it is read once."""
    raw: dict[str, list[Any]] = {"technology": [], "device": [], "plumbing": []}
    for name in FILES:
        for key, entries in _read(name).items():
            raw[key] += entries
    unseen = {key: Text(entry["en"], entry["zh"]) for key, entry in _read(_UNSEEN).items()}
    found = [_technology(entry, unseen.get(entry["id"])) for entry in raw["technology"]]
    return Table(
        by_id={technology.id: technology for technology in found},
        by_kind={kind: technology for technology in found for kind in technology.kinds},
        by_encapsulation={name: technology for technology in found for name in technology.encapsulations},
        devices={kind: Text(entry["en"], entry["zh"]) for entry in raw["device"] for kind in entry["kinds"]},
        plumbing=tuple(
            (pattern, Text(entry["en"], entry["zh"])) for entry in raw["plumbing"] for pattern in entry["executables"]
        ),
        carried=tuple(technology.id for technology in found if technology.signatures),
        _signatures=_index(found),
    )


def _read(name: str) -> dict[str, Any]:
    """Return the content of one file of the table."""
    return tomllib.loads(files("auditor").joinpath(f"data/technologies/{name}.toml").read_text("utf-8"))


def _index(technologies: Iterable[Technology]) -> _Signatures:
    """Return the signatures of `technologies`; where two fit alike, the first of the table counts."""
    index = _Signatures()
    for technology in technologies:
        for signature in technology.signatures:
            index.add(technology, signature)
    return index


def _technology(entry: dict[str, Any], unseen: Text | None) -> Technology:
    """Return one [[technology]]; `unseen` is what cannot be seen of it."""
    return Technology(
        id=entry["id"],
        name=Text(entry["en"], entry["zh"]),
        realisation=Realisation(entry["realisation"]),
        verified=entry["verified"],
        family=Family(entry.get("family", "network_tunnel")),
        kinds=tuple(entry.get("kinds", ())),
        encapsulations=tuple(entry.get("encapsulations", ())),
        fallbacks=tuple(entry.get("fallbacks", ())),
        connected=entry.get("connected"),
        ports=tuple(entry.get("ports", ())),
        unseen=unseen,
        signatures=tuple(_signature(one) for one in entry.get("signature", ())),
    )


def _signature(entry: dict[str, Any]) -> Signature:
    """Return one [[technology.signature]]."""
    return Signature(
        executables=tuple(entry["executables"]),
        certainty=Certainty(entry["certainty"]),
        source=entry["source"],
        units=tuple(entry.get("units", ())),
        packages=tuple(entry.get("packages", ())),
        generic=entry.get("generic", False),
        helper=entry.get("helper", False),
        role=Role(entry["role"]) if "role" in entry else None,
        people=entry.get("people", False),
        deviceless=entry.get("deviceless", False),
        forwards=entry.get("forwards", False),
        configured=entry.get("configured", False),
        dedicated=entry.get("dedicated", False),
    )
