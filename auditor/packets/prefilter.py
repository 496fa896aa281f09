"""The filter that drops ordinary traffic before Python sees it: a classic BPF program, for libpcap and for the kernel.

It lets through whatever a dissector could make something of, and little else; what passes is looked at properly. A
load beyond the captured bytes ends a program with "drop", so tests stand in the order of how far they look. Lists of
protocol numbers and ports come from the dissectors; the rest are their first tests again, in a few instructions.
"""

from collections.abc import Iterable
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
    MSH,
    RSH,
    STX,
    TAX,
    WORD,
    Assembler,
    Slot,
    X,
)
from auditor.packets.dissectors import DISSECTORS
from auditor.packets.flows import Flow
from auditor.packets.prefilter_payload import ADDRESSES, END, SCRATCH, TRANSPORT, tcp, udp

_PROTOCOLS = sorted({number for one in DISSECTORS for number in one.ip})
_ETHERNET = 1
_ROOMS = (0, 4, 16, 64)  # for marks
_V6_HEADERS = (0, 43, 44, 60)


def stream_mark(flow: Flow) -> int:
    """Return by what the filter knows a conversation once it has been recognised: a sum of both ends."""
    addresses = int.from_bytes(flow.src[-4:]) + int.from_bytes(flow.dst[-4:])
    return (addresses + ((flow.sport + flow.dport) << 16)) & 0xFFFFFFFF


def program(link_type: int, streams: Iterable[int] = ()) -> bytes | None:
    """Return the filter for frames of `link_type`, None if there is none for it.

    `streams` are the marks of conversations of which every packet is wanted.
    """
    if link_type not in _BEGINNINGS:
        return None
    marks = sorted(streams)
    room = next(size for size in _ROOMS if size >= len(marks))
    return _assembler(link_type, room).assemble(marks + marks[-1:] * (room - len(marks)))


@cache
def _assembler(link_type: int, room: int) -> Assembler:
    """Return the program with room for so many marks, all but assembled."""
    code, marks = Assembler(), tuple(map(Slot, range(room)))
    if link_type == _ETHERNET:
        _plain_tcp(code, marks)
    _BEGINNINGS[link_type](code)
    _ipv4(code, marks)
    _ipv6(code, marks)
    udp(code, marks)
    tcp(code, marks)
    return code


def _ethernet(code: Assembler) -> None:
    """Find the IP header of a frame behind at most three tags, or PPPoE; X stands at the EtherType meanwhile."""
    code.add(LDX | IMM, 12)
    _ethertypes(code)


def _plain_tcp(code: Assembler, marks: tuple[int, ...]) -> None:
    """TCP in IPv4 in an untagged frame, which most packets are, on a shorter way; the rest goes on behind."""
    sums = 6 if marks else 0
    code.add(LD | HALF | ABS, 12)
    code.add(JMP | JEQ, 0x0800, 0, 13 + sums)
    code.add(LD | BYTE | ABS, 23)
    code.add(JMP | JEQ, 6, 0, 11 + sums)
    code.add(LD | HALF | ABS, 20)
    code.add(JMP | JSET, 0x1FFF, 9 + sums, 0)
    code.add(LD | HALF | ABS, 16)
    code.add(JMP | JEQ, 0, 7 + sums, 0)
    code.add(ALU | ADD, 14)
    code.store(END)
    if marks:
        code.add(LD | WORD | ABS, 26)
        code.store(ADDRESSES)
        code.add(LDX | MEM, ADDRESSES)
        code.add(LD | WORD | ABS, 30)
        code.add(ALU | ADD | X)
        code.store(ADDRESSES)
    code.add(LDX | BYTE | MSH, 14)
    code.move(14)
    code.add(JMP | JA, "tcp")


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


_BEGINNINGS = {
    0: _null,
    _ETHERNET: _ethernet,
    12: _raw,
    14: _raw,
    101: _raw,
    108: _null,
    113: _cooked,
    228: _raw,
    229: _raw,
    276: _cooked_2,
}


def _ipv4(code: Assembler, marks: tuple[int, ...]) -> None:
    """From an IPv4 header: tunnels of their own protocol number, fragments of UDP, then UDP and TCP."""
    code.here("ipv4 type")
    code.move(2)
    code.here("ipv4")
    code.load(BYTE, 9)
    code.go_if(JEQ, 6, "tcp in ipv4")
    code.go_if(JEQ, 17, "udp in ipv4")
    code.accept_if(JEQ, *_PROTOCOLS)
    code.drop()
    for name in ("udp", "tcp"):
        code.here(f"{name} in ipv4")
        code.load(HALF, 6)
        (code.accept_if if name == "udp" else code.drop_if)(JSET, 0x1FFF)
        if marks:
            _sum_of_addresses(code, 12, 16)
        if name == "tcp":
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
        code.add(JMP | JA, name)


def _ipv6(code: Assembler, marks: tuple[int, ...]) -> None:
    """From an IPv6 header: the same; extension headers are Python's."""
    code.here("ipv6 type")
    code.move(2)
    code.here("ipv6")
    code.load(BYTE, 6)
    code.go_if(JEQ, 6, "inside ipv6")
    code.go_if(JEQ, 17, "inside ipv6")
    code.accept_if(JEQ, *_PROTOCOLS, *_V6_HEADERS)
    code.drop()
    code.here("inside ipv6")
    if marks:
        _sum_of_addresses(code, 20, 36)
    code.load(HALF, 4)
    code.add(ALU | ADD | X)
    code.add(ALU | ADD, 40)
    code.store(END)
    code.load(BYTE, 6)
    code.store(SCRATCH)
    code.move(40)
    code.add(LD | MEM, SCRATCH)
    code.go_if(JEQ, 6, "tcp")
    code.add(JMP | JA, "udp")


def _sum_of_addresses(code: Assembler, source: int, destination: int) -> None:
    """Keep the sum of the last four bytes of both addresses; X stays."""
    code.add(STX, TRANSPORT)
    code.load(WORD, source)
    code.store(ADDRESSES)
    code.load(WORD, destination)
    code.add(LDX | MEM, ADDRESSES)
    code.add(ALU | ADD | X)
    code.store(ADDRESSES)
    code.add(LDX | MEM, TRANSPORT)
