"""The technology table: what link kinds, programs and device kinds mean (auditor/data/technologies/*.toml).

Keys of a [[technology]], one a value of `technology` in the report:

    kinds           values of IFLA_INFO_KIND that are this technology whatever the device is called
    encapsulations  LWTUNNEL_ENCAP_* names of routes that are it
    fallbacks       devices that its kernel module makes by itself in every namespace
    family          "proxy" for what carries other traffic over an ordinary connection (guidance 5.3)
    realisation     the guidance's method when the host is one end of it (V-01)
    connected       "tcp" if a working connection always shows as a connected TCP socket of its owner,
                    "any" if as a connected socket of TCP or UDP
    verified        "lab": found on the real thing by the tests; "bytes": decoded from real bytes by
                    the tests; "unverified": from its documentation or source only

Keys of a [[technology.signature]], the programs that carry it; a device's name never decides:

    executables     full paths (shell patterns), or bare names for the standard directories
    units           systemd units (shell patterns) that run it
    packages        Debian packages that bring it
    role            "server" or "client" where the program is always that
    people          true: it serves individuals only; who is connected there is never named
    deviceless      true: it is a tunnel or proxy also while it holds no device
    certainty       how sure a fitting path is
    source          where this is known from
"""

import tomllib
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from importlib.resources import files
from typing import Any

from auditor.model.text import Text
from auditor.model.tunnel import Certainty, Family, Realisation, Role

FILES = ("kernel", "vpn", "enterprise", "proxies", "devices")
_STANDARD = tuple(f"{top}/{place}/" for top in ("", "/usr", "/usr/local") for place in ("bin", "sbin"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """Programs that carry a technology, and what is true of all of them (see the module's docstring)."""

    executables: tuple[str, ...]
    certainty: Certainty
    source: str
    units: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    role: Role | None = None
    people: bool = False
    deviceless: bool = False

    def is_at_home(self, path: str) -> bool:
        """Return whether `path` is where this program is installed, not merely called like it."""
        return any(
            fnmatchcase(path, pattern)
            if "/" in pattern
            else path.rpartition("/")[0] + "/" in _STANDARD and fnmatchcase(path.rpartition("/")[2], pattern)
            for pattern in self.executables
        )

    def is_called(self, name: str) -> bool:
        """Return whether `name` is that of one of the executables, wherever it lies."""
        return any(fnmatchcase(name, pattern.rpartition("/")[2]) for pattern in self.executables)


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
    signatures: tuple[Signature, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognition:
    """Which technology a program carries, by which signature, how sure that is, and by what it was known."""

    technology: Technology
    signature: Signature
    certainty: Certainty
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """The whole table, indexed by what probes see."""

    by_id: dict[str, Technology]
    by_kind: dict[str, Technology]
    by_encapsulation: dict[str, Technology]
    devices: dict[str, Text]
    plumbing: tuple[tuple[str, Text], ...]
    carried: tuple[str, ...]
    _signatures: tuple[tuple[Technology, Signature], ...]
    _known: dict[tuple[str | None, str | None], Recognition | None]

    def owner(self, path: str | None) -> Technology | None:
        """Return the technology that the executable at `path` carries, None if the table knows none."""
        found = self.recognise(path)
        return found.technology if found else None

    def recognise(self, path: str | None, unit: str | None = None) -> Recognition | None:
        """Return what the program at `path`, run by systemd unit `unit`, carries; None if the table knows none.

        Its place counts before its name, and its name before its unit; each is a step less sure.
        """
        key = (path, unit)
        if key not in self._known:
            self._known[key] = self._recognise(path, unit)
        return self._known[key]

    def _recognise(self, path: str | None, unit: str | None) -> Recognition | None:
        """Return the best fitting signature."""
        tests = (
            ("path", lambda signature: path is not None and signature.is_at_home(path)),
            ("name", lambda signature: path is not None and signature.is_called(path.rpartition("/")[2])),
            ("unit", lambda signature: unit is not None and any(fnmatchcase(unit, one) for one in signature.units)),
        )
        for by, fits in tests:
            for technology, signature in self._signatures:
                if fits(signature):
                    sure = signature.certainty if by == "path" else signature.certainty.less()
                    return Recognition(technology=technology, signature=signature, certainty=sure, by=by)
        return None

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
        text = files("auditor").joinpath(f"data/technologies/{name}.toml").read_text("utf-8")
        for key, entries in tomllib.loads(text).items():
            raw[key] += entries
    found = [_technology(entry) for entry in raw["technology"]]
    return Table(
        by_id={technology.id: technology for technology in found},
        by_kind={kind: technology for technology in found for kind in technology.kinds},
        by_encapsulation={name: technology for technology in found for name in technology.encapsulations},
        devices={kind: Text(entry["en"], entry["zh"]) for entry in raw["device"] for kind in entry["kinds"]},
        plumbing=tuple(
            (pattern, Text(entry["en"], entry["zh"])) for entry in raw["plumbing"] for pattern in entry["executables"]
        ),
        carried=tuple(technology.id for technology in found if technology.signatures),
        _signatures=tuple((technology, signature) for technology in found for signature in technology.signatures),
        _known={},
    )


def _technology(entry: dict[str, Any]) -> Technology:
    """Return one [[technology]]."""
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
        role=Role(entry["role"]) if "role" in entry else None,
        people=entry.get("people", False),
        deviceless=entry.get("deviceless", False),
    )
