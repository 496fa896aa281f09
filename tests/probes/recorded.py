"""Recorded kernel answers for probes, hostile variants of them, and the search for planted keys."""

import base64
import json
import struct
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from auditor.errors import ParseError
from auditor.host import Host
from auditor.model.sightings import Scope
from auditor.netlink import wire
from auditor.netlink.socket import Netlink
from auditor.probe import Targets, View
from tests.auditor.netlink.fakes import PORT, FakeKernel, Step, done

FIXTURES = Path(__file__).resolve().parent.parent / "fixtures"
SCOPE = Scope(name=None, inode=1, door="/proc/self/ns/net")
WIREGUARD_KEYS = json.loads((FIXTURES / "wireguard/keys.json").read_text())
XFRM_KEYS = json.loads((FIXTURES / "xfrm/keys.json").read_text())
PLANTED = (
    WIREGUARD_KEYS["in_fixtures"]["private"].encode(),
    WIREGUARD_KEYS["in_fixtures"]["preshared"].encode(),
    XFRM_KEYS["in_fixtures"].encode(),
)


class RecordedHost(Host):
    """A host whose netlink sockets of each family answer from scripts; its files are below `root`."""

    def __init__(self, kernels: dict[int, FakeKernel], root: str = "/nonexistent") -> None:
        super().__init__(root)
        self.kernels = kernels

    def netlink(self, family: int) -> Netlink:
        return Netlink(family, open_endpoint=self.kernels[family].open_endpoint)


def view(host: Host, targets: Targets | None = None) -> View:
    """Return `host` seen from its own namespace."""
    return View(host=host, scope=SCOPE, targets=targets or Targets())


def messages(name: str) -> list[wire.Message]:
    """Return the messages of a recorded answer."""
    return list(wire.messages((FIXTURES / name).read_bytes()))


def replay(data: bytes) -> list[Step]:
    """Return the script that answers with the messages in `data`, a datagram each, and ends the dump."""
    return [*(_step(message.type, bytes(message.payload)) for message in wire.messages(data)), done()]


def _step(kind: int, payload: bytes) -> Step:
    return lambda asked: wire.pack_message(kind, wire.NLM_F_MULTI, asked, PORT, payload)


def forms(key: bytes) -> tuple[bytes, ...]:
    """Return the shapes in which `key` could stand in a text: itself, hexadecimal, base64, a list of numbers."""
    start = key[:12]
    return (
        start,
        start.hex().encode(),
        start.hex().upper().encode(),
        base64.b64encode(start),
        ", ".join(str(number) for number in start).encode(),
    )


def leaks(*things: object) -> list[bytes]:
    """Return the shapes of planted keys that stand in the texts of `things` or in their tracebacks."""
    texts = []
    for thing in things:
        texts += [repr(thing), str(thing)]
        if isinstance(thing, BaseException):
            texts += traceback.format_exception(thing)
            texts += [repr(getattr(thing, "__dict__", None)), repr(thing.args), repr(thing.__cause__)]
    whole = "\n".join(texts).encode(errors="surrogateescape")
    return [form for key in PLANTED for form in forms(key) if form in whole]


def spoiled(payload: bytes) -> Iterator[bytes]:
    """Yield `payload` cut at every offset, and with every 16-bit number replaced by hostile ones.

    None of them is the type of an attribute that is shown whole: bytes that say "this key is the public
    one" cannot be told from the truth.
    """
    for size in range(len(payload)):
        yield payload[:size]
    for offset in range(0, len(payload) - 1, 2):
        for number in (0, 3, 5, 7, 0x7FFF, 0xFFFF):
            yield payload[:offset] + struct.pack("=H", number) + payload[offset + 2 :]


def withstands(parse: Callable[[memoryview], Any], payload: bytes) -> int:
    """Give every spoiled `payload` to `parse`; return how many it refused.

    Fails when it raises anything but ParseError, or when a key stands in a result or in an error.
    """
    refused = 0
    for data in spoiled(payload):
        try:
            shown = parse(memoryview(data))
        except ParseError as error:
            refused += 1
            shown = str(error), error.detail
        assert not leaks(shown)
    return refused
