"""socat(1): a row for an invocation that passes what arrives here on to another host, by its two addresses."""

from collections.abc import Iterator

from auditor.daemons.documents import proxy
from auditor.daemons.files import ProcessFiles
from auditor.formats import hosts
from auditor.model.rows import DaemonInstance, NamedEnd, Process

_VALUES = ("-b", "-t", "-T", "-lp", "-lf", "-ly", "-lm", "-L", "-W", "-r", "-R", "-S")
# Keywords of xioopen.c 1.7.4, in capitals; each of TCP, UDP and SCTP also bound to one family.
_FAMILIES = {f"{name}{family}": name.lower() for name in ("TCP", "UDP", "SCTP") for family in ("", "4", "6")}
_LISTEN = {
    **{f"{name}-{way}": transport for name, transport in _FAMILIES.items() for way in ("LISTEN", "L")},
    **{f"UDP{family}-{way}": "udp" for family in ("", "4", "6") for way in ("RECVFROM", "RECV")},
    **dict.fromkeys(("OPENSSL-LISTEN", "SSL-L"), "tcp"),
    **dict.fromkeys(("OPENSSL-DTLS-SERVER", "OPENSSL-DTLS-LISTEN", "DTLS-L"), "udp"),
}
_CONNECT = {
    **_FAMILIES,
    **{f"{name}-CONNECT": transport for name, transport in _FAMILIES.items()},
    **{f"UDP{f}-{way}": "udp" for f in ("", "4", "6") for way in ("SENDTO", "SEND", "DATAGRAM", "DGRAM")},
    **dict.fromkeys(("OPENSSL", "OPENSSL-CONNECT", "SSL"), "tcp"),
    **dict.fromkeys(("OPENSSL-DTLS-CLIENT", "OPENSSL-DTLS-CONNECT", "DTLS", "DTLS-C"), "udp"),
}
_THROUGH = ("SOCKS", "SOCKS4", "SOCKS4A", "SOCKS5", "PROXY", "PROXY-CONNECT")  # the proxy's host comes first
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
        yield proxy(process, "socat", (far,), source="command line", local=bind, local_port=port)
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
    rest, _, options = address.partition(":")[2].partition(",")
    if kind in _THROUGH:
        host = hosts.host(rest[1:].partition("]")[0] if rest.startswith("[") else rest.partition(":")[0])
        return NamedEnd(host, _proxy_port(kind, options), "tcp") if host else None
    host, port = hosts.split(rest)
    return NamedEnd(host, port, _CONNECT[kind]) if host else None


def _listener(address: str) -> tuple[str | None, int | None]:
    """Return the address that a listener binds (option bind=), and its port."""
    rest, _, options = address.partition(":")[2].partition(",")
    bind = next((o.partition("=")[2] for o in options.split(",") if o.startswith("bind=")), "")
    return hosts.address(bind), hosts.port(rest)


def _proxy_port(kind: str, options: str) -> int | None:
    """Return the port of the proxy: option proxyport= or socksport=, else 8080 or 1080; None for a service's name."""
    name, usual = ("proxyport=", "8080") if kind.startswith("PROXY") else ("socksport=", "1080")
    return hosts.port(next((o.partition("=")[2] for o in options.split(",") if o.startswith(name)), usual))
