"""The configuration protocol of WireGuard in user space, https://www.wireguard.com/xplatform/.

Spoken by wireguard-go, BoringTun and amneziawg-go. The answer to `get=1` holds the private key and
every preshared key: of such lines nothing is copied, and the receive buffer is overwritten with zeros.
In wireguard-go (device/uapi.go) the question takes read locks only, changes nothing and logs nothing.
"""

import time
from binascii import b2a_base64
from collections.abc import Iterable
from ipaddress import ip_address
from typing import Protocol

from auditor.errors import ParseError, SourceError, SourceTimeout, SourceTruncated
from auditor.host import source_error
from auditor.model.rows import WireGuardDevice, WireGuardPeer
from auditor.netlink.wire import address

_QUESTION = b"get=1\n\n"
_DEADLINE_S = 5.0
LIMIT_BYTES = 16 << 20
BUFFER_BYTES = 1 << 16
_WANTED = frozenset(
    (
        b"listen_port",
        b"fwmark",
        b"public_key",
        b"endpoint",
        b"last_handshake_time_sec",
        b"last_handshake_time_nsec",
        b"persistent_keepalive_interval",
        b"allowed_ip",
        b"errno",
    )
)
_KEY_BYTES = 32
# BoringTun answers with the seconds since the handshake instead of its time; no clock says 2001 any more.
_AGE_BELOW_S = 1_000_000_000
Pair = tuple[bytes, bytes]


class Stream(Protocol):
    """The part of a connected socket that is used; tests give their own."""

    def sendall(self, data: bytes, /) -> None:
        """Send all of `data`."""

    def recv_into(self, buffer: memoryview, /) -> int:
        """Receive into `buffer`; return the number of bytes, 0 at the end."""

    def settimeout(self, value: float | None, /) -> None:
        """Let calls fail with TimeoutError after `value` seconds."""


def ask(stream: Stream, *, deadline_s: float = _DEADLINE_S, limit_bytes: int = LIMIT_BYTES) -> list[Pair]:
    """Return key and value of the wanted lines of the answer to `get=1`; lines with keys are never copied.

    Raises SourceTimeout when the answer takes longer than `deadline_s` in all, SourceTruncated over the
    limit or when the daemon hangs up before the empty line that ends it, ParseError.
    """
    give_up_at = time.monotonic() + deadline_s
    buffer = bytearray(BUFFER_BYTES)
    pairs: list[Pair] = []
    filled = total = 0
    try:
        stream.settimeout(deadline_s)
        stream.sendall(_QUESTION)
        while True:
            left_s = give_up_at - time.monotonic()
            if left_s <= 0:
                raise SourceTimeout("no answer in time")
            stream.settimeout(left_s)
            size = stream.recv_into(memoryview(buffer)[filled:])
            total += size
            if size == 0 or total > limit_bytes:
                raise SourceTruncated("the answer was cut short" if size == 0 else f"longer than {limit_bytes} bytes")
            used, ended = _take_lines(buffer, filled + size, pairs)
            if ended:
                return pairs
            filled = _keep_rest(buffer, used, filled + size)
    except OSError as error:
        raise source_error(error) from None
    finally:
        buffer[:] = bytes(len(buffer))


def _take_lines(buffer: bytearray, filled: int, pairs: list[Pair]) -> tuple[int, bool]:
    """Put the wanted of the whole lines in `buffer` into `pairs`; return where the rest starts, and if all was read."""
    start = 0
    while (end := buffer.find(b"\n", start, filled)) >= 0:
        if end == start:
            return end + 1, True
        equals = buffer.find(b"=", start, end)
        if equals < 0:
            raise ParseError("UAPI line without a value")
        key = bytes(buffer[start:equals])
        if key in _WANTED:
            pairs.append((key, bytes(buffer[equals + 1 : end])))
        start = end + 1
    return start, False


def _keep_rest(buffer: bytearray, start: int, filled: int) -> int:
    """Move the unfinished line to the front, zeros over what follows it; return its length. Raises ParseError."""
    rest = filled - start
    if rest == len(buffer):
        raise ParseError("UAPI line too long")
    view = memoryview(buffer)
    view[:rest] = view[start:filled]  # within the buffer, so that no copy of a key is left elsewhere
    view[rest:] = bytes(len(buffer) - rest)
    return rest


