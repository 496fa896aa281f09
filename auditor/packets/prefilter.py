"""The filter that drops ordinary traffic before Python sees it: a classic BPF program, for libpcap and for the kernel.

It lets through whatever a dissector could make something of, and little else; what passes is looked at properly. A load
beyond the captured bytes ends a program with "drop", so tests stand in the order of how far they look. Lists of protocol
numbers and ports come from the dissectors; the rest are their first tests again, as far as a few instructions can say.
"""

from collections.abc import Iterable
from struct import Struct

from auditor.packets.dissectors import DISSECTORS
from auditor.packets.flows import Flow

KEPT_BYTES = 0xFFFF
_INSTRUCTION = Struct("=HBBI")

_LD, _LDX, _ST, _STX, _ALU, _JMP, _RET, _MISC = range(8)
_WORD, _HALF, _BYTE = 0x00, 0x08, 0x10
_ABS, _IND, _MEM, _LEN, _IMM = 0x20, 0x40, 0x60, 0x80, 0x00
_ADD, _SUB, _AND, _LSH, _RSH, _XOR = 0x00, 0x10, 0x50, 0x60, 0x70, 0xA0
_JA, _JEQ, _JGT, _JGE, _JSET = 0x00, 0x10, 0x20, 0x30, 0x40
_X = 0x08
_TAX, _TXA = 0x00, 0x80
_END, _PAYLOAD, _SIZE, _SCRATCH, _ADDRESSES, _TRANSPORT = range(6)  # memory cells

_UDP_PORTS = sorted({port for one in DISSECTORS for port in one.udp_ports})
_PROTOCOLS = sorted({number for one in DISSECTORS for number in one.ip})
_V6_HEADERS = (0, 43, 44, 60)
_LOW = (  # masks and values of the first four bytes of a datagram, where the first is below 0x40
    (0xFCFFFFFF, 0x00000000),  # WireGuard (4 is below)
    (0xFFFFFFFF, 0x04000000),  # WireGuard's data
    (0xFFF8F0FE, 0x01000000),  # n2n 1
    (0xFEF0FF00, 0x02000000),  # n2n 2 and 3
    (0xF8F8FFFF, 0x10000000),  # Nebula
    (0xC03FFFFF, 0x00006558),  # GENEVE with a frame
    (0x4FFFFFFF, 0x00000800),  # GRE with IPv4
    (0x4FFFFFFF, 0x000086DD),  # GRE with IPv6
    (0xFFFFFFFF, 0x00010000),  # Teredo's authentication
)
_MIDDLE = (  # below 0x80
    (0xFFFFFFFF, 0x5453F09F),  # Tailscale's discovery
    (0xFFFFFF00, 0x49503D00),  # SoftEther's addresses
)
_HIGH = (
    (0xFF0F0000, 0xC8020000),  # L2TP's control, 2
    (0xFF0F0000, 0xC8030000),  # L2TP's control, 3; fastd
    (0x4FFFFFFF, 0x00000800),  # GRE with a checksum
    (0x4FFFFFFF, 0x000086DD),
)
_LOW_STARTS = (0x0500, 0x0501, 0x0502, 0x0503, 0x0504, 0x05FF, 0x0401, 0x0402, 0x005A, 0x005B)  # SOCKS
_STARTS = (0x3020, 0x3120)  # tinc
_STREAM_WORDS = (0x434F4E4E, 0x48545450, 0x494B4554)  # CONN, HTTP, IKET
_PPTP, _SOFTETHER = 0x1A2B3C4D, 0x2F76706E


