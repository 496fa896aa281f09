"""A conversation of every protocol that packets can show, from its specification; and what only looks like one."""

import struct

from tests.auditor.packets.made import A6, B6, A, B, ethernet, ip, ipv4, ipv6, noise, stream, talk, tcp, udp

INSIDE = udp("10.0.0.1", 1000, "10.0.0.2", 2000, b"inside")
INSIDE6 = udp("fd00::1", 1000, "fd00::2", 2000, b"inside")
FRAME = ethernet(INSIDE)
S, T = bytes(range(1, 9)), bytes(range(11, 19))
NOW = struct.pack(">I", 1_700_000_000)


def u16(value: int) -> bytes:
    return value.to_bytes(2)


def u32(value: int) -> bytes:
    return value.to_bytes(4)


def wireguard(*, six: bool = False, port: int = 443) -> list[bytes]:
    data = [(bool(n & 1), b"\4\0\0\0" + (S if n & 1 else T)[:4] + struct.pack("<Q", n) + noise(48)) for n in range(12)]
    begin = (True, b"\1\0\0\0" + T[:4] + noise(124) + bytes(16))
    answer = (False, b"\2\0\0\0" + S[:4] + T[:4] + noise(80))
    return talk(40000, port, [begin, answer, *data], six=six)


def wireguard_midstream() -> list[bytes]:
    return wireguard()[2:]


def openvpn_messages(auth: int = 0, crypt: bool = False) -> list[tuple[bool, bytes]]:
    def control(opcode: int, session: bytes, number: int, rest: bytes) -> bytes:
        if crypt:
            return bytes([opcode << 3]) + session + u32(number) + NOW + noise(32) + noise(len(rest))
        return bytes([opcode << 3]) + session + (noise(auth) + u32(number) + NOW if auth else b"") + rest

    messages = [
        (True, control(7, S, 1, b"\0" + u32(0))),
        (False, control(8, T, 1, b"\1" + u32(0) + S + u32(0))),
        (True, control(5, S, 2, b"\1" + u32(0) + T)),
        (True, control(4, S, 3, b"\0" + u32(1) + b"\x16\x03\x01" + noise(200))),
        (False, control(4, T, 2, b"\1" + u32(1) + S + u32(1) + b"\x16\x03\x03" + noise(200))),
        (True, control(5, S, 4, b"\1" + u32(1) + T)),
    ]
    return messages + [(bool(n & 1), b"\x48\0\0\0" + u32(n) + noise(80)) for n in range(1, 9)]


def openvpn(auth: int = 0, *, crypt: bool = False) -> list[bytes]:
    return talk(41000, 443, openvpn_messages(auth, crypt))


def openvpn_wrapped_key() -> list[bytes]:
    first = b"\x50" + S + u32(0x0F000001) + NOW + noise(32) + noise(5)
    wrapped = noise(297) + u16(299)
    rest = openvpn_messages(crypt=True)[1:]
    return talk(41000, 8080, [(True, first + wrapped), *rest])


def openvpn_tcp() -> list[bytes]:
    return stream(41000, 443, [(ahead, u16(len(data)) + data) for ahead, data in openvpn_messages()])


