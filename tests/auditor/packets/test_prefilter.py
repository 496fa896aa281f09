"""The filter loses no tunnel, drops ordinary traffic, and libpcap with it finds what Python without it finds."""

from itertools import zip_longest
from pathlib import Path

import pytest

from auditor.packets import libpcap, reader
from auditor.packets.engine import Engine
from auditor.packets.prefilter import program, stream_mark
from tests.auditor.packets.bpf import run
from tests.auditor.packets.conversations import CONVERSATIONS, TRAPS, quic, tcp_of_nobody
from tests.auditor.packets.made import A, B, ethernet, noise, pcap, pcapng, stream, tcp
from tests.auditor.packets.test_reader import LINKS, LINKS6

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
        code = program(1, map(stream_mark, one.streams))
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
    one = engine(CONVERSATIONS["SOCKS 5"][1])
    (flow,) = one.streams
    after = [ethernet(tcp(A, 50000, B, 1081, noise(300))), ethernet(tcp(B, 1081, A, 50000, noise(300)))]
    plain, marked = program(1), program(1, [stream_mark(flow)])
    assert plain is not None
    assert marked is not None
    assert not any(run(plain, frame) for frame in after)
    assert all(run(marked, frame) for frame in after)


def test_the_kernel_takes_programs_of_this_length() -> None:
    code = program(1, range(64))
    assert code is not None
    assert len(code) // 8 <= 4096


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
