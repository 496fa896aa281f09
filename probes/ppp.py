"""PPP sessions over Ethernet and L2TP, from /proc/net/pppoe and /proc/net/pppol2tp; GRE sockets of PPTP programs.

The kernel's drivers write these (drivers/net/ppp/pppoe.c, net/l2tp/l2tp_ppp.c). Far ends' MAC
addresses are dropped. A program that carries PPTP has a raw socket of protocol 47 to the far end (RFC 2637),
listed in /proc/net/raw. Cannot see: SSTP, serial PPP and PPTP of the kernel, for which there is no such file; which
PPP device a PPPoE session has; the outer addresses of L2TP, but for the local one over IPv4 (the l2tp probe
sees them).
"""

import re
from collections.abc import Callable, Iterator

from auditor.errors import ParseError, SourceAbsent, SourceError
from auditor.model.rows import PppSession, Socket
from auditor.model.sightings import Sighting
from auditor.netlink.inet_diag import parse_table
from auditor.netlink.wire import address, text
from auditor.probe import Probe, View

_PPPOE, _L2TP = "/proc/thread-self/net/pppoe", "/proc/thread-self/net/pppol2tp"
_RAW, _GRE = "/proc/thread-self/net/raw", 47
_PPPOE_HEADER = [b"Id", b"Address", b"Device"]
_PPPOE_SESSION = re.compile(rb"[0-9A-F]{8} [0-9a-f]{2}(?::[0-9a-f]{2}){5} +([^ ]+)")
_L2TP_HEADER = b"PPPoL2TP driver info"
_ID = rb"([0-9A-F]{4,8})"
_L2TP_SESSION = re.compile(
    rb"  SESSION '.*' ([0-9A-F]{8})/\d+ " + _ID + rb"/" + _ID + rb" -> [0-9A-F]+/" + _ID + rb" \d+ [YN]"
)
_L2TP_SIDE = re.compile(rb"   [-0-9/]+/(LAC|LNS) [0-9A-F]{8} \d+")
_L2TP_INTERFACE = re.compile(rb"   interface ([^ ]+)")
_NO_NAME = b"(null)"
# No IPv4 address: none set, and the mark of a socket that is IPv6 (LOOPBACK4_IPV6, net/addrconf.h)
_NO_ADDRESS = ("0.0.0.0", "127.0.0.6")


def parse_pppoe(raw: bytes) -> Iterator[PppSession]:
    """Yield the sessions of /proc/net/pppoe; raises ParseError at the first line of unknown form."""
    head, *lines = raw.split(b"\n")
    if head.split() != _PPPOE_HEADER or lines[-1:] != [b""]:
        raise ParseError("table of PPPoE sessions of unknown form")
    for line in lines[:-1]:
        found = _PPPOE_SESSION.fullmatch(line)
        if found is None:
            raise ParseError("PPPoE session of unknown form")
        yield PppSession(carrier="pppoe", device=text(found[1]))


def parse_l2tp(raw: bytes) -> Iterator[PppSession]:
    """Yield the sessions of /proc/net/pppol2tp; raises ParseError at the first session of unknown form.

    The entry by which a daemon holds the tunnel itself (session 0) is none.
    """
    head, *lines = raw.split(b"\n")
    if not head.startswith(_L2TP_HEADER) or lines[-1:] != [b""]:
        raise ParseError("table of L2TP sessions of unknown form")
    session: PppSession | None = None
    for line in lines[5:]:
        if line.startswith((b"  SESSION ", b"TUNNEL ")):
            if session is not None:
                yield session
            session = _l2tp_session(line) if line.startswith(b"  ") else None
        elif session is not None and (found := _L2TP_SIDE.fullmatch(line)):
            session = session._replace(server=found[1] == b"LNS")
        elif session is not None and (found := _L2TP_INTERFACE.fullmatch(line)) and found[1] != _NO_NAME:
            session = session._replace(interface=text(found[1]))
    if session is not None:
        yield session


def _l2tp_session(line: bytes) -> PppSession | None:
    """Return the session of one line, None for the tunnel's own entry; raises ParseError."""
    found = _L2TP_SESSION.fullmatch(line)
    if found is None:
        raise ParseError("L2TP session of unknown form")
    tunnel_id, session_id, peer_session_id = (int(number, 16) for number in found.group(2, 3, 4))
    if session_id == peer_session_id == 0:
        return None
    local = address(bytes.fromhex(found[1].decode("ascii")))
    return PppSession(
        carrier="l2tp", local=None if local in _NO_ADDRESS else local, tunnel_id=tunnel_id, session_id=session_id
    )


def parse_raw(raw: bytes) -> Iterator[Socket]:
    """Yield the connected sockets of GRE in /proc/net/raw, whose local "port" is the protocol; raises ParseError."""
    for row in parse_table(raw.splitlines(), "gre"):
        if row.local_port == _GRE and row.remote:
            yield row._replace(local_port=0, remote_port=0)


_TABLES: tuple[tuple[str, Callable[[bytes], Iterator[PppSession | Socket]]], ...] = (
    (_PPPOE, parse_pppoe),
    (_L2TP, parse_l2tp),
    (_RAW, parse_raw),
)


def run(view: View) -> Iterator[Sighting]:
    """Yield every session of this namespace; a file that is not there means that its driver is not loaded."""
    for path, parse in _TABLES:
        try:
            yield from parse(view.host.read(path))
        except SourceAbsent:
            continue
        except SourceError as error:
            yield PROBE.blind(view, path, error)


PROBE = Probe(
    name="ppp",
    summary="PPP sessions over Ethernet (broadband) and over L2TP, and sockets that carry PPTP",
    reads=(_PPPOE, _L2TP, _RAW),
    needs=(),
    covers=("l2tp", "pptp"),
    run=run,
)
