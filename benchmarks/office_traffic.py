"""Ordinary traffic of an office, as a capture on its gateway has it: conversations begin, are answered, go on and end.

TLS with time stamps, QUIC, DNS and RTP, 2,000 conversations at a time. How one goes is drawn beforehand; who has it is
drawn for each. What would be encrypted is random. Programs that look for the beginning of a conversation find one.
"""

import random
import struct
from collections.abc import Iterator

from tests.auditor.packets.made import MACS, ipv4

Frames = list[tuple[bool, bytes]]
"""One way that a conversation can go: whether the client sends, and the frame."""

_AT_ONCE = 2000
_WAYS = 400
_ENDS_AT, _ENDS_BEHIND = 26, 38  # addresses and ports in a frame
_SYN, _SYN_ACK, _ACK, _PUSH, _FIN = 0x02, 0x12, 0x10, 0x18, 0x11
_SYN_OPTIONS = b"\x02\x04\x05\xb4\x04\x02\x08\x0a" + bytes(8) + b"\x01\x03\x03\x07"
_LENGTHS = (4, 8, 16, 16, 40, 40, 120, 400)  # of what is fetched, in segments
_FULL, _QUIC_FULL = 1380, 1230
_VOICE_BYTES, _VOICE_PACKETS = 160, 400


def frames(pick: random.Random) -> Iterator[bytes]:
    """Yield frames without end."""
    ways = [_way(pick) for _ in range(_WAYS)]
    running = [_conversation(ways, pick) for _ in range(_AT_ONCE)]
    while True:
        number = int(pick.random() * _AT_ONCE)
        frame = next(running[number], None)
        if frame is None:
            running[number] = _conversation(ways, pick)
            frame = next(running[number])
        yield frame


def _conversation(ways: list[tuple[int, Frames]], pick: random.Random) -> Iterator[bytes]:
    """Yield the frames of a conversation between two ends that are drawn."""
    server_port, way = pick.choice(ways)
    client = struct.pack(">BBBB", 10, pick.randrange(8), pick.randrange(256), pick.randrange(1, 255))
    server = struct.pack(">BBH", 198, 18, pick.randrange(1 << 16)) if server_port != 53 else b"\x0a\0\0\x35"
    near, far = struct.pack(">H", pick.randrange(20_000, 60_000)), struct.pack(">H", server_port)
    ahead, back = client + server + near + far, server + client + far + near
    for sent, frame in way:
        yield frame[:_ENDS_AT] + (ahead if sent else back) + frame[_ENDS_BEHIND:]


def _way(pick: random.Random) -> tuple[int, Frames]:
    """Return the server's port and how one conversation goes."""
    kind = pick.random()
    if kind < 0.35:
        return 53, _dns(pick)
    if kind < 0.8:
        return 443, _tls(pick)
    return (443, _quic(pick)) if kind < 0.99 else (16384, _voice(pick))


def _udp(data: bytes) -> bytes:
    """Return a frame with a datagram; its ends are filled in later."""
    return MACS + b"\x08\0" + ipv4(17, "0.0.0.0", "0.0.0.0", struct.pack(">HHHH", 0, 0, 8 + len(data), 0) + data)


def _tcp(data: bytes, flags: int, pick: random.Random) -> bytes:
    """Return a frame with a segment; its ends are filled in later."""
    options = _SYN_OPTIONS if flags & _SYN else b"\x01\x01\x08\x0a" + pick.randbytes(8)
    offset = (20 + len(options)) << 2
    header = struct.pack(">HHIIBBHHH", 0, 0, pick.getrandbits(32), pick.getrandbits(32), offset, flags, 502, 0, 0)
    return MACS + b"\x08\0" + ipv4(6, "0.0.0.0", "0.0.0.0", header + options + data)


def _dns(pick: random.Random) -> Frames:
    """Return a question and its answer (RFC 1035 4)."""
    number = pick.randbytes(2)
    question = b"\3www\7example\3com\0\0\1\0\1"
    answer = b"\xc0\x0c\0\1\0\1\0\0\1\x2c\0\4\xc6\x12\0\1"
    return [
        (True, _udp(number + b"\1\0\0\1\0\0\0\0\0\0" + question)),
        (False, _udp(number + b"\x81\x80\0\1\0\1\0\0\0\0" + question + answer)),
    ]