def parse_answer(pairs: Iterable[Pair], interface: str, pid: int, now_s: int) -> WireGuardDevice:
    """Return the device that the lines describe; raises ParseError, or SourceError when the daemon reports one."""
    device: dict[bytes, bytes] = {}
    peers: list[list[Pair]] = []
    for key, value in pairs:
        if key == b"public_key":
            peers.append([])
        if peers and key != b"errno":
            peers[-1].append((key, value))
        else:
            device[key] = value
    if b"errno" not in device:
        raise ParseError("UAPI answer without its result")
    if code := _number(device[b"errno"].removeprefix(b"-")):
        raise SourceError(f"the daemon answered with error {code}")
    port = _number(device.get(b"listen_port", b"0"))
    return WireGuardDevice(
        interface=interface,
        public_key=None,
        listen_port=port or None,
        peers=tuple(parse_peer(lines, now_s) for lines in peers),
        door="uapi",
        pid=pid,
        fwmark=_mark(device.get(b"fwmark", b"0")),
    )


def parse_peer(lines: Iterable[Pair], now_s: int) -> WireGuardPeer:
    """Return the peer that its lines describe, the first being its public key; raises ParseError."""
    single: dict[bytes, bytes] = {}
    allowed: list[str] = []
    for key, value in lines:
        if key == b"allowed_ip":
            allowed.append(_prefix(value))
        else:
            single[key] = value
    endpoint, port = _endpoint(single[b"endpoint"]) if b"endpoint" in single else (None, None)
    keepalive = single.get(b"persistent_keepalive_interval")
    return WireGuardPeer(
        public_key=_public_key(single[b"public_key"]),
        endpoint=endpoint,
        endpoint_port=port,
        handshake_at_s=_handshake(single, now_s),
        allowed_ips=tuple(allowed),
        keepalive_s=None if keepalive is None else _number(keepalive),
    )


def _handshake(single: dict[bytes, bytes], now_s: int) -> int | None:
    """Return the Unix time of the last handshake in seconds, None if there was none."""
    seconds = _number(single.get(b"last_handshake_time_sec", b"0"))
    if not seconds and not _number(single.get(b"last_handshake_time_nsec", b"0")):
        return None
    return now_s - seconds if seconds < _AGE_BELOW_S else seconds


def _number(value: bytes) -> int:
    """Return a decimal number of at most 19 digits; raises ParseError."""
    if not value.isdigit() or len(value) > 19:
        raise ParseError("UAPI value that is no number")
    return int(value)


def _mark(value: bytes) -> int | None:
    """Return a firewall mark, None for 0, which is none; raises ParseError."""
    number = _number(value)
    if number >= 1 << 32:
        raise ParseError("UAPI firewall mark too large")
    return number or None


def _public_key(value: bytes) -> str:
    """Return a public key given in hexadecimal as base64; raises ParseError."""
    try:
        key = bytes.fromhex(value.decode("ascii"))
    except ValueError:
        key = b""
    if len(key) != _KEY_BYTES:
        raise ParseError("UAPI public key of unknown form")
    return b2a_base64(key, newline=False).decode("ascii")


def _address(value: bytes) -> bytes:
    """Return an address given as text, without zone, as bytes; raises ParseError."""
    try:
        return ip_address(value.partition(b"%")[0].decode("ascii")).packed
    except ValueError:
        raise ParseError("UAPI address of unknown form") from None


def _endpoint(value: bytes) -> tuple[str, int]:
    """Return address and port of "1.2.3.4:5" or "[::1]:5"; raises ParseError."""
    host, _, port = value.rpartition(b":")
    if host.startswith(b"[") and host.endswith(b"]"):
        host = host[1:-1]
    number = _number(port)
    if not 0 < number < 1 << 16:
        raise ParseError("UAPI endpoint with an impossible port")
    return address(_address(host)), number


def _prefix(value: bytes) -> str:
    """Return an allowed address as "ADDRESS/LENGTH"; raises ParseError."""
    host, _, length = value.partition(b"/")
    packed = _address(host)
    if _number(length) > 8 * len(packed):
        raise ParseError("UAPI allowed address with an impossible length")
    return f"{address(packed)}/{_number(length)}"
