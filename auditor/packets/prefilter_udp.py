"""The part of the prefilter behind a UDP header: what a datagram has to begin with to be looked at."""

from itertools import groupby

from auditor.packets.bpf import (
    ADD,
    ALU,
    AND,
    BYTE,
    HALF,
    JEQ,
    JGE,
    JGT,
    JMP,
    LD,
    MEM,
    MISC,
    RSH,
    STX,
    SUB,
    TAX,
    TXA,
    WORD,
    Assembler,
    X,
)
from auditor.packets.dissectors import DISSECTORS
from auditor.packets.prefilter_headers import PAYLOAD, SIZE

_UDP_PORTS = sorted({port for one in DISSECTORS for port in one.udp_ports})
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
_FOUR = ((0xFFFFFF00, 0x49503D00),)  # below 0x50: SoftEther's addresses
_FIVE = ((0xFFFFFFFF, 0x5453F09F),)  # below 0x60: Tailscale's discovery
_HIGH = (  # below 0xC0
    (0x4FFFFFFF, 0x00000800),  # GRE with a checksum
    (0x4FFFFFFF, 0x000086DD),
)
_HIGHEST = (
    (0xFF0F0000, 0xC8020000),  # L2TP's control, 2
    (0xFF0F0000, 0xC8030000),  # L2TP's control, 3; fastd
)


def udp(code: Assembler, *, at: int | None) -> None:
    """From a UDP header: known ports, then first bytes, the nearest first; never goes on behind.

    It stands at offset `at` of the frame, or at X: then X stays there, and else it is how long the payload is.
    """
    code.here("udp")
    code.origin(at or 0, fixed=at is not None)
    _ports(code)
    if at is None:
        code.add(STX, PAYLOAD)
    code.load(HALF, 4)
    code.add(ALU | SUB, 8)
    if at is None:
        code.store(SIZE)
    else:
        code.add(MISC | TAX)
    fits = _Fits(code, fixed=at is not None)
    code.load(WORD, 8)
    code.go_if(JGE, 0x80000000, "high")
    code.go_if(JGE, 0x40000000, "middle")
    _low(code, fits)
    _middle(code, fits)
    _high(code)
    code.here("deeper")
    _deeper(code, fits)
    code.drop()


class _Fits:
    """How long the payload is, and whether A is that: it stands in the cell SIZE or, where offsets are fixed, in X."""

    def __init__(self, code: Assembler, *, fixed: bool) -> None:
        """Add to `code`."""
        self._code = code
        self._fixed = fixed

    def load(self) -> None:
        """A = how long it is."""
        if self._fixed:
            self._code.add(MISC | TXA)
        else:
            self._code.add(LD | MEM, SIZE)

    def or_skip(self, instructions: int) -> None:
        """Go on if it is, skip so many instructions if not."""
        if self._fixed:
            self._code.add(JMP | JEQ | X, 0, 0, instructions)
            return
        self._code.minus(SIZE, PAYLOAD)
        self._code.add(JMP | JEQ, 0, 0, instructions)

    def accept(self) -> None:
        """End with the packet wanted if it is."""
        self.or_skip(1)
        self._code.accept()


def _ports(code: Assembler) -> None:
    """Let known ports through; most ports are above or below all of them."""
    for side in (0, 2):
        passed = f"port at {side}"
        code.load(HALF, side)
        code.go_if(JGT, _UDP_PORTS[-1], passed)
        code.unless(JGE, _UDP_PORTS[0], passed)
        code.accept_if_in(_UDP_PORTS, passed)
        code.here(passed)


def _low(code: Assembler, fits: _Fits) -> None:
    """A datagram whose first byte is below 0x40; its first word is in A."""
    _starts(code, _LOW)
    _no_names(code)
    code.load(WORD, 8)
    code.add(ALU | AND, 0xF0000000)
    code.accept_if(JEQ, 0x20000000)  # OpenVPN's control and acknowledgements
    _short(code, fits, 0x38)
    _data(code, 0x30, 9)
    code.load(WORD, 12)
    code.accept_if(JEQ, 0x00000100)  # fastd's first record
    code.load(WORD, 8)
    code.add(JMP | JEQ, 0x08000000, 0, 3)  # VXLAN
    code.load(BYTE, 15)
    code.accept_if(JEQ, 0)
    code.load(HALF, 8)
    code.add(JMP | JEQ, 0, 0, 4)  # Teredo's origin
    code.load(BYTE, 16)
    code.add(ALU | AND, 0xF0)
    code.accept_if(JEQ, 0x60)
    code.go("deeper")


