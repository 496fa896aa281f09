"""L2TP tunnels and sessions of the kernel, from generic netlink (linux/l2tp.h, net/l2tp/l2tp_netlink.c).

`L2TP_CMD_SESSION_GET` answers with the cookies that keep strangers out of a session. They are walked
over, never copied, and the answer is overwritten with zeros before a row leaves this module. Nothing
is asked unless the family is there already, for asking would load the module.

Cannot see: tunnels where only the driver for PPP is loaded, not that for netlink (the ppp probe lists
their sessions, without far ends); L2TP that a program handles by itself; the present name of a session's
Ethernet device after a renaming (the kernel goes on naming the first), or its PPP device.
"""

from collections.abc import Iterator
from typing import NamedTuple

from auditor.errors import ParseError, SourceAbsent, SourceError
from auditor.model.rows import L2tpSession
from auditor.model.sightings import Sighting
from auditor.netlink.generic import GENERIC_HEADER_BYTES, dump_generic, family_id
from auditor.netlink.socket import Netlink
from auditor.netlink.wire import NETLINK_GENERIC, Message, address, attribute_list, text, u8, u16, u32
from auditor.probe import Probe, View

_FAMILY = "l2tp"
_SOURCE = "generic netlink l2tp: L2TP_CMD_TUNNEL_GET, L2TP_CMD_SESSION_GET"
_VERSION = 1
_TUNNEL_GET, _SESSION_GET = 4, 8
_PW_TYPE, _ENCAP_TYPE, _PROTO_VERSION, _IFNAME = 1, 2, 7, 8
_CONN_ID, _PEER_CONN_ID, _SESSION_ID, _PEER_SESSION_ID, _LNS_MODE = 9, 10, 11, 12, 20
_SADDR, _DADDR, _SPORT, _DPORT, _SADDR6, _DADDR6 = 24, 25, 26, 27, 31, 32
_TUNNEL_WANTED = frozenset(
    (_ENCAP_TYPE, _PROTO_VERSION, _CONN_ID, _PEER_CONN_ID, _SADDR, _DADDR, _SPORT, _DPORT, _SADDR6, _DADDR6)
)
_SESSION_WANTED = frozenset((_PW_TYPE, _IFNAME, _CONN_ID, _SESSION_ID, _PEER_SESSION_ID, _LNS_MODE))
_ENCAPSULATIONS = {0: "udp", 1: "ip"}
_PSEUDOWIRES = {4: "ethernet", 5: "ethernet", 7: "ppp", 8: "ppp"}
_NAME_BYTES = 16
_MAPPED = bytes(10) + b"\xff\xff"


class Session(NamedTuple):
    """One session and the number of the tunnel that it is in; `server`: the host is its LNS (PPP only)."""

    tunnel_id: int
    session_id: int
    peer_session_id: int
    pseudowire: str | None
    interface: str | None
    server: bool | None = None


def _wanted(message: Message, types: frozenset[int]) -> dict[int, memoryview]:
    """Return the attributes of `types` only, so that no name refers to a cookie; raises ParseError."""
    return {kind: value for kind, value in attribute_list(message.payload, GENERIC_HEADER_BYTES) if kind in types}


def _number(found: dict[int, memoryview], kind: int) -> int:
    """Return an identifier that every answer has; raises ParseError."""
    if kind not in found:
        raise ParseError("L2TP answer without an identifier")
    return u32(found[kind])


def parse_tunnel(message: Message) -> L2tpSession:
    """Return one tunnel as a row without session; raises ParseError."""
    found = _wanted(message, _TUNNEL_WANTED)
    return L2tpSession(
        tunnel_id=_number(found, _CONN_ID),
        peer_tunnel_id=_number(found, _PEER_CONN_ID),
        version=u8(found[_PROTO_VERSION]) if _PROTO_VERSION in found else None,
        encapsulation=_ENCAPSULATIONS.get(u16(found[_ENCAP_TYPE])) if _ENCAP_TYPE in found else None,
        local=_address(found, _SADDR, _SADDR6),
        local_port=u16(found[_SPORT]) or None if _SPORT in found else None,
        remote=_address(found, _DADDR, _DADDR6),
        remote_port=u16(found[_DPORT]) or None if _DPORT in found else None,
    )


