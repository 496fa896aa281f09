"""The filter that drops ordinary traffic before Python sees it: a classic BPF program, for libpcap and for the kernel.

It lets through whatever a dissector could make something of, and little else; what passes is looked at properly. A
load beyond the captured bytes ends a program with "drop", so tests stand in the order of how far they look. Lists of
protocol numbers and ports come from the dissectors; the rest are their first tests again, in a few instructions.

Nearly all packets are TCP and UDP in plain IPv4, and most of those are dropped. On Ethernet these have a way of their
own, where everything stands at a known offset: half as many instructions. Five pieces, of which two change with the
conversations that were recognised:

1. `_plain_marks`: tells plain packets, and lets through those of the conversations
2. `_plain`: their tests
3. `headers`: link and IP header of all others
4. `_marks`: lets through those of the conversations
5. `_tests`: the same tests, from wherever the header stands
"""

from collections.abc import Iterable
from functools import cache

from auditor.packets.bpf import ALU, AND, JEQ, WORD, Assembler, Slot
from auditor.packets.flows import Flow
from auditor.packets.packet import TCP, UDP
from auditor.packets.prefilter_headers import ETHERNET, LINKS, headers
from auditor.packets.prefilter_tcp import tcp
from auditor.packets.prefilter_udp import udp

_PLAIN_TRANSPORT = 34  # behind a header of Ethernet and one of IPv4 without options
_ROOMS = (0, 4, 8, 16, 32, 64, 128)  # for marks, two of each conversation
_Rooms = tuple[int, int]


def program(link_type: int, streams: Iterable[Flow] = (), *, short: bool = False) -> bytes | None:
    """Return the filter for frames of `link_type`, None if there is none for it.

    Of the conversations `streams` every packet is wanted. It goes by their ports alone: what else has the same is
    looked at in vain. `short` is for the kernel, which compiles it, and where a socket may have 20,480 bytes for it and
    its predecessor together (net.core.optmem_max before Linux 6.7): plain packets have no way of their own there.
    """
    if link_type not in LINKS:
        return None
    marks: dict[int, set[int]] = {UDP: set(), TCP: set()}
    for flow in streams:
        marks[flow.protocol] |= {flow.sport << 16 | flow.dport, flow.dport << 16 | flow.sport}
    sizes = {protocol: next(size for size in _ROOMS if size >= len(found)) for protocol, found in marks.items()}
    values = [value for protocol, found in marks.items() for value in _filled(found, sizes[protocol])]
    rooms = sizes[UDP], sizes[TCP]
    begin = b""
    if link_type == ETHERNET and not short:
        begin = _plain_marks(rooms).assemble(values) + _plain().assemble()
    return begin + headers(link_type).assemble() + _marks(rooms).assemble(values) + _tests().assemble()


def _filled(found: set[int], size: int) -> list[int]:
    """Return the marks in order, the last one again and again, `size` in all."""
    marks = sorted(found)
    return marks + marks[-1:] * (size - len(marks))


@cache
def _plain_marks(rooms: _Rooms) -> Assembler:
    """Tell TCP and UDP that are no later fragments, in IPv4 without options, in untagged frames."""
    code = Assembler()
    code.behind("plain tcp", _plain().place("tcp"))
    code.behind("plain udp", _plain().place("udp"))
    code.behind("other", _plain().length())
    code.origin(fixed=True)
    code.load(WORD, 12)  # EtherType, version and length of the header, and a class of traffic that few have
    code.go_if(JEQ, 0x08004500, "plain")
    code.add(ALU | AND, 0xFFFFFF00)
    code.unless(JEQ, 0x08004500, "other")
    code.here("plain")
    code.load(WORD, 20)
    code.add(ALU | AND, 0x1FFF00FF)  # offset of the fragment, protocol
    code.go_if(JEQ, TCP, "tcp marks")
    code.unless(JEQ, UDP, "other")
    code.origin(_PLAIN_TRANSPORT, fixed=True)
    _known(code, rooms, "plain udp", "plain tcp")
    return code


@cache
def _plain() -> Assembler:
    """Return the tests of plain packets."""
    code = Assembler()
    code.behind("no length")
    tcp(code, at=_PLAIN_TRANSPORT)
    udp(code, at=_PLAIN_TRANSPORT)
    return code


@cache
def _marks(rooms: _Rooms) -> Assembler:
    """Behind any IP header, with the protocol in A and its header at X."""
    code = Assembler()
    code.behind("tcp", _tests().place("tcp"))
    code.behind("udp", _tests().place("udp"))
    code.go_if(JEQ, TCP, "tcp marks")
    _known(code, rooms, "udp", "tcp")
    return code


@cache
def _tests() -> Assembler:
    """Return the tests of packets whose header is at X."""
    code = Assembler()
    tcp(code, at=None)
    udp(code, at=None)
    return code


def _known(code: Assembler, rooms: _Rooms, udp_tests: str, tcp_tests: str) -> None:
    """Let every packet of a recognised conversation through, by both of its ports; go on with the tests if not."""
    ports = tuple(map(Slot, range(sum(rooms))))
    for marks, tests in ((ports[: rooms[0]], udp_tests), (ports[rooms[0] :], tcp_tests)):
        if tests == tcp_tests:
            code.here("tcp marks")
        if marks:
            code.load(WORD, 0)
            code.accept_if_in(marks, tests)
        else:
            code.go(tests)
