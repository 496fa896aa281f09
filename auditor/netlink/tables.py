"""Requests for the whole of each rtnetlink table that probes read (linux/rtnetlink.h, linux/if_link.h)."""

import struct

from auditor.netlink import wire

AF_UNSPEC = 0
AF_INET = 2
AF_BRIDGE = 7
AF_INET6 = 10

# Each start or stop of a container changes the tables of devices and addresses. With devices made and
# removed all the time, half of the dumps are interrupted; four attempts in a row then fail in 1 of 20 scans.
ATTEMPTS_AMONG_CONTAINERS = 10

_IFLA_EXT_MASK = 29
_RTEXT_FILTER_SKIP_STATS = 1 << 3
_RTA_DST = 1
_RTA_MARK = 16
_RTM_F_LOOKUP_TABLE = 0x1000
_LINK = struct.Struct("=BxHiII")
_ADDRESS = struct.Struct("=BBBBI")
_NEIGHBOUR = struct.Struct("=BxxxiHBB")
_ROUTE = struct.Struct("=BBBBBBBBI")
_NEXTHOP = struct.Struct("=BBBBI")

Request = tuple[int, bytes]


def links() -> Request:
    """Return the request for all devices, without their counters."""
    mask = wire.pack_attribute(_IFLA_EXT_MASK, struct.pack("=I", _RTEXT_FILTER_SKIP_STATS))
    return wire.RTM_GETLINK, _LINK.pack(AF_UNSPEC, 0, 0, 0, 0) + mask


def addresses() -> Request:
    """Return the request for all addresses of both families."""
    return wire.RTM_GETADDR, _ADDRESS.pack(AF_UNSPEC, 0, 0, 0, 0)


def forwarding() -> Request:
    """Return the request for the forwarding tables of all bridges and VXLAN devices."""
    return wire.RTM_GETNEIGH, _NEIGHBOUR.pack(AF_BRIDGE, 0, 0, 0, 0)


def neighbours(family: int) -> Request:
    """Return the request for the neighbour tables of `family`."""
    return wire.RTM_GETNEIGH, _NEIGHBOUR.pack(family, 0, 0, 0, 0)


def nexthops() -> Request:
    """Return the request for all nexthop objects."""
    return wire.RTM_GETNEXTHOP, _NEXTHOP.pack(AF_UNSPEC, 0, 0, 0, 0)


def routes(family: int, attributes: bytes = b"") -> Request:
    """Return the request for the routes of `family` in all tables; `attributes` are the kernel's filters."""
    return wire.RTM_GETROUTE, _ROUTE.pack(family, 0, 0, 0, 0, 0, 0, 0, 0) + attributes


def look_up(destination: bytes, mark: int | None = None) -> Request:
    """Return the request for the route that a packet to the address `destination` (4 or 16 bytes) takes now.

    `mark` is the firewall mark that the packet carries, None for one without.
    RTM_F_LOOKUP_TABLE asks for the table that decided; for IPv6 the kernel always tells and takes no flag.
    """
    attribute = wire.pack_attribute(_RTA_DST, destination)
    if mark is not None:
        attribute += wire.pack_attribute(_RTA_MARK, struct.pack("=I", mark))
    bits = 8 * len(destination)
    if len(destination) == 4:
        return wire.RTM_GETROUTE, _ROUTE.pack(AF_INET, bits, 0, 0, 0, 0, 0, 0, _RTM_F_LOOKUP_TABLE) + attribute
    return wire.RTM_GETROUTE, _ROUTE.pack(AF_INET6, bits, 0, 0, 0, 0, 0, 0, 0) + attribute


def rules(family: int) -> Request:
    """Return the request for the policy-routing rules of `family`."""
    return wire.RTM_GETRULE, _ROUTE.pack(family, 0, 0, 0, 0, 0, 0, 0, 0)


TABLES: dict[str, Request] = {
    "links": links(),
    "addresses": addresses(),
    "forwarding": forwarding(),
    "nexthops": nexthops(),
    "routes4": routes(AF_INET),
    "routes6": routes(AF_INET6),
    "rules4": rules(AF_INET),
    "rules6": rules(AF_INET6),
}
