"""Captures of every format, byte order and link type; broken and hostile ones say where, and keep what came before."""

import gzip
import io
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from auditor.packets.capture import read
from auditor.packets.reader import records
from auditor.packets.stream import Broken, Record
from tests.auditor.packets.conversations import CONVERSATIONS, INSIDE, esp
from tests.auditor.packets.made import (
    A6,
    B6,
    A,
    B,
    block,
    enhanced,
    ethernet,
    interface,
    ip,
    ipv4,
    ipv6,
    pcap,
    pcapng,
    section,
    talk,
)

FRAMES = [ethernet(ip(50, A, B, data)) for data in esp(0x1234)]


def whole(data: bytes) -> list[Record]:
    return list(records(io.BytesIO(data)))


def seen(data: bytes) -> list[tuple[str, str, str, int]]:
    capture = read(io.BytesIO(data))
    assert capture.problems == ()
    return [(one.protocol, one.src, one.dst, one.packets) for one in capture.tunnels]


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("form", ["micro", "nano", "longer"])
def test_classic_files(order: str, form: str) -> None:
    data = pcap(FRAMES, order=order, nanoseconds=form == "nano", longer=form == "longer")
    assert [record.data for record in whole(data)] == FRAMES
    assert whole(data)[1].at_s == pytest.approx(1_700_000_001 + 500 / (1e9 if form == "nano" else 1e6), abs=1e-6)
    assert seen(data) == [("esp", A, B, 6)]


@pytest.mark.parametrize("order", ["<", ">"])
def test_next_generation_files(order: str) -> None:
    assert [record.data for record in whole(pcapng(FRAMES, order=order))] == FRAMES
    assert whole(pcapng(FRAMES, order=order))[0].at_s == pytest.approx(1_700_000_000)


def test_interfaces_have_link_types_and_clocks_of_their_own() -> None:
    packet = ip(50, A, B, esp(0x1077)[0])
    data = (
        section()
        + interface(1, resolution=9)
        + interface(101, resolution=0x80 | 10)
        + block(5, bytes(20))
        + block(0x0BAD, bytes(400))
        + enhanced(ethernet(packet), number=0, ticks=3_500_000_000)
        + enhanced(packet, number=1, ticks=5 * 1024 + 512)
        + block(3, struct.pack("<I", len(ethernet(packet))) + ethernet(packet))
        + block(2, struct.pack("<HHIIII", 1, 0, 0, 1024, len(packet), len(packet)) + packet)
        + section(">")
        + interface(228, ">")
        + enhanced(packet, order=">", ticks=7_000_000)
    )
    got = [(record.link_type, record.at_s) for record in whole(data)]
    assert got == [(1, 3.5), (101, 5.5), (1, 0.0), (101, 1.0), (228, 7.0)]
    assert seen(data) == [("esp", A, B, 5)]


@pytest.mark.parametrize("make", [pcap, pcapng])
def test_gzip(make: type) -> None:
    packed = gzip.compress(make(FRAMES))  # type: ignore[call-arg]
    assert seen(packed) == [("esp", A, B, 6)]
    halves = gzip.compress(make(FRAMES)[:100]) + gzip.compress(make(FRAMES)[100:])  # type: ignore[call-arg]
    assert seen(halves) == [("esp", A, B, 6)]
    torn = read(io.BytesIO(packed[:-12]))
    assert "compressed" in torn.problems[0].en
    damaged = read(io.BytesIO(packed[:14] + b"\xff\xff\xff" + packed[17:]))
    assert damaged.problems


@pytest.mark.parametrize("make", [pcap, pcapng])
def test_a_file_cut_anywhere_says_where_and_keeps_what_came_before(make: type) -> None:
    data = make(FRAMES)  # type: ignore[call-arg]
    complete = 0
    for cut in range(len(data)):
        got, broken = [], None
        try:
            got.extend(record.data for record in records(io.BytesIO(data[:cut])))
        except Broken as error:
            broken = error
        assert got == FRAMES[: len(got)]
        if broken is None:
            complete += 1
        else:
            assert 0 <= broken.at <= cut
            assert broken.why.en
            assert broken.why.zh
    assert complete == len(FRAMES) + (make is pcapng)  # after each header and every packet but the last


