"""OpenVPN's command line, configuration file and status file (openvpn(8)); pure.

Only the directives in `KEPT` leave here. Every other line, argument and inline block may hold a password
or key and is dropped as it is read; of a status file only the number of clients stays.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import NamedTuple

from auditor.errors import ParseError, SourceTruncated
from auditor.model.rows import Configured, DaemonInstance, NamedEnd, Process
from auditor.netlink.wire import text

_BARE = {"bind", "client", "nobind", "pull"}
_SERVER = {"server", "server-bridge", "server-ipv6"}
KEPT = _BARE | _SERVER | {"cd", "config", "dev", "local", "lport", "mode", "port", "proto", "remote", "rport", "status"}
_VALUES = 3  # no kept directive has more that matter
_BLOCK, _BLOCK_END = "<connection>", "</connection>"
_DEFAULT_PORT = "1194"
_HOST_CHARACTERS = 253
_LINE_SEPARATORS = b" \t\r\n\v\f"


class Directive(NamedTuple):
    """One kept directive, or the begin or end of a <connection> block, with at most three values."""

    name: str
    values: tuple[str, ...] = ()


def parse_arguments(raw: bytes) -> list[Directive]:
    """Return the kept directives of a command line (arguments ended by NUL); everything else is dropped."""
    arguments = raw.removesuffix(b"\0").split(b"\0")[1:]
    if len(arguments) == 1 and not arguments[0].startswith(b"--"):
        return [Directive("config", (text(arguments[0]),))]
    found: list[Directive] = []
    wanted = False
    for argument in arguments:
        if argument.startswith(b"--"):
            wanted = (name := text(argument[2:])) in KEPT
            if wanted:
                found.append(Directive(name))
        elif wanted and len(found[-1].values) < _VALUES:
            found[-1] = Directive(found[-1].name, (*found[-1].values, text(argument)))
    return found


def parse_lines(lines: Iterable[bytes]) -> Iterator[Directive]:
    """Yield the kept directives of a configuration file; raises ParseError when an inline block has no end."""
    closing: bytes | None = None
    for number, line in enumerate(lines):
        if closing is not None:
            if line.lstrip(_LINE_SEPARATORS).startswith(closing):
                closing = None
            continue
        words = _words(line.removeprefix(b"\xef\xbb\xbf") if number == 0 else line)
        if not words:
            continue
        first, *values = words
        if first in (_BLOCK, _BLOCK_END) or first in KEPT:
            yield Directive(first, tuple(values))
        elif first.startswith("<") and first.endswith(">") and not first.startswith("</"):
            closing = b"</" + first[1:].encode("utf-8", "replace")
    if closing is not None:
        raise ParseError("inline block without its end")


def _words(line: bytes) -> list[str]:
    """Return the first words of a configuration line, unquoted as OpenVPN does; none for a comment."""
    words: list[bytearray] = []
    word: bytearray | None = None
    quote = 0
    escaped = False
    for byte in line:
        if word is None:
            if byte in _LINE_SEPARATORS:
                continue
            if byte in b"#;" or len(words) > _VALUES:
                break
            word = bytearray()
            words.append(word)
        if escaped:
            word.append(byte)
            escaped = False
        elif byte == 0x5C and quote != 0x27:  # a backslash is itself within single quotes
            escaped = True
        elif quote:
            if byte == quote:
                quote = 0
            else:
                word.append(byte)
        elif byte in b"\"'":
            quote = byte
        elif byte in _LINE_SEPARATORS:
            word = None
        else:
            word.append(byte)
    return [text(found) for found in words]


def parse_status(lines: Iterable[bytes]) -> int | None:
    """Return how many clients a status file lists, None if it is not a server's.

    Raises SourceTruncated when its end is missing: OpenVPN writes it in place.
    """
    count = 0
    table = False
    for line in lines:
        line = line.strip()
        if line == b"END":
            return count
        if line == b"OpenVPN STATISTICS":
            return None
        if line.startswith(b"Common Name,Real Address"):
            table = True
        elif line == b"ROUTING TABLE":
            table = False
        elif table or line.startswith((b"CLIENT_LIST,", b"CLIENT_LIST\t")):
            count += 1
    raise SourceTruncated("status file without its end")


@dataclass(slots=True)
class Settings:
    """The directives of one process put together; the last of a name counts, `remote` adds up.

    A block of `blocks` holds the directives of one <connection>.
    """

    values: dict[str, tuple[str, ...]] = field(default_factory=dict)
    remotes: list[tuple[str, ...]] = field(default_factory=list)
    blocks: list[dict[str, tuple[str, ...]]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    _open: bool = False

    def add(self, directive: Directive) -> None:
        """Take in one directive."""
        name, values = directive
        if name in (_BLOCK, _BLOCK_END):
            self._open = name == _BLOCK
            if self._open:
                self.blocks.append({})
        elif self._open:
            self.blocks[-1][name] = values
        elif name == "remote":
            self.remotes.append(values)
        else:
            self.values[name] = values

    def role(self) -> str | None:
        """Return "server" or "client" when a directive says so, else None."""
        if self._one("mode") == "server" or any(n in self.values for n in ("server", "server-bridge", "server-ipv6")):
            return "server"
        return "client" if "client" in self.values or "pull" in self.values else None

    def instance(self, process: Process, source: str, clients: int | None) -> DaemonInstance:
        """Return what the directives say of `process`; what could not be understood is in `problems`."""
        role = self.role() or "p2p"
        remotes = tuple(self._remotes())
        return DaemonInstance(
            pid=process.pid,
            technology="openvpn",
            role=role,
            local=_address(self._one("local")),
            local_port=self._local_port(role),
            remotes=remotes,
            device=self._device(process.tun_devices),
            clients=clients if role == "server" else None,
            source=source,
            people=role == "server" and not remotes,
        )

    def configured(self, name: str, source: str, *, autostart: bool | None) -> Configured:
        """Return what the directives of file `source` describe; what could not be understood is in `problems`."""
        role = self.role() or "p2p"
        remotes = tuple(self._remotes())
        return Configured(
            technology="openvpn",
            manager="openvpn",
            name=name,
            source=source,
            device=self._device(()),
            role=role,
            local=_address(self._one("local")),
            local_port=self._local_port(role),
            remotes=remotes,
            autostart=autostart,
            people=role == "server" and not remotes,
        )

    def _one(self, name: str) -> str | None:
        """Return the first value of directive `name`, None if it is not there."""
        return next(iter(self.values.get(name, ())), None)

    def _device(self, held: tuple[str, ...]) -> str | None:
        """Return the device: the one the process holds, else the one configured unless any would do."""
        name = self._one("dev")
        if len(held) == 1:
            return held[0]
        return None if name in ("tun", "tap", "null") else name

    def _local_port(self, role: str) -> int | None:
        """Return the port that is bound, None for any: clients bind one only when told to."""
        asked = "lport" in self.values or "bind" in self.values or "local" in self.values
        connects = role == "client" or self._one("proto") in ("tcp-client", "tcp4-client", "tcp6-client")
        if "nobind" in self.values or (connects and not asked):
            return None
        return self._port(self._one("lport") or self._one("port") or _DEFAULT_PORT)

    def _remotes(self) -> Iterator[NamedEnd]:
        """Yield every remote with the port and protocol that count for it, each once."""
        blocks: list[dict[str, tuple[str, ...]]] = [{"remote": values} for values in self.remotes]
        found: dict[NamedEnd, None] = {}
        for block in blocks + self.blocks:
            options = self.values | block
            values = options.get("remote", ())
            if not values:
                continue
            host, port, protocol = (*values, *("",) * _VALUES)[:_VALUES]
            port = port or next(iter(options.get("rport") or options.get("port") or ()), _DEFAULT_PORT)
            protocol = protocol or next(iter(options.get("proto", ())), "udp")
            number = self._port(port)
            if number is not None:
                transport = "tcp" if protocol.startswith("tcp") else "udp"
                found[NamedEnd(host[:_HOST_CHARACTERS], number, transport)] = None
        yield from found

    def _port(self, value: str) -> int | None:
        """Return `value` as a port; a service's name or nonsense is a problem and None."""
        if value.isascii() and value.isdigit() and len(value) <= 5 and 0 < int(value) < 65536:
            return int(value)
        self.problems.append("a port is not a number")
        return None


def _address(value: str | None) -> str | None:
    """Return `value` as canonical address, None if it is none (a name, "*")."""
    try:
        return str(ip_address(value)) if value else None
    except ValueError:
        return None
