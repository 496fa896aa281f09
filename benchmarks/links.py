"""Devices and addresses of a large gateway: the probes against ip(8) with a JSON parser, and against pyroute2.

    python benchmarks/links.py [--interfaces N] [--rounds N]

Needs root. Works in a network namespace of its own, which it removes.
"""

import argparse
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

if not __package__:
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import orjson
from pyroute2 import IPRoute

from auditor.host import Host
from auditor.model.rows import InterfaceAddress, Link
from auditor.model.sightings import Scope
from auditor.netlink import tables, wire
from auditor.netlink.socket import Netlink
from auditor.probe import View
from benchmarks import harness
from probes import addresses, links

OURS = "auditor: links + addresses"
IP_JSON = "ip -d -j link, ip -j addr, json"
IP_ORJSON = "ip -d -j link, ip -j addr, orjson"
PYROUTE2 = "pyroute2 get_links, get_addr"
DUMP = "limit: both dumps, not decoded"
REQUIREMENTS = [
    harness.Requirement(candidate=OURS, reference=IP_JSON, limit=0.5),
    harness.Requirement(candidate=OURS, reference=IP_ORJSON, limit=0.5),
    harness.Requirement(candidate=OURS, reference=PYROUTE2, limit=0.1),
]


def populate(interfaces: int) -> None:
    """Make `interfaces` VXLAN devices, each with a far end and an address, in the current namespace."""
    commands = [
        "link add underlay0 type veth peer name underlay1",
        "addr add 10.0.0.1/16 dev underlay0",
        "link set underlay0 up",
        "link set underlay1 up",
    ]
    for number in range(interfaces):
        high, low = number >> 8 & 255, number & 255
        commands += [
            f"link add vx{number} type vxlan id {number + 1} dev underlay0"
            f" local 10.0.0.1 remote 10.0.{high}.{low} dstport 4789",
            f"addr add 172.{16 + (number >> 16)}.{high}.{low}/32 dev vx{number}",
        ]
    harness.ip_batch(commands)


def ours() -> tuple[list[Link], list[InterfaceAddress]]:
    """Return what the probes yield; nothing is kept from one call to the next."""
    view = View(host=Host(), scope=Scope(name=None, inode=0, door=""))
    found = [*links.run(view), *addresses.run(view)]
    return [row for row in found if isinstance(row, Link)], [row for row in found if isinstance(row, InterfaceAddress)]


def by_ip(parse: Callable[[bytes], object]) -> tuple[object, object]:
    """Return what ip(8) prints, parsed."""
    return parse(harness.output("ip", "-d", "-j", "link")), parse(harness.output("ip", "-j", "addr"))


def by_pyroute2() -> tuple[list[object], list[object]]:
    """Return what pyroute2 reads; its socket is opened each time, as each of the others does."""
    with IPRoute() as route:
        return list(route.get_links()), list(route.get_addr())


def dump() -> int:
    """Return the number of bytes in both dumps."""
    with Netlink(wire.NETLINK_ROUTE) as netlink:
        dumps = [netlink.dump(*request) for request in (tables.links(), tables.addresses())]
    return sum(len(chunk) for dump in dumps for chunk in dump.chunks)


def check(interfaces: int) -> None:
    """Raise AssertionError unless all candidates find the same devices and far ends."""
    found, owned = ours()
    by_json = json.loads(harness.output("ip", "-d", "-j", "link"))
    far_ends = {link.name: link.outer.remote for link in found if link.kind == "vxlan" and link.outer}
    assert len(far_ends) == interfaces
    assert far_ends == {
        link["ifname"]: link["linkinfo"]["info_data"]["remote"]
        for link in by_json
        if link.get("linkinfo", {}).get("info_kind") == "vxlan"
    }
    their_links, their_addresses = by_pyroute2()
    assert len(found) == len(their_links)
    assert len(owned) == len(their_addresses) > interfaces


def main(arguments: list[str] | None = None) -> int:
    """Run the comparison and print it; return 0 if every requirement is met, else 1."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--interfaces", type=int, default=5000, help="VXLAN devices to make (default: 5000)")
    parser.add_argument("--rounds", type=int, default=7, help="rounds (default: 7)")
    options = parser.parse_args(arguments)
    with harness.network_namespace(f"auditor-bench-{os.getpid()}"):
        populate(options.interfaces)
        check(options.interfaces)
        timings = harness.interleave(
            {
                OURS: ours,
                DUMP: dump,
                IP_JSON: lambda: by_ip(json.loads),
                IP_ORJSON: lambda: by_ip(orjson.loads),
                PYROUTE2: by_pyroute2,
            },
            rounds=options.rounds,
        )
    lines, met = harness.verdicts(timings, REQUIREMENTS)
    print(f"Devices and addresses, {options.interfaces} interfaces, {options.rounds} interleaved rounds")
    print(harness.table(timings, reference=OURS))
    print(lines)
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