def test_a_file_cut_in_the_middle_still_tells_its_tunnels() -> None:
    data = pcap(FRAMES)
    capture = read(io.BytesIO(data[:-30]))
    assert [one.packets for one in capture.tunnels] == [5]
    (problem,) = capture.problems
    record = 16 + len(FRAMES[0])
    assert problem.en == f"unreadable at byte {24 + 5 * record:,} after 5 packets: it ends within a packet record"
    assert "第" in problem.zh


HOSTILE = {
    "nothing": b"",
    "no capture": b"GET / HTTP/1.1\r\n\r\n",
    "record of 4 GiB": pcap([])[:24] + struct.pack("<IIII", 1, 1, 0xFFFFFFFF, 0xFFFFFFFF) + bytes(400),
    "block of length 0": section() + struct.pack("<II", 6, 0) + bytes(400),
    "block of odd length": section() + struct.pack("<II", 6, 33) + bytes(400),
    "block of 4 GiB": section() + interface() + struct.pack("<II", 6, 0xFFFFFFFC) + bytes(400),
    "unknown block of 4 GiB": section() + struct.pack("<II", 0x0BAD, 0xFFFFFFFC) + bytes(400),
    "two lengths": section() + interface() + enhanced(FRAMES[0])[:-4] + struct.pack("<I", 64),
    "no interface": section() + enhanced(FRAMES[0]),
    "longer than its block": section() + interface() + block(6, struct.pack("<IIIII", 0, 0, 0, 9999, 9999) + bytes(40)),
    "no byte order": block(0x0A0D0D0A, bytes(16)),
    "section of 4 GiB": struct.pack("<III", 0x0A0D0D0A, 0xFFFFFFFC, 0x1A2B3C4D),
    "tiny interface": section() + block(1, b"\1\0\0\0"),
    "tiny packet": section() + interface() + block(6, bytes(8)),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_are_told_and_survived(name: str) -> None:
    capture = read(io.BytesIO(HOSTILE[name]))
    assert capture.problems
    assert capture.tunnels == ()


def test_unknown_link_types_are_told() -> None:
    capture = read(io.BytesIO(pcap(FRAMES, link=147)))
    assert capture.problems[0].en.startswith("6 packets of link type 147")


PPPOE = bytes.fromhex("020000000002 02000000000a 8864 1100 0007 0056")
PACKET, PACKET6 = ipv4(4, A, B, INSIDE), ipv6(4, A6, B6, INSIDE)
LINKS = {
    "Ethernet": (1, ethernet(PACKET)),
    "VLAN": (1, ethernet(PACKET, 0x8100)),
    "QinQ": (1, ethernet(PACKET, 0x88A8, 0x8100)),
    "three tags": (1, ethernet(PACKET, 0x88A8, 0x8100, 0x8100)),
    "PPPoE": (1, PPPOE + b"\x00\x21" + PACKET),
    "PPPoE in a VLAN": (1, PPPOE[:12] + b"\x81\0\0\x64" + PPPOE[12:] + b"\x00\x21" + PACKET),
    "MPLS": (1, ethernet(PACKET)[:12] + b"\x88\x47" + b"\0\1\0\x40\0\2\1\x40" + PACKET),
    "MPLS pseudowire": (1, ethernet(PACKET)[:12] + b"\x88\x47" + b"\0\2\1\x40" + bytes(4) + ethernet(PACKET)),
    "SNAP": (1, ethernet(PACKET)[:12] + b"\0\x60\xaa\xaa\x03\0\0\0\x08\0" + PACKET),
    "cooked": (113, bytes(14) + b"\x08\0" + PACKET),
    "cooked with a tag": (113, bytes(14) + b"\x81\0\0\x64\x08\0" + PACKET),
    "cooked 2": (276, b"\x08\0" + bytes(18) + PACKET),
    "raw": (101, PACKET),
    "IPv4": (228, PACKET),
    "loopback, little": (0, b"\2\0\0\0" + PACKET),
    "loopback, big": (108, b"\0\0\0\2" + PACKET),
    "PPP": (9, b"\xff\x03\x00\x21" + PACKET),
    "PPP, compressed": (9, b"\x21" + PACKET),
    "PPP in HDLC": (50, b"\xff\x03\x00\x21" + PACKET),
    "Cisco HDLC": (104, b"\x0f\0\x08\0" + PACKET),
    "options": (101, ipv4(4, A, B, INSIDE, options=b"\x94\4\0\0")),
}
LINKS6 = {
    "Ethernet": (1, ethernet(PACKET6)),
    "QinQ": (1, ethernet(PACKET6, 0x88A8, 0x8100)),
    "PPPoE": (1, PPPOE + b"\x00\x57" + PACKET6),
    "raw": (229, PACKET6),
    "loopback": (0, b"\x1e\0\0\0" + PACKET6),
    "extension headers": (101, ipv6(0, A6, B6, b"\x3c\0" + bytes(6) + b"\x04\0" + bytes(6) + INSIDE)),
    "first fragment": (101, ipv6(44, A6, B6, b"\4\0\0\1\0\0\0\7" + INSIDE)),
}


@pytest.mark.parametrize("name", LINKS)
def test_link_layers(name: str) -> None:
    link, frame = LINKS[name]
    assert seen(pcap([frame], link=link)) == [("ipip", A, B, 1)]


@pytest.mark.parametrize("name", LINKS6)
def test_link_layers_with_ipv6(name: str) -> None:
    link, frame = LINKS6[name]
    assert seen(pcap([frame], link=link)) == [("4in6", A6, B6, 1)]


def test_memory_does_not_grow_with_the_file() -> None:
    import tracemalloc

    class Endless(io.RawIOBase):
        """A capture of a million packets that nobody has to store."""

        def __init__(self) -> None:
            self.head = pcap([])
            self.record = pcap(FRAMES)[24:]
            self.left = 3000

        def read(self, size: int = -1) -> bytes:
            if self.head:
                head, self.head = self.head, b""
                return head
            self.left -= 1
            return self.record * 40 if self.left > 0 else b""

    tracemalloc.start()
    capture = read(Endless())  # type: ignore[arg-type]
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert capture.tunnels[0].packets == 2999 * 40 * 6
    assert peak < 8 << 20


def test_many_conversations_are_kept_within_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("auditor.packets.engine.MOST_FLOWS", 50)
    frames = []
    for n in range(400):
        frames += [ethernet(ip(50, f"10.0.{n // 250}.{n % 250}", B, data)) for data in esp(0x1234)[:2]]
    capture = read(io.BytesIO(pcap(frames)))
    assert [(one.packets, one.signs) for one in capture.tunnels] == [(2, {"early": 2, "counting": 1})] * 400
    monkeypatch.setattr("auditor.packets.engine.MOST_TUNNELS", 100)
    capture = read(io.BytesIO(pcap(frames)))
    assert len(capture.tunnels) == 100
    assert "more tunnels than are kept" in capture.problems[0].en


def test_what_goes_on_while_others_come_is_counted_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("auditor.packets.engine.MOST_FLOWS", 20)
    wireguard = talk(40000, 443, [(True, b"\4\0\0\0abcd" + n.to_bytes(8, "little") + bytes(48)) for n in range(300)])
    back = talk(40000, 443, [(False, b"\4\0\0\0efgh" + n.to_bytes(8, "little") + bytes(48)) for n in range(300)])
    frames = []
    for n in range(300):
        frames += [wireguard[n], back[n], ethernet(ip(50, f"10.0.{n // 250}.{n % 250}", B, esp(0x1234)[0]))]
    found = {one.protocol: one for one in read(io.BytesIO(pcap(frames))).tunnels}
    assert found["wireguard"].packets == 600
    assert found["wireguard"].bytes == sum(map(len, wireguard + back))


@settings(max_examples=300, deadline=None)
@given(some.binary(max_size=400), some.sampled_from([pcap([])[:24], section(), section() + interface(), b""]))
def test_random_bytes_never_crash_the_reader(data: bytes, head: bytes) -> None:
    read(io.BytesIO(head + data))


@settings(max_examples=300, deadline=None)
@given(some.data())
def test_conversations_with_changed_bytes_never_crash_a_dissector(data: some.DataObject) -> None:
    _, frames = data.draw(some.sampled_from(list(CONVERSATIONS.values())))
    changed = []
    for frame in frames[:6]:
        mutable = bytearray(frame)
        for _ in range(data.draw(some.integers(0, 4))):
            mutable[data.draw(some.integers(0, len(frame) - 1))] = data.draw(some.integers(0, 255))
        changed.append(bytes(mutable[: data.draw(some.integers(0, len(frame)))]))
    read(io.BytesIO(pcap(changed)))
