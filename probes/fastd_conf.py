"""fastd's networks (fastd(1)): one directory each below /etc/fastd with a fastd.conf, as fastd@.service starts it.

Cannot see: configurations elsewhere of a fastd that does not run; peers that `on verify` lets in; keys, whose
statements are dropped as they are read.
"""

from collections.abc import Iterator

from auditor.conffiles import ends
from auditor.conffiles.hostfiles import HostFiles
from auditor.conffiles.probe import conf_probe
from auditor.daemons.fastd import Configuration, Peer
from auditor.model.rows import Configured

_TOP = "/etc/fastd"


class _Files:
    """The files of the host in the form that the reader of running daemons asks for."""

    def __init__(self, files: HostFiles) -> None:
        """Read by `files`, which keeps the gaps."""
        self._files = files
        self.gap = files.gap

    def lines(self, path: str) -> Iterator[bytes]:
        """Yield the lines of `path`, none of a file that does not exist."""
        return (f"{line}\n".encode() for _, line in self._files.lines(path))

    def names(self, path: str) -> list[str]:
        """Return the names in the directory `path`, none if it does not exist."""
        return self._files.names(path)


def network(files: HostFiles, name: str, *, autostart: bool) -> Iterator[Configured]:
    """Yield the device of network `name` that all its peers share, or one for each peer that has its own."""
    path = f"{_TOP}/{name}/fastd.conf"
    found = Configuration(_Files(files))
    found.file(path, 0)
    if not found.peers and found.interface is None:
        return
    apart = [] if found.mode == "tap" else [peer for peer in found.peers if peer.device(found.interface)]
    shared = [peer for peer in found.peers if peer not in apart]
    rows = [(peer.device(found.interface), [peer]) for peer in apart]
    if shared or not rows:
        rows.append((found.interface if found.mode == "tap" else None, shared))
    yield from (_row(found, name, device, peers, autostart=autostart) for device, peers in rows)


def _row(found: Configuration, name: str, device: str | None, peers: list[Peer], *, autostart: bool) -> Configured:
    """Return the row of one device."""
    return Configured(
        technology="fastd",
        manager="fastd",
        name=name,
        source=found.source,
        device=ends.device(device),
        role="p2p",
        local=found.bind.host if found.bind else None,
        local_port=found.local_port,
        remotes=tuple(dict.fromkeys(end for peer in peers for end in peer.remotes)),
        autostart=autostart,
    )


def rows(files: HostFiles) -> Iterator[Configured]:
    """Yield the rows of each network."""
    names = [name for name in files.names(_TOP) if "." not in name]
    enabled = files.enabled_units() if names else frozenset()
    for name in names:
        yield from network(files, name, autostart=f"fastd@{name}.service" in enabled)


PROBE = conf_probe(
    name="fastd_conf",
    summary="fastd networks that files describe, whether they are up or not",
    reads=(f"{_TOP}/*/fastd.conf", "files that they include"),
    covers=("fastd",),
    rows=rows,
)
