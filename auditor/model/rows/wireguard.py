"""Rows of WireGuard interfaces and their peers."""

from typing import NamedTuple


class WireGuardPeer(NamedTuple):
    """One peer without its keys; `public_key` is base64. `handshake_at_s` is Unix time, None: never."""

    public_key: str
    endpoint: str | None = None
    endpoint_port: int | None = None
    handshake_at_s: int | None = None
    allowed_ips: tuple[str, ...] = ()
    keepalive_s: int | None = None


class WireGuardDevice(NamedTuple):
    """A WireGuard interface. `door` is "netlink" (kernel) or "uapi" (user space).

    `fwmark` is the firewall mark on its outer packets, None when they carry none.
    """

    interface: str
    public_key: str | None
    listen_port: int | None
    peers: tuple[WireGuardPeer, ...]
    door: str
    pid: int | None = None
    fwmark: int | None = None
