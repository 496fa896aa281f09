"""Handshakes made by hand from the specifications, with names, people and keys in them that nobody may learn."""

import struct

from tests.auditor.packets.conversations import S, T, u16, u32
from tests.auditor.packets.made import A, B, ethernet, ip, noise, stream, talk

PERSON, HOST, NUMBER, KEY = b"alice@corp.example", b"alices-laptop", b"13800138000", b"Planted-Nonce-And-Key-Bytes-0001"
STRONGSWAN = bytes.fromhex("882fe56d6fd20dbc2251613b2ebe5beb")
FORTIGATE = bytes.fromhex("8299031757a36082c6a621de00000000")
DPD = bytes.fromhex("afcad71368a1f1c96b8696fc77570100")
TOLD = b"Office of Alice, third floor"  # a vendor id may be anything


def _payload(following: int, body: bytes) -> bytes:
    return bytes([following, 0]) + u16(4 + len(body)) + body


def chain(payloads: list[tuple[int, bytes]]) -> tuple[int, bytes]:
    """Return the type of the first payload, and all of them one after the other."""
    kinds = [kind for kind, _ in payloads[1:]] + [0]
    return payloads[0][0], b"".join(_payload(after, body) for after, (_, body) in zip(kinds, payloads, strict=True))


def ike(version: int, exchange: int, flags: int, payloads: list[tuple[int, bytes]], *, responder: bytes = b"") -> bytes:
    kind, body = chain(payloads)
    head = S + (responder or bytes(8)) + bytes([kind, version << 4, exchange, flags]) + u32(0)
    return head + u32(28 + len(body)) + body


def transform_2(kind: int, number: int, bits: int | None = None, *, last: bool = False) -> bytes:
    attribute = b"" if bits is None else b"\x80\x0e" + u16(bits)
    return bytes([0 if last else 3, 0]) + u16(8 + len(attribute)) + bytes([kind, 0]) + u16(number) + attribute


def proposal_2(transforms: list[bytes]) -> bytes:
    body = b"".join(transforms)
    return b"\0\0" + u16(8 + len(body)) + bytes([1, 1, 0, len(transforms)]) + body


def sa_init() -> list[tuple[bool, bytes]]:
    """IKE_SA_INIT: AES and DES offered with a group of 1024 bits too; AES and Curve25519 chosen."""
    offered = proposal_2(
        [
            transform_2(1, 12, 256),
            transform_2(1, 2),
            transform_2(2, 5),
            transform_2(3, 12),
            transform_2(4, 2),
            transform_2(4, 31, last=True),
        ]
    )
    chosen = proposal_2([transform_2(1, 12, 256), transform_2(2, 5), transform_2(3, 12), transform_2(4, 31, last=True)])
    rest = [(34, u16(31) + u16(0) + KEY), (40, KEY)]
    first = ike(2, 34, 0x08, [(33, offered), *rest, (43, STRONGSWAN), (43, TOLD)])
    return [(True, first), (False, ike(2, 34, 0x20, [(33, chosen), *rest, (43, FORTIGATE)], responder=T))]


def _attribute(kind: int, value: int) -> bytes:
    return u16(0x8000 | kind) + u16(value)


def suite_1(number: int, *attributes: tuple[int, int], last: bool = True) -> bytes:
    body = b"".join(_attribute(*one) for one in attributes) + _attribute(11, 1) + u16(12) + u16(4) + u32(28800)
    return bytes([0 if last else 3, 0]) + u16(8 + len(body)) + bytes([number, 1, 0, 0]) + body


def sa_1(suites: list[bytes]) -> bytes:
    body = b"".join(suites)
    return u32(1) + u32(1) + b"\0\0" + u16(8 + len(body)) + bytes([1, 1, 0, len(suites)]) + body


def main_mode() -> list[tuple[bool, bytes]]:
    weak = suite_1(1, (1, 1), (2, 1), (3, 1), (4, 2), last=False)
    good = suite_1(2, (1, 7), (14, 128), (2, 4), (3, 65001), (4, 14))
    first = ike(1, 2, 0, [(1, sa_1([weak, good])), (13, DPD), (13, bytes.fromhex("09002689dfd6b712"))])
    answer = ike(1, 2, 0, [(1, sa_1([good])), (13, DPD)], responder=T)
    return [(True, first), (False, answer), (False, ike(1, 5, 0, [(11, u32(1) + b"\1\0" + u16(14))], responder=T))]