class _Assembler:
    """Instructions with names for places; a jump that is too far for a conditional goes by way of an absolute one."""

    def __init__(self) -> None:
        """Begin an empty program."""
        self._code: list[tuple[int, int, int, int | str]] = []
        self._places: dict[str, int] = {}

    def add(self, code: int, k: int | str = 0, true: int = 0, false: int = 0) -> None:
        """Add one instruction; a name as `k` is a place to jump to."""
        self._code.append((code, true, false, k))

    def here(self, name: str) -> None:
        """Name this place."""
        self._places[name] = len(self._code)

    def load(self, size: int, at: int) -> None:
        """A = what stands at X + `at`."""
        self.add(_LD | size | _IND, at)

    def store(self, cell: int) -> None:
        """Keep A in `cell`."""
        self.add(_ST, cell)

    def move(self, step: int) -> None:
        """X = X + `step`."""
        self.add(_MISC | _TXA)
        self.add(_ALU | _ADD, step)
        self.add(_MISC | _TAX)

    def drop(self) -> None:
        """End: the packet is not wanted."""
        self.add(_RET, 0)

    def accept(self) -> None:
        """End: the packet is wanted."""
        self.add(_RET, KEPT_BYTES)

    def accept_if(self, test: int, *values: int) -> None:
        """End with the packet wanted if A passes `test` against one of `values`."""
        for value in values:
            self.add(_JMP | test, value, 0, 1)
            self.accept()

    def drop_if(self, test: int, value: int) -> None:
        """End with the packet dropped if A passes `test`."""
        self.add(_JMP | test, value, 0, 1)
        self.drop()

    def go_if(self, test: int, value: int, place: str) -> None:
        """Go on at `place` if A passes `test`."""
        self.add(_JMP | test, value, 0, 1)
        self.add(_JMP | _JA, place)

    def minus(self, cell: int, back: int) -> None:
        """A = A - `cell`; X is lost and taken from cell `back`."""
        self.add(_LDX | _MEM, cell)
        self.add(_ALU | _SUB | _X)
        self.add(_LDX | _MEM, back)

    def assemble(self) -> bytes:
        """Return the program as the kernel and libpcap take it."""
        parts = []
        for at, (code, true, false, k) in enumerate(self._code):
            number = self._places[k] - at - 1 if isinstance(k, str) else k
            parts.append(_INSTRUCTION.pack(code, true, false, number))
        return b"".join(parts)


def stream_mark(flow: Flow) -> int:
    """Return by what the filter knows a conversation once it has been recognised: a sum of both ends."""
    addresses = int.from_bytes(flow.src[-4:]) + int.from_bytes(flow.dst[-4:])
    return (addresses + ((flow.sport + flow.dport) << 16)) & 0xFFFFFFFF


def program(link_type: int, streams: Iterable[int] = ()) -> bytes | None:
    """Return the filter for frames of `link_type`, None if there is none for it.

    `streams` are the marks of conversations of which every packet is wanted.
    """
    begin = _BEGINNINGS.get(link_type)
    if begin is None:
        return None
    code, marks = _Assembler(), tuple(streams)
    begin(code)
    _ipv4(code, marks)
    _ipv6(code, marks)
    _udp(code, marks)
    _tcp(code, marks)
    return code.assemble()


def _ethernet(code: _Assembler) -> None:
    """Find the IP header of a frame behind at most three tags, or PPPoE; X stands at the EtherType meanwhile."""
    code.add(_LDX | _IMM, 12)
    _ethertypes(code)


def _cooked(code: _Assembler) -> None:
    """The same for Linux's cooked header."""
    code.add(_LDX | _IMM, 14)
    _ethertypes(code)


def _cooked_2(code: _Assembler) -> None:
    """The same for its second version, whose EtherType does not stand before the payload."""
    code.add(_LDX | _IMM, 18)
    code.add(_LD | _HALF | _ABS, 0)
    code.go_if(_JEQ, 0x0800, "ipv4 type")
    code.go_if(_JEQ, 0x86DD, "ipv6 type")
    code.accept_if(_JEQ, 0x8100, 0x88A8, 0x8864, 0x8847, 0x8848)
    code.drop()


