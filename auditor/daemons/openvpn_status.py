"""The sites among the clients of an OpenVPN server, by its status file (openvpn(8), --status and --iroute); pure.

A client is a site where the server routes a network to it; of every other client, who is a person with a
device, nothing leaves here, and of a site only the address it calls from.
"""

import re
from collections.abc import Iterable, Iterator
from ipaddress import ip_address, ip_network

from auditor.formats.hosts import far_end
from auditor.model.rows import NamedEnd
from auditor.netlink.wire import text

_HEAD, _ROW = b"Virtual Address,Common Name,Real Address", re.compile(rb"ROUTING_TABLE[,\t]")
_REAL = re.compile(r"(?:(?:udp|tcp)[46]?(?:-server|-client)?:)?(.+?)$")


def parse_sites(lines: Iterable[bytes], transport: str | None) -> tuple[NamedEnd, ...]:
    """Return the far ends that networks are routed to, each once; `transport` is the server's."""
    found = dict.fromkeys(site for virtual, real in _routes(lines) if (site := _site(virtual, real, transport)))
    return tuple(found)


def _routes(lines: Iterable[bytes]) -> Iterator[tuple[str, str]]:
    """Yield inner address and outer address of every line of the routing table, of each version of the file."""
    within = False
    for line in lines:
        line = line.strip()
        if line.startswith(_HEAD):
            within = True
            continue
        within = within and not line.startswith(b"GLOBAL STATS")
        if match := _ROW.match(line):
            fields = line[match.end() :].split(line[match.end() - 1 : match.end()])
        elif within:
            fields = line.split(b",")
        else:
            continue
        if len(fields) > 2:
            yield text(fields[0]), text(fields[2])


def _site(virtual: str, real: str, transport: str | None) -> NamedEnd | None:
    """Return the far end at `real` if `virtual` is a network of more than one address, else None."""
    try:
        if "/" not in virtual or ip_network(virtual.rstrip("C"), strict=False).num_addresses == 1:
            return None
    except ValueError:
        return None
    match = _REAL.match(real)
    host, port = match[1] if match else real, ""
    if host.startswith("["):
        host, _, port = host[1:].rpartition("]")
    elif host.count(":") == 1:
        host, _, port = host.partition(":")
    return far_end(_unmapped(host), port.removeprefix(":"), transport)


def _unmapped(host: str) -> str:
    """Return an IPv4 address that is written as IPv6 (RFC 4291, 2.5.5.2) as what it is, all else as it is."""
    try:
        mapped = getattr(ip_address(host), "ipv4_mapped", None)
    except ValueError:
        return ""
    return str(mapped) if mapped else host
