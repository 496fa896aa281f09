"""Nebula's configuration files (the example configuration of its package): lighthouses, far ends, device.

Cannot see: hosts that a lighthouse tells of; keys, which are dropped with their line also where they stand inline.
"""

from collections.abc import Iterator

from auditor.conffiles import ends
from auditor.conffiles.hostfiles import HostFiles
from auditor.conffiles.probe import conf_probe
from auditor.errors import ParseError
from auditor.formats import yaml
from auditor.model.rows import Configured

_TOP = "/etc/nebula"
_WANTED = frozenset(["static_host_map", "listen", "tun"])
_SECTIONS = ("pki", "static_host_map", "lighthouse", "tun")


def parse(files: HostFiles, path: str, enabled: frozenset[str]) -> Configured | None:
    """Return what `path` configures, None if it has none of Nebula's sections; what cannot be read is a gap."""
    try:
        document = yaml.parse(files.lines(path), _WANTED)
    except ParseError as error:
        files.gap(path, error)
        return None
    if not isinstance(document, dict) or not any(section in document for section in _SECTIONS):
        return None
    name = path.rpartition("/")[2].rpartition(".")[0]
    listen, tun = _mapping(document.get("listen")), _mapping(document.get("tun"))
    written = [one for value in _mapping(document.get("static_host_map")).values() for one in _texts(value)]
    remotes = [end for one in written if (end := ends.socket(one, "udp"))]
    if len(remotes) < len(written):
        files.gap(path, ParseError("a far end that has not the form of a host and port"))
    routes = [_mapping(one).get("route") for one in _items(tun.get("unsafe_routes"))]
    return Configured(
        technology="nebula",
        manager="nebula",
        name=name,
        source=path,
        device=ends.device(next(_texts(tun.get("dev")), None)),
        role="p2p",
        local=ends.address(next(_texts(listen.get("host")), None)),
        local_port=ends.port(next(_texts(listen.get("port")), None)),
        remotes=tuple(dict.fromkeys(remotes)),
        prefixes=ends.prefixes(route for route in routes if isinstance(route, str)),
        autostart=f"nebula@{name}.service" in enabled or "nebula.service" in enabled,
    )


def _mapping(node: yaml.Node) -> dict[str, yaml.Node]:
    """Return `node` if it is a mapping, else an empty one."""
    return node if isinstance(node, dict) else {}


def _items(node: yaml.Node) -> list[yaml.Node]:
    """Return `node` if it is a list, else an empty one."""
    return node if isinstance(node, list) else []


def _texts(node: yaml.Node) -> Iterator[str]:
    """Yield the texts of a list, or the one that `node` is."""
    for one in node if isinstance(node, list) else [node]:
        if isinstance(one, str):
            yield one


def rows(files: HostFiles) -> Iterator[Configured]:
    """Yield one row for each configuration file."""
    paths = files.found(_TOP, ".yml", ".yaml")
    enabled = files.enabled_units() if paths else frozenset()
    for path in paths:
        if row := parse(files, path, enabled):
            yield row


PROBE = conf_probe(
    name="nebula_conf",
    summary="Nebula networks that files describe, whether they are up or not",
    reads=(f"{_TOP}/*.yml", f"{_TOP}/*.yaml"),
    covers=("nebula",),
    rows=rows,
)
