"""WireGuard's configuration files, of wg-quick(8) and AmneziaWG's awg-quick: peers, far ends, prefixes, public keys.

Cannot see: files elsewhere that a script gives to `wg setconf`; what PostUp commands add.
"""

from collections.abc import Iterator

from auditor.conffiles import ends
from auditor.conffiles.hostfiles import HostFiles
from auditor.conffiles.probe import conf_probe
from auditor.formats import ini
from auditor.model.rows import Configured, NamedEnd

_PLACES = (("/etc/wireguard", "wg-quick"), ("/etc/amnezia/amneziawg", "awg-quick"))
_WANTED = frozenset(["listenport", "publickey", "endpoint", "allowedips"])


def parse(files: HostFiles, path: str, manager: str, enabled: frozenset[str]) -> Configured | None:
    """Return what `path` configures, None if it has no section of WireGuard; a bad value is a gap of `files`."""
    name = path.rpartition("/")[2].removesuffix(".conf")
    port: int | None = None
    remotes: list[NamedEnd] = []
    keys: list[str] = []
    prefixes: list[str] = []
    sections = list(ini.sections(files.lines(path), _WANTED, files.problems(path), trailing="#"))
    for section in sections:
        if section.name.lower() == "interface":
            port = ends.port(section.one("listenport"))
            continue
        key = ends.public_key(section.one("publickey"))
        written = section.one("endpoint")
        end = ends.socket(written, "udp")
        if (written and end is None) or key is None:
            files.problem(path, section.number, "a peer whose key or endpoint has not the form of one")
        keys += [key] if key else []
        remotes += [end._replace(peer=key)] if end else []
        prefixes += ends.listed(",".join(section.every("allowedips")))
    if not sections:
        return None
    return Configured(
        technology="wireguard",
        manager=manager,
        name=name,
        source=path,
        device=ends.device(name),
        role="p2p",
        local_port=port,
        remotes=tuple(remotes),
        public_keys=tuple(keys),
        prefixes=ends.prefixes(prefixes),
        autostart=f"{manager}@{name}.service" in enabled,
    )


def rows(files: HostFiles) -> Iterator[Configured]:
    """Yield one row for each configuration file."""
    paths = [(path, manager) for place, manager in _PLACES for path in files.found(place, ".conf")]
    enabled = files.enabled_units() if paths else frozenset()
    for path, manager in paths:
        if row := parse(files, path, manager, enabled):
            yield row


PROBE = conf_probe(
    name="wireguard_conf",
    summary="WireGuard tunnels that configuration files describe, whether they are up or not",
    reads=tuple(f"{place}/*.conf" for place, _ in _PLACES),
    covers=("wireguard",),
    rows=rows,
)
