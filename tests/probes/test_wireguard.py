"""The kernel's WireGuard devices, from bytes that a Debian kernel answered with."""

import errno
import hashlib
import logging
import struct
from base64 import b64encode

import pytest

from auditor.errors import ParseError
from auditor.model.rows import WireGuardDevice, WireGuardPeer
from auditor.model.sightings import BlindSpot, Reason
from auditor.netlink import wire
from auditor.netlink.wire import NETLINK_GENERIC, NETLINK_ROUTE, Message, pack_attribute
from probes import wireguard
from tests.auditor.netlink.fakes import FakeKernel, Step, answer, done, error
from tests.probes.recorded import (
    FIXTURES,
    PLANTED,
    WIREGUARD_KEYS,
    RecordedHost,
    leaks,
    messages,
    replay,
    view,
    withstands,
)

WG0 = (FIXTURES / "wireguard/wg0.bin").read_bytes()
WGBIG = (FIXTURES / "wireguard/wgbig.bin").read_bytes()
HOSTILE = (FIXTURES / "wireguard/hostile.bin").read_bytes()
LINKS = (FIXTURES / "netlink/kernel-links.bin").read_bytes()
PUBLIC = WIREGUARD_KEYS["public"]
HOSTILE_NAME = "wg<i>\\xe9&\"'"
FAMILY = 30


def families(**numbers: int) -> list[Step]:
    """Return the script that lists generic netlink families."""
    return [
        answer(
            *(
                struct.pack("=BBH", 1, 2, 0)
                + pack_attribute(1, struct.pack("=H", number))
                + pack_attribute(2, name.encode() + b"\0")
                for name, number in numbers.items()
            )
        ),
        done(),
    ]


def kernel_with(*answers: list[Step], links: bytes = LINKS) -> RecordedHost:
    """Return a host with WireGuard loaded whose devices answer in order."""
    known = families(nlctrl=16, wireguard=FAMILY)
    generic = FakeKernel(known, *answers, families(nlctrl=16, wireguard=FAMILY))
    return RecordedHost({NETLINK_GENERIC: generic, NETLINK_ROUTE: FakeKernel(replay(links))})


def link(index: int, name: bytes, kind: bytes) -> bytes:
    """Return one RTM_NEWLINK message."""
    info = pack_attribute(18, pack_attribute(1, kind))
    payload = struct.pack("=BxHiII", 0, 65534, index, 0, 0) + pack_attribute(3, name + b"\0") + info
    return wire.pack_message(wire.RTM_NEWLINK, 0, 0, 0, payload)


def parse(payload: memoryview) -> WireGuardDevice:
    return wireguard.parse_device([Message(FAMILY, 0, payload)])


def test_device_with_peers_as_the_kernel_tells_it() -> None:
    device = wireguard.parse_device(messages("wireguard/wg0.bin"))
    shaken = [peer.handshake_at_s for peer in device.peers]
    assert all(at is not None and at > 1_600_000_000 for at in shaken[:2])
    assert device == WireGuardDevice(
        interface="wg0",
        public_key=PUBLIC["wg0"],
        listen_port=51820,
        peers=(
            WireGuardPeer(PUBLIC["wgA"], "198.51.100.2", 51821, shaken[0], ("10.1.0.0/24", "10.1.1.0/24"), 5),
            WireGuardPeer(PUBLIC["wgB"], "2001:db8:1::2", 51822, shaken[1], ("fd00:b::/64", "10.2.0.0/16"), 5),
            WireGuardPeer(PUBLIC["absent1"], None, None, None, ("10.3.0.1/32",), 0),
            WireGuardPeer(PUBLIC["absent2"], "192.0.2.9", 51820, None, (), 0),
        ),
        door="netlink",
        fwmark=51820,
    )


def test_peers_that_span_messages_are_one() -> None:
    recorded = messages("wireguard/wgbig.bin")
    long_key = hashlib.sha256(b"peer 20").digest()
    assert sum(long_key in bytes(message.payload) for message in recorded) > 1
    device = wireguard.parse_device(recorded)
    keys = [b64encode(hashlib.sha256(b"peer %d" % number).digest()).decode() for number in range(40)]
    assert sorted(peer.public_key for peer in device.peers) == sorted(keys)
    by_key = {peer.public_key: peer for peer in device.peers}
    for number, key in enumerate(keys):
        assert by_key[key].endpoint == f"192.0.2.{number + 1}"
    assert set(by_key[keys[20]].allowed_ips) == {f"10.{100 + n // 250}.{n % 250}.0/24" for n in range(300)}
    assert len(by_key[keys[20]].allowed_ips) == 300
    assert by_key[keys[7]].allowed_ips == ("fd00:c:7::/48",)


