"""A look between two scans: the same survey as a scan's, of which only new tunnels are written down."""

import json
import time
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from auditor import technologies
from auditor.config import find_config, load_both
from auditor.history.codec import encode
from auditor.history.surveys import of_nobody
from auditor.host import Host
from auditor.model.sightings import Scope
from auditor.survey import Surveyor
from auditor.watch.journal import EVENTS, NAMES, Journal
from auditor.watch.spaces import DOORS
from probes import PROBES

_TIME_LIMIT_S = 15.0


def look(journal: Journal, config_path: str | None) -> None:
    """Survey this host and add what is there to `journal`. Raises AuditorError, OSError."""
    began_s = time.time()
    files = load_both(config_path or find_config())
    surveyor = Surveyor.stated(files.config, files.register, host=Host(), probes=PROBES, now_s=int(began_s))
    survey = replace(surveyor, time_limit_s=min(_TIME_LIMIT_S, surveyor.time_limit_s)).survey()
    found = survey.inventory.tunnels
    written = _written(journal)
    new = [encode(of_nobody(tunnel)) for tunnel in found if (tunnel.id, tunnel.state.value) not in written]
    states = {tunnel.id: tunnel.state.value for tunnel in found}
    names = {str(scope.inode): scope.name for scope in survey.scopes if scope.name is not None}
    journal.write(began_s, "look", states=states, tunnels=new, scopes=names)
    _doors(journal, survey.scopes)
    _names(journal)


def _written(journal: Journal) -> set[tuple[str, str]]:
    """Return id and state of the tunnels that the journal holds already."""
    found: set[tuple[str, str]] = set()
    try:
        with (journal.directory / EVENTS).open("rb") as stream:
            for line in stream:
                if b'"what":"look"' in line:
                    found.update((entry["id"], entry["state"]) for entry in json.loads(line)["tunnels"])
    except (OSError, ValueError, KeyError, TypeError):
        return found
    return found


def _doors(journal: Journal, scopes: Iterable[Scope]) -> None:
    """Write down the other namespaces and the files that lead to them, for the daemon to listen there."""
    lines = [f"{scope.inode}\t{scope.name}\t{scope.door}\n" for scope in scopes if scope.name is not None]
    text = "".join(line for line in lines if line.count("\t") == 2 and line.count("\n") == 1)
    _replace(journal.directory / DOORS, text)


def _replace(path: Path, text: str) -> None:
    """Write a whole file in place of the old one; raises OSError."""
    waiting = path.with_name(f".{path.name}.new")
    waiting.write_text(text, "utf-8", "backslashreplace")
    waiting.replace(path)


def _names(journal: Journal) -> None:
    """Write down the names of the programs that the daemon is to wake for; a pattern as what it begins with."""
    names = set()
    for technology in technologies.load().by_id.values():
        for signature in technology.signatures:
            for name in signature.names():
                cut = min((name.index(c) for c in "*?[" if c in name), default=None)
                names.add(name if cut is None else f"{name[:cut]}*")
    _replace(journal.directory / NAMES, "\n".join(sorted(names)) + "\n")
