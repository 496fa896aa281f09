"""The filter loses no tunnel, drops ordinary traffic, and libpcap with it finds what Python without it finds."""

import random
import socket
from itertools import zip_longest
from pathlib import Path

import pytest

from auditor.packets import libpcap, reader
from auditor.packets.bpf import attach
from auditor.packets.engine import MOST_STREAMS, Engine
from auditor.packets.flows import Flow
from auditor.packets.packet import TCP, UDP, Packet
from auditor.packets.prefilter import program
from auditor.packets.prefilter_headers import LINKS as FILTERED
from tests.auditor.packets.bpf import run
from tests.auditor.packets.conversations import CONVERSATIONS, TRAPS, quic, tcp_of_nobody
from tests.auditor.packets.made import A, B, ethernet, noise, pcap, pcapng, stream, tcp, udp
from tests.auditor.packets.test_reader import LINKS, LINKS6

CONNECT = ethernet(tcp(A, 50_000, B, 443, b"CONNECT a:1 HTTP/1.1"))
LENGTHS = [  # of the packet and of the segment, also none, as offload leaves it
    [CONNECT[:16] + size.to_bytes(2) + CONNECT[18:]] for size in (0, 1, 19, 20, 39, 40, 41, 42, 60, 61, 0xFFFF)
]
WITH_LIBPCAP = pytest.mark.skipif(libpcap._library() is None, reason="needs Debian packages: libpcap0.8")


def engine(frames: list[bytes], link: int = 1) -> Engine:
    one = Engine()
    for number, frame in enumerate(frames):
        one.frame(frame, link, 1_700_000_000 + number, len(frame))
    return one


def told(one: Engine) -> list[tuple[object, ...]]:
    return [(t.protocol, t.src, t.dst, t.sport, t.dport, t.packets, t.confidence) for t in one.tunnels()]


@pytest.mark.parametrize("name", CONVERSATIONS)
def test_what_passes_is_enough_to_recognise_a_conversation(name: str) -> None:
    _, frames = CONVERSATIONS[name]
    one = Engine()
    for number, frame in enumerate(frames):
        code = program(1, one.streams)
        assert code is not None
        if run(code, frame):
            one.frame(frame, 1, 1_700_000_000 + number, len(frame))
    assert told(one) == told(engine(frames))


@pytest.mark.parametrize("name", [*LINKS, *(f"{name} 6" for name in LINKS6)])
def test_every_link_layer_that_has_a_filter_passes_a_tunnel(name: str) -> None:
    link, frame = LINKS6[name[:-2]] if name.endswith(" 6") else LINKS[name]
    code = program(link)
    if code is not None:
        assert run(code, frame)


def test_ordinary_traffic_is_dropped() -> None:
    code = program(1)
    assert code is not None
    tls = stream(50000, 443, [(True, b"\x17\x03\x03" + noise(1000)) for _ in range(200)])
    assert not any(run(code, frame) for frame in (*tls, tcp_of_nobody()))
    assert sum(bool(run(code, frame)) for frame in quic()) < 20
    assert sum(bool(run(code, frame)) for frame in TRAPS["DNS with every number"]) < 60
    assert not run(code, b"")
    assert not run(code, noise(13))


def test_a_recognised_stream_passes_whole() -> None:
    one = engine(CONVERSATIONS["tinc"][1])
    (flow,) = one.streams
    after = [ethernet(tcp(A, 50000, B, 655, noise(300))), ethernet(tcp(B, 655, A, 50000, noise(300)))]
    plain, marked = program(1), program(1, [flow])
    assert plain is not None
    assert marked is not None
    assert not any(run(plain, frame) for frame in after)
    assert all(run(marked, frame) for frame in after)


def conversations(count: int, protocol: int) -> list[Flow]:
    flows = []
    for number in range(count):
        packet = Packet(0.0, 60, protocol, b"\x0a\0\0\1", b"\x0a\0\0\2")
        packet.sport, packet.dport = 20_000 + number, 443
        flows.append(Flow(packet))
    return flows


