"""TCP and UDP sockets as the kernel dumps them (linux/inet_diag.h, net/tcp_states.h) and /proc/net lists them; pure."""

import struct
import sys
from collections.abc import Iterable, Iterator
from functools import lru_cache
from socket import AF_INET, AF_INET6

from auditor.errors import ParseError
from auditor.model.rows import Socket
from auditor.netlink.wire import HEADER_BYTES, Octets, address, align

SOCK_DIAG_BY_FAMILY = 20
PROTOCOLS = {"tcp": 6, "udp": 17}
FAMILIES = {4: AF_INET, 6: AF_INET6}
_STATES = {
    1: "ESTABLISHED",
    2: "SYN_SENT",
    4: "FIN_WAIT1",
    5: "FIN_WAIT2",
    7: "CLOSE",
    8: "CLOSE_WAIT",
    9: "LAST_ACK",
    10: "LISTEN",
    11: "CLOSING",
}
# NOTE: TIME_WAIT and SYN_RECV belong to no process, and there can be as many as a flood makes.
_STATE_MASK = sum(1 << state for state in _STATES)
_REQUEST = struct.Struct("=BBBxI48x")  # inet_diag_req_v2
_MESSAGE = struct.Struct("=IH10xBBxx2s2s16s16s12x16xI")  # nlmsghdr, inet_diag_msg
_MAPPED = bytes(10) + b"\xff\xff"
_HEX_DIGITS = {8: 4, 32: 16}


def request(version: int, protocol: str) -> bytes:
    """Return the body of a dump request for sockets of IP `version` (4 or 6) and `protocol`."""
    return _REQUEST.pack(FAMILIES[version], PROTOCOLS[protocol], 0, _STATE_MASK)


def parse(chunks: Iterable[Octets], protocol: str) -> Iterator[Socket]:
    """Yield the sockets in the datagrams of a dump; raises ParseError.

    Sockets without an inode are left out: no process holds them.
    """
    unpack, size = _MESSAGE.unpack_from, _MESSAGE.size
    for chunk in chunks:
        offset, end = 0, len(chunk)
        while offset < end:
            if end - offset < HEADER_BYTES:
                raise ParseError("netlink message header cut short")
            if end - offset < size:
                raise ParseError("socket message cut short")
            length, kind, family, state, sport, dport, source, destination, inode = unpack(chunk, offset)
            if not size <= length <= end - offset:
                raise ParseError("socket message length out of bounds")
            offset += align(length)
            if kind != SOCK_DIAG_BY_FAMILY or not inode or state not in _STATES:
                continue
            if family == AF_INET:
                source, destination = source[:4], destination[:4]
            elif family != AF_INET6:
                raise ParseError("socket of an unknown address family")
            yield _socket(protocol, state, source, int.from_bytes(sport), destination, int.from_bytes(dport), inode)


def parse_table(lines: Iterable[bytes], protocol: str) -> Iterator[Socket]:
    """Yield the sockets of /proc/net/tcp, tcp6, udp or udp6 (proc_pid_net(5)); raises ParseError."""
    for number, line in enumerate(lines):
        if number == 0:
            continue
        fields = line.split()
        try:
            state, inode = int(fields[3], 16), int(fields[9])
            if not inode or state not in _STATES:
                continue
            source, sport = _end(fields[1])
            destination, dport = _end(fields[2])
        except (IndexError, ValueError):
            raise ParseError("socket table line of unknown form") from None
        yield _socket(protocol, state, source, sport, destination, dport, inode)


def _end(field: bytes) -> tuple[bytes, int]:
    """Return address and port of "0100007F:0035", whose 32-bit words are in host byte order; raises ValueError."""
    digits, _, port = field.partition(b":")
    if len(digits) not in _HEX_DIGITS or len(port) != 4:
        raise ValueError
    raw = bytes.fromhex(digits.decode("ascii"))
    if sys.byteorder == "little":
        raw = b"".join(raw[at : at + 4][::-1] for at in range(0, len(raw), 4))
    return raw, int(port, 16)


def _socket(protocol: str, state: int, source: bytes, sport: int, destination: bytes, dport: int, inode: int) -> Socket:
    """Return one row; a far end that is unspecified is none."""
    connected = dport or any(destination)
    return Socket(
        protocol,
        _STATES[state],
        _text(source),
        sport,
        _text(destination) if connected else None,
        dport if connected else None,
        inode,
    )


@lru_cache(maxsize=4096)
def _text(raw: bytes) -> str:
    """Return an address as text; an IPv4 address mapped into IPv6 as the IPv4 address that it is."""
    return address(raw[12:] if raw.startswith(_MAPPED) and len(raw) == 16 else raw)
