"""Which connections of a daemon lead to the far ends of a tunnel, and which of its ends are this host itself."""

from collections.abc import Collection
from ipaddress import ip_network

from auditor.model.address import is_address, parse
from auditor.model.rows import DaemonInstance, NamedEnd, Socket

_DNS = 53
_PERSON_BITS = {4: 32, 6: 64}  # the longest prefix that one person is given (RFC 6177 gives a network a /64 at least)


def leading(instance: DaemonInstance | None, sockets: list[Socket]) -> list[Socket]:
    """Return `sockets` without the connections that are known to lead elsewhere than to a far end.

    A daemon that knows all its far ends keeps other connections for other ends: to a service that lends it
    a name, to statistics, or for another of its devices. All ask resolvers, unless that is where they tunnel.
    """
    if instance is None:
        return sockets
    return [row for row in sockets if not row.remote or _leads(instance, row)]


def _leads(instance: DaemonInstance, row: Socket) -> bool:
    """Return whether connected socket `row` may lead to a far end of `instance`."""
    if any(is_named(row, end) for end in instance.remotes):
        return True
    return not (instance.complete or (instance.remotes and row.protocol == "udp" and row.remote_port == _DNS))


def is_named(row: Socket, end: NamedEnd) -> bool:
    """Return whether a connection can be the one to `end`: same port, transport and, unless it is a name, address."""
    same = end.port in (None, row.remote_port) and end.transport == row.protocol
    return same and (not is_address(end.host) or row.remote == str(parse(end.host)))


def elsewhere(instance: DaemonInstance | None, own: Collection[str]) -> DaemonInstance | None:
    """Return `instance` without the remotes that are this host: nodes of one mesh often share one list of all of them.

    `own` are the host's addresses, outside and inside the tunnel.
    """
    if instance is None:
        return None
    return instance._replace(
        remotes=tuple(end for end in instance.remotes if end.host not in own and end.inside not in own)
    )


def holds_networks(prefixes: Collection[str] | None) -> bool:
    """Return whether more is behind a device than one person: a network is routed into it."""
    networks = (ip_network(prefix, strict=False) for prefix in prefixes or ())
    return any(network.prefixlen < _PERSON_BITS[network.version] for network in networks)
