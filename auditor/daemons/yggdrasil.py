"""Yggdrasil's configuration, HJSON or JSON: its peers and its device; pure.

The keys are those of src/config/config.go of yggdrasil-go: Peers and InterfacePeers are URLs whose query may hold
a password, PrivateKey is never kept. The far ends that answer are the connected sockets of the daemon.

Cannot see: what was changed through the admin socket; a configuration given on standard input.
"""

from collections.abc import Iterator

from auditor.daemons.files import ProcessFiles
from auditor.errors import SourceAbsent
from auditor.formats.hjson import values
from auditor.formats.hosts import far_end_of_url
from auditor.model.rows import DaemonInstance, Process

_WANTED = frozenset(("peers", "interfacepeers", "ifname"))
_ANY = ("", "auto", "none")


def read(process: Process, files: ProcessFiles) -> Iterator[DaemonInstance]:
    """Yield what the process is configured for; raises SourceError."""
    words = [word.removeprefix("-") if word.startswith("--") else word for word in files.arguments()]
    found: dict[str, tuple[str, ...]] = {}
    source = "command line"
    path = _path(words)
    if path is not None:
        found, source = values(files.lines(path), _WANTED), path
    elif "-useconf" in words or "-useconf=true" in words:
        files.gap("configuration", SourceAbsent("the configuration was given on standard input"))
    names = found.get("ifname", ())
    device = names[0] if names and names[0] not in _ANY else None
    ends = [far_end_of_url(url) for url in (*found.get("peers", ()), *found.get("interfacepeers", ()))]
    yield DaemonInstance(
        pid=process.pid,
        technology="yggdrasil",
        role="p2p",
        local=None,
        local_port=None,
        remotes=tuple(dict.fromkeys(end for end in ends if end)),
        device=process.only_device or device,
        clients=None,
        source=source,
    )


def _path(words: list[str]) -> str | None:
    """Return the file named by -useconffile, in either spelling of Go's flags; None if none is."""
    for word, after in zip(words, (*words, "")[1:], strict=True):
        name, separator, value = word.partition("=")
        if name == "-useconffile":
            return value if separator else after
    return None
