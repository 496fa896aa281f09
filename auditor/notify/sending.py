"""Sending a syslog message: over a local socket, UDP (RFC 5426) or TCP with octet counting (RFC 6587, 3.4.1)."""

import socket
from typing import Any

from auditor.formats.syslog import Target


def send(message: bytes, to: Target, limit_s: float) -> None:
    """Send one message; raises OSError. Over UDP nobody says whether it came."""
    if to.how == "tcp":
        with socket.create_connection((to.host, to.port), timeout=limit_s) as stream:
            stream.sendall(b"%d " % len(message) + message)
            stream.shutdown(socket.SHUT_WR)
        return
    address: str | tuple[Any, ...] = to.host
    family = socket.AF_UNIX
    if to.how != "unix":
        family, _, _, _, address = socket.getaddrinfo(to.host, to.port, type=socket.SOCK_DGRAM)[0]
    with socket.socket(family, socket.SOCK_DGRAM) as datagram:
        datagram.settimeout(limit_s)
        datagram.connect(address)
        datagram.send(message)
