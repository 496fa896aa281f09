"""ipsec.conf and what it includes (ipsec.conf(5) of strongSwan and of libreswan): connections, never secrets.

Only the keys in `_KEPT` are kept; identities, certificates and everything else go with their line.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from auditor.conffiles import ends
from auditor.conffiles.hostfiles import DEPTH_LIMIT, HostFiles
from auditor.model.rows import Configured

_SIDES = ("left", "right")
_OF_A_SIDE = ("", "subnet", "subnets", "sourceip", "addresspool", "auth", "auth2", "xauthserver", "modecfgserver")
_KEPT = frozenset(["also", "auto", "type", *(side + key for side in _SIDES for key in _OF_A_SIDE)])
_NO_TUNNEL = {"passthrough", "pass", "drop", "reject"}
_KINDS = ("conn", "config", "ca")
_STARTED = ("start", "route", "ondemand", "up", "keep", "trap")


@dataclass(slots=True)
class Connection:
    """One `conn` section: what is kept of it, and the sections that it takes over (also=)."""

    source: str
    values: dict[str, str] = field(default_factory=dict)
    also: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Reader:
    """Reads ipsec.conf with the files that it includes."""

    files: HostFiles
    found: dict[str, Connection] = field(default_factory=dict)

    def read(self, path: str, depth: int = 0) -> None:
        """Take in `path`; a line of another form is a gap."""
        current: Connection | None = None
        inside = False
        for number, line in self.files.lines(path, depth):
            words = line.partition("#")[0].strip()
            if not words:
                continue
            first, *rest = words.split(None, 1)
            if first == "include" and rest:
                self._include(path, rest[0].strip('"'), number, depth)
            elif line[0] not in " \t" and first in _KINDS and rest:
                inside = True
                current = self.found.setdefault(rest[0].strip(), Connection(path)) if first == "conn" else None
            elif line[0] not in " \t" and (first == "version" or first.startswith("version=")):
                continue
            elif "=" in words and inside:
                if current:
                    _keep(current, words)
            else:
                self.files.problem(path, number, "neither a section nor a key with its value")

    def _include(self, path: str, pattern: str, number: int, depth: int) -> None:
        """Take in the files of an include; a relative one starts where `path` is."""
        whole = pattern if pattern.startswith("/") else f"{path.rpartition('/')[0]}/{pattern}"
        if depth >= DEPTH_LIMIT:
            self.files.problem(path, number, "files include each other too deeply")
            return
        for one in self.files.expand(whole):
            self.read(one, depth + 1)

    def connections(self, *, enabled: bool | None) -> Iterator[Configured]:
        """Yield every connection; sections that others only take over, and %default, are none.

        `enabled`: the service that starts connections is switched on.
        """
        parts = {name for connection in self.found.values() for name in connection.also}
        for name, connection in self.found.items():
            values = self._whole(name, 0)
            if name == "%default" or (name in parts and values.get("auto", "ignore") == "ignore"):
                continue
            row = _configured(name, values, connection.source, enabled=enabled)
            if row:
                yield row

    def _whole(self, name: str, depth: int) -> dict[str, str]:
        """Return the values of `name` over those of what it takes over, over %default."""
        connection = self.found.get(name)
        if connection is None or depth > DEPTH_LIMIT:
            return {}
        values: dict[str, str] = dict(self.found["%default"].values) if "%default" in self.found and not depth else {}
        for other in connection.also[:64]:
            values |= self._whole(other, depth + 1)
        return values | connection.values


def _keep(connection: Connection, words: str) -> None:
    """Keep one `key=value` if it is wanted."""
    key, _, value = words.partition("=")
    key, value = key.strip().lower(), value.strip().strip('"')
    if key == "also":
        connection.also += ends.listed(value)
    elif key in _KEPT:
        connection.values[key] = value


def _configured(name: str, values: dict[str, str], source: str, *, enabled: bool | None) -> Configured | None:
    """Return what a connection is, None if it names no ends or only lets traffic pass or drops it."""
    if not ("left" in values or "right" in values) or values.get("type", "tunnel").lower() in _NO_TUNNEL:
        return None
    here, there = ("right", "left") if _is_own(values, "right") and not _is_own(values, "left") else _SIDES
    remotes = ends.far_ends(values.get(there, "").split(","), None)
    kinds = (values.get(there + "auth", ""), values.get(there + "auth2", ""))
    people = (
        any(kind.lower().startswith(("eap", "xauth")) for kind in kinds)
        or values.get(here + "xauthserver") == "yes"
        or (not remotes and bool(values.get(there + "sourceip") or values.get(there + "addresspool")))
    )
    selectors = values.get(there + "subnets") or values.get(there + "subnet") or ""
    auto = values.get("auto", "ignore")
    return Configured(
        technology="ipsec",
        manager="ipsec",
        name=name,
        source=source,
        role="server" if people else "p2p",
        local=ends.address(values.get(here)),
        remotes=() if people else remotes,
        prefixes=ends.prefixes(ends.listed(selectors.strip("{}"))),
        autostart=auto in _STARTED and enabled,
        people=people,
    )


def _is_own(values: dict[str, str], side: str) -> bool:
    """Return whether `side` says by its words alone that it is this host."""
    return values.get(side, "").startswith("%defaultroute")
