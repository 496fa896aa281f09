"""WireGuard devices of the kernel, from generic netlink (linux/wireguard.h); forks with the same protocol too.

`WG_CMD_GET_DEVICE` answers with the private key and every preshared key. They are walked over, never
copied, and the answer is overwritten with zeros before a row leaves this module. Nothing is asked
unless the family is there already, for asking would load the module.

Cannot see: WireGuard in user space (its device is a TUN), tunnels of a namespace that was not entered,
and who a peer is beyond its public key and the address its last packet came from.
"""

import struct
from binascii import b2a_base64
from collections.abc import Iterable, Iterator

from auditor.errors import ParseError, SourceAbsent, SourceDenied, SourceError
from auditor.model.rows import WireGuardDevice, WireGuardPeer
from auditor.model.sightings import Sighting
from auditor.netlink.generic import GENERIC_HEADER_BYTES, dump_generic, family_id
from auditor.netlink.socket import Netlink
from auditor.netlink.wire import (
    NETLINK_GENERIC,
    NETLINK_ROUTE,
    NLA_F_NESTED,
    RTM_GETLINK,
    RTM_NEWLINK,
    Message,
    address,
    attribute_list,
    be16,
    i32,
    pack_attribute,
    text,
    u8,
    u16,
    u32,
    u64,
)
from auditor.probe import Probe, View

_FAMILIES = ("wireguard", "amneziawg")  # AmneziaWG keeps the numbers of linux/wireguard.h and adds its own
_SOURCE = "generic netlink {}: WG_CMD_GET_DEVICE"
_VERSION = 1
_GET_DEVICE = 0
_DEVICE_IFINDEX, _DEVICE_IFNAME, _DEVICE_PUBLIC_KEY = 1, 2, 4
_DEVICE_LISTEN_PORT, _DEVICE_FWMARK, _DEVICE_PEERS = 6, 7, 8
_DEVICE_WANTED = frozenset((_DEVICE_IFNAME, _DEVICE_PUBLIC_KEY, _DEVICE_LISTEN_PORT, _DEVICE_FWMARK, _DEVICE_PEERS))
_PEER_PUBLIC_KEY, _PEER_ENDPOINT, _PEER_KEEPALIVE, _PEER_HANDSHAKE, _PEER_ALLOWED_IPS = 1, 4, 5, 6, 9
_PEER_WANTED = frozenset((_PEER_PUBLIC_KEY, _PEER_ENDPOINT, _PEER_KEEPALIVE, _PEER_HANDSHAKE, _PEER_ALLOWED_IPS))
_ALLOWED_ADDRESS, _ALLOWED_LENGTH = 2, 3
_ALLOWED_WANTED = frozenset((_ALLOWED_ADDRESS, _ALLOWED_LENGTH))
_KEY_BYTES = 32
_NAME_BYTES = 16
_TIMESPEC_BYTES = 16
_AF_INET, _AF_INET6 = 2, 10
_SOCKADDR_IN_BYTES, _SOCKADDR_IN6_BYTES = 16, 28

# linux/rtnetlink.h, linux/if_link.h
_IFINFO_BYTES = 16
_IFLA_IFNAME, _IFLA_LINKINFO, _IFLA_EXT_MASK, _IFLA_INFO_KIND = 3, 18, 29, 1
_SKIP_STATS = struct.pack("=I", 1 << 3)  # RTEXT_FILTER_SKIP_STATS


def _wanted(payload: memoryview, types: frozenset[int], offset: int = 0) -> dict[int, memoryview]:
    """Return the attributes of `types` only, so that no name refers to a key; raises ParseError."""
    return {kind: value for kind, value in attribute_list(payload, offset) if kind in types}


def parse_device(messages: Iterable[Message]) -> WireGuardDevice:
    """Return the device that the messages of one answer describe, its peers in the kernel's order.

    A device with many peers or allowed addresses takes several messages; a peer that goes on in the
    next one is repeated there by its public key. Raises ParseError.
    """
    head: dict[int, memoryview] | None = None
    peers: dict[str, WireGuardPeer] = {}
    for message in messages:
        found = _wanted(message.payload, _DEVICE_WANTED, GENERIC_HEADER_BYTES)
        head = found if head is None else head
        for _, value in attribute_list(found.get(_DEVICE_PEERS, b"")):
            peer = parse_peer(value)
            begun = peers.get(peer.public_key)
            if begun is not None:
                peer = begun._replace(allowed_ips=begun.allowed_ips + peer.allowed_ips)
            peers[peer.public_key] = peer
    if head is None or _DEVICE_IFNAME not in head:
        raise ParseError("WireGuard answer without a device")
    port = u16(head[_DEVICE_LISTEN_PORT]) if _DEVICE_LISTEN_PORT in head else 0
    return WireGuardDevice(
        interface=_name(head[_DEVICE_IFNAME]),
        public_key=_key(head[_DEVICE_PUBLIC_KEY]) if _DEVICE_PUBLIC_KEY in head else None,
        listen_port=port or None,
        peers=tuple(peers.values()),
        door="netlink",
        fwmark=u32(head[_DEVICE_FWMARK]) or None if _DEVICE_FWMARK in head else None,
    )


