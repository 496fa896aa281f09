"""A kernel made of scripted datagrams, for what a real one does only under stress."""

from collections.abc import Callable, Iterator
from typing import Any

from auditor.netlink import wire

PORT = 4242
Step = Callable[[int], bytes] | OSError | tuple[Callable[[int], bytes], int]


class FakeKernel:
    """Opens endpoints that answer each request with the next script; remembers what was asked.

    A script is a list of steps: a function from the request's sequence number to a datagram, such a
    function with the port of its sender, or an OSError to raise.
    """

    def __init__(self, *scripts: list[Step]) -> None:
        self.scripts: Iterator[list[Step]] = iter(scripts)
        self.sent: list[bytes] = []
        self.opened: list[int] = []
        self.open_now = 0

    def open_endpoint(self, _family: int, receive_bytes: int) -> "FakeEndpoint":
        self.opened.append(receive_bytes)
        self.open_now += 1
        return FakeEndpoint(self)


class FakeEndpoint:
    """The socket end of a FakeKernel."""

    def __init__(self, kernel: FakeKernel) -> None:
        self.kernel = kernel
        self.steps: list[Step] = []
        self.sequence = 0
        self.closed = False

    def send(self, data: bytes, /) -> int:
        assert not self.closed
        self.kernel.sent.append(data)
        self.sequence = wire.HEADER.unpack_from(data)[3]
        self.steps += next(self.kernel.scripts)
        return len(data)

    def recvfrom_into(self, buffer: bytearray, nbytes: int, flags: int, /) -> tuple[int, Any]:
        if not self.steps:
            raise TimeoutError
        step, sender = self.steps.pop(0), 0
        if isinstance(step, tuple):
            step, sender = step
        if isinstance(step, OSError):
            raise step
        datagram = step(self.sequence)
        kept = datagram[:nbytes]
        buffer[: len(kept)] = kept
        return len(datagram), (sender, 0)

    def settimeout(self, value: float | None, /) -> None:
        assert value is None or value > 0

    def getsockname(self) -> tuple[int, int]:
        return (PORT, 0)

    def close(self) -> None:
        if not self.closed:
            self.closed = True
            self.kernel.open_now -= 1


def answer(*payloads: bytes, kind: int = 16, flags: int = wire.NLM_F_MULTI, sequence: int | None = None) -> Step:
    """Return a step: one datagram of `payloads`, each a message."""
    return lambda asked: b"".join(
        wire.pack_message(kind, flags, asked if sequence is None else sequence, PORT, payload) for payload in payloads
    )


def done(code: int = 0, *, flags: int = wire.NLM_F_MULTI) -> Step:
    """Return a step: the end of a dump, with an errno if there is one."""
    return answer((-code).to_bytes(4, "little", signed=True), kind=wire.NLMSG_DONE, flags=flags)


def error(code: int) -> Step:
    """Return a step: the kernel refuses with errno `code` (0: acknowledges)."""
    return answer((-code).to_bytes(4, "little", signed=True) + bytes(16), kind=wire.NLMSG_ERROR, flags=0)


def joined(*steps: Step) -> Step:
    """Return a step: the datagrams of `steps` as one."""
    return lambda asked: b"".join(step(asked) for step in steps)  # type: ignore[operator]