def _middle(code: Assembler, fits: _Fits) -> None:
    """One below 0x80, by its first four bits; its first word is in A."""
    code.here("middle")
    code.go_if(JGE, 0x70000000, "deeper")
    code.go_if(JGE, 0x60000000, "six")
    code.go_if(JGE, 0x50000000, "five")
    _four(code, fits)
    code.here("five")
    _starts(code, _FIVE)
    _no_names(code)
    _wrapped(code)
    code.go("deeper")
    code.here("six")
    code.load(HALF, 12)  # an IPv6 packet as long as the datagram
    code.add(ALU | ADD, 40)
    fits.accept()
    for address in (16, 32):  # Teredo's may have trailers behind
        code.load(WORD, address)
        code.accept_if(JEQ, 0x20010000)
    code.go("deeper")


def _four(code: Assembler, fits: _Fits) -> None:
    """One below 0x50."""
    _starts(code, _FOUR)
    code.load(HALF, 10)  # an IPv4 packet as long as the datagram
    fits.accept()
    _no_names(code)
    _short(code, fits, 0x40)
    _data(code, 0x48, 12)
    code.go("deeper")


def _high(code: Assembler) -> None:
    """One of 0x80 and above."""
    code.here("high")
    code.go_if(JGE, 0xC0000000, "highest")
    _starts(code, _HIGH)
    code.go("deeper")
    code.here("highest")
    _starts(code, _HIGHEST)


def _starts(code: Assembler, table: tuple[tuple[int, int], ...]) -> None:
    """Let a datagram through whose first four bytes, in A, have one of the values under its mask; A is lost."""
    whole = True
    for mask, values in groupby(table, key=lambda row: row[0]):
        if not whole:
            code.load(WORD, 8)
        whole = mask == 0xFFFFFFFF
        if not whole:
            code.add(ALU | AND, mask)
        code.accept_if(JEQ, *(value for _, value in values))


def _no_names(code: Assembler) -> None:
    """Drop DNS, whose random numbers look like anything: port 53, and one question."""
    code.load(HALF, 12)
    code.add(JMP | JEQ, 1, 0, 5)
    for side in (0, 2):
        code.load(HALF, side)
        code.add(JMP | JEQ, 53, 2 - side, side // 2)
    code.drop()


def _short(code: Assembler, fits: _Fits, first: int) -> None:
    """One of OpenVPN's first packets, which are short."""
    code.load(BYTE, 8)
    code.add(JMP | JEQ, first, 0, 3)
    fits.load()
    code.add(JMP | JGT, 160, 1, 0)
    code.accept()


def _data(code: Assembler, opcode: int, at: int) -> None:
    """OpenVPN's data with a young packet number at offset `at`."""
    code.load(BYTE, 8)
    code.add(ALU | AND, 0xF8)
    code.add(JMP | JEQ, opcode, 0, 3)
    code.load(WORD, at)
    code.add(JMP | JGE, 1 << 24, 1, 0)
    code.accept()


def _wrapped(code: Assembler) -> None:
    """OpenVPN's first packets with a client's own key: a packet number stands behind the session."""
    code.load(BYTE, 8)
    code.add(ALU | AND, 0xF7)
    code.add(JMP | JEQ, 0x50, 0, 7)
    code.load(WORD, 17)
    code.add(JMP | JGE, 0x1000, 0, 3)
    code.add(ALU | RSH, 24)
    code.add(JMP | JEQ, 0x0F, 1, 0)
    code.add(JMP | JEQ, 0x0A, 0, 1)
    code.accept()


def _deeper(code: Assembler, fits: _Fits) -> None:
    """IKE on other ports: a length that is the datagram's, and a version."""
    for marker in (0, 4):
        code.load(WORD, 32 + marker)
        if marker:
            code.add(ALU | ADD, marker)
        fits.or_skip(5)
        code.load(BYTE, 25 + marker)
        code.accept_if(JEQ, 0x10, 0x20)