def parse_peer(payload: memoryview) -> WireGuardPeer:
    """Return one nested peer; raises ParseError. A peer whose address is not known has no endpoint."""
    found = _wanted(payload, _PEER_WANTED)
    if _PEER_PUBLIC_KEY not in found:
        raise ParseError("WireGuard peer without a public key")
    endpoint, port = _endpoint(found[_PEER_ENDPOINT]) if _PEER_ENDPOINT in found else (None, None)
    return WireGuardPeer(
        public_key=_key(found[_PEER_PUBLIC_KEY]),
        endpoint=endpoint,
        endpoint_port=port,
        handshake_at_s=_handshake(found[_PEER_HANDSHAKE]) if _PEER_HANDSHAKE in found else None,
        allowed_ips=tuple(_prefix(value) for _, value in attribute_list(found.get(_PEER_ALLOWED_IPS, b""))),
        keepalive_s=u16(found[_PEER_KEEPALIVE]) if _PEER_KEEPALIVE in found else None,
    )


def _name(value: memoryview) -> str:
    """Return a device's name; raises ParseError on one longer than IFNAMSIZ."""
    if len(value) > _NAME_BYTES:
        raise ParseError("name of a device too long")
    return text(value)


def _key(value: memoryview) -> str:
    """Return a public key as base64; raises ParseError on another size."""
    if len(value) != _KEY_BYTES:
        raise ParseError("WireGuard public key of wrong size")
    return b2a_base64(value, newline=False).decode("ascii")


def _endpoint(value: memoryview) -> tuple[str, int]:
    """Return address and port of a struct sockaddr_in or sockaddr_in6; raises ParseError."""
    family = u16(value[:2])
    if family == _AF_INET and len(value) >= _SOCKADDR_IN_BYTES:
        return address(value[4:8]), be16(value[2:4])
    if family == _AF_INET6 and len(value) >= _SOCKADDR_IN6_BYTES:
        return address(value[8:24]), be16(value[2:4])
    raise ParseError("WireGuard endpoint of unknown form")


def _handshake(value: memoryview) -> int | None:
    """Return the seconds of a struct __kernel_timespec, None for a handshake that never was; raises ParseError."""
    if len(value) != _TIMESPEC_BYTES:
        raise ParseError("WireGuard handshake time of wrong size")
    return u64(value[:8]) or None


def _prefix(payload: memoryview) -> str:
    """Return one allowed address as "ADDRESS/LENGTH"; raises ParseError."""
    found = _wanted(payload, _ALLOWED_WANTED)
    if len(found) != len(_ALLOWED_WANTED):
        raise ParseError("WireGuard allowed address cut short")
    length = u8(found[_ALLOWED_LENGTH])
    if length > 8 * len(found[_ALLOWED_ADDRESS]):
        raise ParseError("WireGuard allowed address with an impossible length")
    return f"{address(found[_ALLOWED_ADDRESS])}/{length}"


def parse_link(message: Message, kind: str) -> tuple[int, str] | None:
    """Return index and name of a device whose IFLA_INFO_KIND is `kind`, None of any other; raises ParseError."""
    if message.type != RTM_NEWLINK:
        return None
    found = dict(attribute_list(message.payload, _IFINFO_BYTES))
    info = dict(attribute_list(found.get(_IFLA_LINKINFO, b"")))
    if _IFLA_INFO_KIND not in info or text(info[_IFLA_INFO_KIND]) != kind:
        return None
    return i32(message.payload[4:8]), _name(found.get(_IFLA_IFNAME, memoryview(b"")))


def _devices(view: View, kind: str) -> list[tuple[int, str]]:
    """Return index and name of the devices of `kind`; kernels since 4.6 send no others. Raises SourceError."""
    info = pack_attribute(_IFLA_INFO_KIND, kind.encode() + b"\0")
    body = bytes(_IFINFO_BYTES) + pack_attribute(_IFLA_EXT_MASK, _SKIP_STATS)
    with view.host.netlink(NETLINK_ROUTE) as netlink:
        dump = netlink.dump(RTM_GETLINK, body + pack_attribute(_IFLA_LINKINFO | NLA_F_NESTED, info))
        found = (parse_link(message, kind) for message in dump.messages())
        return [device for device in found if device is not None]


def run(view: View) -> Iterator[Sighting]:
    """Yield every WireGuard device of this namespace; nothing when the kernel has no WireGuard."""
    with view.host.netlink(NETLINK_GENERIC) as generic:
        for name in _FAMILIES:
            try:
                family = family_id(generic, name)
                devices = _devices(view, name)
            except SourceAbsent:
                continue
            except SourceError as error:
                yield PROBE.blind(view, _SOURCE.format(name), error)
                continue
            yield from _read(view, generic, family, name, devices)


def _read(view: View, generic: Netlink, family: int, name: str, devices: list[tuple[int, str]]) -> Iterator[Sighting]:
    """Yield each of `devices`, or the gap it leaves; one gap stands for all when the kernel refuses."""
    for index, device in devices:
        try:
            yield _read_one(generic, family, index)
        except SourceAbsent:
            continue  # removed since it was listed
        except SourceDenied as error:
            yield PROBE.blind(view, _SOURCE.format(name), error)
            return
        except SourceError as error:
            yield PROBE.blind(view, f"{_SOURCE.format(name)} {device}", error)


def _read_one(generic: Netlink, family: int, index: int) -> WireGuardDevice:
    """Return the device numbered `index`; the answer with its keys is zeros afterwards. Raises SourceError."""
    request = pack_attribute(_DEVICE_IFINDEX, struct.pack("=i", index))
    with dump_generic(generic, family, _GET_DEVICE, _VERSION, request) as dump:
        return parse_device(dump.messages())


PROBE = Probe(
    name="wireguard",
    summary="WireGuard devices of the kernel, their peers and last handshakes",
    reads=tuple(_SOURCE.format(name) for name in _FAMILIES),
    needs=("CAP_NET_ADMIN",),
    covers=("wireguard",),
    run=run,
)