def _ethertypes(code: _Assembler) -> None:
    """Go by EtherType; labels and what is rare go to Python."""
    for depth in range(4):
        code.load(_HALF, 0)
        code.go_if(_JEQ, 0x0800, "ipv4 type")
        code.go_if(_JEQ, 0x86DD, "ipv6 type")
        code.accept_if(_JEQ, 0x8847, 0x8848)
        code.go_if(_JEQ, 0x8864, "pppoe")
        for tag in (0x8100, 0x88A8, 0x9100):
            code.go_if(_JEQ, tag, f"tag {depth}")
        code.go_if(_JGT, 1500, "unknown type")
        code.load(_WORD, 2)
        code.accept_if(_JEQ, 0xAAAA0300)
        code.drop()
        code.here(f"tag {depth}")
        code.move(4)
    code.accept()
    code.here("unknown type")
    code.drop()
    code.here("pppoe")
    code.move(8)
    code.load(_HALF, 0)
    code.go_if(_JEQ, 0x0021, "ipv4 type")
    code.go_if(_JEQ, 0x0057, "ipv6 type")
    code.accept_if(_JEQ, 0x0281, 0x0283)
    code.drop()


def _raw(code: _Assembler) -> None:
    """Begin with the IP header."""
    code.add(_LDX | _IMM, 0)
    _by_version(code)


def _null(code: _Assembler) -> None:
    """Begin with an address family in some byte order, then the IP header."""
    code.add(_LDX | _IMM, 4)
    _by_version(code)


def _by_version(code: _Assembler) -> None:
    """Go by the version that the header begins with."""
    code.load(_BYTE, 0)
    code.add(_ALU | _RSH, 4)
    code.go_if(_JEQ, 4, "ipv4")
    code.go_if(_JEQ, 6, "ipv6")
    code.drop()


_BEGINNINGS = {
    0: _null,
    1: _ethernet,
    12: _raw,
    14: _raw,
    101: _raw,
    108: _null,
    113: _cooked,
    228: _raw,
    229: _raw,
    276: _cooked_2,
}


def _ipv4(code: _Assembler, marks: tuple[int, ...]) -> None:
    """From an IPv4 header: tunnels of their own protocol number, fragments of UDP, then UDP and TCP."""
    code.here("ipv4 type")
    code.move(2)
    code.here("ipv4")
    code.load(_BYTE, 9)
    code.go_if(_JEQ, 6, "tcp in ipv4")
    code.go_if(_JEQ, 17, "udp in ipv4")
    code.accept_if(_JEQ, *_PROTOCOLS)
    code.drop()
    for name in ("udp", "tcp"):
        code.here(f"{name} in ipv4")
        code.load(_HALF, 6)
        (code.accept_if if name == "udp" else code.drop_if)(_JSET, 0x1FFF)
        if marks:
            _sum_of_addresses(code, 12, 16)
        if name == "tcp":
            code.load(_HALF, 2)
            code.add(_JMP | _JEQ, 0, 0, 2)
            code.add(_LD | _WORD | _LEN)
            code.add(_JMP | _JA, 1)
            code.add(_ALU | _ADD | _X)
            code.store(_END)
        code.load(_BYTE, 0)
        code.add(_ALU | _AND, 15)
        code.add(_ALU | _LSH, 2)
        code.add(_ALU | _ADD | _X)
        code.add(_MISC | _TAX)
        code.add(_JMP | _JA, name)


def _ipv6(code: _Assembler, marks: tuple[int, ...]) -> None:
    """From an IPv6 header: the same; extension headers are Python's."""
    code.here("ipv6 type")
    code.move(2)
    code.here("ipv6")
    code.load(_BYTE, 6)
    code.go_if(_JEQ, 6, "inside ipv6")
    code.go_if(_JEQ, 17, "inside ipv6")
    code.accept_if(_JEQ, *_PROTOCOLS, *_V6_HEADERS)
    code.drop()
    code.here("inside ipv6")
    if marks:
        _sum_of_addresses(code, 20, 36)
    code.load(_HALF, 4)
    code.add(_ALU | _ADD | _X)
    code.add(_ALU | _ADD, 40)
    code.store(_END)
    code.load(_BYTE, 6)
    code.store(_SCRATCH)
    code.move(40)
    code.add(_LD | _MEM, _SCRATCH)
    code.go_if(_JEQ, 6, "tcp")
    code.add(_JMP | _JA, "udp")


