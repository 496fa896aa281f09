"""Nebula: its -config file or directory; kept are listening address, static hosts and device.

Keys and certificates may stand inside the file; the reader of YAML drops them line by line. Sources: the
example of nebula 1.6.1 (Debian 12); config/config.go and main.go there.

Cannot see: hosts that the lighthouses tell of, for all share one unconnected UDP socket. Lighthouses and
hosts are peers alike: either may start a connection.
"""

from collections.abc import Iterator

from auditor.daemons.arguments import flags
from auditor.daemons.files import ProcessFiles
from auditor.errors import ParseError, SourceAbsent, SourceError
from auditor.formats.hosts import end_of, port_of
from auditor.formats.yaml import Leaf, leaves
from auditor.model.address import is_address
from auditor.model.rows import DaemonInstance, NamedEnd, Process

WANTED = (("listen", "host"), ("listen", "port"), ("static_host_map",), ("tun", "dev"), ("tun", "disabled"))
_DEPTH_LIMIT = 8
_FILES_LIMIT = 64


def read(process: Process, files: ProcessFiles) -> Iterator[DaemonInstance]:
    """Yield what the configuration of `process` says; raises SourceError."""
    path = config_path(files.arguments())
    if path is None:
        return  # NOTE: it ends without a configuration, so this process is on its way out
    found: dict[tuple[str, ...], list[Leaf]] = {}
    for name in list(_paths(files, path, 0)):
        try:
            _merge(found, leaves(files.lines(name), WANTED))
        except SourceError as error:
            files.gap(name, error)
    try:
        yield instance(process, files.named(path), [leaf for group in found.values() for leaf in group])
    except ParseError as error:
        files.gap(path, error)


def config_path(arguments: list[str]) -> str | None:
    """Return the value of -config in any spelling of Go's flag package, None without one."""
    return next((value for _, value in flags(arguments, ("config",)) if value), None)


def instance(process: Process, source: str, found: list[Leaf]) -> DaemonInstance:
    """Return what `found` says of `process`; raises ParseError."""
    one = {leaf.path: leaf.value for leaf in found}
    local, port = one.get(("listen", "host")), one.get(("listen", "port"), "0")
    return DaemonInstance(
        pid=process.pid,
        technology="nebula",
        role="p2p",
        local=local if local and is_address(local) and local not in ("0.0.0.0", "::") else None,
        local_port=port_of(port) if port != "0" else None,
        remotes=tuple(dict.fromkeys(_static(found))),
        device=_device(process, one),
        clients=None,
        source=source,
        transport="udp",
        complete=True,
    )


def _device(process: Process, one: dict[tuple[str, ...], str]) -> str | None:
    """Return the device: the one that the process holds, else the one configured unless that is switched off."""
    if process.only_device:
        return process.only_device
    return None if one.get(("tun", "disabled")) == "true" else one.get(("tun", "dev"))


def _static(found: list[Leaf]) -> Iterator[NamedEnd]:
    """Yield every way to a host of static_host_map, with the host's address inside; raises ParseError."""
    for leaf in found:
        if leaf.path[0] == "static_host_map" and len(leaf.path) == 2:
            try:
                end = end_of(leaf.value, port=None, transport="udp")
            except ParseError as error:
                raise ParseError(f"line {leaf.line}: {error.detail}") from None
            yield end._replace(inside=leaf.path[1])


def _merge(found: dict[tuple[str, ...], list[Leaf]], more: Iterator[Leaf]) -> None:
    """Let what a later file says of a key replace what earlier ones said."""
    groups: dict[tuple[str, ...], list[Leaf]] = {}
    for leaf in more:
        groups.setdefault(leaf.path, []).append(leaf)
    found.update(groups)


def _paths(files: ProcessFiles, path: str, depth: int) -> Iterator[str]:
    """Yield the configuration files at `path`: itself, or all *.yml and *.yaml below it; raises SourceError."""
    if depth > _DEPTH_LIMIT:
        raise ParseError("directories too deep")
    try:
        names = files.names(path)
    except SourceAbsent:
        if depth == 0 or path.endswith((".yml", ".yaml")):
            yield path  # no directory; whether it is a file is for its reader to meet
        return
    for name in names[:_FILES_LIMIT]:
        yield from _paths(files, f"{path}/{name}", depth + 1)