def parse_session(message: Message) -> Session | None:
    """Return one session, None for the entry by which a daemon holds the tunnel itself; raises ParseError."""
    found = _wanted(message, _SESSION_WANTED)
    pseudowire = _PSEUDOWIRES.get(u16(found[_PW_TYPE])) if _PW_TYPE in found else None
    session = Session(
        tunnel_id=_number(found, _CONN_ID),
        session_id=_number(found, _SESSION_ID),
        peer_session_id=_number(found, _PEER_SESSION_ID),
        pseudowire=pseudowire,
        interface=_name(found[_IFNAME]) if _IFNAME in found else None,
        server=bool(u8(found[_LNS_MODE])) if pseudowire == "ppp" and _LNS_MODE in found else None,
    )
    return session if session.session_id or session.peer_session_id else None


def _address(found: dict[int, memoryview], four: int, six: int) -> str | None:
    """Return an address, None for none and for the unspecified one; raises ParseError.

    An IPv4 address mapped into IPv6 is the IPv4 address that it is.
    """
    value = bytes(found.get(six, found.get(four, b"")))
    value = value[12:] if len(value) == 16 and value.startswith(_MAPPED) else value
    return address(value) if any(value) else None


def _name(value: memoryview) -> str | None:
    """Return a device's name, None for an empty one; raises ParseError on one longer than IFNAMSIZ."""
    if len(value) > _NAME_BYTES:
        raise ParseError("name of a device too long")
    return text(value) or None


def rows(tunnels: list[L2tpSession], sessions: list[Session]) -> Iterator[L2tpSession]:
    """Yield each session with the ends of its tunnel, and each tunnel that has no session."""
    by_id = {tunnel.tunnel_id: tunnel for tunnel in tunnels}
    for session in sessions:
        # NOTE: a tunnel made or removed between the two answers leaves its sessions without ends
        tunnel = by_id.get(session.tunnel_id, L2tpSession(tunnel_id=session.tunnel_id))
        yield tunnel._replace(
            session_id=session.session_id,
            peer_session_id=session.peer_session_id,
            pseudowire=session.pseudowire,
            interface=session.interface,
            server=session.server,
        )
    occupied = {session.tunnel_id for session in sessions}
    yield from (tunnel for tunnel in tunnels if tunnel.tunnel_id not in occupied)


def run(view: View) -> Iterator[Sighting]:
    """Yield every session and every tunnel without one; nothing when the kernel has no L2TP."""
    try:
        with view.host.netlink(NETLINK_GENERIC) as netlink:
            yield from _read(netlink, family_id(netlink, _FAMILY))
    except SourceAbsent:
        return
    except SourceError as error:
        yield PROBE.blind(view, _SOURCE, error)


def _read(netlink: Netlink, family: int) -> list[L2tpSession]:
    """Return the rows of this namespace; the answer with the cookies is zeros afterwards. Raises SourceError."""
    with dump_generic(netlink, family, _SESSION_GET, _VERSION) as dump:
        sessions = [session for message in dump.messages() if (session := parse_session(message))]
    with dump_generic(netlink, family, _TUNNEL_GET, _VERSION) as dump:
        tunnels = [parse_tunnel(message) for message in dump.messages()]
    return list(rows(tunnels, sessions))


PROBE = Probe(
    name="l2tp",
    summary="L2TP tunnels and sessions of the kernel, with their outer addresses and devices",
    reads=(_SOURCE,),
    needs=("CAP_NET_ADMIN",),
    covers=("l2tp",),
    run=run,
)
