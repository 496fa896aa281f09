"""The part of the prefilter behind the IP header: what a datagram or a segment has to begin with to be looked at."""

from auditor.packets.bpf import (
    ADD,
    ALU,
    AND,
    BYTE,
    HALF,
    JA,
    JEQ,
    JGE,
    JGT,
    JMP,
    LD,
    LDX,
    LSH,
    MEM,
    MISC,
    RSH,
    STX,
    SUB,
    TAX,
    WORD,
    Assembler,
    X,
)
from auditor.packets.dissectors import DISSECTORS

END, PAYLOAD, SIZE, SCRATCH, ADDRESSES, TRANSPORT = range(6)  # memory cells
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


def _known(code: Assembler, marks: tuple[int, ...]) -> None:
    """Let every packet of a recognised conversation through; X stands at the ports and stays."""
    if not marks:
        return
    code.add(STX, TRANSPORT)
    code.load(HALF, 0)
    code.store(SCRATCH)
    code.load(HALF, 2)
    code.add(LDX | MEM, SCRATCH)
    code.add(ALU | ADD | X)
    code.add(ALU | LSH, 16)
    code.add(LDX | MEM, ADDRESSES)
    code.add(ALU | ADD | X)
    code.accept_if_in(marks)
    code.add(LDX | MEM, TRANSPORT)


def udp(code: Assembler, marks: tuple[int, ...]) -> None:
    """From a UDP header: known ports, then first bytes, the nearest first."""
    code.here("udp")
    _known(code, marks)
    for side in (0, 2):
        code.load(HALF, side)
        code.accept_if_in(_UDP_PORTS)
    code.add(STX, PAYLOAD)
    code.load(HALF, 4)
    code.add(ALU | SUB, 8)
    code.store(SIZE)
    code.load(WORD, 8)
    code.go_if(JGE, 0x80000000, "high")
    code.go_if(JGE, 0x40000000, "middle")
    _low(code)
    code.here("middle")
    _middle(code)
    code.here("high")
    _starts(code, _HIGH)
    code.here("deeper")
    _deeper(code)
    code.add(JMP | JA, "end")  # NOTE: the kernel takes code behind a return for what comes next, with its memory cells


def _low(code: Assembler) -> None:
    """A datagram whose first byte is below 0x40."""
    _starts(code, _LOW)
    _no_names(code)
    code.load(WORD, 8)
    code.add(ALU | AND, 0xF0000000)
    code.accept_if(JEQ, 0x20000000)  # OpenVPN's control and acknowledgements
    _short(code, 0x38)
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
    code.add(JMP | JA, "deeper")


def _middle(code: Assembler) -> None:
    """One below 0x80."""
    _starts(code, _MIDDLE)
    _inner(code)
    _no_names(code)
    _short(code, 0x40)
    _data(code, 0x48, 12)
    _wrapped(code)
    code.add(JMP | JA, "deeper")


def _starts(code: Assembler, table: tuple[tuple[int, int], ...]) -> None:
    """Let a datagram through whose first four bytes, in A, have one of the values under its mask."""
    for mask, value in table:
        if mask != 0xFFFFFFFF:
            code.add(ALU | AND, mask)
        code.accept_if(JEQ, value)
        if mask != 0xFFFFFFFF:
            code.load(WORD, 8)


def _inner(code: Assembler) -> None:
    """An IP packet as long as the datagram."""
    code.load(BYTE, 8)
    code.add(ALU | AND, 0xF0)
    code.add(JMP | JEQ, 0x40, 0, 6)
    code.load(HALF, 10)
    code.minus(SIZE, PAYLOAD)
    code.accept_if(JEQ, 0)
    code.load(BYTE, 8)
    code.add(ALU | AND, 0xF0)
    code.add(JMP | JEQ, 0x60, 0, 13)
    code.load(HALF, 12)
    code.add(ALU | ADD, 40)
    code.minus(SIZE, PAYLOAD)
    code.accept_if(JEQ, 0)
    for address in (16, 32):  # Teredo's may have trailers behind
        code.load(WORD, address)
        code.accept_if(JEQ, 0x20010000)


def _no_names(code: Assembler) -> None:
    """Drop DNS, whose random numbers look like anything: port 53, and one question."""
    code.load(HALF, 12)
    code.add(JMP | JEQ, 1, 0, 5)
    for side in (0, 2):
        code.load(HALF, side)
        code.add(JMP | JEQ, 53, 2 - side, side // 2)
    code.drop()


def _short(code: Assembler, first: int) -> None:
    """One of OpenVPN's first packets, which are short."""
    code.load(BYTE, 8)
    code.add(JMP | JEQ, first, 0, 3)
    code.add(LD | MEM, SIZE)
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


def _deeper(code: Assembler) -> None:
    """IKE on other ports: a length that is the datagram's, and a version."""
    for marker in (0, 4):
        code.load(WORD, 32 + marker)
        if marker:
            code.add(ALU | ADD, marker)
        code.minus(SIZE, PAYLOAD)
        code.add(JMP | JEQ, 0, 0, 5)
        code.load(BYTE, 25 + marker)
        code.accept_if(JEQ, 0x10, 0x20)


def tcp(code: Assembler, marks: tuple[int, ...]) -> None:
    """From a TCP header: the first bytes of a segment that has any."""
    code.here("tcp")
    _known(code, marks)
    for side in (0, 2):
        code.load(HALF, side)
        code.accept_if(JEQ, 4500)
    code.load(BYTE, 12)
    code.add(ALU | AND, 0xF0)
    code.add(ALU | RSH, 2)
    code.add(ALU | ADD | X)
    code.add(MISC | TAX)
    code.add(STX, PAYLOAD)
    code.add(LD | MEM, END)
    code.add(ALU | SUB | X)
    code.drop_if(JEQ, 0)
    code.drop_if(JGT, 0xFFFF)
    code.store(SIZE)
    _segment(code)
    code.here("end")
    code.drop()


def _segment(code: Assembler) -> None:
    """The first bytes of a segment; X stands at them."""
    code.load(HALF, 0)
    code.accept_if(JEQ, *_STARTS)
    code.add(JMP | JGT, _LOW_STARTS[5], 2 * len(_LOW_STARTS), 0)
    code.accept_if(JEQ, *_LOW_STARTS)
    code.add(ALU | ADD, 2)
    code.minus(SIZE, PAYLOAD)
    code.add(JMP | JEQ, 0, 0, 4)
    code.load(BYTE, 2)
    code.add(JMP | JGE, 0x60, 2, 0)
    code.add(JMP | JGE, 0x08, 0, 1)
    code.accept()
    code.load(WORD, 0)
    code.accept_if(JEQ, *_STREAM_WORDS)
    code.load(WORD, 4)
    code.accept_if(JEQ, _PPTP)
    code.load(WORD, 5)
    code.accept_if(JEQ, _SOFTETHER)