def test_device_without_key_port_or_peers_and_with_a_hostile_name() -> None:
    device = wireguard.parse_device(messages("wireguard/hostile.bin"))
    assert device == WireGuardDevice(HOSTILE_NAME, None, None, (), "netlink")


def test_every_device_of_the_namespace_is_asked_by_number() -> None:
    host = kernel_with(replay(WG0), replay(WGBIG), replay(HOSTILE))
    rows = list(wireguard.run(view(host)))
    assert [row.interface for row in rows if isinstance(row, WireGuardDevice)] == ["wg0", "wgbig", HOSTILE_NAME]
    asked = [sent for sent in host.kernels[NETLINK_GENERIC].sent if wire.HEADER.unpack_from(sent)[1] == FAMILY]
    numbers = [struct.unpack_from("=HHi", sent, wire.HEADER_BYTES + 4) for sent in asked]
    listed = [wireguard.parse_link(message, "wireguard") for message in wire.messages(LINKS)]
    assert numbers == [(8, 1, found[0]) for found in listed if found]
    assert host.kernels[NETLINK_GENERIC].open_now == host.kernels[NETLINK_ROUTE].open_now == 0


def test_kernel_without_wireguard_yields_nothing_and_is_asked_nothing_else() -> None:
    generic = FakeKernel(families(nlctrl=16), families(nlctrl=16))
    assert list(wireguard.run(view(RecordedHost({NETLINK_GENERIC: generic})))) == []
    assert {wire.HEADER.unpack_from(sent)[1] for sent in generic.sent} == {16}
    assert all(wire.HEADER.unpack_from(sent)[2] & wire.NLM_F_DUMP == wire.NLM_F_DUMP for sent in generic.sent)


def test_without_the_capability_one_gap_names_it() -> None:
    (spot,) = wireguard.run(view(kernel_with([error(errno.EPERM)])))
    assert isinstance(spot, BlindSpot)
    assert (spot.reason, spot.needs, spot.hides) == (Reason.PERMISSION, "CAP_NET_ADMIN", ("wireguard",))


def test_device_removed_meanwhile_is_no_gap_and_others_are_read() -> None:
    (device, other) = wireguard.run(view(kernel_with([error(errno.ENODEV)], replay(WGBIG), replay(HOSTILE))))
    assert isinstance(device, WireGuardDevice)
    assert isinstance(other, WireGuardDevice)
    assert device.interface == "wgbig"


def test_unreadable_device_is_a_gap_and_others_are_read() -> None:
    broken = replay(wire.pack_message(FAMILY, 0, 0, 0, bytes(4) + b"\x03\0\1\0"))
    spot, device, _ = wireguard.run(view(kernel_with(broken, replay(WGBIG), replay(HOSTILE))))
    assert isinstance(spot, BlindSpot)
    assert (spot.reason, spot.source) == (Reason.UNPARSED, "generic netlink wireguard: WG_CMD_GET_DEVICE wg0")
    assert isinstance(device, WireGuardDevice)


def test_links_that_cannot_be_listed_are_a_gap() -> None:
    known = families(wireguard=FAMILY)
    kernels = {NETLINK_GENERIC: FakeKernel(known, known), NETLINK_ROUTE: FakeKernel([error(errno.EIO)])}
    (spot,) = wireguard.run(view(RecordedHost(kernels)))
    assert isinstance(spot, BlindSpot)


def test_amnezia_fork_is_read_and_its_own_keys_are_not() -> None:
    (head, *_) = messages("wireguard/wg0.bin")
    own_key = pack_attribute(26, WIREGUARD_KEYS["in_fixtures"]["private"].encode())
    device = wire.pack_message(FAMILY + 1, 0, 0, 0, bytes(head.payload) + pack_attribute(9, b"\4\0") + own_key)
    known = families(amneziawg=FAMILY + 1)
    links = FakeKernel(replay(link(7, b"awg0", b"amneziawg\0") + link(8, b"wg9", b"wireguard\0")))
    host = RecordedHost({NETLINK_GENERIC: FakeKernel(known, known, replay(device)), NETLINK_ROUTE: links})
    (row,) = wireguard.run(view(host))
    assert isinstance(row, WireGuardDevice)
    assert len(row.peers) == 4
    assert not leaks(row)


