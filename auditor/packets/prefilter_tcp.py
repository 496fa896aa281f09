"""The part of the prefilter behind a TCP header: what a segment has to begin with to be looked at."""

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
    LDX,
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
from auditor.packets.prefilter_headers import END, PAYLOAD, SIZE

# The first two bytes of a segment.
_LOW_STARTS = (0x005A, 0x005B, 0x0401, 0x0402, 0x0500, 0x0501, 0x0502, 0x0503, 0x0504, 0x05FF)  # SOCKS
_STARTS = (0x3020, 0x3120)  # tinc
_LAST_CONTROL = 0x01FF  # of PPTP begins with its length
_POST = 0x504F
_WORDS = (  # and four bytes that follow at some offset
    (0x434F, 0, 0x434F4E4E),  # CONN
    (0x4854, 0, 0x48545450),  # HTTP
    (0x494B, 0, 0x494B4554),  # IKET
    (_POST, 5, 0x2F76706E),  # /vpn
)
_PPTP = 0x1A2B3C4D
_HEADERS = (32, 20)  # bytes: with time stamps, and without options


def tcp(code: Assembler, *, at: int | None) -> None:
    """From a TCP header: the first bytes of a segment that has any; never goes on behind.

    It stands at offset `at` of the frame, behind an IPv4 header without options, or at X and ends at the cell END. One
    of the first kind whose length makes no sense goes to "no length".
    """
    code.here("tcp")
    code.origin(at or 0, fixed=at is not None)
    for side in (0, 2):
        code.load(HALF, side)
        code.accept_if(JEQ, 4500)
    if at is not None:
        _most_segments(code, at)
    code.load(BYTE, 12)
    code.add(ALU | AND, 0xF0)
    code.add(ALU | RSH, 2)
    if at is None:
        code.add(ALU | ADD | X)
    code.add(MISC | TAX)
    code.add(STX, PAYLOAD)
    if at is None:
        code.add(LD | MEM, END)
    else:
        code.load(HALF, -18)  # the length of the packet
        code.add(ALU | SUB, 20)
    code.add(ALU | SUB | X)
    code.drop_if(JEQ, 0)
    if at is None:
        code.drop_if(JGT, 0xFFFF)
    else:
        code.go_if(JGT, 0xFFFF, "no length")
    code.store(SIZE)
    code.origin(at or 0)
    _segment(code)


def _most_segments(code: Assembler, at: int) -> None:
    """Drop most of what will be dropped, behind a TCP header at offset `at` that is as long as most: in few steps.

    Whatever could be wanted goes on behind, to the tests proper.
    """
    usual, bare = _HEADERS
    code.load(BYTE, 12)
    code.go_if(JEQ, bare << 2, f"header of {bare}")
    code.unless(JEQ, usual << 2, "any segment")
    for header in _HEADERS:
        code.here(f"header of {header}")
        length = f"length behind {header}"
        code.origin(at + header, fixed=True)
        code.load(HALF, 0)
        code.go_if(JGT, _POST, length)
        code.unless(JGT, _LOW_STARTS[-1], "any segment")
        code.unless(JGE, _STARTS[0], length)
        for start in (*_STARTS, *(word[0] for word in _WORDS)):
            code.go_if(JEQ, start, "any segment")
        code.here(length)
        code.add(MISC | TAX)
        code.load(HALF, -18 - header)  # the length of the packet
        code.add(ALU | SUB, 20 + header + 2)
        code.go_if(JEQ | X, 0, "any segment")
        code.go_if(JGT, 0xFFFF, "any segment")
        code.drop()
    code.here("any segment")
    code.origin(at, fixed=True)


def _segment(code: Assembler) -> None:
    """The first bytes of a segment, by the first two; X stands at them."""
    code.load(HALF, 0)
    code.go_if(JGT, _POST, "length in front")
    code.go_if(JGT, _STARTS[-1], "words")
    code.go_if(JGE, _STARTS[0], "starts")
    code.go_if(JGT, _LOW_STARTS[-1], "length in front")
    code.accept_if_in(_LOW_STARTS, "no SOCKS")
    code.here("no SOCKS")
    code.go_if(JGT, _LAST_CONTROL, "length in front")
    _framed(code)
    code.add(LDX | MEM, PAYLOAD)
    code.load(WORD, 4)
    code.accept_if(JEQ, _PPTP)
    code.drop()
    code.here("starts")
    code.accept_if(JEQ, *_STARTS)
    code.go("length in front")
    code.here("words")
    for start, at, word in _WORDS:
        code.add(JMP | JEQ, start, 0, 4)
        code.load(WORD, at)
        code.accept_if(JEQ, word)
        code.load(HALF, 0)
    code.here("length in front")
    _framed(code)
    code.drop()


def _framed(code: Assembler) -> None:
    """One of OpenVPN's packets, a segment long, behind its length, which is in A; X is lost."""
    code.add(ALU | ADD, 2)
    code.add(LDX | MEM, SIZE)
    code.add(JMP | JEQ | X, 0, 0, 5)
    code.add(LDX | MEM, PAYLOAD)
    code.load(BYTE, 2)
    code.add(JMP | JGE, 0x60, 2, 0)
    code.add(JMP | JGE, 0x08, 0, 1)
    code.accept()
