"""IKE associations and configured connections as strongSwan's charon tells them over its VICI socket.

Sent are `list-sas` and `list-conns` and the registration for their events, which change nothing.
A configured connection without an association becomes a row with state "CONFIGURED", one for each
far end that its configuration names, without children. The socket is found among those that the
process listens on (/proc/PID/net/unix), else at the usual places below its root.

Cannot see: daemons without the vici plugin (a gap), other IKE daemons.
"""

import time
from collections.abc import Iterator

from auditor.daemons import strongswan
from auditor.daemons.vici import (
    CMD_REQUEST,
    CMD_RESPONSE,
    EVENT,
    EVENT_CONFIRM,
    EVENT_REGISTER,
    EVENT_UNREGISTER,
    LENGTH,
    PACKET_LIMIT_BYTES,
    Packet,
    Section,
    Wanted,
    pack,
    parse_message,
    parse_packet,
)
from auditor.errors import ParseError, SourceAbsent, SourceError, SourceTimeout, SourceTruncated
from auditor.host import Host, source_error
from auditor.model.rows import IkeSa, Process
from auditor.model.sightings import Sighting
from auditor.probe import Extent, Phase, Probe, View

_PROGRAMS = ("charon", "charon-systemd")
_USUAL = ("/run/charon.vici", "/var/run/charon.vici", "/run/strongswan/charon.vici", "/var/run/strongswan/charon.vici")
_NEEDS = "CAP_SYS_PTRACE and CAP_DAC_OVERRIDE"
_DEADLINE_S = 8.0
_ANSWER_LIMIT_BYTES = 64 << 20
_LISTENING = 0x00010000  # __SO_ACCEPTCON in /proc/net/unix


def parse_listening(raw: bytes, inodes: frozenset[int]) -> list[str]:
    """Return the paths of listening UNIX sockets among `inodes` that are named after VICI (/proc/PID/net/unix)."""
    found: list[str] = []
    for line in raw.split(b"\n")[1:]:
        fields = line.split(None, 7)
        try:
            listening = int(fields[3], 16) & _LISTENING
            inode, path = int(fields[6]), fields[7]
        except (IndexError, ValueError):
            continue
        if listening and inode in inodes and path.startswith(b"/") and b"vici" in path:
            found.append(path.decode("utf-8", "surrogateescape"))
    return found


class _Conversation:
    """One connection to a daemon; every wait ends at one common deadline."""

    def __init__(self, host: Host, path: str, pid: int) -> None:
        """Connect to `path`, where `pid` must listen; raises SourceError."""
        self._stream = host.unix_stream(path, needs=_NEEDS, listener=pid)
        self._ends_at = time.monotonic() + _DEADLINE_S
        self._left_bytes = _ANSWER_LIMIT_BYTES

    def close(self) -> None:
        """Close the connection."""
        self._stream.close()

    def listing(self, command: str, event: str, wanted: Wanted) -> Iterator[tuple[str, Section]]:
        """Yield (name, section) of everything that `command` streams as `event`s; raises SourceError."""
        self._expect(EVENT_REGISTER, event, EVENT_CONFIRM)
        self._send(pack(CMD_REQUEST, command))
        while (packet := self._receive()).kind == EVENT:
            if packet.name == event:
                yield from parse_message(packet.message, wanted).sections.items()
        if packet.kind != CMD_RESPONSE:
            raise ParseError("the daemon does not know the command")
        self._expect(EVENT_UNREGISTER, event, EVENT_CONFIRM)

    def _expect(self, kind: int, name: str, answer: int) -> None:
        """Send one packet and require the answer's type."""
        self._send(pack(kind, name))
        if self._receive().kind != answer:
            raise ParseError("the daemon does not know the event")

    def _send(self, data: bytes) -> None:
        """Send `data`; raises SourceError."""
        try:
            self._stream.sendall(data)
        except OSError as error:
            raise source_error(error) from None

    def _receive(self) -> Packet:
        """Return the next packet; raises SourceError."""
        (size,) = LENGTH.unpack(self._exactly(LENGTH.size))
        if size > PACKET_LIMIT_BYTES:
            raise ParseError("VICI packet over the protocol's limit")
        return parse_packet(self._exactly(size))

    def _exactly(self, size: int) -> bytes:
        """Return the next `size` bytes; raises SourceError."""
        self._left_bytes -= size
        if self._left_bytes < 0:
            raise SourceTruncated(f"longer than {_ANSWER_LIMIT_BYTES} bytes")
        data = bytearray()
        while len(data) < size:
            left_s = self._ends_at - time.monotonic()
            if left_s <= 0:
                raise SourceTimeout("no answer in time")
            try:
                self._stream.settimeout(left_s)
                part = self._stream.recv(size - len(data))
            except OSError as error:
                raise source_error(error) from None
            if not part:
                raise SourceTruncated("the daemon closed the connection")
            data += part
        return bytes(data)


def _connect(host: Host, process: Process) -> _Conversation:
    """Return a conversation with the daemon; raises SourceError."""
    try:
        names = parse_listening(host.read(f"/proc/{process.pid}/net/unix"), frozenset(process.sockets))
    except SourceError:
        names = []
    for name in names or _USUAL:
        try:
            return _Conversation(host, host.inside(process.pid, name), process.pid)
        except SourceAbsent:
            continue
    raise SourceAbsent("the daemon has no VICI socket")


def _ask(host: Host, process: Process) -> Iterator[IkeSa]:
    """Yield what the daemon tells; raises SourceError."""
    conversation = _connect(host, process)
    try:
        connected: set[str] = set()
        for name, section in conversation.listing("list-sas", "list-sa", strongswan.SA):
            connected.add(name)
            yield strongswan.ike_sa(name, section, process.pid)
        for name, section in conversation.listing("list-conns", "list-conn", strongswan.CONNECTION):
            if name not in connected:
                yield from strongswan.configured(name, section, process.pid)
    finally:
        conversation.close()


def run(view: View) -> Iterator[Sighting]:
    """Yield the IKE SAs and configured connections of every charon among the owners."""
    for process in view.targets.owners:
        if (process.exe or "").rpartition("/")[2] not in _PROGRAMS:
            continue
        try:
            yield from _ask(view.host, process)
        except SourceError as error:
            yield PROBE.blind(view, f"VICI socket of PID {process.pid}", error)


PROBE = Probe(
    name="vici",
    summary="IKE associations and configured connections of strongSwan",
    reads=("charon.vici",),
    needs=("CAP_SYS_PTRACE", "CAP_DAC_OVERRIDE"),
    covers=("ipsec",),
    run=run,
    phase=Phase.DAEMONS,
    extent=Extent.HOST,
)