def aggressive() -> list[tuple[bool, bytes]]:
    suite = sa_1([suite_1(1, (1, 5), (2, 2), (3, 1), (4, 2))])
    first = ike(1, 4, 0, [(1, suite), (4, KEY), (10, KEY), (5, b"\3\x11\0\0" + PERSON), (13, DPD)])
    return [(True, first), (False, ike(1, 4, 0, [(1, suite), (4, KEY), (10, KEY), (8, KEY)], responder=T))]


def attribute(kind: int, value: bytes, *, vendor: int = 0, hidden: bool = False) -> bytes:
    return u16((0xC000 if hidden else 0x8000) | 6 + len(value)) + u16(vendor) + u16(kind) + value


def l2tp_2(kind: int, *attributes: bytes, tunnel: int = 0) -> bytes:
    body = u16(tunnel) + u16(0) + u16(0) + u16(0) + attribute(0, u16(kind)) + b"".join(attributes)
    return b"\xc8\x02" + u16(4 + len(body)) + body


def l2tp() -> list[tuple[bool, bytes]]:
    names = (attribute(2, b"\1\0"), attribute(7, HOST))
    first = l2tp_2(1, *names, attribute(8, b"xelerance.com"), attribute(9, u16(4242)), attribute(11, KEY))
    answer = l2tp_2(2, *names, attribute(8, b"Gateway of <b>Alice</b>"), attribute(9, u16(17)), tunnel=4242)
    calls = l2tp_2(10, attribute(14, u16(7)), attribute(22, NUMBER), attribute(8, KEY, hidden=True), tunnel=17)
    return [(True, first), (False, answer), (True, calls)]


def l2tp_3() -> bytes:
    body = u32(0) + u16(0) + u16(0) + attribute(0, u16(1)) + attribute(7, HOST) + attribute(61, u32(0xC0FFEE))
    body += attribute(8, b"Cisco Systems, Inc.") + attribute(62, u16(5)) + attribute(68, u16(5))
    return b"\xc8\x03" + u16(4 + len(body)) + body


def pptp_start(kind: int, vendor: bytes) -> bytes:
    fixed = (
        struct.pack(">HHIIHH", 0x0100, 0, 3, 3, 0, 1) if kind == 1 else struct.pack(">HBBIIHH", 256, 1, 0, 3, 3, 0, 1)
    )
    return (
        u16(156)
        + u16(1)
        + b"\x1a\x2b\x3c\x4d"
        + u16(kind)
        + u16(0)
        + fixed
        + HOST.ljust(64, b"\0")
        + vendor.ljust(64, b"\0")
    )


def pptp_call() -> bytes:
    body = struct.pack(">HHIIIIHHHH", 771, 1, 300, 100_000_000, 3, 3, 64, 0, len(NUMBER), 0)
    return u16(168) + u16(1) + b"\x1a\x2b\x3c\x4d" + u16(7) + u16(0) + body + NUMBER.ljust(64, b"\0") + bytes(64)


def gre(key: int, inside: bytes) -> bytes:
    return ethernet(ip(47, A, B, u16(0xA000) + u16(0x0800) + u32(0) + u32(key) + inside))


def handshakes(inside: bytes) -> list[bytes]:
    """Return the frames of every handshake."""
    frames = [*talk(500, 500, sa_init()), *talk(501, 500, main_mode()), *talk(502, 500, aggressive())]
    frames += talk(1701, 1701, l2tp())
    frames += [ethernet(ip(115, A, B, bytes(4) + l2tp_3()))]
    frames += stream(
        42000, 1723, [(True, pptp_start(1, b"linux")), (False, pptp_start(2, b"MoretonBay")), (True, pptp_call())]
    )
    return [*frames, *(gre(key, inside) for key in (77, 77, 0xDEADBEEF)), gre(78, noise(40))]