def _sum_of_addresses(code: _Assembler, source: int, destination: int) -> None:
    """Keep the sum of the last four bytes of both addresses; X stays."""
    code.add(_STX, _TRANSPORT)
    code.load(_WORD, source)
    code.store(_ADDRESSES)
    code.load(_WORD, destination)
    code.add(_LDX | _MEM, _ADDRESSES)
    code.add(_ALU | _ADD | _X)
    code.store(_ADDRESSES)
    code.add(_LDX | _MEM, _TRANSPORT)


def _known(code: _Assembler, marks: tuple[int, ...]) -> None:
    """Let every packet of a recognised conversation through; X stands at the ports and stays."""
    if not marks:
        return
    code.add(_STX, _TRANSPORT)
    code.load(_HALF, 0)
    code.store(_SCRATCH)
    code.load(_HALF, 2)
    code.add(_LDX | _MEM, _SCRATCH)
    code.add(_ALU | _ADD | _X)
    code.add(_ALU | _LSH, 16)
    code.add(_LDX | _MEM, _ADDRESSES)
    code.add(_ALU | _ADD | _X)
    code.accept_if(_JEQ, *marks)
    code.add(_LDX | _MEM, _TRANSPORT)


def _udp(code: _Assembler, marks: tuple[int, ...]) -> None:
    """From a UDP header: known ports, then first bytes, the nearest first."""
    code.here("udp")
    _known(code, marks)
    for side in (0, 2):
        code.load(_HALF, side)
        code.add(_JMP | _JGT, _UDP_PORTS[-1], 2 * len(_UDP_PORTS), 0)
        code.accept_if(_JEQ, *_UDP_PORTS)
    code.add(_STX, _PAYLOAD)
    code.load(_HALF, 4)
    code.add(_ALU | _SUB, 8)
    code.store(_SIZE)
    code.load(_WORD, 8)
    code.go_if(_JGE, 0x80000000, "high")
    code.go_if(_JGE, 0x40000000, "middle")
    _starts(code, _LOW)
    _no_names(code)
    code.load(_WORD, 8)
    code.add(_ALU | _AND, 0xF0000000)
    code.accept_if(_JEQ, 0x20000000)  # OpenVPN's control and acknowledgements
    _short(code, 0x38)
    _data(code, 0x30, 9)
    code.load(_WORD, 12)
    code.accept_if(_JEQ, 0x00000100)  # fastd's first record
    code.load(_WORD, 8)
    code.add(_JMP | _JEQ, 0x08000000, 0, 3)  # VXLAN
    code.load(_BYTE, 15)
    code.accept_if(_JEQ, 0)
    code.load(_HALF, 8)
    code.add(_JMP | _JEQ, 0, 0, 4)  # Teredo's origin
    code.load(_BYTE, 16)
    code.add(_ALU | _AND, 0xF0)
    code.accept_if(_JEQ, 0x60)
    code.add(_JMP | _JA, "deeper")
    code.here("middle")
    _starts(code, _MIDDLE)
    _inner(code)
    _no_names(code)
    _short(code, 0x40)
    _data(code, 0x48, 12)
    _wrapped(code)
    code.add(_JMP | _JA, "deeper")
    code.here("high")
    _starts(code, _HIGH)
    code.here("deeper")
    _deeper(code)
    code.drop()


def _starts(code: _Assembler, table: tuple[tuple[int, int], ...]) -> None:
    """Let a datagram through whose first four bytes, in A, have one of the values under its mask."""
    for mask, value in table:
        if mask != 0xFFFFFFFF:
            code.add(_ALU | _AND, mask)
        code.accept_if(_JEQ, value)
        if mask != 0xFFFFFFFF:
            code.load(_WORD, 8)


def _inner(code: _Assembler) -> None:
    """An IP packet as long as the datagram."""
    code.load(_BYTE, 8)
    code.add(_ALU | _AND, 0xF0)
    code.add(_JMP | _JEQ, 0x40, 0, 6)
    code.load(_HALF, 10)
    code.minus(_SIZE, _PAYLOAD)
    code.accept_if(_JEQ, 0)
    code.load(_BYTE, 8)
    code.add(_ALU | _AND, 0xF0)
    code.add(_JMP | _JEQ, 0x60, 0, 7)
    code.load(_HALF, 12)
    code.add(_ALU | _ADD, 40)
    code.minus(_SIZE, _PAYLOAD)
    code.accept_if(_JEQ, 0)


