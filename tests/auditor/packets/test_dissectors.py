"""Every protocol is recognised by a conversation made from its specification, and what only looks like one is not."""

import io
import random
from pathlib import Path

import pytest

from auditor.model.tunnel import Certainty
from auditor.packets import dissectors
from auditor.packets.capture import read
from auditor.packets.dissectors import DISSECTORS
from auditor.packets.engine import Engine
from auditor.packets.protocols import protocols
from auditor.packets.tunnel import Tunnel
from auditor.technologies import load
from tests.auditor.packets import conversations
from tests.auditor.packets.conversations import CONVERSATIONS, TRAPS
from tests.auditor.packets.made import A6, B6, A, B, pcap


def found(frames: list[bytes]) -> list[Tunnel]:
    capture = read(io.BytesIO(pcap(frames)))
    assert capture.problems == ()
    return list(capture.tunnels)


@pytest.mark.parametrize("name", CONVERSATIONS)
def test_a_conversation_is_recognised(name: str) -> None:
    protocol, frames = CONVERSATIONS[name]
    tunnels = {tunnel.protocol: tunnel for tunnel in found(frames)}
    assert protocol in tunnels
    assert set(tunnels) <= {protocol, "ikev2", "esp-udp"}
    tunnel = tunnels[protocol]
    assert {tunnel.src, tunnel.dst} in ({A, B}, {A6, B6})
    assert 0 < tunnel.packets <= len(frames)
    assert 1_700_000_000 <= tunnel.first_s <= tunnel.last_s < 1_700_001_000
    assert tunnel.transport == ("tcp" if frames[0][23] == 6 else tunnel.transport)
    assert protocols()[protocol].evidence(tunnel.signs)


CUT_SHORT = (
    "WireGuard", "IKEv1", "IKEv2", "ESP", "ESP in UDP", "AH", "L2TP", "GRE", "GRE with IPv6", "ERSPAN II", "IPIP",
    "6in4", "4in6", "6in6", "GENEVE", "GTP-U", "VXLAN",
)  # fmt: skip


@pytest.mark.parametrize("name", CUT_SHORT)
def test_headers_that_a_capture_cut_are_enough(name: str) -> None:
    """Old captures keep 68 bytes of a packet: 26 of a datagram."""
    protocol, frames = CONVERSATIONS[name]
    kept = 88 if frames[0][12:14] == b"\x86\xdd" else 68
    engine = Engine()
    for number, frame in enumerate(frames):
        engine.frame(frame[:kept], 1, 1_700_000_000 + number, len(frame))
    whole = {(one.protocol, one.src, one.dst, one.packets) for one in found(frames)}
    assert protocol in {name for name, *_ in whole}
    assert {(one.protocol, one.src, one.dst, one.packets) for one in engine.tunnels()} == whole


@pytest.mark.parametrize("name", TRAPS)
def test_what_only_looks_like_a_tunnel_is_none(name: str) -> None:
    assert found(TRAPS[name]) == []


