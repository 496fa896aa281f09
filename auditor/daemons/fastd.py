"""fastd's arguments and configuration files (fastd(1), the grammar in src/parse/config.y and lex.c of fastd 22); pure.

Of a statement only the words are kept that say where it goes: `secret`, shell commands and everything else
is dropped as it is read.

Cannot see: peers that call from an address of their own (float), those that `on verify` lets in, and what
the status socket would tell; which peers answer.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Protocol

from auditor.daemons.fastd_words import Word, statements
from auditor.daemons.files import ProcessFiles
from auditor.errors import ParseError, SourceAbsent, SourceError
from auditor.formats import hosts
from auditor.model.rows import DaemonInstance, NamedEnd, Process

_DEPTH_LIMIT = 10
_FILES_LIMIT = 4096
_ARGUMENTS = {
    **dict.fromkeys(("-c", "--config"), "config"),
    "--config-peer": "peer",
    "--config-peer-dir": "peers",
    **dict.fromkeys(("-b", "--bind"), "bind"),
    **dict.fromkeys(("-i", "--interface"), "interface"),
    **dict.fromkeys(("-m", "--mode"), "mode"),
}
_KEY_DIGITS = 16  # %k is the beginning of the key


class Files(Protocol):
    """What a configuration is read from: the files as a process sees them, or the host's own."""

    def gap(self, source: str, error: SourceError) -> None:
        """Keep that `source` could not be read."""

    def lines(self, path: str) -> Iterator[bytes]:
        """Yield the lines of `path`; raises SourceError."""

    def names(self, path: str) -> list[str]:
        """Return the names in the directory `path`; raises SourceError."""


@dataclass(slots=True)
class Peer:
    """One peer: its name, its addresses, its device if it has one of its own, the beginning of its public key."""

    name: str = ""
    remotes: list[NamedEnd] = field(default_factory=list)
    interface: str | None = None
    key: str = ""

    def device(self, pattern: str | None) -> str | None:
        """Return the name of the peer's own device; `pattern` is the one for all peers."""
        name = self.interface or pattern
        parts = name.split("%%") if name else []
        return "%".join(part.replace("%n", self.name).replace("%k", self.key) for part in parts) or None