def _tls(pick: random.Random) -> Frames:
    """Return a connection on which something is fetched (RFC 8446): every second segment is acknowledged."""
    way = [(True, _SYN, b""), (False, _SYN_ACK, b""), (True, _ACK, b""), (True, _PUSH, _client_hello(pick))]
    way += [(False, _ACK, b""), (False, _ACK, _server_hello(pick)), (False, _PUSH, pick.randbytes(900))]
    way += [(True, _PUSH, b"\x14\3\3\0\1\1\x17\3\3\0\x35" + pick.randbytes(53)), (True, _PUSH, _record(300, pick))]
    for number in range(pick.choice(_LENGTHS)):
        way.append((False, _ACK, _record(_FULL, pick) if number % 11 == 0 else pick.randbytes(_FULL)))
        if number % 2:
            way.append((True, _ACK, b""))
    way += [(True, _FIN, b""), (False, _FIN, b""), (True, _ACK, b"")]
    return [(sent, _tcp(data, flags, pick)) for sent, flags, data in way]


def _record(size: int, pick: random.Random) -> bytes:
    """Return the first bytes of a record of application data."""
    return b"\x17\3\3\x40\x11" + pick.randbytes(size - 5)


def _client_hello(pick: random.Random) -> bytes:
    """Return the message with which a client begins, with the server's name in it."""
    name = b"www%d.example.com" % pick.randrange(1000)
    names = struct.pack(">HHHBH", 0, len(name) + 5, len(name) + 3, 0, len(name)) + name
    extensions = names + b"\0\x2b\0\3\2\3\4" + b"\0\x0a\0\4\0\2\0\x1d"
    suites = b"\0\6\x13\1\x13\2\x13\3"
    body = b"\3\3" + pick.randbytes(32) + b"\x20" + pick.randbytes(32) + suites + b"\1\0"
    return _handshake(1, body + struct.pack(">H", len(extensions)) + extensions)


def _server_hello(pick: random.Random) -> bytes:
    """Return the server's answer, and the first of what is encrypted."""
    body = b"\3\3" + pick.randbytes(32) + b"\x20" + pick.randbytes(32) + b"\x13\1\0" + b"\0\6\0\x2b\0\2\3\4"
    return _handshake(2, body) + b"\x14\3\3\0\1\1" + b"\x17\3\3\x08\x00" + pick.randbytes(1200)


def _handshake(kind: int, body: bytes) -> bytes:
    """Return a record with one message of a handshake."""
    message = struct.pack(">B", kind) + len(body).to_bytes(3) + body
    return b"\x16\3\1" + struct.pack(">H", len(message)) + message


def _quic(pick: random.Random) -> Frames:
    """Return a connection of QUIC (RFC 9000 17): long headers, then short ones, something fetched."""
    client, server = pick.randbytes(8), pick.randbytes(8)
    first = b"\xc3\0\0\0\1\x08" + client + b"\0\0\x44\xd0" + pick.randbytes(1232)
    answer = b"\xc1\0\0\0\1\0\x08" + server + b"\0\x40\x75" + pick.randbytes(117)
    way = [(True, first), (False, answer + b"\xe1\0\0\0\1\0\x08" + server + b"\x44\0" + pick.randbytes(1024))]
    for number in range(pick.choice(_LENGTHS)):
        way.append((False, bytes((0x40 | pick.getrandbits(6),)) + pick.randbytes(_QUIC_FULL)))
        if number % 3 == 2:
            way.append((True, bytes((0x40 | pick.getrandbits(6),)) + server + pick.randbytes(27)))
    return [(sent, _udp(data)) for sent, data in way]


def _voice(pick: random.Random) -> Frames:
    """Return a call: RTP both ways (RFC 3550 5.1)."""
    ids, begin = (pick.randbytes(4), pick.randbytes(4)), pick.randrange(1 << 15)
    return [
        (
            bool(number & 1),
            _udp(
                b"\x80\0"
                + struct.pack(">HI", begin + (number >> 1), _VOICE_BYTES * (number >> 1))
                + ids[number & 1]
                + pick.randbytes(_VOICE_BYTES)
            ),
        )
        for number in range(_VOICE_PACKETS)
    ]
