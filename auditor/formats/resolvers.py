"""Who knows names: resolvers that a configuration or resolv.conf(5) names, and hosts(5); pure."""

from ipaddress import ip_address
from typing import NamedTuple

from auditor.model.address import host_name

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


def of_hosts_file(text: str) -> dict[str, tuple[str, ...]]:
    """Return the addresses of each name in a hosts(5), in their order; lines that are none are left out."""
    found: dict[str, dict[str, None]] = {}
    for line in text.splitlines():
        words = line.partition("#")[0].split()
        try:
            address = str(ip_address(words[0]))
        except (IndexError, ValueError):
            continue
        for name in words[1:]:
            found.setdefault(host_name(name), {})[address] = None
    return {name: tuple(addresses) for name, addresses in found.items()}
