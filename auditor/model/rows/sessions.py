"""Rows of sessions that the kernel lists: PPP and L2TP."""

from typing import NamedTuple


class PppSession(NamedTuple):
    """One PPP session the kernel lists: `carrier` is "pppoe" or "l2tp"; `device` its Ethernet device.

    `interface` is its PPP device, which the kernel names for L2TP only, as it does the identifiers of
    tunnel and session, and whether the host is the `server` of the session (LNS).
    """

    carrier: str
    device: str | None = None
    local: str | None = None
    remote: str | None = None
    interface: str | None = None
    tunnel_id: int | None = None
    session_id: int | None = None
    server: bool | None = None


class L2tpSession(NamedTuple):
    """One L2TP session with its tunnel's outer ends; `session_id` None: a tunnel without a session.

    `encapsulation` is "udp" or "ip" (protocol 115), `pseudowire` "ppp" or "ethernet" (None: another).
    `interface` is the name that the session's Ethernet device was made with. `server`: the host is the LNS
    of a PPP session, so the far end dialled in (None: not told). Identifiers are those of
    RFC 2661 (version 2) and RFC 3931 (version 3); cookies are dropped.
    """

    tunnel_id: int
    session_id: int | None = None
    peer_tunnel_id: int | None = None
    peer_session_id: int | None = None
    version: int | None = None
    encapsulation: str | None = None
    local: str | None = None
    local_port: int | None = None
    remote: str | None = None
    remote_port: int | None = None
    pseudowire: str | None = None
    interface: str | None = None
    server: bool | None = None