def test_random_bytes_on_the_ports_of_protocols_are_none() -> None:
    pick = random.Random(7)  # NOTE: of this test alone; about one in a million of such packets looks like something
    ports = sorted({port for one in DISSECTORS for port in one.udp_ports})
    frames = []
    for number in range(8_000):
        here, there = 40_000 + number % 7, ports[number // 7 % len(ports)]
        frames += conversations.talk(here, there, [(number & 1 == 0, pick.randbytes(20 + number % 170))])
    assert found(frames) == []


def test_random_streams_are_none() -> None:
    pick = random.Random(7)
    streams = [(number & 1 == 0, pick.randbytes(2 + number % 90)) for number in range(8_000)]
    assert found(conversations.stream(50_000, 443, streams)) == []


@pytest.mark.parametrize("name", CONVERSATIONS)
def test_both_ends_whole_are_surer_than_a_single_packet(name: str) -> None:
    rank = {Certainty.HIGH: 3, Certainty.MEDIUM: 2, Certainty.LOW: 1}
    protocol, frames = CONVERSATIONS[name]
    first = [tunnel for tunnel in found(frames[:1]) if tunnel.protocol == protocol]
    whole = next(tunnel for tunnel in found(frames) if tunnel.protocol == protocol)
    assert all(rank[one.confidence] <= rank[whole.confidence] for one in first)


@pytest.mark.parametrize("name", CONVERSATIONS)
def test_a_conversation_cut_anywhere_is_survived(name: str) -> None:
    _, frames = CONVERSATIONS[name]
    for cut in range(0, max(map(len, frames)), 3):
        found([frame[:cut] for frame in frames])


def test_everyone_who_speaks_is_found_in_one_capture() -> None:
    frames = [frame for _, frames in CONVERSATIONS.values() for frame in frames]
    assert {tunnel.protocol for tunnel in found(frames)} >= {protocol for protocol, _ in CONVERSATIONS.values()}


def test_later_fragments_count_to_their_packet() -> None:
    (tunnel,) = found(conversations.fragments())
    assert (tunnel.protocol, tunnel.packets) == ("esp", 3)


def test_tailscale_is_told_beside_the_wireguard_of_its_conversation() -> None:
    both = [*CONVERSATIONS["Tailscale"][1], *conversations.wireguard()]
    moved = [frame[:34] + CONVERSATIONS["Tailscale"][1][0][34:38] + frame[38:] for frame in both if frame[29] == 10]
    assert {tunnel.protocol for tunnel in found(moved)} == {"tailscale", "wireguard"}


@pytest.mark.parametrize("name", ["SOCKS 4", "SOCKS 5", "HTTP CONNECT"])
def test_what_goes_through_a_proxy_is_not_counted_and_wants_no_way_through_the_filter(name: str) -> None:
    protocol, frames = CONVERSATIONS[name]
    ports = (50000, 3128 if protocol == "http-connect" else 1081)
    carried = [bytes([first]) + conversations.noise(size) for first in (0, 4, 5, 0x16) for size in (1, 40, 900)]
    one = Engine()
    for frame in (*frames, *conversations.stream(*ports, [(n & 1 == 0, data) for n, data in enumerate(carried * 2)])):
        one.frame(frame, 1, 1_700_000_000.0, len(frame))
    assert not one.streams
    assert [(tunnel.protocol, tunnel.packets) for tunnel in one.tunnels()] == [(protocol, len(frames))]


def test_a_frame_behind_a_label_is_one_if_it_has_a_packet_or_does_not_come_alone() -> None:
    _, frames = CONVERSATIONS["MPLS in UDP, a frame"]
    assert [tunnel.confidence for tunnel in found(frames[:1])] == [Certainty.MEDIUM]
    others = [frame[:62] + b"\x08\x06" + frame[64:] for frame in frames]
    assert found(others[:1]) == []
    assert [tunnel.confidence for tunnel in found(others[:2])] == [Certainty.MEDIUM]


def test_an_initiation_without_an_answer_raises_a_question() -> None:
    (tunnel,) = found(conversations.swapped())
    assert (tunnel.protocol, tunnel.src, tunnel.confidence) == ("wireguard", B, Certainty.MEDIUM)


def test_ports_that_change_all_the_time_are_not_told() -> None:
    tunnels = found(CONVERSATIONS["VXLAN"][1])
    assert [(one.sport, one.dport, one.packets) for one in tunnels] == [(None, 4789, 4)]


def test_the_list_of_dissectors_is_the_folder() -> None:
    folder = {path.stem for path in Path(dissectors.__file__).parent.glob("*.py")} - {"__init__"}
    assert [one.name for one in DISSECTORS] == list(dict.fromkeys(one.name for one in DISSECTORS))
    assert {one.name for one in DISSECTORS} == folder


def test_the_table_has_every_protocol_and_sign_and_no_other() -> None:
    named = [protocol for one in DISSECTORS for protocol in one.protocols]
    assert sorted(named) == sorted(protocols())
    assert {protocol for protocol, _ in CONVERSATIONS.values()} == set(named)
    known = set(load().by_id)
    for one in protocols().values():
        assert one.technology in known, one.id
        assert one.source
        for words in one.signs.values():
            assert "{count}" in words.en
            assert "{count}" in words.zh
