"""Frames and capture files made by hand, from the specifications, for tests and benchmarks."""

import random
import struct
from collections.abc import Iterable
from ipaddress import ip_address

A, B = "192.0.2.10", "203.0.113.20"
A6, B6 = "2001:db8:a::10", "2001:db8:c::20"
MACS = bytes.fromhex("02000000000202000000000a")
_NOISE = random.Random(7)


def noise(size: int) -> bytes:
    """Return bytes that mean nothing, as ciphertext looks."""
    return _NOISE.randbytes(size)


def ipv4(protocol: int, src: str, dst: str, body: bytes, *, options: bytes = b"", fragment: int = 0) -> bytes:
    """Return an IPv4 packet with a right checksum."""
    length = 20 + len(options)
    head = bytearray(
        struct.pack(
            ">BBHHHBBH4s4s",
            0x40 | length // 4,
            0,
            length + len(body),
            4711,
            fragment,
            64,
            protocol,
            0,
            ip_address(src).packed,
            ip_address(dst).packed,
        )
        + options
    )
    total = sum(struct.unpack(f">{length // 2}H", head))
    total = (total & 0xFFFF) + (total >> 16)
    head[10:12] = struct.pack(">H", ~((total & 0xFFFF) + (total >> 16)) & 0xFFFF)
    return bytes(head) + body


def ipv6(header: int, src: str, dst: str, body: bytes) -> bytes:
    """Return an IPv6 packet."""
    return struct.pack(">IHBB", 6 << 28, len(body), header, 64) + ip_address(src).packed + ip_address(dst).packed + body


def ip(protocol: int, src: str, dst: str, body: bytes) -> bytes:
    """Return a packet of the version that the addresses are of."""
    return (ipv6 if ":" in src else ipv4)(protocol, src, dst, body)


def udp(src: str, sport: int, dst: str, dport: int, data: bytes) -> bytes:
    """Return a datagram in IP."""
    return ip(17, src, dst, struct.pack(">HHHH", sport, dport, 8 + len(data), 0) + data)


def tcp(src: str, sport: int, dst: str, dport: int, data: bytes, *, sequence: int = 1) -> bytes:
    """Return a segment in IP."""
    return ip(6, src, dst, struct.pack(">HHIIBBHHH", sport, dport, sequence, 1, 0x50, 0x18, 512, 0, 0) + data)


def ethernet(packet: bytes, *tags: int) -> bytes:
    """Return a frame, behind VLAN tags of the EtherTypes `tags`."""
    kind = 0x0800 if packet[0] >> 4 == 4 else 0x86DD
    between = b"".join(struct.pack(">HH", tag, 100) for tag in tags)
    return MACS + between + struct.pack(">H", kind) + packet


def talk(sport: int, dport: int, messages: Iterable[tuple[bool, bytes]], *, six: bool = False) -> list[bytes]:
    """Return UDP frames: True is from A to B."""
    a, b = (A6, B6) if six else (A, B)
    return [
        ethernet(udp(a, sport, b, dport, data) if ahead else udp(b, dport, a, sport, data)) for ahead, data in messages
    ]


def stream(sport: int, dport: int, messages: Iterable[tuple[bool, bytes]], *, six: bool = False) -> list[bytes]:
    """Return TCP frames: True is from A to B."""
    a, b = (A6, B6) if six else (A, B)
    return [
        ethernet(tcp(a, sport, b, dport, data) if ahead else tcp(b, dport, a, sport, data)) for ahead, data in messages
    ]


def pcap(
    frames: Iterable[bytes], *, link: int = 1, order: str = "<", nanoseconds: bool = False, longer: bool = False
) -> bytes:
    """Return a classic capture file; `longer` is Kuznetzov's variant."""
    magic = 0xA1B2CD34 if longer else 0xA1B23C4D if nanoseconds else 0xA1B2C3D4
    parts = [struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, 65535, link)]
    for number, frame in enumerate(frames):
        parts.append(struct.pack(order + "IIII", 1_700_000_000 + number, 500, len(frame), len(frame)))
        parts += [bytes(8)] if longer else []
        parts.append(frame)
    return b"".join(parts)


def block(kind: int, body: bytes, order: str = "<") -> bytes:
    """Return a block of pcapng."""
    body += bytes(-len(body) % 4)
    length = struct.pack(order + "I", 12 + len(body))
    return struct.pack(order + "I", kind) + length + body + length


def section(order: str = "<") -> bytes:
    """Return a section header."""
    return block(0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1), order)


def interface(link: int = 1, order: str = "<", *, resolution: int | None = None) -> bytes:
    """Return an interface description."""
    options = b"" if resolution is None else struct.pack(order + "HHB3xHH", 9, 1, resolution, 0, 0)
    return block(1, struct.pack(order + "HHI", link, 0, 65535) + options, order)


def enhanced(frame: bytes, *, number: int = 0, ticks: int = 0, order: str = "<") -> bytes:
    """Return an enhanced packet block."""
    head = struct.pack(order + "IIIII", number, ticks >> 32, ticks & 0xFFFFFFFF, len(frame), len(frame))
    return block(6, head + frame, order)


def pcapng(frames: Iterable[bytes], *, link: int = 1, order: str = "<") -> bytes:
    """Return a capture file of the next generation."""
    packets = (enhanced(frame, ticks=1_700_000_000_000_000 + n, order=order) for n, frame in enumerate(frames))
    return section(order) + interface(link, order) + b"".join(packets)
