"""The UAPI of WireGuard in user space: whole answers, spoiled ones, and daemons that do not stop or start."""

import contextlib
import socket
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.daemons import wireguard as uapi
from auditor.errors import ParseError, SourceError, SourceTimeout, SourceTruncated
from auditor.model.rows import WireGuardDevice, WireGuardPeer
from tests.fixtures.wireguard import ANSWER, NOW_S, PEERS, PID, PRESHARED, PRIVATE
from tests.probes.recorded import leaks


def parse(answer: bytes) -> WireGuardDevice:
    """Return what is made of `answer` when it comes in one piece."""
    near, far = socket.socketpair()
    with near, far:
        far.sendall(answer)
        far.shutdown(socket.SHUT_WR)
        return uapi.parse_answer(uapi.ask(near, deadline_s=1), "wgo0", PID, NOW_S)


class Drip:
    """A daemon that sends one byte whenever it is asked for more, for ever."""

    def __init__(self, pause_s: float = 0.0) -> None:
        self.pause_s = pause_s
        self.count = 0

    def sendall(self, data: bytes, /) -> None:
        pass

    def settimeout(self, value: float | None, /) -> None:
        pass

    def recv_into(self, buffer: memoryview, /) -> int:
        time.sleep(self.pause_s)
        self.count += 1
        buffer[:1] = b"a=1\n"[self.count % 4 - 1 :][:1]
        return 1


def test_daemon_that_drips_is_left_after_the_time_in_all() -> None:
    with pytest.raises(SourceTimeout):
        uapi.ask(Drip(0.01), deadline_s=0.1)


def test_daemon_that_talks_for_ever_is_left_at_the_limit() -> None:
    with pytest.raises(SourceTruncated):
        uapi.ask(Drip(), deadline_s=30, limit_bytes=5_000)


@pytest.mark.parametrize(
    ("line", "right"),
    [
        (b"endpoint=1.2.3.4:0", None),
        (b"endpoint=1.2.3.4:65536", None),
        (b"endpoint=1.2.3.4", None),
        (b"endpoint=name:1", None),
        (b"endpoint=[::ffff:1.2.3.4]:1", PEERS[2]._replace(endpoint="::ffff:1.2.3.4", endpoint_port=1)),
        (b"allowed_ip=10.0.0.0/33", None),
        (b"allowed_ip=10.0.0.0/", None),
        (b"allowed_ip=10.0.0.0/-1", None),
        (b"persistent_keepalive_interval=x", None),
        (b"last_handshake_time_sec=-5", None),
        (b"last_handshake_time_sec=" + b"9" * 20, None),
        (b"last_handshake_time_nsec=5", PEERS[2]._replace(handshake_at_s=NOW_S)),
        (b"last_handshake_time_sec=90", PEERS[2]._replace(handshake_at_s=NOW_S - 90)),
        (b"something_new=1", PEERS[2]),
    ],
)
def test_lines_of_a_peer(line: bytes, right: WireGuardPeer | None) -> None:
    """The two small handshake times are BoringTun's: seconds since it, not its time."""
    answer = b"public_key=" + bytes([7] * 32).hex().encode() + b"\n" + line + b"\nerrno=0\n\n"
    if right is None:
        with pytest.raises(ParseError):
            parse(answer)
    else:
        assert parse(answer).peers == (right,)


def test_cut_at_every_offset_or_spoiled_anywhere() -> None:
    for size in range(len(ANSWER) - 1):
        with pytest.raises((SourceTruncated, ParseError)) as caught:
            parse(ANSWER[:size])
        assert not leaks(str(caught.value))
    for offset in range(len(ANSWER)):
        for byte in b"\n=0\xff":
            shown: object
            try:
                shown = parse(ANSWER[:offset] + bytes([byte]) + ANSWER[offset + 1 :])
            except SourceError as error:
                shown = str(error)
            assert not leaks(shown)


@given(st.binary(max_size=400))
def test_any_bytes_are_refused_or_right(noise: bytes) -> None:
    for answer in (noise + b"\n\n", noise + b"\nerrno=0\n\n"):
        with contextlib.suppress(SourceError):
            assert parse(answer).interface == "wgo0"


def test_receive_buffer_is_zeros_once_read() -> None:
    class Keeper(Drip):
        buffer = bytearray()

        def recv_into(self, buffer: memoryview, /) -> int:
            if self.count == 0:
                Keeper.buffer = buffer.obj
            part = ANSWER[self.count : self.count + 100]
            assert not self.count or not any(buffer)
            buffer[: len(part)] = part
            self.count += len(part)
            return len(part)

    assert uapi.parse_answer(uapi.ask(Keeper()), "wgo0", PID, NOW_S).peers == PEERS
    assert len(Keeper.buffer) == uapi.BUFFER_BYTES
    assert not any(Keeper.buffer)


def test_whole_answer() -> None:
    assert parse(ANSWER) == WireGuardDevice("wgo0", None, 51820, PEERS, "uapi", PID, 51820)


@pytest.mark.parametrize(("value", "right"), [(b"0", None), (b"4294967295", 0xFFFFFFFF), (b"1", 1)])
def test_firewall_marks(value: bytes, right: int | None) -> None:
    assert parse(b"fwmark=" + value + b"\nerrno=0\n\n").fwmark == right


@pytest.mark.parametrize("value", [b"4294967296", b"-1", b"0x1", b""])
def test_impossible_firewall_marks_are_refused(value: bytes) -> None:
    with pytest.raises(ParseError):
        parse(b"fwmark=" + value + b"\nerrno=0\n\n")


def test_planted_keys_reach_no_pair() -> None:
    assert PRIVATE.encode() in ANSWER
    assert PRESHARED.encode() in ANSWER
    near, far = socket.socketpair()
    with near, far:
        far.sendall(ANSWER)
        assert not leaks(uapi.ask(near))