@pytest.mark.parametrize("name", ["wg0", "hostile"])
def test_spoiled_answers_are_refused_or_right(name: str) -> None:
    for message in messages(f"wireguard/{name}.bin"):
        assert withstands(parse, bytes(message.payload)) > 10


def test_spoiled_links_are_refused_or_right() -> None:
    def parse_link(payload: memoryview) -> object:
        return wireguard.parse_link(Message(wire.RTM_NEWLINK, 0, payload), "wireguard")

    (message,) = wire.messages(link(7, b"wg0", b"wireguard\0"))
    assert wireguard.parse_link(message, "wireguard") == (7, "wg0")
    assert wireguard.parse_link(message._replace(type=wire.NLMSG_NOOP), "wireguard") is None
    assert withstands(parse_link, bytes(message.payload)) > 10


def test_a_mark_of_another_size_is_refused() -> None:
    with pytest.raises(ParseError):
        parse(memoryview(bytes(4) + pack_attribute(2, b"wg0\0") + pack_attribute(7, bytes(2))))
    assert parse(memoryview(bytes(4) + pack_attribute(2, b"wg0\0") + pack_attribute(7, bytes(4)))).fwmark is None


@pytest.mark.parametrize(
    ("peer", "words"),
    [
        (b"", "without a public key"),
        (pack_attribute(1, bytes(31)), "wrong size"),
        (pack_attribute(1, bytes(32)) + pack_attribute(4, bytes(16)), "endpoint"),
        (pack_attribute(1, bytes(32)) + pack_attribute(4, struct.pack("=H", 10) + bytes(14)), "endpoint"),
        (pack_attribute(1, bytes(32)) + pack_attribute(9, pack_attribute(0, pack_attribute(2, bytes(4)))), "cut short"),
        (
            pack_attribute(1, bytes(32))
            + pack_attribute(9, pack_attribute(0, pack_attribute(2, bytes(4)) + pack_attribute(3, b"\x21"))),
            "impossible length",
        ),
    ],
)
def test_impossible_peers_are_refused(peer: bytes, words: str) -> None:
    with pytest.raises(ParseError, match=words):
        wireguard.parse_peer(memoryview(peer))


def test_no_answer_about_a_device_is_refused() -> None:
    with pytest.raises(ParseError):
        wireguard.parse_device([])


def test_planted_keys_reach_no_row_error_or_log(caplog: pytest.LogCaptureFixture) -> None:
    assert WIREGUARD_KEYS["in_fixtures"]["private"].encode() in WG0
    assert WIREGUARD_KEYS["in_fixtures"]["preshared"].encode() in WGBIG
    caplog.set_level(logging.DEBUG)
    half = WGBIG[: len(WGBIG) // 2 - 2]
    cut = wire.pack_message(FAMILY, 0, 0, 0, half[wire.HEADER_BYTES :])
    rows = list(wireguard.run(view(kernel_with(replay(WG0), replay(WGBIG), replay(cut)))))
    assert [type(row) for row in rows] == [WireGuardDevice, WireGuardDevice, BlindSpot]
    with pytest.raises(ParseError) as caught:
        parse(memoryview(WG0)[wire.HEADER_BYTES : len(WG0) - 30])
    assert not leaks(*rows, caught.value, caplog.text)


def test_answers_are_zeros_once_read(monkeypatch: pytest.MonkeyPatch) -> None:
    chunks: list[bytearray] = []
    ask = wireguard.dump_generic

    def remember(*arguments: object, **named: object) -> object:
        dump = ask(*arguments, **named)  # type: ignore[arg-type]
        chunks.extend(dump.chunks)
        assert any(PLANTED[0] in chunk for chunk in chunks)
        return dump

    monkeypatch.setattr(wireguard, "dump_generic", remember)
    broken = replay(wire.pack_message(FAMILY, 0, 0, 0, WG0[wire.HEADER_BYTES : -4]))
    list(wireguard.run(view(kernel_with(replay(WG0), broken, replay(WGBIG)))))
    assert len(chunks) > 3
    assert not any(any(chunk) for chunk in chunks)
