"""Peers of OpenVPN's kernel devices, from bytes made after linux/ovpn.h: no kernel at hand has them."""

import errno
import struct

import pytest

from auditor.errors import ParseError
from auditor.model.rows import OvpnDevice
from auditor.model.sightings import BlindSpot, Reason
from auditor.netlink import wire
from auditor.netlink.wire import NETLINK_GENERIC, NETLINK_ROUTE, Message, pack_attribute
from probes import ovpn
from tests.auditor.netlink.fakes import PORT, FakeKernel, Step, done, error
from tests.probes.generic import FAMILY, asks_nothing_of_a_kernel_without_it, families, message
from tests.probes.recorded import RecordedHost, view, withstands

HOME = b"\xc6\x33\x64\x4d"  # where a person lives
HOME_TEXT = "198.51.100.77"


def peer(remote: bytes = b"\xcb\0\x71\x14", port: int = 1194, **more: bytes) -> bytes:
    """Return one peer as the kernel lists it, with its address in the VPN and counters."""
    own = pack_attribute(1, struct.pack("=I", 5)) + pack_attribute(2 if len(remote) == 4 else 3, remote)
    own += pack_attribute(5, struct.pack(">H", port)) + pack_attribute(6, struct.pack("=I", 9))
    own += pack_attribute(8, b"\x0a\x08\0\2") + pack_attribute(10, b"\xc0\0\2\x0a")
    own += pack_attribute(12, struct.pack(">H", 1195)) + more.get("tail", b"")
    return pack_attribute(1, struct.pack("=I", 7)) + pack_attribute(2 | wire.NLA_F_NESTED, own)


def answered(*peers: bytes) -> list[Step]:
    def step(payload: bytes) -> Step:
        return lambda asked: wire.pack_message(FAMILY, wire.NLM_F_MULTI, asked, PORT, bytes(4) + payload)

    return [*(step(payload) for payload in peers), done()]


def device(kind: bytes, mode: bytes | None, index: int = 7) -> bytes:
    data = b"" if mode is None else pack_attribute(2, pack_attribute(1, mode))
    info = pack_attribute(18, pack_attribute(1, kind + b"\0") + data)
    return struct.pack("=BxHiII", 0, 65534, index, 0, 0) + pack_attribute(3, b"tun0\0") + info


def host(devices: list[bytes], *answers: list[Step]) -> RecordedHost:
    def link(payload: bytes) -> Step:
        return lambda asked: wire.pack_message(wire.RTM_NEWLINK, wire.NLM_F_MULTI, asked, PORT, payload)

    kernels = {
        NETLINK_GENERIC: FakeKernel(families(nlctrl=16, ovpn=FAMILY), *answers),
        NETLINK_ROUTE: FakeKernel([*map(link, devices), done()]),
    }
    return RecordedHost(kernels)


def test_the_only_peer_of_a_point_to_point_device() -> None:
    devices = [device(b"tun", None, 6), device(b"ovpn", b"\0")]
    (row,) = ovpn.run(view(host(devices, answered(peer()))))
    assert row == OvpnDevice(7, False, 1, "192.0.2.10", 1195, "203.0.113.20", 1194)
    (six,) = ovpn.run(view(host(devices, answered(peer(bytes(15) + b"\1")))))
    assert isinstance(six, OvpnDevice)
    assert six.remote == "::1"
    (idle,) = ovpn.run(view(host(devices, answered())))
    assert idle == OvpnDevice(7, False, 0)


@pytest.mark.parametrize("mode", [b"\1", None])
def test_clients_of_a_server_are_counted_and_never_told(mode: bytes | None) -> None:
    kernel = host([device(b"ovpn", mode)], answered(peer(HOME), peer(HOME, 40000)))
    (row,) = ovpn.run(view(kernel))
    assert row == OvpnDevice(7, True, 2)
    assert HOME_TEXT not in repr(row)


def test_the_device_is_named_in_the_question() -> None:
    kernel = host([device(b"ovpn", b"\0")], answered())
    list(ovpn.run(view(kernel)))
    asked = kernel.kernels[NETLINK_GENERIC].sent[-1]
    assert asked[wire.HEADER_BYTES] == 3
    assert wire.attributes(asked[wire.HEADER_BYTES + 4 :])[1] == struct.pack("=I", 7)


@pytest.mark.parametrize(
    "payload",
    [b"", pack_attribute(1, struct.pack("=I", 7)), pack_attribute(2, b"\3\0"), peer(b"\1\2\3\4")[:-9]],
)
def test_what_no_peer_looks_like_is_refused(payload: bytes) -> None:
    with pytest.raises(ParseError):
        ovpn.parse_peers(7, [Message(FAMILY, 0, memoryview(bytes(4) + payload))], multipoint=False)


def test_damaged_answers_are_refused_or_harmless() -> None:
    whole = message()._replace(payload=memoryview(bytes(4) + peer()))

    def parse(data: memoryview) -> OvpnDevice:
        return ovpn.parse_peers(7, [whole._replace(payload=data)], multipoint=False)

    assert withstands(parse, bytes(whole.payload)) > 20
    link = device(b"ovpn", b"\0")
    assert withstands(lambda data: ovpn.parse_device(Message(wire.RTM_NEWLINK, 0, data)), link) > 20


def test_a_kernel_without_it_is_not_asked() -> None:
    asks_nothing_of_a_kernel_without_it(ovpn.PROBE)
    assert list(ovpn.run(view(host([device(b"tun", None)])))) == []


def test_failures_are_blind_spots() -> None:
    for script, reason, needs in (
        ([error(errno.EPERM)], Reason.PERMISSION, "CAP_NET_ADMIN"),
        (answered(b"\3\0\1\0"), Reason.UNPARSED, None),
    ):
        (spot,) = ovpn.run(view(host([device(b"ovpn", b"\0")], script)))
        assert isinstance(spot, BlindSpot)
        assert (spot.reason, spot.needs, spot.hides) == (reason, needs, ("openvpn",))
