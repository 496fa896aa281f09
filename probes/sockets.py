"""TCP and UDP sockets of one network namespace: from the kernel's dump (sock_diag(7)), else from /proc/net.

The dump is asked for only where the kernel can answer without loading a module for it: an audit changes
nothing. Sockets without an owner (TIME_WAIT, SYN_RECV, orphans) are left out.

Cannot see: raw, packet and SCTP sockets; who holds a socket (the processes probe); the far end of an
unconnected UDP socket.
"""

from collections.abc import Iterator

from auditor import technologies
from auditor.errors import SourceAbsent, SourceError
from auditor.host import Host
from auditor.model.rows import Socket
from auditor.model.sightings import Sighting
from auditor.modules import present
from auditor.netlink import inet_diag
from auditor.netlink.wire import NETLINK_SOCK_DIAG
from auditor.probe import Probe, View

_TABLES = "/proc/thread-self/net"
_TABLE_LIMIT_BYTES = 256 << 20


def run(view: View) -> Iterator[Sighting]:
    """Yield every TCP and UDP socket of the namespace that has an owner."""
    askable = answerable(view.host)
    for protocol in inet_diag.PROTOCOLS:
        for version in inet_diag.FAMILIES:
            try:
                yield from (
                    _dump(view.host, version, protocol) if protocol in askable else _table(view.host, version, protocol)
                )
            except SourceError:
                yield from _second_way(view, version, protocol)


def _second_way(view: View, version: int, protocol: str) -> Iterator[Sighting]:
    """Yield the sockets by /proc/net, or the gap if that does not work either."""
    try:
        yield from _table(view.host, version, protocol)
    except SourceError as error:
        if version == 6 and isinstance(error, SourceAbsent) and not _speaks_ipv6(view.host):
            return
        yield PROBE.blind(view, f"{protocol.upper()} sockets over IPv{version}", error)


def _dump(host: Host, version: int, protocol: str) -> list[Socket]:
    """Return the sockets by netlink; raises SourceError."""
    with host.netlink(NETLINK_SOCK_DIAG) as netlink:
        dump = netlink.dump(inet_diag.SOCK_DIAG_BY_FAMILY, inet_diag.request(version, protocol))
        return list(inet_diag.parse(dump.chunks, protocol))


def _table(host: Host, version: int, protocol: str) -> list[Socket]:
    """Return the sockets by /proc/net; raises SourceError.

    The file is not one snapshot: a socket can show twice when others come and go meanwhile.
    """
    name = f"{_TABLES}/{protocol}{'6' if version == 6 else ''}"
    rows = inet_diag.parse_table(host.lines(name, limit_bytes=_TABLE_LIMIT_BYTES), protocol)
    return list({row.inode: row for row in rows}.values())


def _speaks_ipv6(host: Host) -> bool:
    """Return whether the kernel has IPv6 at all; in doubt it has."""
    try:
        host.inode(f"{_TABLES}/if_inet6")
    except SourceAbsent:
        return False
    except SourceError:
        pass
    return True


def answerable(host: Host) -> frozenset[str]:
    """Return the protocols whose sockets the kernel can dump as it is, without loading a module; none in doubt."""
    modules = {f"{protocol}_diag": protocol for protocol in inet_diag.PROTOCOLS}
    return frozenset(modules[name] for name in present(host, frozenset(modules)).there)


PROBE = Probe(
    name="sockets",
    summary="TCP and UDP sockets with their ends",
    reads=("NETLINK_SOCK_DIAG", "/proc/net/tcp", "/proc/net/tcp6", "/proc/net/udp", "/proc/net/udp6"),
    needs=(),
    covers=technologies.load().carried,
    run=run,
)