def openvpn_midstream() -> list[bytes]:
    return talk(
        41000, 1194, [(bool(n & 1), b"\x48\0\0" + bytes([n & 1]) + u32(1000 + n // 2) + noise(80)) for n in range(20)]
    )


def ike(version: int, *, marker: bytes = b"") -> list[tuple[bool, bytes]]:
    proposal = b"\0\0" + u16(44) + noise(40)
    kind, exchange, first, answer = (33, 34, 0x08, 0x20) if version == 2 else (1, 2, 0, 0)

    def message(responder: bytes, flags: int) -> bytes:
        head = bytes([kind, version << 4, exchange, flags]) + u32(0) + u32(28 + len(proposal))
        return marker + S + responder + head + proposal

    return [(True, message(bytes(8), first)), (False, message(T, answer))]


def esp(spi: int, first: int = 1) -> list[bytes]:
    return [u32(spi) + u32(first + n) + noise(64) for n in range(6)]


def nat_traversal() -> list[bytes]:
    both = [(bool(n & 1), data) for n, data in enumerate(esp(0xC0010203))]
    return talk(4500, 4500, [*ike(2, marker=bytes(4)), *both, (True, b"\xff")])


def ike_in_tcp() -> list[bytes]:
    first, second = (data for _, data in ike(2, marker=bytes(4)))
    framed = [(True, b"IKETCP"), (True, u16(len(first) + 2) + first), (False, u16(len(second) + 2) + second)]
    return stream(42000, 4500, framed)


def authentication_header() -> list[bytes]:
    return [ethernet(ip(51, A, B, b"\x04\x04\0\0" + u32(0x1000) + u32(n) + noise(12) + INSIDE)) for n in range(1, 4)]


def l2tp() -> list[bytes]:
    def control(tunnel: int, kind: int, number: int) -> bytes:
        body = u16(tunnel) + u16(0) + u16(number) + u16(0) + b"\x80\x08" + u16(0) + u16(0) + u16(kind)
        return b"\xc8\x02" + u16(len(body) + 4) + body

    data = b"\x00\x02" + u16(7) + u16(9) + b"\xff\x03\x00\x21" + INSIDE
    return talk(1701, 1701, [(True, control(0, 1, 0)), (False, control(7, 2, 0)), (True, data), (False, data)])


def l2tp_version_3() -> list[bytes]:
    body = u32(0) + u16(0) + u16(0) + b"\x80\x08" + u16(0) + u16(0) + u16(1)
    control = bytes(4) + b"\xc8\x03" + u16(len(body) + 4) + body
    data = u32(77) + FRAME
    return [ethernet(ip(115, A, B, one)) for one in (control, data, data)]


def pptp() -> list[bytes]:
    def control(kind: int) -> bytes:
        return u16(156) + u16(1) + b"\x1a\x2b\x3c\x4d" + u16(kind) + bytes(146)

    return stream(42000, 1723, [(True, control(1)), (False, control(2))])


def pptp_gre() -> list[bytes]:
    body = b"\xff\x03\x00\x21" + INSIDE
    return [ethernet(ip(47, A, B, b"\x30\x01\x88\x0b" + u16(len(body)) + u16(9) + u32(n) + body)) for n in range(3)]


def gre(flags: int = 0, kind: int = 0x0800, inside: bytes = INSIDE, middle: bytes = b"") -> list[bytes]:
    return [ethernet(ip(47, A, B, u16(flags) + u16(kind) + middle + inside))] * 2


def erspan(version: int) -> list[bytes]:
    header = {1: b"", 2: u32(1) + b"\x10\x64\0\1" + bytes(4), 3: u32(1) + b"\x20\x64\0\1" + bytes(8)}[version]
    return gre(0x1000 if version > 1 else 0, 0x22EB if version == 3 else 0x88BE, FRAME, header)


def srv6() -> list[bytes]:
    segments = b"\x29\x04\x04\x01\x01\0\0\0" + noise(32)
    return [ethernet(ip(43, A6, B6, segments + INSIDE6))]


def srv6_inline() -> list[bytes]:
    """A datagram into whose own header a list of segments was put: the last is where it goes."""
    segments = bytes.fromhex("fd000000000000000000000000000002" + "20010db8000c00000000000000000020")
    header = bytes([17, 4, 4, 1, 1, 0, 0, 0]) + segments
    inner = u16(5000) + u16(6000) + u16(8 + 20) + u16(0) + noise(20)
    return [ethernet(ipv6(43, A6, B6, header + inner))] * 2


def entropy(port: int, data: bytes) -> list[bytes]:
    return [ethernet(udp(A, 50000 + n, B, port, data)) for n in range(3)] + [ethernet(udp(B, 51000, A, port, data))]


def gtp() -> list[bytes]:
    extended = b"\x34\xff" + u16(len(INSIDE) + 8) + u32(9) + u16(0) + b"\0\x85" + b"\1\x10\x09\0" + INSIDE
    plain = b"\x30\xff" + u16(len(INSIDE)) + u32(9) + INSIDE
    return talk(2152, 2152, [(True, extended), (False, plain)])


def teredo(trailers: bytes = b"") -> list[bytes]:
    bubble = ipv6(59, "2001:0:c000:201::1", "2001:0:c000:201::2", b"")
    origin = b"\0\0" + noise(6)
    return talk(50000, 3545, [(True, bubble + trailers), (False, origin + bubble + trailers)])


def ayiya() -> list[bytes]:
    header = b"\x44\x52\x11\x29" + NOW + noise(16) + noise(20)
    return talk(50000, 5072, [(True, header + INSIDE6), (False, header + INSIDE6)])


def lisp() -> list[bytes]:
    record = u32(1440) + b"\x01\x20\x10\0" + bytes(4) + u16(1) + bytes(4) + b"\1\1\1\1" + u16(5) + u16(1) + bytes(4)
    register = b"\x30\0\1\1" + noise(8) + u16(1) + u16(20) + noise(20) + record
    return talk(4342, 4342, [(True, register), (False, b"\x40" + register[1:])])


def lisp_question() -> bytes:
    return b"\x10\0\0\1" + noise(8) + u16(1) + noise(4) + u16(1) + noise(12)


def capwap() -> list[bytes]:
    control = b"\0\x10\x02\0" + bytes(4) + u32(1) + b"\0" + u16(9) + b"\0" + bytes(6)
    dtls = b"\1\0\0\0" + b"\x16\xfe\xff" + bytes(8) + u16(40) + noise(40)
    return talk(12380, 5246, [(True, control), (False, dtls), (True, dtls)])


def nebula() -> list[bytes]:
    def message(kind: int, index: bytes, counter: int) -> bytes:
        return bytes([0x10 | kind, 0, 0, 0]) + index + counter.to_bytes(8) + noise(100)

    data = [(bool(n & 1), message(1, S[:4] if n & 1 else T[:4], 3 + n // 2)) for n in range(8)]
    return talk(4243, 4243, [(True, message(0, bytes(4), 1)), (False, message(0, S[:4], 2)), *data])


def n2n(version: int) -> list[bytes]:
    if version == 1:
        name, rest = b"office".ljust(16, b"\0"), MAC + bytes(6) + bytes(55)
        return talk(50000, 7654, [(True, b"\1\1\0\0" + name + rest), (False, b"\1\4\0\1" + name + rest)])
    community = b"office".ljust(16 if version == 2 else 20, b"\0")
    ask, answer = bytes([version, 2, 0, 5]) + community, bytes([version, 2, 0, 0x26]) + community
    return talk(50000, 7777, [(True, ask + noise(40)), (False, answer + noise(40))])


MAC = bytes.fromhex("5a44d962ef3f")


def fastd(*, wrapped: bool = False) -> list[bytes]:
    def handshake(kind: int) -> bytes:
        records = b"\0\0\1\0" + bytes([kind]) + b"\3\0\1\0\1" + b"\x0d\0\3\0v22" + b"\5\0\x20\0" + noise(32)
        return (b"\xc8\3\0\x0c" + bytes(8) if wrapped else b"") + b"\1\0" + u16(len(records)) + records

    return talk(50000, 10001, [(True, handshake(1)), (False, handshake(2)), (True, handshake(3))])


def tinc() -> list[bytes]:
    key = b"1 94 64 0 0 " + noise(64).hex().upper().encode() + b"\n"
    return stream(50000, 655, [(True, b"0 office 17\n"), (False, b"0 branch 17.7\n"), (True, key)])


def tailscale() -> list[bytes]:
    disco = b"TS\xf0\x9f\x92\xac" + noise(32 + 24 + 40)
    return talk(41641, 41641, [(True, disco), (False, disco)])


def softether() -> list[bytes]:
    pack = u32(2) + u32(7) + b"opcode" + u32(2) + u32(1) + u32(3) + b"abc" + bytes(20)
    return talk(50000, 5004, [(True, b"A"), (False, b"IP=192.0.2.1,PORT=50000"), (True, pack)])


def socks(version: int = 5) -> list[bytes]:
    if version == 4:
        ask, answer = b"\4\1" + u16(443) + b"\xc0\0\2\1" + b"\0", b"\0\x5a" + bytes(6)
        return stream(50000, 1081, [(True, ask), (False, answer)])
    ask = b"\5\1\0\3\x0bexample.com" + u16(443)
    return stream(50000, 1081, [(True, b"\5\1\0"), (False, b"\5\0"), (True, ask), (False, b"\5\0\0\1" + bytes(6))])


def connect() -> list[bytes]:
    ask = b"CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n\r\n"
    return stream(50000, 3128, [(True, ask), (False, b"HTTP/1.1 200 Connection established\r\n\r\n")])


def raw(protocol: int, body: bytes, a: str = A, b: str = B) -> list[bytes]:
    return [ethernet(ip(protocol, a, b, body))] * 2


MPLS = b"\0\x06\x41\x40"
VXLAN = b"\x08\0\0\0\0\0\x64\0" + FRAME
CONVERSATIONS: dict[str, tuple[str, list[bytes]]] = {
    "WireGuard": ("wireguard", wireguard()),
    "WireGuard in IPv6": ("wireguard", wireguard(six=True)),
    "WireGuard from the middle, on port 53": ("wireguard", wireguard_midstream()),
    "OpenVPN": ("openvpn", openvpn()),
    "OpenVPN with tls-auth, SHA1": ("openvpn", openvpn(20)),
    "OpenVPN with tls-auth, SHA512": ("openvpn", openvpn(64)),
    "OpenVPN with tls-crypt": ("openvpn", openvpn(crypt=True)),
    "OpenVPN with a client's own key": ("openvpn", openvpn_wrapped_key()),
    "OpenVPN over TCP": ("openvpn", openvpn_tcp()),
    "OpenVPN from the middle": ("openvpn", openvpn_midstream()),
    "OpenVPN, one end only": ("openvpn", [openvpn()[n] for n in (0, 2, 3, 5)]),
    "IKEv1": ("ikev1", talk(500, 500, ike(1))),
    "IKEv2": ("ikev2", talk(500, 500, ike(2))),
    "IKEv2 on another port": ("ikev2", talk(50000, 5500, ike(2))),
    "IKEv2 in TCP": ("ikev2", ike_in_tcp()),
    "ESP": ("esp", [ethernet(ip(50, A, B, data)) for data in esp(0x1000)]),
    "ESP in IPv6": ("esp", [ethernet(ip(50, A6, B6, data)) for data in esp(0x1000)]),
    "ESP in UDP": ("esp-udp", nat_traversal()),
    "AH": ("ah", authentication_header()),
    "L2TP": ("l2tp", l2tp()),
    "L2TP 3": ("l2tpv3", l2tp_version_3()),
    "PPTP": ("pptp", pptp()),
    "PPTP's GRE": ("pptp-gre", pptp_gre()),
    "GRE": ("gre", gre()),
    "GRE with everything": ("gre", gre(0xB000, middle=bytes(4) + u32(7) + u32(1))),
    "GRE with a frame and a key": ("gre", gre(0x2000, 0x6558, FRAME, u32(0x12345601))),
    "GRE with IPv6": ("gre", gre(kind=0x86DD, inside=INSIDE6)),
    "ERSPAN I": ("erspan", erspan(1)),
    "ERSPAN II": ("erspan", erspan(2)),
    "ERSPAN III": ("erspan", erspan(3)),
    "IPIP": ("ipip", raw(4, INSIDE)),
    "6in4": ("6in4", raw(41, INSIDE6)),
    "4in6": ("4in6", raw(4, INSIDE, A6, B6)),
    "6in6": ("6in6", raw(41, INSIDE6, A6, B6)),
    "EtherIP": ("etherip", raw(97, b"\x30\0" + FRAME)),
    "MPLS in IP": ("mpls-in-ip", raw(137, b"\0\x06\x40\x40" + b"\0\x07\x41\x40" + INSIDE)),
    "SRv6": ("srv6", srv6()),
    "SRv6 inline": ("srv6", srv6_inline()),
    "GRE in UDP": ("gre-in-udp", entropy(4754, b"\0\0\x08\0" + INSIDE)),
    "MPLS in UDP, a frame": ("mpls-in-udp", entropy(6635, MPLS + bytes(4) + FRAME)),
    "LISP, a question": (
        "lisp",
        talk(4342, 4342, [(True, b"\x10\0\0\1" + noise(8) + u16(1) + noise(4) + u16(1) + noise(12))]),
    ),
    "MPLS in UDP": ("mpls-in-udp", entropy(6635, MPLS + INSIDE)),
    "VXLAN": ("vxlan", entropy(4789, VXLAN)),
    "VXLAN, the old port": ("vxlan", entropy(8472, VXLAN)),
    "VXLAN on the extension's port": ("vxlan", entropy(4790, VXLAN)),
    "VXLAN on another port": (
        "vxlan",
        talk(50000, 14789, [(n < 9, VXLAN) for n in range(12)]),
    ),
    "VXLAN-GPE": ("vxlan-gpe", entropy(4790, b"\x0c\0\0\1\0\0\x64\0" + INSIDE)),
    "GENEVE": ("geneve", entropy(6081, b"\x02\0\x65\x58\0\0\x64\0" + b"\1\2\0\1" + bytes(4) + FRAME)),
    "GTP-U": ("gtp-u", gtp()),
    "Teredo": ("teredo", teredo()),
    "AYIYA": ("ayiya", ayiya()),
    "FOU": ("fou", talk(50000, 5555, [(n & 1 == 0, INSIDE) for n in range(4)])),
    "FOU with GRE": ("fou", talk(50000, 5555, [(n & 1 == 0, b"\0\0\x08\0" + INSIDE) for n in range(4)])),
    "GUE": ("gue", talk(50000, 6080, [(n & 1 == 0, b"\0\4\0\0" + INSIDE) for n in range(4)])),
    "LISP": ("lisp", lisp()),
    "LISP data": ("lisp", entropy(4341, b"\x80\0\0\1" + bytes(4) + INSIDE)),
    "CAPWAP": ("capwap", capwap()),
    "CAPWAP data": ("capwap", talk(12380, 5247, [(True, b"\0\x10\x43\0" + bytes(4) + b"\x88\x01" + noise(60))] * 3)),
    "CAPWAP data, Ethernet": ("capwap", talk(12380, 5247, [(True, b"\0\x10\x42\0" + bytes(4) + FRAME)] * 3)),
    "Teredo with trailers": ("teredo", teredo(b"\1\4abcd\2\0")),
    "Nebula": ("nebula", nebula()),
    "n2n 1": ("n2n", n2n(1)),
    "n2n 2": ("n2n", n2n(2)),
    "n2n 3": ("n2n", n2n(3)),
    "fastd": ("fastd", fastd()),
    "fastd, wrapped": ("fastd", fastd(wrapped=True)),
    "tinc": ("tinc", tinc()),
    "Tailscale": ("tailscale", tailscale()),
    "SoftEther": ("softether", softether()),
    "SOCKS 5": ("socks", socks()),
    "SOCKS 4": ("socks", socks(4)),
    "HTTP CONNECT": ("http-connect", connect()),
}


def quic() -> list[bytes]:
    """Short headers of every first byte, with a constant connection id."""
    return talk(50000, 443, [(bool(n & 1), bytes([0x40 | n & 63]) + S + noise(40 + n)) for n in range(400)])


def quic_greased() -> list[bytes]:
    """The same with the fixed bit at random (RFC 9287)."""
    return talk(50000, 443, [(bool(n & 1), bytes([n & 127]) + (S if n & 1 else T) + noise(40 + n)) for n in range(900)])


def dns(number: int) -> bytes:
    return u16(number) + b"\1\0\0\1\0\0\0\0\0\0\3www\7example\3com\0\0\1\0\1"


def rtp() -> list[bytes]:
    return talk(5004, 5004, [(True, b"\x80\x60" + u16(n) + u32(160 * n) + S[:4] + noise(160)) for n in range(40)])


# Traps: something of a tunnel, and something that cannot be.
TRAPS: dict[str, list[bytes]] = {
    "QUIC": quic(),
    "QUIC without the fixed bit": quic_greased(),
    "DNS with every number": talk(50000, 53, [(True, dns(n)) for n in range(0, 65536, 97)]),
    "RTP on SoftEther's port": rtp(),
    "port 4789 with other bytes": entropy(4789, noise(200)),
    "port 4500 with other bytes": talk(4500, 4500, [(True, noise(81 + n)) for n in range(9)]),
    "port 500 with a wrong length": talk(
        500, 500, [(True, S + T + b"\x21\x20\x22\x08" + u32(0) + u32(9000) + noise(60))]
    ),
    "port 1701 with other bytes": talk(1701, 1701, [(True, noise(60)) for _ in range(9)]),
    "port 6635 with other bytes": talk(50000, 6635, [(n & 1 == 0, noise(90 + n)) for n in range(200)]),
    "port 4342 with other bytes": talk(50000, 4342, [(n & 1 == 0, b"\x10" + noise(60)) for n in range(200)]),
    "port 5247 with other bytes": talk(50000, 5247, [(True, b"\0" + noise(90)) for _ in range(9)]),
    "port 2152 with DNS": talk(2152, 53, [(True, dns(4711))]),
    "four bytes of WireGuard, odd lengths": talk(
        50000, 51820, [(True, b"\4\0\0\0" + noise(65 + 2 * n)) for n in range(20)]
    ),
    "four bytes of WireGuard, no counter": talk(50000, 51820, [(True, b"\4\0\0\0" + noise(60)) for _ in range(20)]),
    "a first packet of OpenVPN, nothing after": talk(50000, 1194, [(True, b"\x38" + noise(60))]),
    "an IP packet in one datagram": talk(50000, 5555, [(True, INSIDE)]),
    "ICMP that quotes a datagram": [
        ethernet(ip(1, A, B, b"\3\3\0\0" + bytes(4) + udp(B, 4789, A, 4789, b"\x08" + bytes(7))))
    ],
    "TLS": stream(
        50000, 443, [(True, b"\x16\x03\x01\x02\0" + noise(512)), (False, b"\x16\x03\x03\x10\0" + noise(1400))]
    ),
    "CONNECT refused": stream(
        50000, 80, [(True, b"CONNECT x:25 HTTP/1.0\r\n\r\n"), (False, b"HTTP/1.1 405 No\r\n\r\n")]
    ),
    "a first byte of OpenVPN and a counter": talk(
        50000, 9, [(True, b"\x30" + u32(n) + noise(90)) for n in range(1, 90)]
    ),
    "HTTP": stream(50000, 80, [(True, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"), (False, b"HTTP/1.1 200 OK\r\n\r\n")]),
    "DNS over TCP": stream(
        50000, 53, [(True, u16(len(dns(0x3800))) + dns(0x3800)), (False, u16(len(dns(0x4000))) + dns(0x4000))]
    ),
    "a stream that goes on with 5": stream(50000, 443, [(True, b"\5\1\7" + noise(900)), (False, b"\5\0" + noise(900))]),
    "IPv4 in IPv4 that is none": raw(4, noise(64)),
    "GRE of version 5": raw(47, b"\0\5\x08\0" + INSIDE),
}


def swapped(a: str = B, b: str = A) -> list[bytes]:
    """Return the frames of a tunnel whose first packet comes from the other end."""
    return [ethernet(udp(a, 51820, b, 40000, b"\1\0\0\0" + noise(128) + bytes(16)))]


def fragments() -> list[bytes]:
    """Return ESP in three fragments of IPv4, and a UDP one whose later fragment must not be taken for a packet."""
    body = u32(0x2000) + u32(1) + noise(2992)
    pieces = [ipv4(50, A, B, body[:1480], fragment=0x2000), ipv4(50, A, B, body[1480:2960], fragment=0x2000 | 185)]
    return [ethernet(piece) for piece in (*pieces, ipv4(50, A, B, body[2960:], fragment=370))]


def tcp_of_nobody() -> bytes:
    """Return a segment without content."""
    return ethernet(tcp(A, 1, B, 2, b""))
