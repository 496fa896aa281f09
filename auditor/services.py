"""Programs that packet filters hand connections to without a proxy coming of it (auditor/data/services.toml).

Keys of a [[service]]:

    executables  full paths (shell patterns): a name alone clears nothing
    ports        where it listens for diverted connections; none: anywhere, but only if the rule selects by port
    guest        true: only in another network namespace than the host's own, such as that of a pod
    source       where this is known from
"""

import tomllib
from fnmatch import fnmatchcase
from functools import cache
from importlib.resources import files
from typing import NamedTuple


class Service(NamedTuple):
    """One kind of program (see the module's docstring)."""

    executables: tuple[str, ...]
    ports: tuple[int, ...]
    guest: bool


@cache
def load() -> tuple[Service, ...]:
    """Return the table; it is read once."""
    raw = tomllib.loads(files("auditor").joinpath("data/services.toml").read_text("utf-8"))
    return tuple(
        Service(tuple(entry["executables"]), tuple(entry.get("ports", ())), entry.get("guest", False))
        for entry in raw["service"]
    )


def known(path: str | None) -> Service | None:
    """Return what the executable at `path` is, None if the table does not know it."""
    if path is None:
        return None
    return next((one for one in load() if any(fnmatchcase(path, pattern) for pattern in one.executables)), None)