@pytest.mark.parametrize("link", FILTERED)
@pytest.mark.parametrize("short", [False, True])
def test_the_kernel_takes_every_program(link: int, short: bool) -> None:
    for streams in (), conversations(3, TCP), conversations(3, UDP):
        code = program(link, streams, short=short)
        assert code is not None
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as door:
            attach(door, code)  # which looks at every jump and every cell of memory


def test_plain_packets_fare_as_those_on_the_longer_way() -> None:
    plain, short = program(1), program(1, short=True)
    assert plain is not None
    assert short is not None
    talks = [frames for _, frames in CONVERSATIONS.values()] + list(TRAPS.values()) + [quic(), *LENGTHS]
    pick = random.Random(5)
    for frame in (frame for frames in talks for frame in frames[:20]):
        for other in (frame, *(changed(frame, pick) for _ in range(5))):
            assert bool(run(plain, other)) == bool(run(short, other)), other.hex()


def changed(frame: bytes, pick: random.Random) -> bytes:
    """Return `frame` with a few bytes of its headers or first bytes changed, or cut."""
    data = bytearray(frame)
    for _ in range(pick.randrange(1, 4)):
        data[pick.randrange(min(len(data), 80))] = pick.choice((0, 1, 2, 0x45, 0x50, 0xFF, pick.randrange(256)))
    return bytes(data[: pick.choice((len(data), len(data), pick.randrange(len(data))))])


@pytest.mark.parametrize("protocol", [TCP, UDP])
@pytest.mark.parametrize("count", [1, 2, 3, 17, MOST_STREAMS])
def test_however_many_streams_are_recognised_they_pass_and_others_do_not(count: int, protocol: int) -> None:
    code = program(1, conversations(count, protocol))
    assert code is not None
    assert len(code) // 8 <= 4096  # the most that the kernel takes
    make = tcp if protocol == TCP else udp
    for number in range(count):
        for packet in (make(A, 20_000 + number, B, 443, b"\xff" * 40), make(B, 443, A, 20_000 + number, b"\xff" * 40)):
            assert run(code, ethernet(packet))
            assert run(code, ethernet(packet, 0x8100))
    for port in (20_000 - 1, 20_000 + count):
        assert not run(code, ethernet(make(A, port, B, 443, b"\xff" * 40)))
        assert not run(code, ethernet(make(A, port, B, 443, b"\xff" * 40), 0x8100))


@WITH_LIBPCAP
@pytest.mark.parametrize("make", [pcap, pcapng])
@pytest.mark.parametrize("mixed", [False, True])
def test_libpcap_finds_what_python_finds(make: type, mixed: bool, tmp_path: Path) -> None:
    talks = [frames for _, frames in CONVERSATIONS.values()] + list(TRAPS.values())
    if mixed:  # one becomes known within a block of packets that libpcap hands out, and goes on in it
        frames = [frame for turn in zip_longest(*talks) for frame in turn if frame is not None]
    else:
        frames = [frame for talk in talks for frame in talk]
    file = tmp_path / "all"
    file.write_bytes(make(frames))  # type: ignore[call-arg]
    fast, slow = Engine(), Engine()
    with file.open("rb") as source:
        assert libpcap.read(source, fast)
        assert source.tell() == 0
        for record in reader.records(source):
            slow.frame(record.data, record.link_type, record.at_s, record.frame_bytes)
    assert slow.frames == len(frames)
    assert fast.frames < slow.frames
    assert told(fast) == told(slow)


@WITH_LIBPCAP
def test_what_libpcap_cannot_read_is_left_to_python(tmp_path: Path) -> None:
    file = tmp_path / "broken"
    for data in (pcap([b"x" * 60])[:-1], b"", b"no capture", pcap([], link=147)):
        file.write_bytes(data)
        with file.open("rb") as source:
            assert not libpcap.read(source, Engine())
            assert source.tell() == 0
