"""socat(1): a row for an invocation that passes what arrives here on to another host, by its two addresses."""

from collections.abc import Iterator

from auditor.daemons.files import ProcessFiles
from auditor.formats import hosts
from auditor.model.rows import DaemonInstance, NamedEnd, Process

_VALUES = ("-b", "-t", "-T", "-lp", "-lf", "-ly", "-lm", "-L", "-W", "-r", "-R", "-S")
_LISTEN = {
    "TCP-LISTEN": "tcp", "TCP-L": "tcp", "TCP4-LISTEN": "tcp", "TCP6-LISTEN": "tcp", "OPENSSL-LISTEN": "tcp",
    "SSL-L": "tcp", "UDP-LISTEN": "udp", "UDP-L": "udp", "UDP4-LISTEN": "udp", "UDP6-LISTEN": "udp",
    "UDP-RECVFROM": "udp", "UDP4-RECVFROM": "udp", "UDP6-RECVFROM": "udp", "OPENSSL-DTLS-SERVER": "udp",
}  # fmt: skip
_CONNECT = {
    "TCP": "tcp", "TCP-CONNECT": "tcp", "TCP4": "tcp", "TCP4-CONNECT": "tcp", "TCP6": "tcp", "TCP6-CONNECT": "tcp",
    "OPENSSL": "tcp", "OPENSSL-CONNECT": "tcp", "SSL": "tcp", "UDP": "udp", "UDP-CONNECT": "udp", "UDP4": "udp",
    "UDP4-CONNECT": "udp", "UDP6": "udp", "UDP6-CONNECT": "udp", "UDP-SENDTO": "udp", "UDP4-SENDTO": "udp",
    "UDP6-SENDTO": "udp", "UDP-DATAGRAM": "udp", "UDP4-DATAGRAM": "udp", "UDP6-DATAGRAM": "udp",
    "OPENSSL-DTLS-CLIENT": "udp",
}  # fmt: skip
_THROUGH = ("SOCKS4", "SOCKS4A", "SOCKS5", "PROXY", "PROXY-CONNECT")  # the proxy's host comes first
_INPUTS = (*_LISTEN, "TUN", "INTERFACE", "UNIX-LISTEN", "UNIX-L")


def read(process: Process, files: ProcessFiles) -> Iterator[DaemonInstance]:
    """Yield a row if `process` relays to another host; raises SourceError."""
    addresses = _addresses(files.arguments())
    if len(addresses) != 2:
        return
    kinds = [address.partition(":")[0].upper() for address in addresses]
    for here, there in ((0, 1), (1, 0)):
        far = _far_end(kinds[there], addresses[there])
        near = _far_end(kinds[here], addresses[here])
        if far is None or hosts.is_near(far.host) or (kinds[here] not in _INPUTS and near is None):
            continue
        bind, port = _listener(addresses[here]) if kinds[here] in _LISTEN else (None, None)
        yield DaemonInstance(
            pid=process.pid,
            technology="socat",
            role="client",
            local=bind,
            local_port=port,
            remotes=(far,),
            device=None,
            clients=None,
            source="command line",
            transport=far.transport,
        )
        return


def _addresses(arguments: list[str]) -> list[str]:
    """Return the two addresses, without the options before them."""
    left = list(arguments)
    while left and left[0].startswith("-") and left[0] not in ("-", "--"):
        option = left.pop(0)
        if option in _VALUES and left:
            left.pop(0)
    return left


def _far_end(kind: str, address: str) -> NamedEnd | None:
    """Return the host that an address connects to, None for one that connects to none."""
    if kind not in _CONNECT and kind not in _THROUGH:
        return None
    rest = address.partition(":")[2].partition(",")[0]
    if kind in _THROUGH:
        return NamedEnd(host, None, "tcp") if (host := hosts.host(rest.partition(":")[0])) else None
    host, port = hosts.split(rest)
    return NamedEnd(host, port, _CONNECT[kind]) if host else None


def _listener(address: str) -> tuple[str | None, int | None]:
    """Return the address that a listener binds (option bind=), and its port."""
    rest, _, options = address.partition(":")[2].partition(",")
    bind = next((o.partition("=")[2] for o in options.split(",") if o.startswith("bind=")), "")
    return hosts.address(bind), hosts.port(rest)
