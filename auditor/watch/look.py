"""A look between two scans: the same survey as a scan's, of which only new tunnels are written down."""

import json
import time

from auditor import technologies
from auditor.config import find_config, load_both
from auditor.history.codec import encode
from auditor.host import Host
from auditor.survey import Surveyor
from auditor.watch.journal import EVENTS, NAMES, Journal
from probes import PROBES

_TIME_LIMIT_S = 15.0


def look(journal: Journal, config_path: str | None) -> None:
    """Survey this host and add what is there to `journal`. Raises AuditorError, OSError."""
    began_s = time.time()
    files = load_both(config_path or find_config())
    surveyor = Surveyor(
        host=Host(),
        probes=PROBES,
        register=files.register,
        time_limit_s=min(_TIME_LIMIT_S, files.config.probes.time_limit_s),
        now_s=int(began_s),
        disabled=frozenset(files.config.probes.disabled),
    )
    found = surveyor.survey().inventory.tunnels
    written = _written(journal)
    new = [encode(tunnel) for tunnel in found if (tunnel.id, tunnel.state.value) not in written]
    states = {tunnel.id: tunnel.state.value for tunnel in found}
    journal.write(began_s, "look", states=states, tunnels=new)
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


def _names(journal: Journal) -> None:
    """Write down the names of the programs that the daemon is to wake for; a pattern as what it begins with."""
    names = set()
    for technology in technologies.load().by_id.values():
        for signature in technology.signatures:
            for name in signature.names():
                cut = min((name.index(c) for c in "*?[" if c in name), default=None)
                names.add(name if cut is None else f"{name[:cut]}*")
    (journal.directory / NAMES).write_text("\n".join(sorted(names)) + "\n", "utf-8")
