"""UDP ports on which the kernel takes tunnels out of UDP (generic netlink fou; linux/fou.h, net/ipv4/fou.c).

Such a port has no device and its socket belongs to no process. Nothing is asked unless the family is there
already, for asking would load the module.

Cannot see: who sends to a port that is connected to nobody.
"""

from collections.abc import Iterator

from auditor.errors import ParseError, SourceAbsent, SourceError
from auditor.model.rows import FouPort
from auditor.model.sightings import Sighting
from auditor.netlink.generic import GENERIC_HEADER_BYTES, dump_generic, family_id
from auditor.netlink.wire import NETLINK_GENERIC, Message, address, attributes, be16, u8
from auditor.probe import Probe, View

_FAMILY, _VERSION, _GET = "fou", 1, 3
_SOURCE = "generic netlink fou: FOU_CMD_GET"
_PORT, _PROTOCOL, _TYPE = 1, 3, 4
_LOCAL4, _LOCAL6, _PEER4, _PEER6, _PEER_PORT = 6, 7, 8, 9, 10
_KINDS = {1: "fou", 2: "gue"}


def parse_port(message: Message) -> FouPort:
    """Return one port; raises ParseError."""
    found = attributes(message.payload, GENERIC_HEADER_BYTES)
    if _PORT not in found or _TYPE not in found:
        raise ParseError("FOU port without number or type")
    kind = _KINDS.get(u8(found[_TYPE]))
    if kind is None:
        raise ParseError("FOU port of unknown type")
    protocol = u8(found[_PROTOCOL]) if _PROTOCOL in found else 0
    return FouPort(
        port=be16(found[_PORT]),
        kind=kind,
        protocol=protocol or None if kind == "fou" else None,
        local=_address(found, _LOCAL4, _LOCAL6),
        remote=_address(found, _PEER4, _PEER6),
        remote_port=be16(found[_PEER_PORT]) or None if _PEER_PORT in found else None,
    )


def _address(found: dict[int, memoryview], four: int, six: int) -> str | None:
    """Return an address, None for none and for the unspecified one; raises ParseError."""
    value = found.get(six, found.get(four))
    return address(value) if value is not None and any(value) else None


def run(view: View) -> Iterator[Sighting]:
    """Yield every port of the namespace; nothing when the kernel has no FOU."""
    try:
        with view.host.netlink(NETLINK_GENERIC) as netlink:
            dump = dump_generic(netlink, family_id(netlink, _FAMILY), _GET, _VERSION)
        yield from dict.fromkeys(map(parse_port, dump.messages()))
    except SourceAbsent:
        return
    except SourceError as error:
        yield PROBE.blind(view, _SOURCE, error)


PROBE = Probe(
    name="fou",
    summary="UDP ports on which the kernel receives tunnels (FOU, GUE)",
    reads=(_SOURCE,),
    needs=(),
    covers=("fou", "gue"),
    run=run,
)