@dataclass(slots=True)
class Configuration:
    """What the files of one process say; `bind` is the first address with its port, `source` the first file."""

    files: Files
    peers: list[Peer] = field(default_factory=list)
    bind: NamedEnd | None = None
    local_port: int | None = None
    interface: str | None = None
    mode: str = "tap"
    source: str = "command line"
    count: int = 0

    def arguments(self, words: Iterable[str]) -> None:
        """Take in the command line; options count in their order."""
        left = iter(words)
        for word in left:
            kind = _ARGUMENTS.get(word)
            value = next(left, "") if kind else ""
            if kind == "config" and value == "-":
                self.files.gap("configuration", SourceAbsent("the configuration was given on standard input"))
            elif kind == "config":
                self.file(value, 0)
            elif kind == "peer":
                self.peer_file(value, value.rpartition("/")[2], 0)
            elif kind == "peers":
                self.directory(value, 0)
            elif kind == "bind":
                address, _, port = value.rpartition(":") if not value.endswith("]") else (value, "", "")
                self.bound(address or value, port)
            elif kind == "interface":
                self.interface = value
            elif kind == "mode":
                self.mode = value

    def bound(self, address: str, port: str) -> None:
        """Take in an address that the daemon binds; the first counts."""
        if self.bind is None and self.local_port is None:
            self.local_port = hosts.port(port)
            self.bind = None if address == "any" else hosts.far_end(address, self.local_port, "udp")

    def file(self, path: str, depth: int, peer: Peer | None = None) -> None:
        """Take in the file `path`, as part of `peer` if one is given; what cannot be read is a gap."""
        if not self.count:
            self.source = path
        self.count += 1
        try:
            if depth > _DEPTH_LIMIT or self.count > _FILES_LIMIT:
                raise ParseError("configuration files include each other too deeply")
            self._statements(statements(self.files.lines(path)), path.rpartition("/")[0], depth, peer)
        except SourceError as error:
            self.files.gap(path or "configuration", error)

    def peer_file(self, path: str, name: str, depth: int) -> None:
        """Take in a file that describes one peer."""
        peer = Peer(name)
        self.peers.append(peer)
        self.file(path, depth, peer)

    def directory(self, path: str, depth: int) -> None:
        """Take in every file of a directory of peers, as fastd does: none that is hidden or a backup."""
        try:
            names = self.files.names(path)
        except SourceError as error:
            self.files.gap(path, error)
            return
        for name in names:
            if not name.startswith(".") and not name.endswith("~"):
                self.peer_file(f"{path}/{name}", name, depth)

    def _statements(self, found: Iterator[list[Word]], base: str, depth: int, peer: Peer | None) -> None:
        """Take in the statements of a file in directory `base`; raises SourceError."""
        blocks: list[Peer | None] = [peer]
        for words in found:
            first, *rest = words
            if first == Word("}"):
                if len(blocks) > 1:
                    blocks.pop()
            elif words[-1] == Word("{"):
                opened = Peer(rest[0].text) if first.text == "peer" and rest[0].quoted else blocks[-1]
                if opened is not None and opened is not blocks[-1]:
                    self.peers.append(opened)
                blocks.append(opened)
            elif first.text == "include":
                self._include(rest, base, depth + 1, blocks[-1])
            elif blocks[-1] is not None:
                _peer_statement(blocks[-1], first.text, rest)
            else:
                self._statement(first.text, rest)

    def _include(self, words: list[Word], base: str, depth: int, peer: Peer | None) -> None:
        """Take in what an `include` names: a file, the file of a peer, or a directory of those."""
        quoted = [word.text for word in words if word.quoted]
        if not quoted:
            return
        path = quoted[0] if quoted[0].startswith("/") or not base else f"{base}/{quoted[0]}"
        first = words[0]
        if first.quoted:
            self.file(path, depth, peer)
        elif first.text == "peers":
            self.directory(path, depth)
        elif first.text == "peer":
            self.peer_file(path, quoted[1] if len(quoted) > 1 else "", depth)

    def _statement(self, name: str, words: list[Word]) -> None:
        """Take in a statement that is about no peer."""
        if not words:
            return
        if name == "interface":
            self.interface = words[0].text
        elif name == "mode":
            self.mode = words[0].text
        elif name == "bind":
            port = next((after.text for word, after in pairwise(words) if word.is_port), "")
            self.bound(words[0].text, port)


def _peer_statement(peer: Peer, name: str, words: list[Word]) -> None:
    """Take in a statement about `peer`: `remote [ipv4|ipv6] HOST (: | port) NUMBER`, `interface`, `key`."""
    if name == "interface" and words:
        peer.interface = words[0].text
    elif name == "key" and words:
        peer.key = words[0].text[:_KEY_DIGITS]
    elif name == "remote":
        left = [word.text for word in words if word.quoted or word.text not in ("ipv4", "ipv6", ":", "port")]
        if len(left) == 2 and (found := hosts.far_end(left[0], left[1], "udp")):
            peer.remotes.append(found)


def read(process: Process, files: ProcessFiles) -> Iterator[DaemonInstance]:
    """Yield a row for the device that all peers share, or one for each peer that has its own; raises SourceError."""
    found = Configuration(files)
    found.arguments(files.arguments())
    held = process.tun_devices
    if found.mode == "tap":
        ends = [remote for peer in found.peers for remote in peer.remotes]
        yield _row(process, found, held[0] if len(held) == 1 else found.interface, ends)
        return
    strays: list[NamedEnd] = []
    for peer in found.peers:
        device = peer.device(found.interface)
        if device in held:
            yield _row(process, found, device, peer.remotes)
        else:
            strays += peer.remotes
    yield _row(process, found, None, strays)


def _row(process: Process, found: Configuration, device: str | None, ends: Iterable[NamedEnd]) -> DaemonInstance:
    """Return the row of one device."""
    return DaemonInstance(
        pid=process.pid,
        technology="fastd",
        role="p2p",
        local=found.bind.host if found.bind else None,
        local_port=found.local_port,
        remotes=tuple(dict.fromkeys(ends)),
        device=device,
        clients=None,
        source=found.source,
        transport="udp",
    )