def _no_names(code: _Assembler) -> None:
    """Drop DNS, whose random numbers look like anything: port 53, and one question."""
    code.load(_HALF, 12)
    code.add(_JMP | _JEQ, 1, 0, 5)
    for side in (0, 2):
        code.load(_HALF, side)
        code.add(_JMP | _JEQ, 53, 2 - side, side // 2)
    code.drop()


def _short(code: _Assembler, first: int) -> None:
    """One of OpenVPN's first packets, which are short."""
    code.load(_BYTE, 8)
    code.add(_JMP | _JEQ, first, 0, 3)
    code.add(_LD | _MEM, _SIZE)
    code.add(_JMP | _JGT, 160, 1, 0)
    code.accept()


def _data(code: _Assembler, opcode: int, at: int) -> None:
    """OpenVPN's data with a young packet number at offset `at`."""
    code.load(_BYTE, 8)
    code.add(_ALU | _AND, 0xF8)
    code.add(_JMP | _JEQ, opcode, 0, 3)
    code.load(_WORD, at)
    code.add(_JMP | _JGE, 1 << 24, 1, 0)
    code.accept()


def _wrapped(code: _Assembler) -> None:
    """OpenVPN's first packets with a client's own key: a packet number stands behind the session."""
    code.load(_BYTE, 8)
    code.add(_ALU | _AND, 0xF7)
    code.add(_JMP | _JEQ, 0x50, 0, 7)
    code.load(_WORD, 17)
    code.add(_JMP | _JGE, 0x1000, 0, 3)
    code.add(_ALU | _RSH, 24)
    code.add(_JMP | _JEQ, 0x0F, 1, 0)
    code.add(_JMP | _JEQ, 0x0A, 0, 1)
    code.accept()


def _deeper(code: _Assembler) -> None:
    """IKE on other ports: a length that is the datagram's, and a version."""
    for marker in (0, 4):
        code.load(_WORD, 32 + marker)
        if marker:
            code.add(_ALU | _ADD, marker)
        code.minus(_SIZE, _PAYLOAD)
        code.add(_JMP | _JEQ, 0, 0, 5)
        code.load(_BYTE, 25 + marker)
        code.accept_if(_JEQ, 0x10, 0x20)


def _tcp(code: _Assembler, marks: tuple[int, ...]) -> None:
    """From a TCP header: the first bytes of a segment that has any."""
    code.here("tcp")
    _known(code, marks)
    for side in (0, 2):
        code.load(_HALF, side)
        code.accept_if(_JEQ, 4500)
    code.load(_BYTE, 12)
    code.add(_ALU | _AND, 0xF0)
    code.add(_ALU | _RSH, 2)
    code.add(_ALU | _ADD | _X)
    code.add(_MISC | _TAX)
    code.add(_STX, _PAYLOAD)
    code.add(_LD | _MEM, _END)
    code.add(_ALU | _SUB | _X)
    code.drop_if(_JEQ, 0)
    code.drop_if(_JGT, 0xFFFF)
    code.store(_SIZE)
    code.load(_HALF, 0)
    code.accept_if(_JEQ, *_STARTS)
    code.add(_JMP | _JGT, _LOW_STARTS[5], 2 * len(_LOW_STARTS), 0)
    code.accept_if(_JEQ, *_LOW_STARTS)
    code.add(_ALU | _ADD, 2)
    code.minus(_SIZE, _PAYLOAD)
    code.add(_JMP | _JEQ, 0, 0, 4)
    code.load(_BYTE, 2)
    code.add(_JMP | _JGE, 0x60, 2, 0)
    code.add(_JMP | _JGE, 0x08, 0, 1)
    code.accept()
    code.load(_WORD, 0)
    code.accept_if(_JEQ, *_STREAM_WORDS)
    code.load(_WORD, 4)
    code.accept_if(_JEQ, _PPTP)
    code.load(_WORD, 5)
    code.accept_if(_JEQ, _SOFTETHER)
    code.drop()
