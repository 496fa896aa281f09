"""Which packets each IPsec connection takes: by its policies and traffic selectors, down to protocol and port.

A connection that takes nothing but packets between its own two outer addresses (transport mode, or tunnel mode
from host to host) is bare: if those packets are another tunnel's, it is a layer of that one.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from ipaddress import ip_network
from typing import NamedTuple

from auditor.model.address import parse
from auditor.model.rows import IkeSa, XfrmPolicy, XfrmState
from auditor.model.tunnel import Endpoint, Selector, Shield, Tunnel

_HOST = {4: 32, 6: 128}
_UDP, _TCP = 17, 6
# IP protocol numbers (IANA) of a tunnel's outer packets, by the transport of its ends; ip6tnl carries either IP.
_NUMBERS = {"udp": {_UDP}, "tcp": {_TCP}, "gre": {47}, "ipip": {4, 41}, "sit": {41, 4, 137}, "l2tp": {115}, "esp": {50}}


class Flow(NamedTuple):
    """A tunnel's outer packets to one far end; what is None is not known."""

    local: str | None
    remote: str
    transport: str | None
    local_port: int | None
    remote_port: int | None

    @classmethod
    def of(cls, local: str | None, near: Endpoint, far: Endpoint) -> "Flow":
        """Return the flow from `local` between the ends `near` and `far`, which has an address."""
        return cls(local, far.address or "", far.transport, near.port, far.port)


def takes(selector: Selector, flow: Flow) -> bool:
    """Return whether `flow` is of the protocol of `selector` and its ports, and comes from within its source."""
    numbers = _NUMBERS.get(flow.transport or "")
    if selector.protocol is not None and numbers is not None and selector.protocol not in numbers:
        return False
    ports = ((selector.source_port, flow.local_port), (selector.destination_port, flow.remote_port))
    if any(wanted is not None and port is not None and wanted != port for wanted, port in ports):
        return False
    return flow.local is None or selector.source is None or _within(flow.local, selector.source)


def _within(address: str, prefix: str) -> bool:
    """Return whether `address` is in `prefix`."""
    host, network = parse(address), ip_network(prefix, strict=False)
    return host.version == network.version and host in network


def host(prefix: str) -> str | None:
    """Return the address that `prefix` consists of, None if it holds more than one."""
    address, _, length = prefix.rpartition("/")
    return address if length == str(_HOST[parse(address).version]) else None


def host_ends(policy: XfrmPolicy) -> tuple[str, str] | None:
    """Return local and remote end of a transport-mode policy between two hosts, None for another or a forward one."""
    source, destination = host(policy.source), host(policy.destination)
    if source is None or destination is None or policy.direction == "fwd" or parse(destination).is_multicast:
        return None
    return (source, destination) if policy.direction == "out" else (destination, source)


def is_trap(policy: XfrmPolicy) -> bool:
    """Return whether `policy` holds packets to a network until IPsec is negotiated, with whom it does not say.

    That is how libreswan 4.10 installs a connection that is up on demand; seen on Linux 6.1.
    """
    unnamed = all(one.mode == "transport" and one.destination is None for one in policy.templates)
    return policy.direction == "out" and unnamed and host_ends(policy) is None


def shield(
    ends: tuple[str | None, str | None],
    rules: tuple[Iterable[XfrmPolicy], Iterable[XfrmPolicy]],
    states: Iterable[XfrmState],
    ike: Iterable[IkeSa],
) -> Shield:
    """Return what a connection between `ends` takes; `rules` are its policies of tunnel and of transport mode."""
    policies, guards, states = tuple(rules[0]), tuple(rules[1]), tuple(states)
    children = [child for sa in ike for child in sa.children]
    # NOTE: a policy of an IPsec interface, or for marked packets, does not take a tunnel's own packets
    every = (*policies, *guards)
    out = [row for row in every if row.direction == "out" and row.if_id is None and not row.marked]
    selectors = [
        Selector(row.source, row.destination, row.protocol, row.source_port, row.destination_port) for row in out
    ]
    if not (policies or guards):
        selectors += [
            Selector(near, far)
            for child in children
            for near in child.local_prefixes or (None,)
            for far in child.remote_prefixes
        ]
    modes = {row.mode for row in states} | {child.mode.lower() for child in children}
    modes |= {"transport" for _ in guards} | {"tunnel" for _ in policies}
    between = bool(selectors) and all(
        (host(one.source or "0.0.0.0/0"), host(one.destination or "0.0.0.0/0")) == ends for one in selectors
    )
    bare = None not in ends and bool(modes) and (between or (modes == {"transport"} and not selectors))
    if bare and not selectors:
        selectors = [Selector(None, f"{ends[1]}/{_HOST[parse(ends[1] or '').version]}")]
    return Shield(selectors=tuple(selectors), bare=bare, installed=bool(policies or guards))


@dataclass(slots=True)
class Shields:
    """The IPsec connections without a device of all namespaces, to be asked which of them takes a flow."""

    _by_destination: dict[tuple[int, int, int, int], list[tuple[Selector, str]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    _lengths: dict[tuple[int, int], set[int]] = field(default_factory=lambda: defaultdict(set))

    def __bool__(self) -> bool:
        """Return whether any connection takes anything."""
        return bool(self._by_destination)

    def add(self, tunnel: Tunnel) -> None:
        """File what `tunnel` takes, which is nothing unless it is IPsec without a device."""
        for selector in tunnel.shield.selectors if tunnel.shield else ():
            network = ip_network(selector.destination or "0.0.0.0/0", strict=False)
            inode, version, length = tunnel.scope.inode, network.version, network.prefixlen
            self._lengths[inode, version].add(length)
            key = (inode, version, length, int(network.network_address) >> (_HOST[version] - length))
            self._by_destination[key].append((selector, tunnel.id))

    def taking(self, inode: int, flow: Flow) -> str | None:
        """Return the id of the connection of namespace `inode` that takes `flow`: of those, the most exact one."""
        address = parse(flow.remote)
        bits = _HOST[address.version]
        for length in sorted(self._lengths.get((inode, address.version), ()), reverse=True):
            key = (inode, address.version, length, int(address) >> (bits - length))
            for selector, tunnel_id in self._by_destination.get(key, ()):
                if takes(selector, flow):
                    return tunnel_id
        return None
