"""Peers of OpenVPN's kernel devices (data channel offload): generic netlink ovpn (linux/ovpn.h, Linux 6.16).

The answer holds no keys. Of a device in multipoint mode, which serves clients, only the number of peers is
kept: they are people, and their addresses are walked over. Nothing is asked unless the family is there.

Cannot see: peers of the older module of other origin (kind ovpn-dco), which its process alone knows; whether
the outer connection is UDP or TCP.
"""

import struct
from collections.abc import Iterable, Iterator

from auditor.errors import ParseError, SourceAbsent, SourceError
from auditor.model.rows import OvpnDevice
from auditor.model.sightings import Sighting
from auditor.netlink import tables, wire
from auditor.netlink.generic import GENERIC_HEADER_BYTES, dump_generic, family_id
from auditor.netlink.wire import Message, address, attribute_list, be16, text, u8
from auditor.probe import Probe, View

_FAMILY, _VERSION, _PEER_GET = "ovpn", 1, 3
_SOURCE = "generic netlink ovpn: OVPN_CMD_PEER_GET"
_IFINDEX, _PEER = 1, 2
_REMOTE4, _REMOTE6, _REMOTE_PORT, _LOCAL4, _LOCAL6, _LOCAL_PORT = 2, 3, 5, 10, 11, 12
_WANTED = frozenset((_REMOTE4, _REMOTE6, _REMOTE_PORT, _LOCAL4, _LOCAL6, _LOCAL_PORT))
_IFINFO_BYTES = 16
_IFLA_LINKINFO, _IFLA_INFO_KIND, _IFLA_INFO_DATA, _IFLA_OVPN_MODE = 18, 1, 2, 1
_MULTIPOINT = 1


def parse_device(message: Message) -> tuple[int, bool] | None:
    """Return number and whether it is in multipoint mode of a device of kind ovpn, None of any other; or ParseError."""
    if message.type != wire.RTM_NEWLINK or len(message.payload) < _IFINFO_BYTES:
        raise ParseError("network device of unknown form")
    found = wire.attributes(message.payload, _IFINFO_BYTES)
    info = wire.attributes(found.get(_IFLA_LINKINFO, b""))
    if _IFLA_INFO_KIND not in info or text(info[_IFLA_INFO_KIND]) != _FAMILY:
        return None
    data = wire.attributes(info.get(_IFLA_INFO_DATA, b""))
    mode = u8(data[_IFLA_OVPN_MODE]) if _IFLA_OVPN_MODE in data else _MULTIPOINT  # not told: as if it were people
    return wire.i32(message.payload[4:8]), mode == _MULTIPOINT


def parse_peers(index: int, messages: Iterable[Message], *, multipoint: bool) -> OvpnDevice:
    """Return one device with its peers; raises ParseError."""
    count = 0
    device = OvpnDevice(index, multipoint=multipoint, peers=0)
    for message in messages:
        nests = dict(attribute_list(message.payload, GENERIC_HEADER_BYTES))
        if _PEER not in nests:
            raise ParseError("OpenVPN answer without a peer")
        count += 1
        if not multipoint:
            found = {kind: value for kind, value in attribute_list(nests[_PEER]) if kind in _WANTED}
            device = OvpnDevice(
                ifindex=index,
                multipoint=False,
                peers=0,
                local=_address(found, _LOCAL4, _LOCAL6),
                local_port=_port(found, _LOCAL_PORT),
                remote=_address(found, _REMOTE4, _REMOTE6),
                remote_port=_port(found, _REMOTE_PORT),
            )
    return device._replace(peers=count)


def _address(found: dict[int, memoryview], four: int, six: int) -> str | None:
    """Return an address, None for none and for the unspecified one; raises ParseError."""
    value = found.get(six, found.get(four))
    return address(value) if value is not None and any(value) else None


def _port(found: dict[int, memoryview], kind: int) -> int | None:
    """Return a port, None for none; raises ParseError."""
    return be16(found[kind]) or None if kind in found else None


def run(view: View) -> Iterator[Sighting]:
    """Yield every device of the namespace with its peers; nothing when the kernel has no such devices."""
    try:
        with view.host.netlink(wire.NETLINK_GENERIC) as generic:
            family = family_id(generic, _FAMILY)
            with view.host.netlink(wire.NETLINK_ROUTE) as netlink:
                links = netlink.dump(*tables.links(), attempts=tables.ATTEMPTS_AMONG_CONTAINERS)
            devices = [found for message in links.messages() if (found := parse_device(message))]
            for index, multipoint in devices:
                request = wire.pack_attribute(_IFINDEX, struct.pack("=I", index))
                with dump_generic(generic, family, _PEER_GET, _VERSION, request) as dump:
                    yield parse_peers(index, dump.messages(), multipoint=multipoint)
    except SourceAbsent:
        return
    except SourceError as error:
        yield PROBE.blind(view, _SOURCE, error)


PROBE = Probe(
    name="ovpn",
    summary="Peers of OpenVPN's kernel devices; of servers their number only",
    reads=(_SOURCE, "rtnetlink RTM_GETLINK"),
    needs=("CAP_NET_ADMIN",),
    covers=("openvpn",),
    run=run,
)
