"""The part of the prefilter that finds the IP header of a frame and what is behind it, for every link type."""

from functools import cache

from auditor.packets.bpf import (
    ABS,
    ADD,
    ALU,
    AND,
    BYTE,
    HALF,
    IMM,
    JA,
    JEQ,
    JGT,
    JMP,
    JSET,
    LD,
    LDX,
    LEN,
    LSH,
    MEM,
    MISC,
    RSH,
    TAX,
    WORD,
    Assembler,
    X,
)
from auditor.packets.dissectors import DISSECTORS
from auditor.packets.packet import TCP, UDP

END, PAYLOAD, SIZE, SCRATCH = range(4)  # memory cells
_PROTOCOLS = sorted({number for one in DISSECTORS for number in one.ip})
ETHERNET = 1
_V6_HEADERS = (0, 43, 44, 60)


@cache
def headers(link_type: int) -> Assembler:
    """Return the program that lets through or drops what is neither UDP nor TCP, and what it cannot see through.

    Of the rest it goes on behind its end, with the protocol's number in A, its header at X, and where the packet ends
    in the cell END; raises KeyError for an unknown link type.
    """
    code = Assembler()
    LINKS[link_type](code)
    _ipv4(code)
    _ipv6(code)
    return code


def _ethernet(code: Assembler) -> None:
    """Find the IP header of a frame behind at most three tags, or PPPoE; X stands at the EtherType meanwhile."""
    code.add(LDX | IMM, 12)
    _ethertypes(code)


def _cooked(code: Assembler) -> None:
    """The same for Linux's cooked header."""
    code.add(LDX | IMM, 14)
    _ethertypes(code)


def _cooked_2(code: Assembler) -> None:
    """The same for its second version, whose EtherType does not stand before the payload."""
    code.add(LDX | IMM, 18)
    code.add(LD | HALF | ABS, 0)
    code.go_if(JEQ, 0x0800, "ipv4 type")
    code.go_if(JEQ, 0x86DD, "ipv6 type")
    code.accept_if(JEQ, 0x8100, 0x88A8, 0x8864, 0x8847, 0x8848)
    code.drop()


def _ethertypes(code: Assembler) -> None:
    """Go by EtherType; labels and what is rare go to Python."""
    for depth in range(4):
        code.load(HALF, 0)
        code.go_if(JEQ, 0x0800, "ipv4 type")
        code.go_if(JEQ, 0x86DD, "ipv6 type")
        code.accept_if(JEQ, 0x8847, 0x8848)
        code.go_if(JEQ, 0x8864, "pppoe")
        for tag in (0x8100, 0x88A8, 0x9100):
            code.go_if(JEQ, tag, f"tag {depth}")
        code.go_if(JGT, 1500, "unknown type")
        code.load(WORD, 2)
        code.accept_if(JEQ, 0xAAAA0300)
        code.drop()
        code.here(f"tag {depth}")
        code.move(4)
    code.accept()
    code.here("unknown type")
    code.drop()
    code.here("pppoe")
    code.move(8)
    code.load(HALF, 0)
    code.go_if(JEQ, 0x0021, "ipv4 type")
    code.go_if(JEQ, 0x0057, "ipv6 type")
    code.accept_if(JEQ, 0x0281, 0x0283)
    code.drop()


def _raw(code: Assembler) -> None:
    """Begin with the IP header."""
    code.add(LDX | IMM, 0)
    _by_version(code)


def _null(code: Assembler) -> None:
    """Begin with an address family in some byte order, then the IP header."""
    code.add(LDX | IMM, 4)
    _by_version(code)


def _by_version(code: Assembler) -> None:
    """Go by the version that the header begins with."""
    code.load(BYTE, 0)
    code.add(ALU | RSH, 4)
    code.go_if(JEQ, 4, "ipv4")
    code.go_if(JEQ, 6, "ipv6")
    code.drop()


LINKS = {
    0: _null,
    ETHERNET: _ethernet,
    12: _raw,
    14: _raw,
    101: _raw,
    108: _null,
    113: _cooked,
    228: _raw,
    229: _raw,
    276: _cooked_2,
}


def _ipv4(code: Assembler) -> None:
    """From an IPv4 header: tunnels of their own protocol number, fragments of UDP, then UDP and TCP.

    A total length of 0 is what segmentation offload leaves: the frame's decides.
    """
    code.here("ipv4 type")
    code.move(2)
    code.here("ipv4")
    code.load(BYTE, 9)
    code.go_if(JEQ, TCP, "tcp in ipv4")
    code.go_if(JEQ, UDP, "udp in ipv4")
    code.accept_if(JEQ, *_PROTOCOLS)
    code.drop()
    for name, protocol in (("udp", UDP), ("tcp", TCP)):
        code.here(f"{name} in ipv4")
        code.load(HALF, 6)
        (code.accept_if if protocol == UDP else code.drop_if)(JSET, 0x1FFF)
        code.load(HALF, 2)
        code.add(JMP | JEQ, 0, 0, 2)
        code.add(LD | WORD | LEN)
        code.add(JMP | JA, 1)
        code.add(ALU | ADD | X)
        code.store(END)
        code.load(BYTE, 0)
        code.add(ALU | AND, 15)
        code.add(ALU | LSH, 2)
        code.add(ALU | ADD | X)
        code.add(MISC | TAX)
        code.add(LD | IMM, protocol)
        code.go("end")


def _ipv6(code: Assembler) -> None:
    """From an IPv6 header: the same; extension headers are Python's."""
    code.here("ipv6 type")
    code.move(2)
    code.here("ipv6")
    code.load(BYTE, 6)
    code.go_if(JEQ, TCP, "inside ipv6")
    code.go_if(JEQ, UDP, "inside ipv6")
    code.accept_if(JEQ, *_PROTOCOLS, *_V6_HEADERS)
    code.drop()
    code.here("inside ipv6")
    code.load(HALF, 4)
    code.add(ALU | ADD | X)
    code.add(ALU | ADD, 40)
    code.store(END)
    code.load(BYTE, 6)
    code.store(SCRATCH)
    code.move(40)
    code.add(LD | MEM, SCRATCH)
    code.behind("end")
    code.go("end")
