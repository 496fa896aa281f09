"""What the tests of the rtnetlink probes share: scripted hosts, damaged bytes, views."""

import errno
import struct
from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise

from auditor.errors import ParseError, SourceError
from auditor.host import Host
from auditor.model.sightings import BlindSpot, Reason, Scope, Sighting
from auditor.netlink import wire
from auditor.netlink.socket import Netlink
from auditor.probe import Probe, Targets, View
from tests.auditor.netlink.fakes import PORT, FakeKernel, Step, answer, done, error
from tests.netns import inside

SCOPE = Scope(name="lab", inode=1, door="/run/netns/lab")


class ScriptedHost(Host):
    """A host whose netlink sockets answer from scripts, one script a request."""

    def __init__(self, *scripts: list[Step], refusal: SourceError | None = None) -> None:
        super().__init__()
        self.kernel = FakeKernel(*scripts)
        self.refusal = refusal

    def netlink(self, family: int) -> Netlink:
        if self.refusal:
            raise self.refusal
        return Netlink(family, open_endpoint=self.kernel.open_endpoint)


def view(host: Host | None = None, **targets: object) -> View:
    """Return a view of `host` (the real one unless given) with `targets`."""
    return View(host=host or Host(), scope=SCOPE, targets=Targets(**targets))  # type: ignore[arg-type]


def run_inside(namespace: str, probe: Probe, **targets: object) -> list[Sighting]:
    """Return what `probe` yields in a namespace of the real kernel."""
    return inside(namespace, lambda: list(probe.run(view(**targets))))


def replay(chunk: bytes, *, flags: int = wire.NLM_F_MULTI) -> list[Step]:
    """Return steps that send a recorded table as the answer to the present request, 8 messages a datagram."""
    ends = [0, *boundaries(chunk)]
    cuts = [*ends[:-1:8], ends[-1]]
    return [_datagram(chunk[start:end], flags) for start, end in pairwise(cuts)]


def _datagram(part: bytes, flags: int) -> Callable[[int], bytes]:
    """Return a function from a sequence number to the recorded messages `part` as an answer to it."""

    def datagram(sequence: int) -> bytes:
        copy, offset = bytearray(part), 0
        for end in boundaries(part):
            length, kind = struct.unpack_from("=IH", copy, offset)
            wire.HEADER.pack_into(copy, offset, length, kind, flags, sequence, PORT)
            offset = end
        return bytes(copy)

    return datagram


def message(kind: int, fixed: bytes, *attributes: tuple[int, bytes]) -> bytes:
    """Return one message of a table, assembled by hand."""
    return wire.pack_message(kind, wire.NLM_F_MULTI, 1, PORT, fixed + pack(*attributes))


def pack(*attributes: tuple[int, bytes]) -> bytes:
    """Return attributes one after the other."""
    return b"".join(wire.pack_attribute(kind, value) for kind, value in attributes)


def u32(number: int) -> bytes:
    """Return a number as the kernel packs a u32."""
    return struct.pack("=I", number)


def damaged(chunk: bytes, *, limit_bytes: int = 4096) -> Iterator[bytes]:
    """Yield the start of `chunk` cut at every byte, and with every 16-bit word set to hostile lengths."""
    whole = chunk[:limit_bytes]
    for cut in range(1, len(whole)):
        yield whole[:cut]
    for offset in range(0, len(whole) - 1, 2):
        for value in (0, 1, 3, 4, 5, 17, 0x7FFF, 0xFFFF):
            spoilt = bytearray(whole)
            struct.pack_into("=H", spoilt, offset, value)
            yield bytes(spoilt)


def survives(parse: Callable[[Iterable[bytes]], Iterable[object]], chunk: bytes) -> int:
    """Return how many damaged forms of `chunk` are refused; any error but ParseError propagates."""
    refused = 0
    for spoilt in damaged(chunk):
        try:
            list(parse([spoilt]))
        except ParseError:
            refused += 1
    return refused


def boundaries(chunk: bytes) -> Iterator[int]:
    """Yield the offsets at which the messages of `chunk` end."""
    offset = 0
    while offset < len(chunk):
        offset += wire.align(struct.unpack_from("=I", chunk, offset)[0])
        yield offset


def prefixes_are_refused(parse: Callable[[Iterable[bytes]], Iterable[object]], chunk: bytes) -> None:
    """Assert that a chunk cut anywhere but between two messages is never taken for a whole one."""
    ends = set(boundaries(chunk))
    ends |= {end - padding for end in ends for padding in (1, 2, 3)}  # the last message may lack its padding
    for cut in range(1, len(chunk)):
        try:
            list(parse([chunk[:cut]]))
        except ParseError:
            continue
        assert cut in ends, cut


def failures(probe: Probe, **targets: object) -> None:
    """Assert that each way in which the kernel fails a dump of `probe` becomes a blind spot and no row."""
    interrupted = [answer(b"", flags=wire.NLM_F_MULTI | wire.NLM_F_DUMP_INTR), done()]
    for script, reason, needs in (
        ([error(errno.EPERM)], Reason.PERMISSION, "CAP_NET_ADMIN"),
        ([done(errno.EIO)], Reason.CRASHED, None),
        (interrupted, Reason.INTERRUPTED, None),
        ([OSError(errno.ENOBUFS, "")], Reason.OVERFLOW, None),
        ([], Reason.TIMEOUT, None),
        ([lambda sequence: b"\x07"], Reason.UNPARSED, None),
    ):
        found = list(probe.run(view(ScriptedHost(*[script] * 12), **targets)))
        assert found, reason
        for spot in found:
            assert isinstance(spot, BlindSpot)
            assert (spot.probe, spot.scope, spot.reason, spot.needs) == (probe.name, "lab", reason, needs)
            assert spot.hides == probe.covers
    (spot,) = probe.run(view(ScriptedHost(refusal=SourceError("no socket")), **targets))
    assert isinstance(spot, BlindSpot)
    assert spot.detail == "no socket"
