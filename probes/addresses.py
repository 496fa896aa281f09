"""Addresses of network devices, with the far side's own on point-to-point devices (RTM_GETADDR).

Cannot see: addresses that user-space tunnels use without giving them to a device, and those of
other network namespaces.
"""

from collections.abc import Iterable, Iterator

from auditor.errors import SourceError
from auditor.model.rows import InterfaceAddress
from auditor.model.sightings import Sighting
from auditor.netlink import tables, wire
from auditor.netlink.decoder import Decoder, Field
from auditor.probe import Probe, View

_FIXED = "xBxxI"  # struct ifaddrmsg: prefix length, index
_COLUMNS = ("address", "local")
_WANTED = {1: Field("address"), 2: Field("local")}


def parse_addresses(chunks: Iterable[bytes | bytearray]) -> Iterator[InterfaceAddress]:
    """Yield the addresses in datagrams of RTM_NEWADDR messages; raises ParseError at the first malformed one.

    IFA_LOCAL is the device's own address and IFA_ADDRESS then its peer's; without IFA_LOCAL, as for
    most of IPv6, IFA_ADDRESS is the device's own (linux/if_addr.h).
    """
    decoder = Decoder(wire.RTM_NEWADDR, _FIXED, _COLUMNS, _WANTED)
    for chunk in chunks:
        for prefix_len, index, address, local in decoder.rows(chunk):
            own = address if local is None else local
            if own is None:
                continue  # 0.0.0.0, which the kernel sends as no attribute at all
            peer = None if address is None or address == own else wire.address(address)
            yield InterfaceAddress(index, wire.address(own), prefix_len, peer)


def run(view: View) -> Iterator[Sighting]:
    """Yield every address in the namespace."""
    try:
        with view.host.netlink(wire.NETLINK_ROUTE) as netlink:
            dump = netlink.dump(*tables.addresses(), attempts=tables.ATTEMPTS_AMONG_CONTAINERS)
        yield from parse_addresses(dump.chunks)
    except SourceError as error:
        yield PROBE.blind(view, "rtnetlink addresses", error)


PROBE = Probe(
    name="addresses",
    summary="Addresses of network devices",
    reads=("rtnetlink RTM_GETADDR",),
    needs=(),
    covers=(),
    run=run,
)
