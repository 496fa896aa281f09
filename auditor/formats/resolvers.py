"""Who is asked: the resolvers that the configuration names, else those of the host; pure."""

from ipaddress import ip_address
from typing import NamedTuple

_PORT = 53
_MOST = 3  # resolv.conf(5): MAXNS


class Resolver(NamedTuple):
    """A name server's address and port."""

    address: str
    port: int

    def __str__(self) -> str:
        """Return it as people write it, the port only where it is another than 53."""
        if self.port == _PORT:
            return self.address
        return f"[{self.address}]:{self.port}" if ":" in self.address else f"{self.address}:{self.port}"


def resolver(text: str) -> Resolver:
    """Return "ADDRESS", "ADDRESS:PORT" or "[IPv6]:PORT" as a resolver; raises ValueError for anything else."""
    host, port = text, str(_PORT)
    if text.startswith("["):
        host, bracket, rest = text[1:].partition("]")
        if not bracket or (rest and not rest.startswith(":")):
            raise ValueError("not an address in brackets")
        port = rest[1:] if rest else port
    elif text.count(":") == 1:
        host, _, port = text.partition(":")
    address = ip_address(host)
    if not (port.isascii() and port.isdigit() and len(port) <= 5 and 0 < int(port) < 65536):
        raise ValueError("not a port")
    if address.is_multicast or address.is_unspecified:
        raise ValueError("not the address of one host")
    return Resolver(str(address), int(port))


def of_resolv_conf(text: str) -> tuple[Resolver, ...]:
    """Return the name servers of a resolv.conf(5), the first three as the C library; what is none is left out."""
    found = []
    for line in text.splitlines():
        words = line.split()
        if len(words) > 1 and words[0] == "nameserver":
            try:
                found.append(Resolver(str(ip_address(words[1])), _PORT))
            except ValueError:
                continue
    return tuple(dict.fromkeys(found))[:_MOST]
